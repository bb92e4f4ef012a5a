"""The examples, up to where they sync."""
