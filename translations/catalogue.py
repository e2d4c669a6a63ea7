"""The English catalogue: find every text people read, keep the translations, compile them.

``python translations/catalogue.py`` adds new texts to ``en/LC_MESSAGES/messages.po`` (untranslated), drops those no longer used and compiles the
``.mo``. Chinese is both the source and the key; a test fails while anything is untranslated.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u4e00-\u9fff]")
SILENT = ("cli.py", "commands.py", "serve.py", "ddl.py")
"""The command line speaks Chinese only."""
NOT_SHOWN = ("demo", "core/money.py", "core/units.py", "registry/data", "pdf/official.py", "supervision/papers.py")
"""What nobody reads on a page; official papers are written in Chinese only."""


def messages() -> set[str]:
    """Every text that may be shown: those of templates, and Chinese literals of the code that are not documentation."""
    found: set[str] = set()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        with path.open("rb") as handle:
            for _, _, text, _ in babel_extract(handle, ("_", "gettext"), [], {"encoding": "utf-8"}):
                found |= {part for part in (text if isinstance(text, tuple) else (text,)) if part}
    for path in sorted((ROOT / "trace").rglob("*.py")):
        relative = path.relative_to(ROOT / "trace").as_posix()
        if path.name not in SILENT and not relative.startswith(NOT_SHOWN):
            found |= literals(path)
    found |= {text for text in literals(ROOT / "trace/core/units.py") if text.endswith("。")}
    return {text for text in found if HAN.search(text)}


def literals(path: Path) -> set[str]:
    """Chinese string constants of a module without docstrings, patterns and parts of f-strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
            skipped.add(id(node.args[0]))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and HAN.search(node.value)
    }


def load() -> Catalog:
    """The English catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="en")
    with PO.open("rb") as handle:
        return read_po(handle, locale="en")


def save(translations: dict[str, str]) -> None:
    """Write the catalogue for exactly the texts in use, sorted, and compile it."""
    catalogue = Catalog(locale="en", project="loquat-trace", fuzzy=False)
    for text in sorted(messages()):
        flags = {"python-format"} if "%(" in text else set()
        catalogue.add(text, translations.get(text, ""), flags=flags)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as handle:
        write_po(handle, catalogue, width=130, omit_header=False, include_lineno=False, sort_output=True)
    with PO.with_suffix(".mo").open("wb") as handle:
        write_mo(handle, catalogue)


if __name__ == "__main__":
    known = {m.id: m.string for m in load() if isinstance(m.id, str) and m.id}
    save(known)
    missing = [text for text in sorted(messages()) if not known.get(text)]
    print(f"{len(messages())} texts, {len(missing)} untranslated")
