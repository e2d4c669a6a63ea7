"""A table out of a file: xlsx, xls, or text in UTF-8, UTF-16 or GB18030. Cells stay texts; nothing is ever calculated.

Raises :class:`Invalid` for whatever cannot be a table, in words that say what to do about it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from trace.core.archives import looks_like_archive, open_archive
from trace.core.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 20_000
"""A boundary with a thousand points fits; a chapter of a novel does not."""
READER = Path(__file__).with_name("reader.py")
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
BROKEN = "文件已损坏，打不开，请在 Excel 或 WPS 中另存为 .xlsx 后再上传。"

_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})(\d{1,8})["']""")
_ODD_REFERENCE = re.compile(rb"""<(?:c|row)\b[^>]*\br\s*=\s*["'][^"']*[^A-Za-z0-9"'][^"']*["']""")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True)
class Table:
    """Rows of texts with the row number each has in the file, counted from 1."""

    rows: list[tuple[int, list[str]]]


def read_table(data: bytes) -> Table:
    """The first sheet with content, blank rows left out."""
    if not data:
        raise Invalid("文件是空的，请选择填好的表格。", field="file", code="FILE_EMPTY")
    if len(data) > MAX_BYTES:
        raise Invalid("文件超过 10 MB，请分成几份再上传。", field="file", code="FILE_LARGE")
    if looks_like_archive(data):
        _require_sane_workbook(data)
        first, rows = _in_child(data)
    elif data.startswith(OLD_EXCEL):
        first, rows = _in_child(data)
    else:
        first, rows = 1, _text_rows(data)
    if len(rows) > MAX_ROWS + 20:
        raise Invalid("表格超过 %(most)s 行，请分成几份再上传。", field="file", code="ROWS", most=MAX_ROWS)
    if any(len(row) > MAX_COLUMNS for row in rows):
        raise Invalid("表格超过 %(most)s 列，请删去多余的列。", field="file", code="COLUMNS", most=MAX_COLUMNS)
    cleaned = ((number, [_clean(cell, number) for cell in row]) for number, row in enumerate(rows, first))
    return Table([(number, row) for number, row in cleaned if any(row)])


def column_letters(index: int) -> str:
    """The name of a column as Excel shows it: 0 → A, 27 → AB."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _require_sane_workbook(data: bytes) -> None:
    """Look at the raw sheets before a reader does: claimed rows and columns decide how much memory it takes."""
    with open_archive(data) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
            raise Invalid("这不是 Excel 表格，请上传 .xlsx、.xls 或 .csv 文件。", field="file", code="NOT_A_TABLE")
        for name in names:
            content = archive.read(name) if name.endswith((".xml", ".rels")) else b""
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise Invalid(BROKEN, field="file", code="FILE_BROKEN")
            if name.startswith("xl/worksheets/") and content:
                _require_sane_references(content)


def _require_sane_references(sheet: bytes) -> None:
    if _ODD_REFERENCE.search(sheet):
        raise Invalid(BROKEN, field="file", code="FILE_BROKEN")
    for letters, digits in _REFERENCE.findall(sheet):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        if int(digits) > MAX_ROWS + 20 or column > MAX_COLUMNS:
            raise Invalid(
                "表格在 %(most)s 行、%(columns)s 列以外还有内容，请删去多余的行列，或分成几份。",
                field="file",
                code="ROWS",
                most=MAX_ROWS,
                columns=MAX_COLUMNS,
            )


def _in_child(data: bytes) -> tuple[int, list[list[str]]]:
    command = [sys.executable, "-I", str(READER), str(MAX_ROWS), str(MAX_COLUMNS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=True)
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Invalid(BROKEN, field="file", code="FILE_BROKEN") from error
    return found["first"], found["rows"]


def _text_rows(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml")):
        raise Invalid(
            "这是网页另存的表格，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。", field="file", code="FILE_HTML"
        )
    if "\0" in text:
        raise Invalid("这不是表格，请上传 .xlsx、.xls 或 .csv 文件。", field="file", code="NOT_A_TABLE")
    line = text.split("\n", 1)[0]
    delimiter = max("\t,;|", key=line.count)
    try:
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > MAX_ROWS + 20:
                break
        return rows
    except csv.Error as error:
        raise Invalid("文件里的引号不成对，请检查后再上传。", field="file", code="CSV_QUOTES") from error


def _decoded(data: bytes) -> str:
    """UTF-8 and UTF-16 by their marks, else UTF-8 if it is, else GB18030, what Excel writes in China."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件的文字编码不认识，请另存为 .xlsx 或 UTF-8 编码的 .csv。", field="file", code="ENCODING")


def _clean(cell: str, number: int) -> str:
    """A cell without blanks around it, invisible marks, and the apostrophe that kept Excel from calculating."""
    text = _INVISIBLE.sub("", cell.replace("\u3000", " ")).strip()
    if len(text) > MAX_CELL:
        raise Invalid("第 %(row)s 行有一格文字过长，请检查。", field="file", code="CELL_LONG", row=number)
    return text[1:].strip() if text.startswith(("'", "’")) else text
