"""What can be printed on what: kinds of labels with their allowed words, sheets and rolls, and what a printer's dots allow. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trace.core.errors import RuleBroken
from trace.core.text import N_

QUIET_ZONE = 4
"""Modules of white around a symbol (ISO/IEC 18004)."""
MIN_MODULE_MM = 0.4
"""Domain brief §3.6."""
GOOD_MODULE_MM = 0.5
"""Where modules stay so large, a higher level of error correction than the kind demands is worth their getting smaller."""
MIN_FONT, MAX_FONT = 5.6, 12.0
"""Points. GB 7718 asks for characters at least 1.8 mm high: at 5.6 points a character of Noto Sans SC is 0.92 × 1.98 mm high."""
RESOLUTIONS = (203, 300, 600)
"""Dots per inch: common thermal printers, and laser printers."""


@dataclass(frozen=True)
class Kind:
    """A kind of label: the variables its template may use, those it must, and a sample of each to preview it.

    ``levels`` of error correction, best first; the last is the least the kind may have: M on packs, Q on cartons, which get dirty (§3.6).
    """

    label: str
    levels: str
    required: tuple[str, ...]
    samples: dict[str, str]
    media: tuple[str, ...]


@dataclass(frozen=True)
class Medium:
    """Paper: a sheet of several labels or a roll of one a page. Millimetres."""

    label: str
    page: tuple[float, float]
    size: tuple[float, float]
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    symbol: float = 29.0
    """Side of the square kept for the symbol, quiet zone included."""
    dpi: int = 300
    inset: float = 1.0
    """Kept free of print at the edges of a label: office printers leave 4 mm of a page white, roll printers about one."""
    cut: bool = False
    """Plain paper, to be cut along a dashed line."""

    @property
    def per_page(self) -> int:
        """Labels a page."""
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """Left and top of the n-th label of a page, counted from 0, row by row."""
        row, column = divmod(number, self.columns)
        return self.left + column * self.size[0], self.top + row * self.size[1]


MEDIA = {
    "a4_3x8": Medium(N_("A4 不干胶 3×8（70×37 毫米）"), (210, 297), (70, 37), 3, 8, 0, 0.5, 27, 600, 4),
    "a4_2x7": Medium(N_("A4 不干胶 2×7（99.1×38.1 毫米）"), (210, 297), (99.1, 38.1), 2, 7, 5.9, 15.15, 30, 600),
    "a4_4x10": Medium(N_("A4 不干胶 4×10（48.5×25.4 毫米）"), (210, 297), (48.5, 25.4), 4, 10, 8, 21.5, 21, 600),
    "a4_2x5": Medium(N_("A4 2×5（95×56 毫米）"), (210, 297), (95, 56), 2, 5, 10, 8.5, 30, 600, 2, True),
    "a4_2x4": Medium(N_("A4 不干胶 2×4（105×74 毫米）"), (210, 297), (105, 74), 2, 4, 0, 0.5, 40, 600, 4),
    "a4": Medium(N_("A4 整页"), (210, 297), (210, 297), 1, 1, 0, 0, 60, 600, 15),
    "roll_60x40": Medium(N_("热敏卷 60×40 毫米"), (60, 40), (60, 40), symbol=26, dpi=203),
    "roll_100x75": Medium(N_("热敏卷 100×75 毫米"), (100, 75), (100, 75), symbol=42, dpi=203),
}

SAMPLES: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "data" / "samples.json").read_text("utf-8"))
"""What each kind may print, with something to preview it."""
PACK_MEDIA = ("a4_3x8", "a4_2x7", "a4_4x10", "a4_2x4", "roll_60x40", "roll_100x75")
PACK_FIELDS = ("name", "net", "lot", "made", "holder", "code")
KINDS = {
    "pack": Kind(N_("包装标签"), "HQM", PACK_FIELDS, SAMPLES["pack"], PACK_MEDIA),
    "batch": Kind(N_("批次标签"), "HQM", PACK_FIELDS, SAMPLES["batch"], PACK_MEDIA),
    "carton": Kind(
        N_("箱标签"), "HQ", ("name", "lot", "inside", "code"), SAMPLES["carton"], ("a4_2x4", "a4_2x5", "roll_100x75")
    ),
    "seedling": Kind(N_("苗木标签"), "HQM", ("facts", "code"), SAMPLES["seedling"], ("a4_2x5", "a4_2x4", "roll_100x75")),
    "certificate": Kind(
        N_("承诺达标合格证"), "HQM", ("promise", "basis", "product", "quantity", "origin", "issuer", "contact", "date", "code"),
        SAMPLES["certificate"], ("roll_100x75", "a4_2x4", "a4"),
    ),
}  # fmt: skip
SLOTS = {"code": "0000-0000-0000-0000-0000", "number": "000000", "first": "000000", "last": "000000"}
"""Variables that differ from label to label, with texts as long as theirs; everything else is laid out once a run."""
CERTIFICATE_WORDS = "承诺达标合格证"
"""Must stand on a certificate (Order 4/2025, art. 14)."""


@dataclass(frozen=True)
class Fit:
    """How a symbol is drawn for a printer: whole dots a module, so that no line of it is a dot thicker than its neighbour."""

    level: str
    dots: int
    module: float
    side: float


def fit_symbol(medium: Medium, modules: Mapping[str, int], dpi: int) -> Fit:
    """The largest symbol of whole dots in the medium's square with its quiet zone; ``modules``: level → modules a side, best level first.

    The best level is taken whose modules stay good to read; refused when even those of the last are too small.
    """
    dot = 25.4 / dpi
    for level, size in modules.items():
        dots = int(medium.symbol / (size + 2 * QUIET_ZONE) / dot + 1e-9)
        fit = Fit(level, dots, dots * dot, dots * dot * size)
        if fit.module >= GOOD_MODULE_MM - 1e-9:
            return fit
    if fit.module >= MIN_MODULE_MM - 1e-9:
        return fit
    raise RuleBroken(
        "%(dpi)s dpi 的打印机在%(medium)s上印这个二维码，每格只有 %(module)s 毫米，不足 %(least)s 毫米，扫不出来。请换大一号的标签、更精细的打印机，或改用平台编码（网址较短）。",
        code="SYMBOL_TOO_SMALL", field="layout", dpi=dpi, medium=medium.label, module=f"{fit.module:.2f}", least=MIN_MODULE_MM,
    )  # fmt: skip


def snapped(millimetres: float, dpi: int) -> float:
    """The nearest place on the printer's grid of dots."""
    return round(millimetres * dpi / 25.4) * 25.4 / dpi
