"""Tables for spreadsheets, as xlsx and csv: what is shown and nothing else, and no cell that a spreadsheet would run.

A name such as ``=HYPERLINK(…)`` is typed by somebody else and opened by an official; it has to arrive as the text it is (CWE-1236).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from flask import Response
from xlsxwriter.utility import xl_col_to_name

from trace.core.clock import to_local

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that some spreadsheet takes for a formula; full-width ones too, for some fold them."""


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters, the number format of its figures, and whether they may be added up."""

    label: str
    width: int = 14
    number_format: str = "#,##0"
    summed: bool = False


def as_xlsx(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], notes: Sequence[str] = (), total: str = ""
) -> bytes:
    """One sheet: headings, rows, then notes below. Figures stay figures, dates dates, all else is text.

    With a name for it, a row of living sums stands under the rows; their present values are kept beside the formulas, for readers that do not reckon.
    """
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(name[:31])
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"})
    literal = book.add_format({"quote_prefix": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    figures = [book.add_format({"num_format": column.number_format}) for column in columns]
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.label, head)
        sheet.set_column(place, place, column.width)
    last, sums = _write_rows(sheet, rows, figures, literal, day)
    if total:
        last += 1
        sheet.write_string(last, 0, total, head)
        for place, column in enumerate(columns):
            if column.summed:
                letters = xl_col_to_name(place)
                formula = f"=SUM({letters}2:{letters}{max(last, 2)})"
                sheet.write_formula(last, place, formula, figures[place], float(sums[place]))
    for number, note in enumerate(notes):
        sheet.write_string(last + 2 + number, 0, note)
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()


def _write_rows(
    sheet: Any, rows: Iterable[Sequence[Any]], figures: Sequence[Any], literal: Any, day: Any
) -> tuple[int, list[Decimal]]:
    """Write the rows; answers the number of the last one and the sum of each column's figures."""
    last, sums = 0, [Decimal(0)] * len(figures)
    for last, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                sheet.write_number(last, place, value, figures[place])
                sums[place] += Decimal(value)
            elif isinstance(value, (date, datetime)):
                sheet.write_datetime(last, place, plain_day(value), day)
            else:
                shown = str(value)
                sheet.write_string(last, place, shown, literal if shown.startswith(RISKY) else None)
    return last, sums


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """The same as UTF-8 with a mark, for Excel; risky texts get a leading apostrophe, for csv knows no types."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in columns])
    writer.writerows([[_plain(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def attachment(body: bytes, name: str, mimetype: str = XLSX) -> Response:
    """The file as a download with a readable name."""
    answer = Response(body, mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def plain_day(value: date | datetime) -> date:
    """The county's date of an instant, a date as it is."""
    return to_local(value).date() if isinstance(value, datetime) else value


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (date, datetime)):
        return plain_day(value).isoformat()
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return value
