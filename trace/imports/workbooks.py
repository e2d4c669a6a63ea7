"""Workbooks an import gives out: the empty template, and the clerk's own rows with what is wrong beside them."""

from __future__ import annotations

from io import BytesIO

import xlsxwriter

from trace.imports.check import Column, Mistake, find_headings
from trace.imports.kinds import Kind
from trace.imports.sheets import Table, column_letters

ROWS_READY = 500
"""So many rows of the template are set as text, so that Excel does not turn an ID number into 4.30422E+17."""
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def template(kind: Kind) -> bytes:
    """Headings, a line of hints, one invented example; cells set as text, lists where there are few choices."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    sheet = book.add_worksheet("填写")
    head, text = book.add_format({"bold": True, "bottom": 2, "text_wrap": True}), book.add_format({"num_format": "@"})
    must = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "font_color": "#9c2b22"})
    grey = book.add_format({"num_format": "@", "font_color": "#777777"})
    for place, column in enumerate(kind.columns()):
        sheet.set_column(place, place, max(12, min(len(column.titles[0]) * 2 + 4, 30)), text)
        title = f"{column.titles[0]}*" if column.required else column.titles[0]
        sheet.write_string(0, place, title, must if column.required else head)
        if column.example:
            sheet.write_string(1, place, column.example, grey)
        if column.hint:
            sheet.write_comment(0, place, column.hint)
        if column.choices and len("".join(column.choices)) < 200:
            sheet.data_validation(1, place, ROWS_READY, place, {"validate": "list", "source": list(column.choices)})
    sheet.freeze_panes(1, 0)
    _notes(book, kind)
    book.close()
    return out.getvalue()


def marked(table: Table, columns: list[Column], mistakes: list[Mistake]) -> bytes:
    """The rows as they came, in their order, what is wrong marked and told in a last column 问题. For the person who handed the file in."""
    start, _ = find_headings(table, columns)
    wrong: dict[int, list[str]] = {}
    for mistake in mistakes:
        told = f"{mistake.title}：{mistake.message}" if mistake.title else str(mistake.message)
        wrong.setdefault(mistake.row, []).append(told)
    bad = {(mistake.row, mistake.letters) for mistake in mistakes}
    out = BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    sheet = book.add_worksheet("改好再传")
    head, text = book.add_format({"bold": True, "bottom": 2}), book.add_format({"num_format": "@"})
    red = book.add_format({"num_format": "@", "bg_color": "#fbe3df"})
    titles = [*table.rows[start][1], "问题"]
    last = len(titles) - 1
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 40 if place == last else 18, text)
    for line, (number, cells) in enumerate(table.rows[start + 1 :], 1):
        for place, cell in enumerate(cells[:last]):
            sheet.write_string(line, place, cell, red if (number, column_letters(place)) in bad else text)
        sheet.write_string(line, last, "；".join(wrong.get(number, [])), red if number in wrong else text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _notes(book: xlsxwriter.Workbook, kind: Kind) -> None:
    sheet = book.add_worksheet("说明")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    lines = [
        ("这张表", "在“填写”页填写，一行一条；第 2 行是示例，请改成自己的内容或删去。"),
        ("红色表头", "带 * 的必填。"),
        ("日期", "2026-07-18、2026.7.18、2026年7月18日都可以。"),
        ("面积", "只写数字按亩；也可写“1.2公顷”“800平方米”。"),
        ("长号码", "身份证号、银行账号所在列已设为文本，请勿改动格式。"),
    ]
    lines += [(column.titles[0], column.hint) for column in kind.columns() if column.hint]
    for row, (name, hint) in enumerate(lines):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, hint)
