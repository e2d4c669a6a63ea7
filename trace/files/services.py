"""Keeping files."""

from __future__ import annotations

import hashlib

from trace.audit import Operation
from trace.core.errors import Invalid
from trace.core.text import N_
from trace.files import store
from trace.files.contents import safe_body
from trace.files.models import StoredFile
from trace.files.rules import Upload, clean_name
from trace.files.voices import voice_mime


def keep(op: Operation, upload: Upload) -> StoredFile:
    """Check a file, keep its bytes and remember it, inside the operation of the domain whose paper it is.

    Raises :class:`Invalid` at the upload's field. A rollback leaves at most bytes that nobody points to.
    """
    mime, body = safe_body(upload)
    return _remember(op, upload, mime, body)


def keep_voice(op: Operation, upload: Upload) -> StoredFile:
    """The same for a spoken note, kept byte for byte; raises :class:`Invalid` for what is none."""
    mime = voice_mime(upload.body)
    if not mime:
        raise Invalid(N_("不是能收的录音，请用田间记录里的录音。"), field=upload.field, code="FILE_KIND")
    return _remember(op, upload, mime, upload.body)


def _remember(op: Operation, upload: Upload, mime: str, body: bytes) -> StoredFile:
    stored = StoredFile.create(
        sha256=store.put(body), mime=mime, bytes=len(body), name=clean_name(upload.name),
        uploaded_by=op.actor.user_id, uploader_name=op.actor.display_name, at=op.at,
        sent_sha256=hashlib.sha256(upload.body).hexdigest(),
    )  # fmt: skip
    op.record("file.keep", stored.sha256[:16], name=stored.name, bytes=stored.bytes)
    return stored
