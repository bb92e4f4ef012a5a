"""The image: built by `make image`, run here as Airbyte runs it."""
