"""A trace as a workbook and as a paper; doors hand both out."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter
from flask import render_template
from flask_babel import gettext as _

from trace.core.clock import utcnow
from trace.core.units import mu_from_m2
from trace.lots import rules
from trace.lots.exports import as_text
from trace.lots.origins import Origins
from trace.lots.tracing import Trace
from trace.pdf import html_to_pdf

NODES_IN_PICTURE = 60
"""More lots than these are unreadable on one sheet of paper; the tables hold them all."""


def as_pdf(trace: Trace, found: Origins, picture: dict[str, Any]) -> bytes:
    """The trace report: the answer first, then the picture, the ground, every lot and every step."""
    return html_to_pdf(
        render_template(
            "lots/trace_print.html", trace=trace, origins=found, nodes={n.code: n for n in trace.nodes}, kinds=rules.LOT_KINDS,
            picture=picture if len(trace.nodes) <= NODES_IN_PICTURE else None, generated_at=utcnow(),
            operations={k.value: k.label for k in rules.OperationKind},
        )
    )  # fmt: skip


def as_xlsx(trace: Trace, found: Origins) -> bytes:
    """Four sheets that can be sorted and filtered: lots, steps, shares, plots. Names stay texts, sums are live formulas."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        for name, head, rows in (_lots(trace), _steps(trace), _shares(trace), _plots(found)):
            _sheet(book, name, head, rows)
    return out.getvalue()


Table = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]


def _lots(trace: Trace) -> Table:
    head = (
        _("批次号"), _("类别"), _("产品"), _("形成日期"), _("持有单位"), _("产地"), _("状态"), _("数量（公斤）"),
    )  # fmt: skip
    states = {
        "open": _("正常"),
        "used_up": _("已用完"),
        "held": _("已锁定"),
        "recalled": _("已召回"),
        "undone": _("已撤销"),
    }
    rows = [
        (
            _shown(n.code, n.hidden), _(rules.LOT_KINDS[n.kind]), n.product, n.made_on, n.holder, f"{n.township} {n.village}".strip(),
            states.get(n.state, n.state), None if n.hidden else n.quantity_g / 1000,
        )
        for n in trace.nodes
    ]  # fmt: skip
    return _("批次"), head, rows


def _steps(trace: Trace) -> Table:
    hidden = {n.code for n in trace.nodes if n.hidden}
    rows = [
        (
            _shown(step.source, step.source in hidden), _shown(step.target, step.target in hidden),
            _(rules.OperationKind(step.operation).label), step.quantity_g / 1000,
        )
        for step in trace.links
    ]  # fmt: skip
    return _("投入记录"), (_("从"), _("到"), _("事项"), _("公斤")), rows


def _shares(trace: Trace) -> Table:
    hidden = {n.code for n in trace.nodes if n.hidden}
    head = (_("批次号"), _("地块"), _("产地"), _("分数"), _("占比"), _("公斤"))
    rows = [
        (
            _shown(s.lot, s.lot in hidden), s.plot, f"{s.township} {s.village}".strip(), as_text(s.fraction), float(s.fraction),
            s.quantity_g / 1000,
        )
        for s in trace.shares
    ]  # fmt: skip
    return _("确切占比"), head, rows


def _plots(found: Origins) -> Table:
    head = (
        _("地块"), _("边界版本"), _("产地"), _("经营主体"), _("面积（亩）"), _("采收日期"), _("分数"), _("占比"), _("公斤"),
    )  # fmt: skip
    rows = [
        (
            row.plot, row.version, f"{row.township} {row.village}", row.producer, float(mu_from_m2(row.area_m2)),
            row.first_day.isoformat() if row.first_day == row.last_day else f"{row.first_day} — {row.last_day}",
            as_text(row.fraction), float(row.fraction), row.quantity_g / 1000,
        )
        for row in found.rows
    ]  # fmt: skip
    return _("来源地块"), head, rows


def _shown(code: str, hidden: bool) -> str:
    return _("其他单位批次") if hidden else code


def _sheet(book: Any, name: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """One table with filters; columns of kilograms end with a live sum where adding them means something."""
    sheet = book.add_worksheet(name)
    bold, literal = book.add_format({"bold": True, "bottom": 2}), book.add_format({"quote_prefix": True})
    kilos, share = book.add_format({"num_format": "#,##0.000"}), book.add_format({"num_format": "0.0000%"})
    for place, label in enumerate(head):
        sheet.write_string(0, place, label, bold)
        sheet.set_column(place, place, max(12, 2 * len(label)))
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if isinstance(value, (int, float)):
                sheet.write_number(number, place, value, share if head[place] == _("占比") else kilos)
            elif value:
                sheet.write_string(number, place, value, literal)
    if rows and _("占比") in head:
        for place in (len(head) - 2, len(head) - 1):
            letter = chr(ord("A") + place)
            last = share if place == len(head) - 2 else kilos
            sheet.write_formula(len(rows) + 2, place, f"=SUM({letter}2:{letter}{len(rows) + 1})", last)
        sheet.write_string(len(rows) + 2, 0, _("合计"), bold)
    sheet.autofilter(0, 0, len(rows), len(head) - 1)
    sheet.freeze_panes(1, 1)
