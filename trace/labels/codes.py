"""The code book of this installation, its keys derived from the installation's secret."""

from __future__ import annotations

from trace.core.public_code import CodeBook
from trace.core.vault import derive_key

VERSIONS = ("1",)
"""Key versions in use, the newest last; a rotation appends one and old labels stay readable."""

_open: list[CodeBook] = []


def open_book(secret: str) -> None:
    """Derive the keys."""
    keys = {version: derive_key(secret, f"label-{version}".encode()) for version in VERSIONS}
    _open[:] = [CodeBook(keys, VERSIONS[-1])]


def book() -> CodeBook:
    """The open code book."""
    return _open[0]
