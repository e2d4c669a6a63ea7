"""Seedling labels as PDF: what the law wants on every bundle, with a code that opens the papers. Source: 林木种子包装和标签管理办法 (§2.8)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from trace.core.errors import RuleBroken
from trace.core.public_code import grouped
from trace.layouts import queries as layouts
from trace.layouts.claims import check_text
from trace.layouts.drawing import design
from trace.layouts.press import Job, print_run
from trace.layouts.rules import MEDIA
from trace.layouts.sandbox import render
from trace.nursery import rules
from trace.nursery.codes import book
from trace.nursery.dispatching import label_obstacles
from trace.nursery.models import SeedlingDispatch, SeedlingLot

MEDIUM = "a4_2x5"
"""Ten bundle labels on an A4 page, by the county's template of seedling labels."""


def label_pdf(row: SeedlingDispatch, base_url: str) -> bytes:
    """One label a bundle, every symbol read back. Refused while a paper was missing on the day the seedlings left (feature B5)."""
    obstacles = label_obstacles(row)
    if obstacles:
        raise RuleBroken(obstacles[0].template, code="LABEL_REFUSED", **obstacles[0].values)
    facts = {"facts": "\n".join(f"{name}：{value}" for name, value in facts_of(row)), "bundles": str(row.bundles)}
    check_text(facts["facts"])
    code = code_of(row)
    labels = [
        {"code": grouped(code), "number": str(number).zfill(len(str(row.bundles)))}
        for number in range(1, row.bundles + 1)
    ]
    plan = design(
        render(layouts.current("seedling").body, facts),
        "seedling",
        MEDIUM,
        MEDIA[MEDIUM].dpi,
        f"{base_url}/s/",
        labels[0],
    )
    job = Job(plan, row.bundles, lambda index: (code, labels[index]))
    with TemporaryDirectory() as folder:
        return print_run(job, Path(folder) / "labels.pdf").read_bytes()


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
