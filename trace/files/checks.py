"""Invariants of stored files."""

from __future__ import annotations

from collections.abc import Iterator

from trace.files import store
from trace.files.models import StoredFile


def check_bytes() -> Iterator[str]:
    """Every stored file still has its bytes, unaltered."""
    for (digest,) in StoredFile.select(StoredFile.sha256).distinct().tuples().iterator():
        try:
            store.read(digest)
        except store.Missing:
            yield f"stored_file {digest[:16]}: bytes missing or altered"


CHECKS = (check_bytes,)
