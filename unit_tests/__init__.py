"""The pure modules and HTTP, mirroring source_usage_metrics/."""
