"""Errors, atomic file writes, text helpers and progress bars, for use by all other packages."""
