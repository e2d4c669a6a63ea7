"""Label sheets as PDF: fixed boxes in millimetres, QR as one vector path each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import qrcode
from flask import render_template
from qrcode.constants import ERROR_CORRECT_M

from trace.core.public_code import grouped
from trace.core.units import format_kg
from trace.labels.codes import book
from trace.labels.models import LabelRun
from trace.lots import tracing
from trace.pdf import html_to_pdf

PER_PAGE, COLUMNS = 24, 3
LABEL_W, LABEL_H, TOP = 70, 37, 0.5
PAGES_PER_CHUNK = 20
QUIET_ZONE = 4
"""Modules of white around a QR symbol (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Label:
    """One label: where it stands on the page (mm), its QR path and its code."""

    left: float
    top: float
    path: str
    modules: int
    code: str


def sheet_pdf(run: LabelRun, base_url: str, progress: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """The whole run as one PDF, drawn in chunks of pages so that memory stays flat."""
    lines = label_lines(run)
    parts = []
    for start in range(0, run.count, PER_PAGE * PAGES_PER_CHUNK):
        stop = min(start + PER_PAGE * PAGES_PER_CHUNK, run.count)
        pages = list(_pages(run, base_url, start, stop))
        parts.append(html_to_pdf(render_template("labels/sheet_a4_3x8.html", pages=pages, lines=lines, run=run)))
        progress(stop, run.count)
    return parts[0] if len(parts) == 1 else _joined(parts)


def label_lines(run: LabelRun) -> dict[str, str]:
    """What stands on every label of the run: product, net content, origin, lot, dates."""
    lot = run.lot
    trace = tracing.build_trace(lot, "back", None)
    townships = list(dict.fromkeys(share.township for share in trace.shares if share.township))
    villages = list(dict.fromkeys(f"{share.township}{share.village}" for share in trace.shares if share.village))
    return {
        "name": lot.name or lot.product.name,
        "net": f"{lot.piece_ml} 毫升"
        if lot.piece_ml
        else (f"{lot.piece_g} 克" if lot.piece_g < 1000 else f"{format_kg(lot.piece_g)} 公斤"),
        "origin": villages[0]
        if len(villages) == 1
        else "、".join(townships[:2]) + ("等地" if len(townships) > 2 else ""),
        "lot": lot.code,
        "made": lot.made_on.isoformat(),
        "before": run.best_before.isoformat() if run.best_before else "",
        "holder": lot.holder.name,
    }


def code_at(run: LabelRun, index: int) -> str:
    """The public code of the n-th label of a run."""
    return book().write(run.first_serial + index)


def qr_path(text: str) -> tuple[str, int]:
    """A QR symbol (level M) as one SVG path of unit squares, and its size in modules with the quiet zone."""
    symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    symbol.add_data(text)
    symbol.make(fit=True)
    matrix = symbol.get_matrix()
    return "".join(_runs(matrix)), len(matrix) + 2 * QUIET_ZONE


def stored_sheet(instance: Path, run: LabelRun) -> Path:
    """Where the finished sheet of a long run is kept."""
    return instance / "files" / "labels" / f"{run.no}.pdf"


def _runs(matrix: list[list[bool]]) -> Iterator[str]:
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                yield f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z"
            x += max(1, length)


def _pages(run: LabelRun, base_url: str, start: int, stop: int) -> Iterator[list[Label]]:
    for first in range(start, stop, PER_PAGE):
        page = []
        for place, index in enumerate(range(first, min(first + PER_PAGE, stop))):
            code = code_at(run, index)
            path, modules = qr_path(f"{base_url}/t/{code}")
            row, column = divmod(place, COLUMNS)
            page.append(Label(column * LABEL_W, TOP + row * LABEL_H, path, modules, grouped(code)))
        yield page


def _joined(parts: list[bytes]) -> bytes:
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(BytesIO(part)) as piece:
                whole.pages.extend(piece.pages)
        out = BytesIO()
        whole.save(out)
        return out.getvalue()
