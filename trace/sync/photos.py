"""Pictures and spoken notes in pieces: each phone sends its own, in order, resumable, checked when whole, bounded all the way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from trace.accounts.models import Device
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken, TooLarge
from trace.db import db
from trace.db.rows import add
from trace.files import services as files
from trace.files.rules import BY_MAGIC, PDF, Upload
from trace.files.voices import EXTENSIONS, voice_mime
from trace.sync import rules
from trace.sync.envelope import Photo
from trace.sync.models import SyncOp, SyncOpPhoto, SyncPhoto

SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


def declare(row: SyncOp, device_id: int, photos: Iterable[Photo], at: datetime) -> None:
    """Remember which pictures an operation speaks of; only those may be sent."""
    for photo in photos:
        known = SyncPhoto.get_or_none(SyncPhoto.device == device_id, SyncPhoto.sha256 == photo.sha256)
        if known is None:
            known = add(SyncPhoto, device=device_id, sha256=photo.sha256, size=photo.size, declared_at=at)
        add(SyncOpPhoto, op=row.id, photo=known.id)


def photo_of(device: Device, sha256: str) -> SyncPhoto:
    """How far a picture of this phone has come; what another phone sends does not exist here."""
    found = SyncPhoto.get_or_none(SyncPhoto.device == device.id, SyncPhoto.sha256 == sha256)
    if found is None:
        raise NotFound("没有记录提到这张照片，请先上传记录。", code="PHOTO_UNKNOWN")
    return found


def put_piece(
    actor: Actor, device: Device, sha256: str, *, start: int, total: int, piece: bytes, folder: Path
) -> SyncPhoto:
    """Add a piece that begins where the last one ended (or earlier: what is there is not written twice).

    The last piece closes the picture: its SHA-256 must be the one announced and its content a picture. A wrong digest starts it anew.
    """
    photo = photo_of(device, sha256)
    if photo.state != "awaited":
        return photo
    _check_piece(photo, start, total, piece)
    _check_room(device, photo)
    path = folder / device.public_id / sha256
    fresh = piece[photo.received - start :]
    _write(path, photo.received, fresh)
    received = photo.received + len(fresh)
    if received < photo.size:
        _advance(photo, received)
        return photo
    return _close(actor, photo, path)


def _check_piece(photo: SyncPhoto, start: int, total: int, piece: bytes) -> None:
    if not piece or len(piece) > rules.PIECE:
        raise TooLarge("照片每次最多上传 256 KB。", code="PIECE_SIZE")
    if total != photo.size or start + len(piece) > photo.size:
        raise Invalid("照片大小与记录中写的不一致。", field="photo", code="PHOTO_SIZE")
    if start > photo.received:
        raise RuleBroken("照片缺了前面一段，请从 %(at)s 字节处续传。", code="PHOTO_GAP", at=photo.received)


def _check_room(device: Device, photo: SyncPhoto) -> None:
    """So many pictures of one phone may lie about unfinished; finish those first."""
    if photo.received:
        return
    begun = SyncPhoto.select().where(
        SyncPhoto.device == device.id, SyncPhoto.state == "awaited", SyncPhoto.received > 0
    )
    if begun.count() >= rules.MAX_UNFINISHED:
        raise TooLarge("没有传完的照片太多，请先传完前面的。", code="PHOTOS_UNFINISHED")


def _write(path: Path, start: int, piece: bytes) -> None:
    """On disk before it is acknowledged; a repeat writes the same bytes to the same place."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.pwrite(handle, piece, start)
        os.fsync(handle)
    finally:
        os.close(handle)


def _advance(photo: SyncPhoto, received: int) -> None:
    with db.atomic():
        SyncPhoto.update(received=received).where(SyncPhoto.id == photo.id, SyncPhoto.received < received).execute()
    photo.received = max(photo.received, received)


def _close(actor: Actor, photo: SyncPhoto, path: Path) -> SyncPhoto:
    body = path.read_bytes()[: photo.size]
    if hashlib.sha256(body).hexdigest() != photo.sha256:
        with db.atomic():
            SyncPhoto.update(received=0).where(SyncPhoto.id == photo.id).execute()
        path.unlink(missing_ok=True)
        raise Invalid("照片内容与记录不符，请重新上传。", field="photo", code="PHOTO_DIGEST")
    with operation(actor, Permission.SYNC_SEND) as op:
        _keep(op, photo, body)
        op.record("sync.photo", photo.sha256[:16], state=photo.state)
    path.unlink(missing_ok=True)
    return photo


def _keep(op, photo: SyncPhoto, body: bytes) -> None:  # type: ignore[no-untyped-def]
    """Through the checks every paper goes through; what is neither picture nor spoken note is refused for good."""
    mime = next((kind for magic, kind in BY_MAGIC if body.startswith(magic)), PDF)
    photo.received, photo.ended_at, photo.state = photo.size, op.at, "refused"
    voice = voice_mime(body)
    if voice:
        photo.file = files.keep_voice(op, Upload(f"{photo.sha256[:16]}.{EXTENSIONS[voice]}", body, "voice"))
        photo.state = "kept"
    elif mime != PDF:
        try:
            photo.file = files.keep(op, Upload(f"{photo.sha256[:16]}.{SUFFIX[mime]}", body, "photo"))
            photo.state = "kept"
        except Invalid:
            photo.file = None
    photo.save(only=[SyncPhoto.received, SyncPhoto.ended_at, SyncPhoto.state, SyncPhoto.file])
