"""The code book of this installation, its keys derived from the installation's secret."""

from __future__ import annotations

from trace.core.public_code import CodeBook
from trace.core.vault import derive_key

VERSIONS = ("1",)
"""Key versions in use, the newest last; a rotation appends one and old labels stay readable."""

BATCH = "B"
"""First character of batch codes: one for a whole lot, on village-level packs without a code of their own."""

_open: list[CodeBook] = []


def open_book(secret: str) -> None:
    """Derive the keys."""
    keys = {version: derive_key(secret, f"label-{version}".encode()) for version in VERSIONS}
    batches = {BATCH: derive_key(secret, b"label-batch-1")}
    _open[:] = [CodeBook(keys, VERSIONS[-1]), CodeBook(batches, BATCH)]


def book() -> CodeBook:
    """The open code book."""
    return _open[0]


def batch_book() -> CodeBook:
    """Writes and reads batch codes; their number is the key of the lot, which nobody can read off the code."""
    return _open[1]
