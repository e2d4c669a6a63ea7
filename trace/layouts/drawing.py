"""From the lines of a template to a label ready to be stamped: fitted to its paper, its symbol to the printer's dots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import escape

from trace.core.errors import RuleBroken
from trace.layouts.rules import KINDS, MAX_FONT, MEDIA, MIN_FONT, SLOTS, Fit, Medium, fit_symbol, snapped
from trace.layouts.sandbox import BEGIN, END
from trace.pdf import metrics
from trace.pdf.imprint import POINTS_PER_MM, Imprint
from trace.pdf.stamp import Stamp, Stamped, make_stamp, page_contents, slot_html
from trace.pdf.symbols import QUIET_ZONE, SymbolMaker, maker, size_of

GAP = 1.0
"""Millimetres between the symbol's square and the text."""
LEADING = 1.28
HEAD = 1.3
"""Lines that begin with ``#`` are set bold and so much larger."""
PRESSED = 0.8
"""The code may be pressed together that far before the whole text is set smaller."""
CODE_LENGTH = 20
_SLOT = re.compile(f"{BEGIN}([a-z]+){END}")


@dataclass(frozen=True)
class Line:
    """One line as it will stand on the label: text with slots marked, bold or not."""

    text: str
    bold: bool

    @property
    def sample(self) -> str:
        """The line with texts as long as those of its slots."""
        return _SLOT.sub(lambda found: SLOTS[found[1]], self.text)


@dataclass(frozen=True)
class Design:
    """Everything a run of labels shares."""

    medium: Medium
    prefix: str
    fit: Fit
    dpi: int
    symbols: SymbolMaker
    stamp: Stamp
    font: float

    def label(self, place: int, code: str, texts: Mapping[str, str]) -> Stamped:
        """One label at a place of its page."""
        left, top = self.medium.place(place)
        inset = QUIET_ZONE * self.fit.module
        x, y = (
            snapped(value + inset, self.dpi) for value in (left + self.medium.inset / 2, top + symbol_top(self.medium))
        )
        return Stamped(left, top, Imprint(x, y, self.fit.side, self.symbols.size, self.symbols.image(code)), texts)

    def page(self, labels: list[Stamped]) -> bytes:
        """The contents of one page."""
        return page_contents(self.stamp, labels, self.medium.page, self.medium.size[1])


def check_fit(
    lines: list[str], kind: str, medium: str, dpi: int, prefix: str, length: int = CODE_LENGTH
) -> tuple[Fit, float, list[Line]]:
    """Refuse a label with a character missing in the font, a text that does not fit, or a symbol too fine for the printer.

    Returns how the symbol is drawn, the font size in points, and the lines as they will stand.
    """
    lacking = metrics.missing("".join(_SLOT.sub("", line) for line in lines))
    if lacking:
        raise RuleBroken(
            "字体里没有‘%(char)s’，印不出来，请换字或请管理员补字。",
            code="GLYPH_MISSING",
            field="name",
            char=lacking[0],
        )
    paper = MEDIA[medium]
    fit = fit_symbol(paper, {level: size_of(prefix, length, level) for level in KINDS[kind].levels}, dpi)
    return fit, *fit_text([_line(line) for line in lines], text_room(paper))


def design(
    lines: list[str],
    kind: str,
    medium: str,
    dpi: int,
    prefix: str,
    samples: Mapping[str, str] = SLOTS,
    length: int = CODE_LENGTH,
) -> Design:
    """Lay a label out, once for a whole run; refused as :func:`check_fit` says. ``samples``: texts as long as those of the slots will be.

    ``length``: characters of the code in the symbol, where it is no public code of 20 (a certificate's number).
    """
    fit, size, fitted = check_fit(lines, kind, medium, dpi, prefix, length)
    paper = MEDIA[medium]
    # A symbol with no changing part is drawn once: it would push the makers of label runs out of their cache.
    symbols = maker(prefix, length, fit.level) if length else SymbolMaker(prefix, 0, fit.level)
    names = sorted({name for line in fitted for name in _SLOT.findall(line.text)})
    if "code" not in names:
        raise ValueError("a label without its code")
    slots = dict.fromkeys(names, text_room(paper)[0])
    body = "".join(_paragraph(line, names, samples) for line in fitted)
    left = paper.inset / 2 + paper.symbol + GAP
    style = (
        f".text{{position:absolute;left:{left}mm;top:{paper.inset}mm;font-size:{size:.2f}pt;line-height:{LEADING};white-space:pre}}"
        f"p{{margin:0}}.head{{font-weight:700;font-size:{HEAD}em}}"
    )
    if paper.cut:
        style += ".label{box-sizing:border-box;border:.15mm dashed #999}"
    stamp = make_stamp(style, f"<div class='text'>{body}</div>", paper.size, slots)
    return Design(paper, prefix, fit, dpi, symbols, stamp, size)


def text_room(paper: Medium) -> tuple[float, float]:
    """Width and height beside the symbol, in millimetres."""
    return paper.size[0] - paper.symbol - paper.inset * 1.5 - GAP, paper.size[1] - 2 * paper.inset


def symbol_top(paper: Medium) -> float:
    """Where the symbol's square begins, from the upper edge of the label."""
    return min(paper.inset, (paper.size[1] - paper.symbol) / 2)


def fit_text(lines: list[Line], room: tuple[float, float]) -> tuple[float, list[Line]]:
    """The largest font size at which the lines fit, and the lines cut for it."""
    size = max(MAX_FONT, room[1] / 15)
    while size >= MIN_FONT - 1e-6:
        fitted = _cut(lines, room[0] * POINTS_PER_MM / size)
        height = sum(LEADING * (HEAD if line.bold else 1) for line in fitted) * size / POINTS_PER_MM
        if height <= room[1] and all(
            metrics.width(line.sample) * size * PRESSED <= room[0] * POINTS_PER_MM
            for line in fitted
            if line.text != line.sample
        ):
            return size, fitted
        size -= 0.2
    raise RuleBroken(
        "文字放不下：这种标签上 %(lines)s 行字印出来会小于 1.8 毫米。请换大一号的标签，或删减模板文字。", code="TEXT_TOO_LONG", field="medium",
        lines=len(lines),
    )  # fmt: skip


def _cut(lines: list[Line], room: float) -> list[Line]:
    """Lines wider than ``room`` em are cut; one with a slot stays whole."""
    found = []
    for line in lines:
        if line.text != line.sample:
            found.append(line)
            continue
        wide = room / (HEAD if line.bold else 1)
        found += [Line(part, line.bold) for part in metrics.wrapped(line.text, wide, bold=line.bold)]
    return found


def _line(text: str) -> Line:
    return Line(text[1:].strip(), True) if text.startswith("#") else Line(text.strip(), False)


def _paragraph(line: Line, names: list[str], samples: Mapping[str, str]) -> str:
    """A line as HTML: everything escaped, slots in their colours."""
    parts = _SLOT.split(line.text)
    inner = "".join(
        slot_html(part, samples[part], names) if number % 2 else str(escape(part)) for number, part in enumerate(parts)
    )
    return f"<p{' class=head' if line.bold else ''}>{inner}</p>"
