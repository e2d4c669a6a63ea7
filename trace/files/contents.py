"""Looking inside a file before it is kept: images are drawn anew, which drops EXIF and anything hidden behind them; PDFs are parsed.

A PDF is kept byte for byte, for an electronic licence may carry a signature; in return one with scripts, attachments or a tail is refused.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import pikepdf
from PIL import Image, ImageOps

from trace.core.errors import Invalid
from trace.core.text import N_
from trace.files import rules
from trace.files.rules import Upload

ACTIVE = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMedia"})
MAX_OBJECTS = 100_000
NESTING = 40
TOO_LARGE = N_("图片尺寸过大，请缩小后再上传。")
ACTIVE_PDF = N_("这份 PDF 带有脚本、附件或附加内容，不能上传；请重新打印成 PDF 再上传。")
LOCKED_PDF = N_("这份 PDF 设了密码，请取消密码后再上传。")


def safe_body(upload: Upload) -> tuple[str, bytes]:
    """The media type and the bytes to keep; raises :class:`Invalid` for anything that is not plainly a scan."""
    mime = rules.kind_of(upload)
    return mime, (_checked_pdf(upload) if mime == rules.PDF else _redrawn(upload, mime))


def _redrawn(upload: Upload, mime: str) -> bytes:
    """The picture alone, upright: no EXIF, no position, no comment, no bytes after its end."""
    wanted = "JPEG" if mime == rules.JPEG else "PNG"
    try:
        _require_whole(upload.body, wanted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(upload.body), formats=[wanted]) as opened:
                if opened.width * opened.height > rules.MAX_PIXELS:
                    raise Invalid(TOO_LARGE, field=upload.field, code="FILE_PIXELS")
                picture = ImageOps.exif_transpose(opened).convert(_mode(opened, wanted))
    except (OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError) as error:
        raise Invalid(rules.DAMAGED, field=upload.field, code="FILE_DAMAGED") from error
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    out = BytesIO()
    bare.save(out, wanted, **({"quality": 88} if wanted == "JPEG" else {"optimize": False}))
    return out.getvalue()


def _require_whole(body: bytes, wanted: str) -> None:
    """Raise OSError for a picture cut off on its way (the PDF library switches Pillow's own check off, process-wide)."""
    with Image.open(BytesIO(body), formats=[wanted]) as opened:
        opened.verify()
    if wanted == "JPEG" and b"\xff\xd9" not in body:
        raise OSError("no end of image")


def _mode(image: Image.Image, wanted: str) -> str:
    """The plain mode nearest to the picture's own."""
    if image.mode in ("L", "1"):
        return "L"
    return "RGBA" if wanted == "PNG" and image.has_transparency_data else "RGB"


def _checked_pdf(upload: Upload) -> bytes:
    if upload.body.rpartition(b"%%EOF")[2].strip(b"\r\n \t\0"):
        raise Invalid(ACTIVE_PDF, field=upload.field, code="FILE_ACTIVE")
    try:
        with pikepdf.open(BytesIO(upload.body)) as paper:
            pages, active = len(paper.pages), _is_active(paper)
    except pikepdf.PasswordError as error:
        raise Invalid(LOCKED_PDF, field=upload.field, code="FILE_LOCKED") from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError) as error:
        raise Invalid(rules.DAMAGED, field=upload.field, code="FILE_DAMAGED") from error
    if not 0 < pages <= rules.MAX_PAGES:
        raise Invalid(rules.DAMAGED, field=upload.field, code="FILE_DAMAGED")
    if active:
        raise Invalid(ACTIVE_PDF, field=upload.field, code="FILE_ACTIVE")
    return upload.body


def _is_active(paper: pikepdf.Pdf) -> bool:
    """Does any object run something, send something away or carry another file?"""
    if len(paper.objects) > MAX_OBJECTS or paper.attachments:
        return True
    return any(_acts(thing, NESTING) for thing in paper.objects)


def _acts(thing: Any, depth: int) -> bool:
    """The object itself or anything written inside it; objects of their own are looked at in their turn."""
    if isinstance(thing, pikepdf.Array):
        inner = list(thing)
    elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        if "/JS" in thing or "/EF" in thing or str(thing.get("/S", "")) in ACTIVE:
            return True
        inner = [value for _, value in thing.items()]
    else:
        return False
    direct = [item for item in inner if isinstance(item, pikepdf.Object) and not item.is_indirect]
    return depth == 0 or any(_acts(item, depth - 1) for item in direct)
