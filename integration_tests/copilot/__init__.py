"""Whole syncs of copilot_days and copilot_enterprise_days: which days are asked, which are sent, which are closed."""
