"""Reading stored files."""

from __future__ import annotations

from trace.files import store
from trace.files.models import StoredFile


def file_by_id(file_id: int) -> StoredFile:
    """A stored file by its key, for domains that hold a checked reference."""
    return StoredFile.get_by_id(file_id)


def file_by_sha256(digest: str) -> StoredFile | None:
    """A stored file with this content, as kept or as it was sent, for domains that hold the digest as a reference."""
    same = (StoredFile.sha256 == digest) | (StoredFile.sent_sha256 == digest)
    return StoredFile.select().where(same).order_by(StoredFile.id).first()


def open_file(stored: StoredFile) -> bytes:
    """Its bytes; the caller has already checked that the reader may see the record it belongs to."""
    return store.read(stored.sha256)
