"""The connector as a process: its command line, its memory, its wheel, and how it is stopped."""
