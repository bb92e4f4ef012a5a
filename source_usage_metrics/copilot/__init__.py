"""GitHub Copilot, day by day: which days to ask for, what is known of them, and the two APIs that answer."""
