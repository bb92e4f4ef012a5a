"""Airbyte source for usage metrics: Edge Impulse organizations and GitHub Copilot."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_usage_metrics.source import SourceUsageMetrics

# Airbyte's tools look for the connector's class here, under the name that the connector's own name gives.
__all__ = ["SourceUsageMetrics"]


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: the command line has something to do before."""
    if name == "SourceUsageMetrics":
        from source_usage_metrics.source import SourceUsageMetrics

        return SourceUsageMetrics
    raise AttributeError(f"module {__name__} has no attribute {name}")
