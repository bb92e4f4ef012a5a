"""Whole syncs of org_metrics."""
