"""Invariants of quality: those of holds are checked by the ledger."""

from collections.abc import Callable, Iterator

CHECKS: tuple[Callable[[], Iterator[str]], ...] = ()
