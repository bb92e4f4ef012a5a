"""Airbyte source for usage metrics: Edge Impulse organizations and GitHub Copilot."""

from source_usage_metrics.source import SourceUsageMetrics

# Airbyte's tools look for the connector's class here, under the name that the connector's own name gives.
__all__ = ["SourceUsageMetrics"]
