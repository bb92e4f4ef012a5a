"""The stand-in APIs keep what their README promises."""
