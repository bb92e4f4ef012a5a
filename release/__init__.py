"""What the maintainer releases with: docs/releasing.md is the guide."""
