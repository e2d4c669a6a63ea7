"""Containers made to deceive are refused before any reader opens them; honest ones pass."""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from trace.core.archives import MAX_MEMBERS, open_archive
from trace.core.errors import Invalid


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


GOOD = packed(("a.txt", b"one" * 100), ("b/c.txt", b"two"))


def codes(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        open_archive(data)
    return caught.value.errors[0].code


def test_an_honest_archive_opens():
    assert open_archive(GOOD).read("b/c.txt") == b"two"


def test_public_samples_of_good_archives(request):
    folder = Path(__file__).resolve().parents[3] / "shared/conformance/zip-accept"
    if not folder.exists():
        pytest.skip("conformance data zip-accept not found")
    files = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".zip", ".whl", ".gz", "")
    ]
    assert files
    refused = {}
    for path in files:
        if zipfile.is_zipfile(path):
            try:
                open_archive(path.read_bytes())
            except Invalid as error:
                refused[path.name] = error.errors[0].code
    assert refused == {}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ARCHIVE_BROKEN"),
        (b"PK\x03\x04 and then nothing", "ARCHIVE_BROKEN"),
        (GOOD[:-10], "ARCHIVE_BROKEN"),
        (packed(*((f"{n}.txt", b"") for n in range(MAX_MEMBERS + 1))), "ARCHIVE_MEMBERS"),
        (packed(("../up.txt", b"x")), "ARCHIVE_SUSPICIOUS"),
        (packed(("/etc/passwd", b"x")), "ARCHIVE_SUSPICIOUS"),
        (packed(("..\\up.txt", b"x")), "ARCHIVE_SUSPICIOUS"),
        (packed(("C:/x.txt", b"x")), "ARCHIVE_SUSPICIOUS"),
        (packed((link(), b"/etc/passwd")), "ARCHIVE_SUSPICIOUS"),
        (packed(("bomb", b"\0" * (65 * 1024 * 1024))), "ARCHIVE_BOMB"),
        (packed(("bomb", b"\0" * (8 * 1024 * 1024))), "ARCHIVE_BOMB"),
        (b"#!/bin/sh\n" + GOOD, "ARCHIVE_SUSPICIOUS"),
        (GOOD + b"tail", "ARCHIVE_SUSPICIOUS"),
    ],
)  # fmt: skip
def test_archives_made_to_deceive(data, code):
    assert codes(data) in (code, "ARCHIVE_BROKEN")


def test_two_members_of_one_name():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed(("a", b"one"), ("a", b"two"))
    assert codes(data) == "ARCHIVE_SUSPICIOUS"


def test_a_local_header_that_says_something_else():
    assert codes(GOOD.replace(b"a.txt", b"z.txt", 1)) in ("ARCHIVE_SUSPICIOUS", "ARCHIVE_BROKEN")


def test_every_flipped_byte_is_refused_or_harmless():
    for place in range(len(GOOD)):
        data = bytearray(GOOD)
        data[place] ^= 0x55
        try:
            open_archive(bytes(data))
        except Invalid as error:
            assert error.errors[0].code.startswith("ARCHIVE_")
