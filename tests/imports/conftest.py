"""Workbooks as clerks make them."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from tests.factories import county as make


@pytest.fixture
def home():
    return make.county()


def workbook(*rows) -> bytes:
    """An xlsx of these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def text(*rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The same as delimited text."""
    return "\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows).encode(encoding)
