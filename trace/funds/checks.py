"""Invariants."""

CHECKS: tuple = ()
