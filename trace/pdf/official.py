"""Papers in the layout of GB/T 9704-2012 (county rule L223, domain brief §2.9): A4, 版心 156 × 225 mm, 22 lines × 28 characters of 16 pt.

Two classes: ``draft`` (送审稿 with an empty number 〔  〕  号, to be numbered and sealed by people) and ``report`` (系统生成，未经签发, with the
time of its data and their hash). No red head, no number, no seal is ever printed here.

The county's own fonts (小标宋, 仿宋, 黑体, 楷体) come from settings; each falls back, glyph by glyph, on the shipped Noto fonts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import current_app, render_template
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from trace.pdf.render import FACES, FONTS, SCHEME

LINES, CHARACTERS = 22, 28
PARTS = {"title": "Noto Serif SC", "body": "Noto Serif SC", "hei": "Noto Sans SC", "kai": "Noto Serif SC"}
"""The parts of a paper and the shipped family each falls back on."""
TITLE_CHARACTERS = 19
"""Characters of 22 pt that stand in one line of the title with a margin."""
HEIGHTS = (1.151, 0.286)
"""Ascent and descent of Noto Serif SC in em: every face of a paper is given these."""
LEVELS = ("", "h1", "h2", "h3", "h4")


@dataclass(frozen=True)
class Block:
    """One paragraph. ``level`` 1–4 numbers it 一、（一）1. （1）; 0 is text. ``lead`` is set in the level's face, ``text`` after it in the body's."""

    text: str = ""
    level: int = 0
    lead: str = ""


@dataclass(frozen=True)
class Paper:
    """What an official paper says; everything is text, nothing is markup."""

    title: str
    blocks: Sequence[Block] = ()
    to: str = ""
    issuer: str = ""
    signed_on: str = ""
    attachments: Sequence[str] = ()
    copies: str = ""
    printed: str = ""
    kind: str = "draft"
    generated_at: datetime | None = None
    digest: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def official(paper: Paper, template: str = "_base/official.html", **context: Any) -> bytes:
    """The paper as PDF; ``template`` may extend ``_base/official.html`` and fill its block ``after`` (tables, charts)."""
    html = render_template(
        template, paper=paper, title_lines=title_lines(paper.title), blocks=numbered(paper.blocks), **context
    )
    fonts, sheet, fetcher = _fonts(tuple(sorted(current_app.config["TRACE"].paper_fonts.items())))
    document = HTML(string=html, url_fetcher=fetcher, base_url=SCHEME)
    return document.write_pdf(stylesheets=[sheet], font_config=fonts)


def missing_glyphs(text: str, paths: Mapping[str, str]) -> set[str]:
    """Characters that neither the county's body font nor the shipped one can draw."""
    known = _glyphs(str(FONTS / "NotoSerifSC-Regular.ttf"))
    if paths.get("body"):
        known = known | _glyphs(paths["body"])
    return {char for char in text if char.isprintable() and not char.isspace() and ord(char) not in known}


def title_lines(text: str) -> list[str]:
    """A title in lines of nearly equal length, the upper ones longer (倒梯形), never broken inside 《》 or a number; ``\n`` breaks it by hand."""
    if "\n" in text:
        return [line for part in text.split("\n") for line in title_lines(part)]
    count = -(-len(text) // TITLE_CHARACTERS)
    lines, rest = [], text
    for left in range(count, 1, -1):
        at = _break(rest, -(-len(rest) // left))
        lines.append(rest[:at])
        rest = rest[at:]
    return [*lines, rest]


def _break(text: str, wanted: int) -> int:
    """The place at or near ``wanted`` where a line may end."""
    for shift in range(6):
        for at in (wanted + shift, wanted - shift):
            if 0 < at < len(text) and _may_break(text, at):
                return at
    return wanted


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    inside = text[:at].count("《") > text[:at].count("》")
    return (
        not inside and not (before.isdigit() and (after.isdigit() or after in "年月日")) and after not in "、，。）》的"
    )


def numbered(blocks: Sequence[Block]) -> list[tuple[str, str, str]]:
    """(class, lead with its number, text): 一、（一）1. （1） counted in order, lower levels beginning anew under a higher one."""
    counts = [0] * 5
    found = []
    for block in blocks:
        number = ""
        if block.level:
            counts[block.level] += 1
            counts[block.level + 1 :] = [0] * (4 - block.level)
            number = _number(block.level, counts[block.level])
        found.append((LEVELS[block.level], f"{number}{block.lead}", block.text))
    return found


def _number(level: int, n: int) -> str:
    if level <= 2:
        return f"{chinese(n)}、" if level == 1 else f"（{chinese(n)}）"
    return f"{n}." if level == 3 else f"（{n}）"


def chinese(n: int) -> str:
    """1…99 in Chinese figures."""
    digits = "〇一二三四五六七八九"
    if n < 10:
        return digits[n]
    tens, ones = divmod(n, 10)
    return f"{'' if tens == 1 else digits[tens]}十{digits[ones] if ones else ''}"


def aligned(path: Path) -> bytes:
    """A font whose ascent and descent are those of the shipped Noto Serif SC, its shapes untouched.

    A line grows when faces of different heights meet in it; one rare character from the fallback would then cost a page its 22nd line.
    """
    out = BytesIO()
    with TTFont(path, fontNumber=0, lazy=True) as font:
        em = font["head"].unitsPerEm
        up, down = (round(em * part) for part in HEIGHTS)
        hhea, os2 = font["hhea"], font["OS/2"]
        hhea.ascent, hhea.descent, hhea.lineGap = up, -down, 0
        os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap, os2.usWinAscent, os2.usWinDescent = (
            up,
            -down,
            0,
            up,
            down,
        )
        font.save(out, reorderTables=None)
    return out.getvalue()


class PaperFonts(URLFetcher):
    """Serves the shipped fonts and the ones the settings name, under a scheme of its own; refuses everything else."""

    def __init__(self, own: Mapping[str, str]) -> None:
        """``own``: part → path, only those that are set."""
        super().__init__()
        self._paths = {face[2]: FONTS / face[2] for face in FACES} | {
            f"own-{part}": Path(path) for part, path in own.items()
        }

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Bytes of one of the fonts; ValueError for any other address."""
        path = self._paths.get(url.removeprefix(SCHEME))
        if not url.startswith(SCHEME) or path is None:
            raise ValueError(f"refused: {url[:60]}")
        return URLFetcherResponse(url, aligned(path), {"Content-Type": "font/ttf"})


@lru_cache(maxsize=4)
def _fonts(paths: tuple[tuple[str, str], ...]) -> tuple[FontConfiguration, CSS, PaperFonts]:
    own = {part: path for part, path in paths if path}
    fetcher = PaperFonts(own)
    faces = [
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url('{SCHEME}{name}')}}"
        for family, weight, name in FACES
    ]
    faces += [f"@font-face{{font-family:'own {part}';src:url('{SCHEME}own-{part}')}}" for part in own]
    families = {part: (f"'own {part}'," if part in own else "") + f"'{PARTS[part]}','Noto Serif SC'" for part in PARTS}
    rules = [f".f-{part}{{font-family:{family}}}" for part, family in families.items()]
    rules.append(f"html,.f-page{{font-family:{families['body']}}} @page{{font-family:{families['body']}}}")
    fonts = FontConfiguration()
    return fonts, CSS(string="".join(faces + rules), font_config=fonts, url_fetcher=fetcher), fetcher


@lru_cache(maxsize=8)
def _glyphs(path: str) -> frozenset[int]:
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font["cmap"].getBestCmap())
