"""Where the bytes lie: one file per content under ``instance/files``, named by its SHA-256, never inside a folder that is served."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

_folder: list[Path] = []


class Missing(RuntimeError):
    """The bytes of a stored file are gone or altered: an accident of the installation, not of the user."""


def open_store(folder: Path) -> None:
    """Say where this installation keeps its files."""
    _folder[:] = [folder]


def put(body: bytes) -> str:
    """Write the bytes once, for good (synced, then renamed into place); returns their SHA-256."""
    digest = hashlib.sha256(body).hexdigest()
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as scratch:
            scratch.write(body)
            scratch.flush()
            os.fsync(scratch.fileno())
        Path(scratch.name).replace(path)
    return digest


def read(digest: str) -> bytes:
    """The bytes of a content; raises :class:`Missing` when they are not there or no longer what they were."""
    try:
        body = path_of(digest).read_bytes()
    except OSError as error:
        raise Missing(digest) from error
    if hashlib.sha256(body).hexdigest() != digest:
        raise Missing(digest)
    return body


def path_of(digest: str) -> Path:
    """Where the content lies; the name is hexadecimal by construction, never what a user typed."""
    return _folder[0] / digest[:2] / digest
