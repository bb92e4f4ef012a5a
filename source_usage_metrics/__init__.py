"""Airbyte source for usage metrics: Edge Impulse organizations and GitHub Copilot."""
