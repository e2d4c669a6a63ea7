"""Codes on seedling labels: the same kind as on packs, with keys of their own, so that neither opens the other's page."""

from __future__ import annotations

from trace.core.public_code import CodeBook
from trace.core.vault import derive_key

VERSIONS = ("1",)
_open: list[CodeBook] = []


def open_book(secret: str) -> None:
    """Derive the keys of this installation."""
    keys = {version: derive_key(secret, f"seedling-{version}".encode()) for version in VERSIONS}
    _open[:] = [CodeBook(keys, VERSIONS[-1])]


def book() -> CodeBook:
    """The open code book."""
    return _open[0]
