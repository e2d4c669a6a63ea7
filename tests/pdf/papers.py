"""Measuring a PDF: where its glyphs stand in millimetres, which fonts it carries, which glyphs it could not draw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

import pikepdf
import pypdfium2
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

MM = 72 / 25.4


@dataclass(frozen=True)
class Glyph:
    """One character with its tight box, in millimetres from the left and the top of the page."""

    char: str
    left: float
    top: float
    right: float
    bottom: float


def pages(body: bytes) -> list[list[Glyph]]:
    """All visible glyphs, page by page."""
    found = []
    for page in pypdfium2.PdfDocument(body):
        text, height = page.get_textpage(), page.get_height()
        rows = []
        for n in range(text.count_chars()):
            char = text.get_text_range(n, 1)
            if char.strip():
                left, bottom, right, top = (value / MM for value in text.get_charbox(n))
                rows.append(Glyph(char, left, height / MM - top, right, height / MM - bottom))
        found.append(rows)
    return found


def lines(glyphs: list[Glyph], pitch: float = 225 / 22) -> list[list[Glyph]]:
    """Glyphs within the 版心 (37 to 262 mm), by the line of the grid their middle lies in."""
    rows: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        middle = (glyph.top + glyph.bottom) / 2
        if 37 <= middle <= 262:
            rows.setdefault(int((middle - 37) / pitch), []).append(glyph)
    return [rows[key] for key in sorted(rows)]


def text_of(body: bytes) -> str:
    """All text without white space."""
    return "".join(glyph.char for page in pages(body) for glyph in page)


def fonts(body: bytes) -> dict[str, bool]:
    """Base font names and whether their file is embedded."""
    found: dict[str, bool] = {}
    with pikepdf.open(BytesIO(body)) as pdf:
        for page in pdf.pages:
            for font in page.Resources.get("/Font", {}).values():
                inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
                descriptor = inner.FontDescriptor
                found[str(font.BaseFont)] = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    return found


def undrawn(body: bytes) -> int:
    """How often a code is shown for which its embedded font has no outline (.notdef): every one is a character nobody can read."""
    count = 0
    with pikepdf.open(BytesIO(body)) as pdf:
        for page in pdf.pages:
            drawn = {name: _outlines(font) for name, font in page.Resources.get("/Font", {}).items()}
            current: set[int] = set()
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    current = drawn[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    for item in operands[0] if str(operator) == "TJ" else operands:
                        codes = bytes(item) if isinstance(item, pikepdf.String) else b""
                        count += sum(int.from_bytes(codes[n : n + 2]) not in current for n in range(0, len(codes), 2))
    return count


def _outlines(font: pikepdf.Object) -> set[int]:
    """The codes an embedded font can draw; those that stand for white space need no outline."""
    descriptor = font.DescendantFonts[0].FontDescriptor
    data = next(descriptor[key].read_bytes() for key in ("/FontFile2", "/FontFile3") if key in descriptor)
    inner = TTFont(BytesIO(data))
    glyphs, names = inner.getGlyphSet(), inner.getGlyphOrder()
    found = set()
    for gid, name in enumerate(names[1:], 1):
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        if pen.bounds:
            found.add(gid)
    blanks = re.findall(rb"<([0-9a-fA-F]{4})>\s*<(?:0020|00a0|00A0|3000)>", font.ToUnicode.read_bytes())
    return found | {int(code, 16) for code in blanks}
