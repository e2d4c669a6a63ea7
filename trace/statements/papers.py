"""A statement as a paper (a year's also as the written report of L192, a draft) and as a sheet with live sums of differences."""

from __future__ import annotations

from io import BytesIO

import xlsxwriter

from trace.core.clock import to_local
from trace.pdf.official import Block, Paper, official
from trace.statements import queries, rules
from trace.statements.models import Statement
from trace.targets.rules import quarter_end

SCALE = {"m2": 10_000 / 15, "g": 1000, "fen": 1_000_000, "count": 1, "bp": 100}


def title_of(row: Statement) -> str:
    """2026年第三季度 or 2026年度."""
    year, quarter = row.period[:4], row.period[5:]
    return f"{year}年第{'一二三四'[int(quarter) - 1]}季度" if quarter else f"{year}年度"


def as_pdf(row: Statement) -> bytes:
    """The table as a report of the system, with the hash once it is locked."""
    snapshot = queries.snapshot_of(row)
    number = f"（第{row.amendment}号更正）" if row.amendment else ""
    paper = Paper(
        title=f"{row.township.name}土枇杷产业{title_of(row)}报表{number}", kind="report",
        generated_at=snapshot.locked_at if snapshot else row.register_at,
        digest=f"快照 SHA-256 {snapshot.sha256}" if snapshot else "尚未锁定",
    )  # fmt: skip
    return official(
        paper, "statements/statement_print.html", row=row, lines=queries.lines_of(row), items=rules.lines_of(row.period), show=rules.show,
        mark=queries.late_mark(row),
    )  # fmt: skip


def written_report(row: Statement) -> bytes:
    """The yearly plan and its completion in writing (L192), as a draft to be numbered, signed and sealed; a report asks for nothing (L223)."""
    lines = queries.lines_of(row)
    names = {line.key: line for line in rules.lines_of(row.period)}

    def said(key: str) -> str:
        line = names[key]
        value = lines[key].reported
        return f"{line.name.removeprefix('本期').removeprefix('期末')}{rules.show(value, line.unit).replace(chr(0x2009), '')}{line.unit_word}"

    changed = [key for key, line in lines.items() if line.reason]
    blocks = [
        Block(f"现将{title_of(row)}土枇杷产业工作完成情况报告如下。"), Block(level=1, lead="基地建设"),
        Block(f"{said('planted_m2')}，{said('replanted_m2')}，{said('registered_m2')}，{said('stock_m2')}，{said('bearing_m2')}。"),
        Block(level=1, lead="生产销售"),
        Block(f"{said('fruit_g')}，{said('leaf_g')}，{said('sold_g')}，{said('sold_fen')}，{said('processed_g')}。"),
    ]  # fmt: skip
    if "primary_fen" in lines:
        blocks.append(Block(f"{said('primary_fen')}，{said('secondary_fen')}，{said('tertiary_fen')}。"))
    blocks += [
        Block(level=1, lead="联农带农和资金"),
        Block(f"{said('coops')}，{said('households')}，{said('jobs')}，{said('wages_fen')}，{said('subsidy_fen')}。"),
        Block(level=1, lead="存在的问题"), Block(row.problems or "无。"),
    ]  # fmt: skip
    if changed:
        reasons = "；".join(f"{names[key].name}：{lines[key].reason}" for key in changed)
        blocks += [Block(level=1, lead="与登记数不同的说明"), Block(f"{reasons}。")]
    signed = to_local(row.signed_at) if row.signed_at else None
    return official(
        Paper(
            title=f"{row.township.name}关于{title_of(row)}\n土枇杷产业发展情况的报告", to="县土枇杷产业发展工作领导小组办公室",
            issuer=_body(row.township.name), signed_on=f"{signed.year}年{signed.month}月{signed.day}日" if signed else "　　年　月　日",
            blocks=blocks,
        )
    )  # fmt: skip


def _body(place: str) -> str:
    return f"{place}办事处" if place.endswith("街道") else f"{place}人民政府"


def as_xlsx(row: Statement) -> bytes:
    """The table with the difference of each line as a formula."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(row.period)
    head, figure = book.add_format({"bold": True, "bottom": 2}), book.add_format({"num_format": "#,##0.00####"})
    sheet.write_row(0, 0, ("项目", "单位", "登记数", "填报数", "差额", "原因"), head)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 4, 14)
    sheet.set_column(5, 5, 40)
    lines = queries.lines_of(row)
    for n, line in enumerate(rules.lines_of(row.period), 1):
        kept = lines[line.key]
        sheet.write_string(n, 0, line.name)
        sheet.write_string(n, 1, line.unit_word)
        for column, value in ((2, kept.register), (3, kept.reported)):
            if value is not None:
                sheet.write_number(n, column, value / SCALE[line.unit], figure)
        if kept.register is not None and kept.reported is not None:
            sheet.write_formula(n, 4, f"=D{n + 1}-C{n + 1}", figure)
        sheet.write_string(n, 5, kept.reason)
    sheet.write_string(len(lines) + 2, 0, f"{row.code} {row.township.name} 截至 {quarter_end(row.period)}")
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()


FORMATS = {
    "pdf": (as_pdf, "application/pdf"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
