"""The outcomes table: its columns, its summary, and measures computed from it."""
