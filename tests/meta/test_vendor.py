"""What we carry along of others is complete, unchanged, used, named with its licence, and fetched from nowhere else."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import trace

ROOT = Path(trace.__file__).parent.parent
PLACES = (ROOT / "static/vendor", ROOT / "tests/vendor")
ENTRIES = [
    (place, entry) for place in PLACES for entry in json.loads((place / "manifest.json").read_text(encoding="utf-8"))
]
ELSEWHERE = re.compile(r"registry\.npm|npmjs\.(?:com|org)|files\.pythonhosted|pypi\.org|unpkg\.com|jsdelivr|cdnjs")
FONTS = ("NotoSansSC-Regular", "NotoSansSC-Bold", "NotoSerifSC-Regular")
LETTERS_ONLY = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")


def label(value: object) -> str:
    """A readable test id."""
    return value["folder"] if isinstance(value, dict) else value.parent.name


@pytest.mark.parametrize(("place", "entry"), ENTRIES, ids=label)
def test_files_are_those_of_the_manifest(place: Path, entry: dict):
    folder = place / entry["folder"]
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == entry["files"]
    assert entry["folder"] == f"{entry['name']}-{entry['version']}"


@pytest.mark.parametrize("place", PLACES, ids=label)
def test_nothing_lies_there_without_being_listed(place: Path):
    listed = {entry["folder"] for where, entry in ENTRIES if where == place}
    assert {path.name for path in place.iterdir()} == listed | {"manifest.json"}


@pytest.mark.parametrize(("place", "entry"), ENTRIES, ids=label)
def test_scripts_and_sheets_point_to_no_missing_source_map(place: Path, entry: dict):
    for name in entry["files"]:
        if name.endswith((".js", ".css")):
            assert b"# sourceMappingURL=" not in (place / entry["folder"] / name).read_bytes()[-500:], name


@pytest.mark.parametrize(("place", "entry"), ENTRIES, ids=label)
def test_versions_are_the_pinned_ones_and_licences_are_named(place: Path, entry: dict):
    pinned = json.loads((ROOT / "deploy/vendor/package.json").read_text(encoding="utf-8"))["dependencies"]
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    assert pinned[entry["name"]] == entry["version"]
    assert f"`{place.relative_to(ROOT)}/{entry['folder']}` | {entry['licence']}" in notices
    assert any("LICEN" in name for name in entry["files"])


def test_every_package_we_install_is_named_with_its_licence():
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pins, "the pattern finds nothing"
    assert not [name for name in pins if not re.search(rf"(?<![\w-]){name}(?![\w-])", notices)]


def test_pages_name_only_static_files_that_exist():
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"static_url\('([^'{}]+)'\)", path.read_text(encoding="utf-8"))
    }
    assert named, "the pattern finds nothing"
    assert not [name for name in sorted(named) if not (ROOT / "static" / name).is_file()]


def test_icons_named_by_pages_are_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons/sprite.svg").read_text(encoding="utf-8")))
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(
            r"(?:\bicon\(|'(?:primary|quiet|danger)', )'([a-z0-9-]+)'", path.read_text(encoding="utf-8")
        )
    }
    assert named, "the pattern finds nothing"
    assert named <= drawn


def test_our_files_name_no_package_registry_and_no_delivery_network():
    ours = [
        path
        for place in (
            "trace",
            "templates",
            "static/js",
            "static/css",
            "static/vendor",
            "deploy",
            "docs",
            "bench",
            "migrations",
        )
        for path in (ROOT / place).rglob("*")
        if path.is_file() and path.suffix in {".py", ".html", ".js", ".css", ".json", ".sh", ".md"}
    ]
    ours += [
        ROOT / name for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "README.md")
    ]
    assert not [str(path.relative_to(ROOT)) for path in ours if ELSEWHERE.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", FONTS)
def test_fonts_draw_every_letter_of_messages_and_of_rare_names(name: str):
    with TTFont(ROOT / "static/fonts" / f"{name}.ttf", lazy=True) as font:
        glyphs = set(font.getBestCmap())
    wanted = set("坵喆堃㎡玥昇镕珺祎旻晞翀䶮㛃〔〕Ⅰ①→✓●▲α≥‰×")
    for path in (ROOT / "trace").rglob("*.py"):
        wanted |= set(LETTERS_ONLY.findall(path.read_text(encoding="utf-8")))
    assert not {char for char in wanted if ord(char) not in glyphs}


@pytest.mark.parametrize("name", FONTS)
def test_fonts_carry_their_licence(name: str):
    with TTFont(ROOT / "static/fonts" / f"{name}.ttf", lazy=True) as font:
        assert "Open Font License" in font["name"].getDebugName(13)
    assert "SIL OPEN FONT LICENSE Version 1.1" in (ROOT / "static/fonts/OFL.txt").read_text(encoding="utf-8")
