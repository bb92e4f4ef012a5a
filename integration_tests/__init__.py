"""Whole syncs through the real entrypoint, against standin/, in groups."""
