"""Errors, atomic file writes, text helpers and progress: what every room may use."""
