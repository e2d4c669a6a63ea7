"""Keeping files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from trace import audit
from trace.audit import Operation
from trace.core.errors import Invalid
from trace.core.text import N_
from trace.files import store
from trace.files.contents import safe_body
from trace.files.models import StoredFile
from trace.files.rules import PDF, Upload, clean_name, kind_of
from trace.files.voices import voice_mime

NOBODY = 0
"""Stands for the user of a file that came from the public."""
PICTURE_ONLY = N_("只能上传 JPG 或 PNG 照片。")


@dataclass(frozen=True)
class Checked:
    """A file found to be harmless: as it came, its media type, and the bytes to keep."""

    upload: Upload
    mime: str
    body: bytes


def keep(op: Operation, upload: Upload) -> StoredFile:
    """Check a file, keep its bytes and remember it, inside the operation of the domain whose paper it is.

    Raises :class:`Invalid` at the upload's field. A rollback leaves at most bytes that nobody points to.
    """
    return _remember(op, Checked(upload, *safe_body(upload)))


def keep_voice(op: Operation, upload: Upload) -> StoredFile:
    """The same for a spoken note, kept byte for byte; raises :class:`Invalid` for what is none."""
    mime = voice_mime(upload.body)
    if not mime:
        raise Invalid(N_("不是能收的录音，请用田间记录里的录音。"), field=upload.field, code="FILE_KIND")
    return _remember(op, Checked(upload, mime, upload.body))


def _remember(op: Operation, checked: Checked) -> StoredFile:
    stored = _keep(checked, op.actor.user_id, op.actor.display_name, op.at)
    op.record("file.keep", stored.sha256[:16], name=stored.name, bytes=stored.bytes)
    return stored


def checked_picture(upload: Upload) -> Checked:
    """A picture of somebody who is not signed in, drawn anew; no other kind of file is taken. To be called before the transaction: it takes its time."""
    if kind_of(upload) == PDF:
        raise Invalid(PICTURE_ONLY, field=upload.field, code="FILE_KIND")
    return Checked(upload, *safe_body(upload))


def keep_from_public(picture: Checked, at: datetime) -> StoredFile:
    """Keep such a picture, inside the caller's transaction."""
    stored = _keep(picture, NOBODY, "", at)
    audit.record_system("file.keep", stored.sha256[:16], bytes=stored.bytes)
    return stored


def _keep(checked: Checked, user_id: int, name: str, at: datetime) -> StoredFile:
    return StoredFile.create(
        sha256=store.put(checked.body), mime=checked.mime, bytes=len(checked.body), name=clean_name(checked.upload.name), uploaded_by=user_id,
        uploader_name=name, at=at, sent_sha256=hashlib.sha256(checked.upload.body).hexdigest(),
    )  # fmt: skip
