"""What the documentation and the examples promise, run on what whole syncs bring."""
