"""The four numbers as xlsx with living sums, and as a paper for the leading group's report: the same figures again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask_babel import gettext as _

from trace.core.clock import utcnow
from trace.core.text import Message
from trace.core.units import format_int, format_mu, mu_from_m2
from trace.effects import rules
from trace.effects.planting import Found
from trace.effects.rules import Basis, Numbers
from trace.pdf.official import Block, Paper, official
from trace.web.errors import translate
from trace.web.sheets import Column, as_xlsx

MU = "#,##0.00"
ON_PAPER = 60
"""So many plots are printed; the table names how many more there are."""


def words(row: Numbers) -> str:
    """The gap of a plot in the reader's language."""
    return "".join(translate(sentence) for sentence in rules.sentences(row))


def workbook(found: Found) -> bytes:
    """Every plot of the question, largest gap first; the sums are formulas. Areas are exact m² and 亩 computed from them."""
    columns = [
        Column(_("地块编号"), 20), Column(_("乡镇（街道）")), Column(_("村（社区）")), Column(_("经营主体"), 18), Column(_("栽植日期")), Column(_("申报编号"), 18),
        *(Column(_("%(name)s（亩）", name=_(label)), 16, MU, True) for label in labels(found.asked.basis)), Column(_("差距（亩）"), 12, MU, True),
        *(Column(_("%(name)s（平方米）", name=_(label)), 16, summed=True) for label in labels(found.asked.basis)),
        Column(_("差距（平方米）"), 14, summed=True), Column(_("苗木（株）"), 12, summed=True), Column(_("差距说明"), 60), Column(_("没有的数据"), 24),
    ]  # fmt: skip
    return as_xlsx(_("四数核对"), columns, (_cells(row) for row in found.rows), notes(found), _("合计"))


def labels(basis: Basis) -> list[str]:
    """The names of the four numbers, the first by its basis."""
    return [basis.label, *list(rules.FIGURES.values())[1:]]


def figures(row: Numbers) -> list[int | None]:
    """The four numbers of a plot in m², in the order of the labels."""
    return [row.stated_m2, row.ground_m2, row.seedlings_m2, row.verified_m2]


def _cells(row: Numbers) -> list[Any]:
    four = [*figures(row), row.gap_m2]
    areas = [None if m2 is None else float(mu_from_m2(m2, 6)) for m2 in four]
    return [
        row.code, row.township, row.village, row.operator, row.planted_on, row.claim.no if row.claim else "", *areas, *four, row.plants,
        words(row), "；".join(translate(message) for message in rules.silent(row)),
    ]  # fmt: skip


def notes(found: Found) -> list[str]:
    """How the four numbers come about, for the foot of every paper."""
    return [
        _("数据截至 %(day)s。", day=found.day.isoformat()),
        *[translate(message) for message in explanations(found)],
    ]


def explanations(found: Found) -> list[Message]:
    """What each number is, as messages."""
    first = {
        Basis.CLAIMED: Message("申报面积：未撤回、未退回、未否决的申报；同一地块有几份申报的，只计面积最大的一份。"),
        Basis.REGISTERED: Message("登记面积：地块登记时申报的面积，没有申报的按勾绘面积。"),
    }[found.asked.basis]
    low = {row.density.low for row in found.rows if row.density}
    return [
        first,
        Message("勾绘面积：按现行边界计算；与别的地块重叠的部分只计入先登记的地块。"),
        Message(
            "苗木够栽面积：出圃并定植到本地块的苗木除以最低密度（每亩 %(low)s 株，参考值），即这些苗木最多能栽多少亩。没有出圃记录的地块不计，也不据此认定差距。",
            {"low": "、".join(map(str, sorted(low))) or "—"},
        ),
        Message("查验成活面积：24 个月内成活率或保存率合格的查验核实的面积；未到查验期的不据此认定差距。"),
        Message("差距：申报（登记）面积减去后三个数中最小的一个，小于零的记为零。"),
    ]


def paper(found: Found, scope: str) -> bytes:
    """The paper: what was compared, the townships, the plots with a gap. A report of the system, not signed by anybody."""
    title = f"{scope}土枇杷栽植面积\n四数核对情况"
    document = Paper(
        title=title, kind="report", generated_at=utcnow(), digest=f"数据 SHA-256 {digest(found)}",
        blocks=[Block(text) for text in _story(found)],
    )  # fmt: skip
    short = [row for row in found.rows if row.gap_m2]
    return official(
        document, "effects/planting_pdf.html", found=found, labels=labels(found.asked.basis), short=short[:ON_PAPER],
        more=max(0, len(short) - ON_PAPER), words=words, explanations=explanations(found),
    )  # fmt: skip


def _story(found: Found) -> list[str]:
    """The finding in sentences, in Chinese as the paper is."""
    sums, name = found.sums, found.asked.basis.label
    if not sums.plots:
        return ["没有符合条件的地块。"]
    first = (
        f"本次核对 {format_int(sums.plots)} 块地，{name} {format_mu(sums.stated)} 亩；勾绘去重叠后 {format_mu(sums.ground)} 亩，"
        f"出圃苗木最多够栽 {format_mu(sums.seedlings)} 亩，查验成活 {format_mu(sums.verified)} 亩。"
    )
    second = (
        (
            f"其中 {format_int(sums.gaps)} 块地存在差距，合计 {format_mu(sums.gap)} 亩。"
            if sums.gaps
            else "没有发现差距。"
        )
        + f"另有 {format_int(sums.unknown)} 块地没有完整的出圃记录、{format_int(sums.not_due)} 块地未到查验期，这两项不作为认定差距的依据。"
    )
    found_plants = (
        f"出圃苗木共 {format_int(sums.plants)} 株，按常用密度折算为 {format_mu(sums.usual)} 亩。" if sums.plants else ""
    )
    return [first, second + found_plants]


def digest(found: Found) -> str:
    """The hash of the figures on the paper, so that two prints can be compared."""
    rows = [[row.code, *figures(row), row.gap_m2] for row in sorted(found.rows, key=lambda row: row.code)]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()[:16]
