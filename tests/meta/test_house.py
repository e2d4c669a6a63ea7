"""The habits of the house, kept by the machine."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import trace
from trace.audit.words import ACTIONS
from trace.desk.desks import MAIN_ACTIONS
from trace.web.navigation import NAVIGATION, SECTIONS

ROOT = Path(trace.__file__).parent.parent
SOURCES = sorted((ROOT / "trace").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_the_package_is_ours_and_not_the_standard_module():
    assert Path(trace.__path__[0]).name == "trace"
    assert (Path(trace.__path__[0]) / "app.py").exists()


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_public_functions_say_what_they_are(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_outgrows_the_head(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_action_in_the_trail_has_its_words():
    used = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"record(?:_system|_refusal)?\(\s*\"([a-z_]+\.[a-z_]+)\"", text))
    assert used, "the pattern finds nothing"
    assert used <= set(ACTIONS), used - set(ACTIONS)


def test_every_template_compiles(app_without_data):
    for path in TEMPLATES:
        app_without_data.jinja_env.get_template(str(path.relative_to(ROOT / "templates")))


def test_pages_carry_no_inline_script_or_style():
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        if "WeasyPrint" in text or "@page" in text or path.name.endswith("_pdf.html") or "print" in path.name:
            continue
        assert not re.search(r"\sstyle=\"|\son[a-z]+=\"|<style|<script(?![^>]*\ssrc=)", text), path.name


def test_vendored_files_are_what_the_manifest_says():
    for entry in json.loads((ROOT / "static/vendor/manifest.json").read_text()):
        folder = ROOT / "static/vendor" / entry["folder"]
        found = {
            str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*")
            if p.is_file()
        }
        assert found == entry["files"], entry["name"]


@pytest.mark.parametrize("name", ["NotoSansSC-Regular", "NotoSansSC-Bold", "NotoSerifSC-Regular"])
def test_fonts_hold_every_character_we_print(name: str):
    glyphs = set(TTFont(ROOT / "static/fonts" / f"{name}.ttf")["cmap"].getBestCmap())
    texts = "坵喆堃㎡玥昇镕珺祎旻晞翀〔〕—…“”‘’、。，：；（）《》·"
    for path in [*(ROOT / "trace/registry/data").glob("*.csv"), *TEMPLATES]:
        texts += path.read_text(encoding="utf-8")
    missing = {char for char in texts if ord(char) > 0x7F and ord(char) not in glyphs}
    assert not missing


def test_icons_named_by_the_navigation_and_the_desks_are_drawn():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons/sprite.svg").read_text(encoding="utf-8")))
    wanted = (
        {icon for _, _, icon, _ in NAVIGATION} | {icon for _, icon, _ in SECTIONS} | {icon for *_, icon in MAIN_ACTIONS}
    )
    assert wanted <= drawn, wanted - drawn


def test_no_unfinished_words_in_the_code():
    words = re.compile(r"\bTO" + r"DO\b|\bFIX" + r"ME\b|\bXX" + r"X\b|raise NotImplemented")
    assert not [p.name for p in SOURCES if words.search(p.read_text(encoding="utf-8"))]


@pytest.fixture
def app_without_data(tmp_path):
    from trace.app import create_app  # noqa: PLC0415 - the other tests here need no application
    from trace.settings import load_settings  # noqa: PLC0415

    return create_app(
        load_settings(testing=True, instance=tmp_path, database_url=f"sqlite:///{tmp_path}/x.db", secret_key="x" * 32)
    )
