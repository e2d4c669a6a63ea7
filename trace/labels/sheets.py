"""Label sheets as PDF: text laid out in fixed boxes of millimetres, QR symbols printed between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
from flask import render_template

from trace.core.public_code import LENGTH, grouped
from trace.core.units import format_kg
from trace.labels.codes import book
from trace.labels.models import LabelRun
from trace.lots import tracing
from trace.pdf import html_to_pdf
from trace.pdf.imprint import Imprint, finisher
from trace.pdf.symbols import QUIET_ZONE, maker

PER_PAGE, COLUMNS = 24, 3
LABEL_W, LABEL_H, TOP = 70, 37, 0.5
PAGES_PER_CHUNK = 20
QR_LEFT, QR_TOP, QR_SIDE = 1, 3, 29
"""Where the symbol stands in a label, quiet zone included (mm)."""


@dataclass(frozen=True)
class Label:
    """One label: where it stands on the page (mm) and its code."""

    left: float
    top: float
    code: str


def sheet_pdf(run: LabelRun, base_url: str, progress: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """The whole run as one PDF, drawn in chunks of pages so that memory stays flat."""
    lines = label_lines(run)
    parts = []
    for start in range(0, run.count, PER_PAGE * PAGES_PER_CHUNK):
        stop = min(start + PER_PAGE * PAGES_PER_CHUNK, run.count)
        pages = [_page(run, first, min(first + PER_PAGE, stop)) for first in range(start, stop, PER_PAGE)]
        html = render_template("labels/sheet_a4_3x8.html", pages=pages, lines=lines, run=run, grouped=grouped)
        parts.append(html_to_pdf(html, finisher=finisher([imprints(page, base_url) for page in pages])))
        progress(stop, run.count)
    return parts[0] if len(parts) == 1 else _joined(parts)


def label_lines(run: LabelRun) -> dict[str, str]:
    """What stands on every label of the run: product, net content, origin, lot, dates, each on one line."""
    lot = run.lot
    trace = tracing.build_trace(lot, "back", None)
    townships = list(dict.fromkeys(share.township for share in trace.shares if share.township))
    villages = list(dict.fromkeys(f"{share.township}{share.village}" for share in trace.shares if share.village))
    lines = {
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
    return {key: " ".join(text.split()) for key, text in lines.items()}


def published_facts(run: LabelRun) -> dict[str, str | int]:
    """What the public log keeps of an activated run: the words on its labels. A household stays unnamed (domain brief §2.10)."""
    facts: dict[str, str | int] = {key: text for key, text in label_lines(run).items() if text and key != "holder"}
    facts["count"] = run.count
    if run.lot.holder.kind != "household":
        facts["producer"] = run.lot.holder.name
    return facts


def code_at(run: LabelRun, index: int) -> str:
    """The public code of the n-th label of a run."""
    return book().write(run.first_serial + index)


def imprints(page: list[Label], base_url: str) -> list[Imprint]:
    """The symbols of one page, each inside its quiet zone."""
    symbols = maker(f"{base_url}/t/", LENGTH)
    module = QR_SIDE / (symbols.size + 2 * QUIET_ZONE)
    inset, side = QUIET_ZONE * module, symbols.size * module
    return [
        Imprint(label.left + QR_LEFT + inset, label.top + QR_TOP + inset, side, symbols.size, symbols.image(label.code))
        for label in page
    ]


def stored_sheet(instance: Path, run: LabelRun) -> Path:
    """Where the finished sheet of a long run is kept."""
    return instance / "files" / "labels" / f"{run.no}.pdf"


def _page(run: LabelRun, first: int, stop: int) -> list[Label]:
    places = (divmod(place, COLUMNS) for place in range(PER_PAGE))
    return [
        Label(column * LABEL_W, TOP + row * LABEL_H, code_at(run, index))
        for (row, column), index in zip(places, range(first, stop), strict=False)
    ]


def _joined(parts: list[bytes]) -> bytes:
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(BytesIO(part)) as piece:
                whole.pages.extend(piece.pages)
        out = BytesIO()
        whole.save(out)
        return out.getvalue()
