"""Benchmarks: ratios measured in one call. Not part of the tests."""
