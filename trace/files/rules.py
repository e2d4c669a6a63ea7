"""What may be handed in, and under which name it is remembered. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from trace.core.errors import Invalid
from trace.core.identifiers import redact
from trace.core.text import N_

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
MAX_PIXELS = 50_000_000
MAX_PAGES = 300
ACCEPT = ".pdf,.jpg,.jpeg,.png"
"""For the ``accept`` attribute of a file input."""

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
BY_EXTENSION = {"pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG}
BY_MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))

WRONG_KIND = N_("只能上传 PDF、JPG 或 PNG 文件。")
WRONG_CONTENT = N_("文件内容与扩展名不符，请上传原始的 PDF、JPG 或 PNG 文件。")
DAMAGED = N_("文件已损坏或无法读取，请重新扫描后上传。")


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in; nothing about it is trusted. ``field`` is where on the form a mistake belongs."""

    name: str
    body: bytes = field(repr=False)
    field: str = "scan"


def kind_of(upload: Upload) -> str:
    """The media type on which extension and first bytes agree; raises :class:`Invalid` otherwise."""
    mime = BY_EXTENSION.get(upload.name.rpartition(".")[2].strip().lower())
    if mime is None:
        raise Invalid(WRONG_KIND, field=upload.field, code="FILE_KIND")
    if not upload.body:
        raise Invalid(DAMAGED, field=upload.field, code="FILE_DAMAGED")
    if len(upload.body) > MAX_BYTES:
        text = N_("文件超过 10MB，请压缩后再上传。") if mime == PDF else N_("图片超过 10MB，请压缩。")
        raise Invalid(text, field=upload.field, code="FILE_SIZE")
    found = next((kind for magic, kind in BY_MAGIC if upload.body.startswith(magic)), None)
    if found != mime:
        raise Invalid(WRONG_CONTENT, field=upload.field, code="FILE_CONTENT")
    return mime


def clean_name(name: str) -> str:
    """A name fit to be shown and offered for download: no folders, no control or steering characters, no personal number, not too long.

    It is never part of a path on this machine.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if not unicodedata.category(c).startswith("C"))
    stem, _, extension = redact(re.sub(r"\s+", " ", plain)).strip(" .").rpartition(".")
    if not stem.strip(" ."):
        stem = "scan"
    return f"{stem[: MAX_NAME - len(extension) - 1]}.{extension.lower()}"
