"""Photos in pieces: resumable, checked when whole, bounded, nobody else's."""

from __future__ import annotations

import hashlib
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from tests.sync.phone import Line, Phone
from trace.files.models import StoredFile
from trace.files.queries import file_by_sha256
from trace.sync import rules
from trace.sync.models import SyncPhoto


def picture(seed: int = 1, side: int = 600) -> bytes:
    """Noise, so that it is more than one piece."""
    out = BytesIO()
    Image.frombytes("RGB", (side, side), Random(seed).randbytes(side * side * 3)).save(out, "JPEG", quality=95)
    return out.getvalue()


def declared(line, plot, body: bytes, size: int | None = None) -> str:
    sha = hashlib.sha256(body).hexdigest()
    photos = [{"sha256": sha, "size": size or len(body), "taken_at": "2026-07-20T10:00:00+08:00"}]
    receipt = line.sync(line.phone.harvest(plot.code, str(line.phone.seq + 1), body={"photos": photos}))[0]
    assert receipt["status"] == "created", receipt
    return sha


def put(line, sha: str, body: bytes, start: int, end: int, total: int | None = None):
    headers = {**line.phone.headers, "Content-Range": f"bytes {start}-{end - 1}/{total or len(body)}"}
    return line.client.put(f"/api/v1/sync/photos/{sha}", data=body[start:end], headers=headers)


def state(line, sha: str):
    return line.client.get(f"/api/v1/sync/photos/{sha}", headers=line.phone.headers)


def test_a_photo_comes_in_pieces_and_goes_on_where_it_stopped(line, plot):
    body = picture()
    sha, half = declared(line, plot, body), rules.PIECE // 2
    assert state(line, sha).json == {"sha256": sha, "size": len(body), "received": 0, "state": "awaited"}
    assert put(line, sha, body, 0, half).json["received"] == half
    assert put(line, sha, body, half + 10, half + 20).json["code"] == "PHOTO_GAP"
    assert put(line, sha, body, 0, half).json["received"] == half
    assert put(line, sha, body, half - 100, half + 100).json["received"] == half + 100
    at = half + 100
    while at < len(body):
        answer = put(line, sha, body, at, min(len(body), at + rules.PIECE))
        at = answer.json["received"]
    assert answer.json["state"] == state(line, sha).json["state"] == "kept"
    assert put(line, sha, body, 0, 100).json["state"] == "kept"
    assert file_by_sha256(sha).mime == "image/jpeg"
    assert StoredFile.select().count() == 1


def test_altered_bytes_begin_anew(line, plot):
    body = picture()[:1000]
    sha = declared(line, plot, body)
    assert put(line, sha, b"x" * 1000, 0, 1000).json["code"] == "PHOTO_DIGEST"
    assert state(line, sha).json["received"] == 0
    assert StoredFile.select().count() == 0


@pytest.mark.parametrize("body", [b"<html>" * 50, picture()[:900], b"%PDF-1.4 " * 30])
def test_what_is_no_picture_is_refused_for_good(line, plot, body):
    sha = declared(line, plot, body)
    assert put(line, sha, body, 0, len(body)).json["state"] == "refused"
    assert StoredFile.select().count() == 0


def test_only_announced_photos_of_this_phone(app, line, plot):
    body = picture()
    unknown = hashlib.sha256(b"never").hexdigest()
    assert put(line, unknown, body, 0, 100).status_code == 404
    sha = declared(line, plot, body)
    put(line, sha, body, 0, 1000)
    other = Line(app, Phone("coop"))
    assert state(other, sha).status_code == put(other, sha, body, 0, 1000).status_code == 404
    assert line.client.get(f"/api/v1/sync/photos/{sha}", headers=line.person).status_code == 403


@pytest.mark.parametrize(
    ("start", "end", "total", "status"),
    [(0, rules.PIECE + 1, None, 413), (0, 100, 77, 422), (0, 0, None, 422)],
)
def test_pieces_are_bounded_and_belong_to_what_was_announced(line, plot, start, end, total, status):
    body = picture()
    sha = declared(line, plot, body)
    assert put(line, sha, body, start, end, total).status_code == status


def test_too_many_unfinished_photos(line, plot, monkeypatch):
    monkeypatch.setattr(rules, "MAX_UNFINISHED", 1)
    first, second = picture(1), picture(2)
    one, two = declared(line, plot, first), declared(line, plot, second)
    assert put(line, one, first, 0, 1000).status_code == 200
    answer = put(line, two, second, 0, 1000)
    assert (answer.status_code, answer.json["code"]) == (413, "PHOTOS_UNFINISHED")
    assert answer.headers["Retry-After"]
    assert put(line, one, first, 1000, 2000).status_code == 200
    assert SyncPhoto.select().count() == 2


WEBM = (
    b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x82\x84webm"
    + b"\x00" * 40
    + b"\x86\x86A_OPUS"
    + b"\x00" * 900
)
MP4 = b"\x00\x00\x00\x1cftypM4A " + b"\x00" * 40 + b"hdlr" + b"\x00" * 8 + b"soun" + b"\x00" * 900


@pytest.mark.parametrize(
    ("body", "mime"),
    [
        (WEBM, "audio/webm"), (b"OggS" + b"\x00" * 24 + b"OpusHead" + b"\x00" * 500, "audio/ogg"), (MP4, "audio/mp4"),
        (WEBM.replace(b"A_OPUS", b"V_VP9 A_OPUS"), ""), (MP4 + b"hdlr" + b"\x00" * 8 + b"vide", ""), (b"ID3\x03" + b"\x00" * 500, ""),
        (b"<html><audio>" * 50, ""), (WEBM + bytes(1024 * 1024), ""),
    ],
    ids=["webm", "ogg", "mp4", "a film", "an mp4 film", "mp3", "a page", "too long"],
)  # fmt: skip
def test_a_spoken_note_is_sound_and_nothing_else(line, plot, body, mime):
    sha, at = declared(line, plot, body), 0
    while at < len(body):
        answer = put(line, sha, body, at, min(len(body), at + rules.PIECE))
        at = answer.json["received"]
    assert answer.json["state"] == ("kept" if mime else "refused")
    assert [row.mime for row in StoredFile.select()] == ([mime] if mime else [])
