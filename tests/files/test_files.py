"""Uploads under attack: what is kept is what it says it is, and nothing else."""

from __future__ import annotations

import hashlib
from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from peewee import IntegrityError, OperationalError
from PIL import Image

from trace.audit import operation
from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.db import db
from trace.files import checks, store
from trace.files.contents import safe_body
from trace.files.models import StoredFile
from trace.files.queries import file_by_id, open_file
from trace.files.rules import MAX_BYTES, Upload, clean_name
from trace.files.services import keep

SECRET_PLACE = b"GPS-secret-place"


def picture(wanted: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 120).save(out, wanted, **more)
    return out.getvalue()


def paper(change=None, **more: object) -> bytes:
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    if change:
        change(made)
    made.save(out, **more)
    return out.getvalue()


def kept(home, name: str, body: bytes) -> StoredFile:
    with operation(home.actor("bureau"), Permission.PARTY_REGISTER) as op:
        return keep(op, Upload(name, body))


def refusal(name: str, body: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        safe_body(Upload(name, body))
    assert caught.value.errors[0].field == "scan"
    return str(caught.value)


def with_place() -> bytes:
    """A photograph that says where it was taken, upright only after turning."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET_PLACE.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (26.0, 44.0, 1.0), 3: "E", 4: (112.0, 40.0, 1.0)})
    return picture(exif=exif, comment=SECRET_PLACE)


def test_a_file_is_kept_once_and_read_back(home):
    first, again = kept(home, "许可证.pdf", body := paper()), kept(home, "另一份.PDF", body)
    assert (first.mime, first.bytes, first.name) == ("application/pdf", len(body), "许可证.pdf")
    assert first.sha256 == again.sha256 == hashlib.sha256(body).hexdigest()
    assert again.name == "另一份.pdf"
    assert open_file(file_by_id(first.id)) == body
    assert (first.uploaded_by, first.uploader_name) == (home.actor("bureau").user_id, "演示县林业局")
    assert list(checks.check_bytes()) == []


def test_lost_and_altered_bytes_are_found(home):
    path = store.path_of(kept(home, "a.pdf", paper()).sha256)
    path.write_bytes(path.read_bytes() + b" ")
    assert len(list(checks.check_bytes())) == 1
    path.unlink()
    assert "missing" in next(checks.check_bytes())


def test_a_photograph_forgets_where_it_was_taken():
    body = with_place()
    assert SECRET_PLACE in body
    assert Image.open(BytesIO(body)).getexif().get_ifd(0x8825)
    mime, clean = safe_body(Upload("照片.jpg", body))
    redrawn = Image.open(BytesIO(clean))
    assert (mime, redrawn.size) == ("image/jpeg", (40, 60)), "turned upright"
    assert not dict(redrawn.getexif())
    assert SECRET_PLACE not in clean
    assert b"Exif" not in clean


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_kept(mode: str):
    mime, clean = safe_body(Upload("a.png", picture("PNG", mode)))
    assert (mime, Image.open(BytesIO(clean)).size) == ("image/png", (60, 40))


def test_a_picture_for_print_becomes_one_for_screens():
    assert Image.open(BytesIO(safe_body(Upload("a.jpg", picture(mode="CMYK")))[1])).mode == "RGB"


def archive() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as box:
        box.writestr("evil.html", "<script>alert(1)</script>" * 20)
    return out.getvalue()


@pytest.mark.parametrize(("name", "body"), [("a.jpg", picture()), ("a.png", picture("PNG"))])
def test_what_hides_behind_a_picture_is_gone(name: str, body: bytes):
    _, clean = safe_body(Upload(name, body + archive() + b"<script>alert(1)</script>"))
    assert b"PK\x03\x04" not in clean
    assert b"<script>" not in clean


WRONG_KIND = "只能上传 PDF、JPG 或 PNG 文件。"
WRONG_CONTENT = "文件内容与扩展名不符，请上传原始的 PDF、JPG 或 PNG 文件。"
DAMAGED = "文件已损坏或无法读取，请重新扫描后上传。"
ACTIVE = "这份 PDF 带有脚本、附件或附加内容，不能上传；请重新打印成 PDF 再上传。"


@pytest.mark.parametrize(
    ("name", "body", "text"),
    [
        ("a.svg", b"<svg onload='alert(1)'/>", WRONG_KIND),
        ("a.jpg.exe", b"MZ", WRONG_KIND),
        ("noextension", paper(), WRONG_KIND),
        ("", paper(), WRONG_KIND),
        ("a.jpg", b"<html><script>alert(1)</script></html>", WRONG_CONTENT),
        ("a.jpg", picture("PNG"), WRONG_CONTENT),
        ("a.png", b"GIF89a" + b"\0" * 40, WRONG_CONTENT),
        ("a.pdf", picture(), WRONG_CONTENT),
        ("a.pdf", b"MZ" + paper(), WRONG_CONTENT),
        ("a.pdf", b"", DAMAGED),
        ("a.jpg", b"\xff\xd8\xff" + b"\0" * 400, DAMAGED),
        ("a.png", picture("PNG")[:60], DAMAGED),
        ("a.jpg", picture(size=(900, 900))[:-40], DAMAGED),
        ("a.pdf", b"%PDF-1.7\n<html><script>alert(1)</script>", ACTIVE),
        ("a.pdf", b"%PDF-1.7\n%%EOF", DAMAGED),
        ("a.pdf", paper() + archive(), ACTIVE),
        ("a.jpg", b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "图片超过 10MB，请压缩。"),
        ("a.pdf", b"%PDF-" + b"\0" * MAX_BYTES, "文件超过 10MB，请压缩后再上传。"),
    ],
)
def test_everything_else_is_refused_with_its_reason(name: str, body: bytes, text: str):
    assert refusal(name, body) == text


def script(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = made.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def direct_launch(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")


def attachment(made: pikepdf.Pdf) -> None:
    made.attachments["evil.exe"] = b"MZ"


@pytest.mark.parametrize("change", [script, direct_launch, attachment])
def test_a_pdf_that_does_something_is_refused(change):
    assert refusal("a.pdf", paper(change)) == ACTIVE


def test_a_pdf_with_a_password_is_refused():
    locked = paper(encryption=pikepdf.Encryption(owner="x", user="y"))
    assert refusal("a.pdf", locked) == "这份 PDF 设了密码，请取消密码后再上传。"


def test_a_picture_bomb_is_refused_before_it_is_unpacked():
    assert refusal("a.png", picture("PNG", "1", (9000, 9000))) == "图片尺寸过大，请缩小后再上传。"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\机密\\证.PDF", "证.pdf"),
        ("证\u202egpj.pdf", "证gpj.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("..pdf", "scan.pdf"),
        (".png", "scan.png"),
        ("430422199001010018.jpg", "［已隐去］.jpg"),
        ("证" * 300 + ".pdf", "证" * 116 + ".pdf"),
    ],
)
def test_names_are_only_for_reading(name: str, clean: str):
    assert clean_name(name) == clean
    assert len(clean_name(name)) <= 120


def test_what_was_handed_in_is_history(home):
    kept(home, "a.pdf", paper())
    for statement in ("UPDATE stored_file SET name = 'b'", "DELETE FROM stored_file"):
        with pytest.raises((IntegrityError, OperationalError), match="append-only"), db.atomic():
            db.execute_sql(statement)
