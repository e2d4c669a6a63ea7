"""A thousand damaged and hostile files: the answer is areas or words, never another error, and memory stays bounded."""

from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random

import pytest

from tests.land import geosamples as sample
from trace.core.errors import Invalid
from trace.land.geofiles import Feature, read_features

ROOT = Path(__file__).resolve().parents[2]
EACH = 200
WORDS = (
    b"NaN",
    b"1e309",
    b"-0",
    b"180.0001",
    b"null",
    b"\x00",
    b"\xff\xfe",
    b"[",
    b"]",
    b"{",
    b"<",
    b"&x;",
    b"]]>",
    b"\xf0\x28",
    b"9" * 40,
)
MEMORY = 700 * 1024 * 1024
"""Of addresses, with the libraries loaded; the process itself takes more than half of it."""


def flip(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def insert(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.choice(WORDS) * rng.randint(1, 3) + data[at:]


def double(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    part = data[start : start + rng.randint(1, 200)]
    return data[:start] + part * rng.randint(2, 40) + data[start:]


def swap(rng: Random, data: bytes) -> bytes:
    other = rng.choice(list(sample.SAMPLES.values()))
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def inside(rng: Random, data: bytes) -> bytes:
    """Damage a member and pack the archive well again, so that the damage reaches the reader."""
    if not data.startswith(b"PK"):
        return flip(rng, data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([name for name, content in members.items() if content])
    members[name] = rng.choice((flip, cut, insert, double))(rng, bytes(members[name]))  # type: ignore[arg-type]
    return sample.archive(members)


DAMAGES = (flip, cut, insert, double, swap, inside)


def outcome(name: str, data: bytes) -> str:
    try:
        found = read_features(name, data)
    except Invalid as error:
        assert str(error), "a refusal has words"
        return error.code
    assert found
    assert all(isinstance(feature, Feature) for feature in found)
    return "read"


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = Random(name)
    seen = {outcome(name, rng.choice(DAMAGES)(rng, sample.SAMPLES[name])) for _ in range(EACH)}
    assert len(seen) >= 3, seen
    assert not list(tmp_path.iterdir()), "a reader left files"


def bomb() -> bytes:
    return sample.archive({"doc.kml": b"<kml>" + b" " * (70 * 1024 * 1024)})


def with_member(name: str, **fields: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        for key, value in fields.items():
            setattr(info, key, value)
        archive.writestr(info, sample.kml())
    return out.getvalue()


def twice() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("doc.kml", sample.kml())
        archive.writestr("doc.kml", sample.kml())
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(with_member("doc.kml"))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


HOSTILE = {
    "bomb": bomb,
    "climbs out": lambda: with_member("../doc.kml"),
    "absolute": lambda: with_member("/etc/doc.kml"),
    "drive": lambda: with_member("C:\\doc.kml"),
    "link": lambda: with_member("doc.kml", external_attr=0o120777 << 16),
    "twice": twice,
    "password": encrypted,
    "201 members": lambda: sample.archive({"doc.kml": sample.kml(), **{f"{n}.txt": b"" for n in range(200)}}),
    "trailing": lambda: sample.kmz() + b"MZ",
    "leading": lambda: b"PK\x03\x04" + sample.kmz(),
    "other local name": lambda: sample.kmz().replace(b"doc.kml", b"dox.kml", 1),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_are_refused_before_they_are_opened(kind: str):
    code = outcome("a.kmz", HOSTILE[kind]())
    assert code.startswith("ARCHIVE_"), code


def huge(kind: str) -> tuple[str, bytes]:
    """Files just within the upload limit that would need gigabytes when read carelessly."""
    ten = 10 * 1024 * 1024 - 100
    return {
        "points": ("a.json", b'{"type":"Polygon","coordinates":[[' + b"[1,2]," * (ten // 6) + b"[1,2]]]}"),
        "numbers": ("a.json", b'{"type":"Polygon","coordinates":[' + b"1.5," * (ten // 4 - 20) + b"1]}"),
        "objects": ("a.json", b'{"type":"FeatureCollection","features":[' + b"{}," * (ten // 3 - 30) + b"{}]}"),
        "brackets": ("a.json", b"[" * ten),
        "elements": ("a.kml", b"<kml>" + b"<a/>" * (ten // 4 - 10) + b"</kml>"),
        "deep": ("a.kml", b"<kml>" + b"<a>" * (ten // 3)),
        "coordinates": ("a.kml", sample.kml().replace(b"112.6,26.7,0", b"1,1 " * (ten // 4 - 1000), 1)),
        "attributes": ("a.kml", b"<kml " + b"".join(b'a%d="" ' % n for n in range(ten // 13)) + b"/>"),
        "track": ("a.gpx", b"<gpx><trk>" + b'<trkpt lat="1" lon="1"/>' * (ten // 24 - 5) + b"</trk></gpx>"),
        "shapes": ("a.zip", sample.archive({"a.shp": sample.layer()["plots.shp"] + b"\0" * (60 << 20), "a.prj": sample.WGS84})),
    }[kind]  # fmt: skip


CHILD = """
import resource, sys
from tests.land.test_damaged_geofiles import MEMORY, huge, outcome
name, data = huge(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (MEMORY + 2 * len(data), MEMORY + 2 * len(data)))
print(outcome(name, data))
"""


@pytest.mark.parametrize(
    "kind",
    ["points", "numbers", "objects", "brackets", "elements", "deep", "coordinates", "attributes", "track", "shapes"],
)
def test_huge_files_are_refused_within_bounded_memory(kind: str):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-c", CHILD, kind], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() not in ("", "read")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 20
