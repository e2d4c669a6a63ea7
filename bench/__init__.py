"""Benchmarks: always a ratio against a named baseline measured in the same run, never a bare time."""
