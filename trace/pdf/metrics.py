"""How wide texts run in the project's own fonts, and which characters they lack: texts are fitted before they are laid out."""

from __future__ import annotations

from functools import lru_cache

from fontTools.ttLib import TTFont

from trace.pdf.render import FONTS

FILES = {False: "NotoSansSC-Regular.ttf", True: "NotoSansSC-Bold.ttf"}


def width(text: str, *, bold: bool = False) -> float:
    """The length of a line of Noto Sans SC in em (times the font size gives the length on paper)."""
    glyphs, advances, units = _font(bold)
    return sum(advances[glyphs[ord(char)]][0] if ord(char) in glyphs else units for char in text) / units


def missing(text: str) -> str:
    """The characters of a text that the label fonts cannot draw, each once, in the order they come."""
    known = [_font(bold)[0] for bold in FILES]
    return "".join(dict.fromkeys(c for c in text if c != "\n" and any(ord(c) not in glyphs for glyphs in known)))


def wrapped(text: str, room: float, *, bold: bool = False) -> list[str]:
    """A text cut into lines of at most ``room`` em; Chinese breaks anywhere, words and numbers stay whole where they fit."""
    lines, line = [], ""
    for piece in _pieces(text):
        if width(line + piece, bold=bold) <= room:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while width(line, bold=bold) > room and len(line) > 1:
            fits = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or width(line[:n], bold=bold) <= room)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Runs of Latin letters and digits as one piece, everything else character by character."""
    found: list[str] = []
    for char in text:
        plain = char.isascii() and not char.isspace()
        if found and plain and found[-1][-1].isascii() and not found[-1][-1].isspace():
            found[-1] += char
        else:
            found.append(char)
    return found


@lru_cache(maxsize=2)
def _font(bold: bool) -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    with TTFont(FONTS / FILES[bold], lazy=True) as font:
        return font["cmap"].getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
