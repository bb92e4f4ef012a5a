"""The two streams."""
