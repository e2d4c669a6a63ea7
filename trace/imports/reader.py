"""Reads one workbook on standard input and writes its first sheet with content as JSON rows. Run as a child process with bounds of its own:

a workbook may claim a cell in the last row and column, and any reader that believes it takes all the memory there is.
"""

import datetime
import json
import resource
import sys
from io import BytesIO

import python_calamine

MEMORY = 1 << 30
SECONDS = 30
WHOLE = 1e15
"""From here on a number has lost its last digits; it is written as Excel shows it, so that the check can say so."""


def main() -> None:
    """Rows as lists of texts; the row number of the first one goes before."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    most_rows, most_columns = int(sys.argv[1]), int(sys.argv[2])
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            start = sheet.start or (0, 0)
            rows = sheet.to_python(skip_empty_area=True, nrows=most_rows + 20)
            texts = [[""] * min(start[1], most_columns) + [as_text(cell) for cell in row] for row in rows]
            json.dump({"first": start[0] + 1, "height": sheet.height, "rows": texts}, sys.stdout)
            return
    json.dump({"first": 1, "height": 0, "rows": []}, sys.stdout)


def as_text(cell: object) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if abs(cell) >= WHOLE:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    return "" if cell is None else str(cell)


if __name__ == "__main__":
    main()
