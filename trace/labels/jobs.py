"""Doors for the worker."""
