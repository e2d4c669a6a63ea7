"""The progress report as JSON, xlsx and PDF: the same figures three times."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter
from flask import render_template
from flask_babel import gettext as _

from trace.core.clock import utcnow
from trace.core.units import mu_from_m2
from trace.pdf import html_to_pdf
from trace.targets import rules
from trace.targets.queries import Progress


def as_json(progress: Progress) -> dict[str, Any]:
    """Figures in base units, goals with their source text, the note on the enterprise sentence."""
    return {
        "period": progress.period,
        "date": progress.day.isoformat(),
        "townships": [
            {
                "code": line.code, "name": line.name, "plots": line.plots, "registered_area_m2": line.registered_m2,
                "verified_area_m2": line.verified_m2, "awaiting_area_m2": line.awaiting_m2, "enterprises": line.enterprises,
                "output_value_gross_fen": line.gross_fen, "output_value_net_fen": line.net_fen, "planned_area_m2": line.plan_m2,
            }
            for line in progress.lines
        ],
        "totals": {
            "plots": progress.total("plots"), "registered_area_m2": progress.total("registered_m2"),
            "verified_area_m2": progress.total("verified_m2"), "awaiting_area_m2": progress.total("awaiting_m2"),
            "enterprises": progress.total("enterprises"), "output_value_gross_fen": progress.total("gross_fen"),
            "output_value_net_fen": progress.total("net_fen"), "planned_area_m2": progress.plan_total_m2,
        },
        "goals": [
            {
                "indicator": goal.indicator, "year": goal.year, "value": goal.value, "upper_value": goal.upper_value,
                "unit": rules.INDICATORS[goal.indicator].unit, "source": goal.source_doc, "place": goal.source_place,
                "text": goal.source_text,
            }
            for goal in progress.goals
        ],
        "counters": progress.counters,
        "note": rules.ENTERPRISE_NOTE,
    }  # fmt: skip


def as_pdf(progress: Progress) -> bytes:
    """The report as a paper: county totals, goals, the table of townships, the notes."""
    return html_to_pdf(
        render_template("targets/report_pdf.html", progress=progress, rules=rules, generated_at=utcnow())
    )


def as_xlsx(progress: Progress) -> bytes:
    """The table of townships with live sums; texts are written as texts, never as formulas."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_("进展"))
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"})
    bold, number, money = (
        book.add_format({"bold": True, "top": 1}),
        book.add_format({"num_format": "#,##0.00"}),
        book.add_format({"num_format": "#,##0.00"}),
    )
    columns = (
        _("乡镇（街道）"), _("地块数"), _("登记面积（亩）"), _("核实面积（亩）"), _("待查面积（亩）"), _("面积任务（亩）"), _("企业数"),
        _("总产值（万元）"), _("剔重产值（万元）"),
    )  # fmt: skip
    sheet.write_row(0, 0, columns, head)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 8, 14)
    for row, line in enumerate(progress.lines, 1):
        sheet.write_string(row, 0, line.name)
        sheet.write_number(row, 1, line.plots)
        for column, area in enumerate((line.registered_m2, line.verified_m2, line.awaiting_m2), 2):
            sheet.write_number(row, column, mu_from_m2(area), number)
        if line.plan_m2 is not None:
            sheet.write_number(row, 5, mu_from_m2(line.plan_m2), number)
        sheet.write_number(row, 6, line.enterprises)
        sheet.write_number(row, 7, line.gross_fen / 1_000_000, money)
        sheet.write_number(row, 8, line.net_fen / 1_000_000, money)
    last = len(progress.lines)
    sheet.write_string(last + 1, 0, _("合计"), bold)
    for column in range(1, 9):
        letter = "ABCDEFGHI"[column]
        sheet.write_formula(last + 1, column, f"=SUM({letter}2:{letter}{last + 1})", bold)
    sheet.write_string(last + 3, 0, _(rules.ENTERPRISE_NOTE))
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()
