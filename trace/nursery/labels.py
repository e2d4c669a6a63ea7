"""Seedling labels as PDF: what the law wants on every bundle, with a code that opens the papers. Source: 林木种子包装和标签管理办法 (§2.8)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from trace.core.errors import RuleBroken
from trace.core.public_code import LENGTH, grouped
from trace.nursery import rules
from trace.nursery.codes import book
from trace.nursery.dispatching import label_obstacles
from trace.nursery.models import SeedlingDispatch, SeedlingLot
from trace.pdf import html_to_pdf
from trace.pdf.imprint import Imprint, finisher
from trace.pdf.symbols import QUIET_ZONE, maker

COLUMNS, ROWS = 2, 5
WIDTH, HEIGHT, TOP, LEFT = 95.0, 56.0, 8.0, 10.0
QR_SIDE = 26.0
"""Millimetres; ten bundle labels on an A4 page."""


@dataclass(frozen=True)
class Place:
    """Where one label stands on its page, in millimetres."""

    left: float
    top: float
    number: int


def label_pdf(row: SeedlingDispatch, base_url: str) -> bytes:
    """One label a bundle. Refused while a paper was missing on the day the seedlings left (feature B5)."""
    obstacles = label_obstacles(row)
    if obstacles:
        raise RuleBroken(obstacles[0].template, code="LABEL_REFUSED", **obstacles[0].values)
    pages = [
        [_place(number) for number in range(start, min(start + COLUMNS * ROWS, row.bundles))]
        for start in range(0, row.bundles, COLUMNS * ROWS)
    ]
    code = code_of(row)
    html = render_template("nursery/labels_print.html", pages=pages, facts=facts_of(row), code=grouped(code), row=row)
    return html_to_pdf(html, finisher=finisher([_imprints(page, base_url, code) for page in pages]))


def code_of(row: SeedlingDispatch) -> str:
    """The public code of a dispatch."""
    return book().write(row.id)


def facts_of(row: SeedlingDispatch) -> list[tuple[str, str]]:
    """What the label and its public page say, and nothing else: no receiver, no household, no price."""
    seedling = SeedlingLot.get(SeedlingLot.lot == row.lot_id)
    holder, paper = row.lot.holder, row.quality
    origin = seedling.accession.village.name if seedling.accession_id else seedling.source
    village = holder.village
    place = f"{village.township.name}{village.name}" if village else ""
    facts = [
        ("树种", f"{row.lot.product.taxon.name_zh}（{row.lot.product.taxon.latin}）"),
        ("种子类别", "良种" if row.improved else "一般苗木"),
        ("审定（认定）编号", seedling.variety_no if row.improved else ""),
        ("产地（种源）", origin),
        ("生产经营者", holder.name),
        ("地址", place),
        ("许可证编号", row.licence_no),
        ("检疫证明编号", row.quarantine.number if row.quarantine_id else ""),
        ("质量检验编号", paper.number if paper else ""),
        ("质量指标", _quality(paper) if paper else ""),
        ("苗木批次", row.lot.code),
        ("数量", f"{row.quantity} 株，{row.bundles} 捆"),
        ("起苗日期", row.on_day.isoformat()),
    ]
    return [(name, text) for name, text in facts if text]


def _quality(paper: object) -> str:
    parts = [rules.GRADES[paper.grade]]  # type: ignore[attr-defined]
    parts += [f"苗高 ≥ {paper.height_cm} 厘米"] if paper.height_cm else []  # type: ignore[attr-defined]
    parts += [f"地径 ≥ {paper.diameter_mm} 毫米"] if paper.diameter_mm else []  # type: ignore[attr-defined]
    return "，".join(parts)


def _place(number: int) -> Place:
    row, column = divmod(number % (COLUMNS * ROWS), COLUMNS)
    return Place(LEFT + column * WIDTH, TOP + row * HEIGHT, number + 1)


def _imprints(page: list[Place], base_url: str, code: str) -> list[Imprint]:
    symbols = maker(f"{base_url}/s/", LENGTH)
    module = QR_SIDE / (symbols.size + 2 * QUIET_ZONE)
    inset, side, image = QUIET_ZONE * module, symbols.size * module, symbols.image(code)
    return [
        Imprint(place.left + WIDTH - QR_SIDE - 2 + inset, place.top + 14 + inset, side, symbols.size, image)
        for place in page
    ]
