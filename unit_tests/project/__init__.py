"""The project around the package: its documentation, its words, its layout, its dependencies."""
