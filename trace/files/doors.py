"""Files through a door: out of a form, and back to a reader as a download that no browser will run."""

from __future__ import annotations

from contextlib import closing

from flask import Response, request

from trace.files.models import StoredFile
from trace.files.queries import open_file
from trace.files.rules import MAX_BYTES, Upload
from trace.files.voices import EXTENSIONS

SANDBOX = "default-src 'none'; sandbox"


def uploaded(name: str = "scan") -> Upload | None:
    """The file of a form field, or nothing when none was chosen."""
    given = request.files.get(name)
    if given is None or not given.filename:
        return None
    with closing(given):
        return Upload(given.filename, given.stream.read(MAX_BYTES + 1), name)


def is_voice(stored: StoredFile) -> bool:
    """Is it a spoken note?"""
    return stored.mime in EXTENSIONS


def play(stored: StoredFile) -> Response:
    """A spoken note to be heard in its place: as the sound it is, never sniffed, never cached by others."""
    answer = download(stored)
    answer.headers.set("Content-Disposition", "inline", filename=stored.name)
    answer.make_conditional(request, accept_ranges=True, complete_length=stored.bytes)
    return answer


def download(stored: StoredFile) -> Response:
    """The file as an attachment: never shown in place, never sniffed, never cached by others."""
    answer = Response(open_file(stored), mimetype=stored.mime)
    answer.headers.set("Content-Disposition", "attachment", filename=stored.name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
