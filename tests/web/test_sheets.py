"""Exports: what somebody typed arrives as the text it is, never as a formula."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from trace.web.sheets import RISKY, Column, as_csv, as_xlsx

COLUMNS = (Column("名称", 30), Column("面积", number_format="0.00"), Column("日期"))
HOSTILE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://evil.example\",\"看\")", "\t=1", "\r=1", "＝1+1", "=cmd|' /C calc'!A0",
    "http://evil.example", "0123",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_or_a_link(text: str):
    cell = load_workbook(BytesIO(as_xlsx("表", COLUMNS, [(text, None, None)]))).active["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    assert cell.hyperlink is None
    assert cell.quotePrefix is (text.startswith(RISKY))


@pytest.mark.parametrize("text", HOSTILE)
def test_in_csv_a_risky_text_is_marked(text: str):
    body = as_csv(COLUMNS, [(text, Decimal("1.5"), date(2026, 7, 18))])
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["名称", "面积", "日期"]
    assert rows[1] == ["'" + text if text.startswith(RISKY) else text, "1.5", "2026-07-18"]


def test_figures_and_dates_stay_what_they_are():
    late = datetime(2026, 7, 17, 17, 30, tzinfo=UTC)
    sheet = load_workbook(
        BytesIO(as_xlsx("表" * 40, COLUMNS, [("甲", Decimal("4.60"), late), ("", 0, None)], ["注"]))
    ).active
    assert [cell.value for cell in sheet[1]] == ["名称", "面积", "日期"]
    assert [cell.value for cell in sheet[2]] == ["甲", 4.6, datetime(2026, 7, 18)], "the county's date"
    assert [cell.value for cell in sheet[3]] == [None, 0, None]
    assert sheet["A5"].value == "注"
    assert len(sheet.title) == 31
