"""The progress report as JSON, xlsx and PDF: the same figures three times."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import utcnow
from trace.core.units import format_pct, mu_from_m2
from trace.pdf.official import Paper, official
from trace.targets import planning, readings, rules
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
                "harvested_g": line.harvested_g, "unverified_area_m2": line.unverified_m2, "failed_area_m2": line.failed_m2,
                "stages": [
                    {
                        "stage": s.stage, "gross_fen": s.gross_fen, "local_input_fen": s.off_fen, "stated": s.stated is not None,
                        "difference_fen": s.difference_fen, "grades": s.grades,
                    }
                    for s in line.stages
                ],
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
        "grades": progress.grades,
        "reading": progress.reading.reading.value,
        "note": rules.ENTERPRISE_NOTE,
    }  # fmt: skip


def as_pdf(progress: Progress) -> bytes:
    """The report as a paper: county totals, goals, the table of townships, the notes."""
    one = len(progress.lines) == 1
    paper = Paper(
        title=f"{progress.lines[0].name if one else '衡南县'}土枇杷产业进展报告\n（{progress.period}）", kind="report", generated_at=utcnow(),
        digest=f"数据 SHA-256 {sha256_hex(canonical_bytes(as_json(progress)))}",
    )  # fmt: skip
    return official(paper, "targets/progress_print.html", progress=progress, rules=rules, one=one, **context(progress))


def context(progress: Progress) -> dict[str, Any]:
    """What the paper says besides the table: the counters under the reading in force, the evidence grades as shares."""
    whole = sum(progress.grades.values())
    counts = planning.enterprise_counts(progress.day)
    return {
        "lines": [
            (line, rules.INDICATORS[line.counter].name) for line in readings.lines(progress.reading.reading, counts)
        ],
        "shares": [(g, format_pct(Fraction(fen, whole) if whole else None, 1)) for g, fen in progress.grades.items()],
    }


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
        _("乡镇（街道）"), _("地块数"), _("登记面积（亩）"), _("核实面积（亩）"), _("待查面积（亩）"), _("面积任务（亩）"), _("企业数"), _("采收（公斤）"),
        _("总产值（万元）"), _("剔重产值（万元）"),
    )  # fmt: skip
    sheet.write_row(0, 0, columns, head)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 9, 14)
    for row, line in enumerate(progress.lines, 1):
        sheet.write_string(row, 0, line.name)
        sheet.write_number(row, 1, line.plots)
        for column, area in enumerate((line.registered_m2, line.verified_m2, line.awaiting_m2), 2):
            sheet.write_number(row, column, mu_from_m2(area), number)
        if line.plan_m2 is not None:
            sheet.write_number(row, 5, mu_from_m2(line.plan_m2), number)
        sheet.write_number(row, 6, line.enterprises)
        sheet.write_number(row, 7, line.harvested_g / 1000, number)
        sheet.write_number(row, 8, line.gross_fen / 1_000_000, money)
        sheet.write_number(row, 9, line.net_fen / 1_000_000, money)
    last = len(progress.lines)
    sheet.write_string(last + 1, 0, _("合计"), bold)
    for column in range(1, 10):
        letter = "ABCDEFGHIJ"[column]
        sheet.write_formula(last + 1, column, f"=SUM({letter}2:{letter}{last + 1})", bold)
    sheet.write_string(last + 3, 0, _(rules.ENTERPRISE_NOTE))
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()
