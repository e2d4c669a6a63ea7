"""From a table to rows of values: find the headings, read every cell, collect every mistake with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from trace.core.errors import FieldError, Invalid, TraceError
from trace.core.identifiers import redact
from trace.core.text import Message
from trace.imports.sheets import Table, column_letters

HEADING_ROWS = 10
"""A title and notes may stand above the headings, not more."""

Read = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column of a kind of import. The first title is the template's; the others are understood too."""

    name: str
    titles: tuple[str, ...]
    read: Read = str
    required: bool = False
    hint: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    private: bool = False
    measured: bool = False
    """A bare number takes the unit in the heading's brackets: 面积（公顷）."""


@dataclass(frozen=True)
class Place:
    """Where a column stands, and the unit its heading names."""

    index: int
    unit: str


@dataclass(frozen=True)
class Row:
    """The values of one row, where each stood, and what was typed there."""

    number: int
    values: dict[str, Any]
    letters: dict[str, str]
    texts: dict[str, str]


@dataclass(frozen=True)
class Mistake:
    """One thing wrong: the row, the column's letters and title (empty for the row as a whole), what stood there, and why not."""

    row: int
    letters: str
    title: str
    value: str
    message: Message

    @property
    def place(self) -> tuple[int, int, str]:
        """To sort by row, then column from left to right."""
        return self.row, len(self.letters), self.letters

    def as_json(self) -> dict[str, Any]:
        """To keep in the report; values that look like personal numbers are redacted."""
        return {
            "row": self.row, "letters": self.letters, "title": self.title, "value": redact(self.value)[:60],
            "template": self.message.template, "values": plain(self.message.values),
        }  # fmt: skip


@dataclass
class Checked:
    """What a table holds: rows with all cells right, rows with the cells that could be read, and every mistake."""

    rows: list[Row] = field(default_factory=list)
    flawed: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    total: int = 0


def read_rows(table: Table, columns: Iterable[Column]) -> Checked:
    """All rows below the headings. Raises :class:`Invalid` when the table has not the headings it needs."""
    columns = list(columns)
    start, places = find_headings(table, columns)
    found = Checked()
    for number, cells in table.rows[start + 1 :]:
        found.total += 1
        row, mistakes = _read_row(number, cells, columns, places)
        if mistakes:
            found.mistakes += mistakes
            found.flawed.append(row)
        else:
            found.rows.append(row)
    return found


def find_headings(table: Table, columns: list[Column]) -> tuple[int, dict[str, Place]]:
    """Where the headings stand, and the place of each column that is there."""
    known = {_plain(title): column.name for column in columns for title in column.titles}
    best = -1
    places: dict[str, Place] = {}
    for index, (_, cells) in enumerate(table.rows[:HEADING_ROWS]):
        here: dict[str, Place] = {}
        for place, cell in enumerate(cells):
            name = known.get(_plain(cell))
            if name is not None:
                here.setdefault(name, Place(place, _unit(cell)))
        if len(here) > len(places):
            best, places = index, here
    missing = [column.titles[0] for column in columns if column.required and column.name not in places]
    if best < 0 or missing:
        raise Invalid(
            "没有找到这些列：%(columns)s。请使用模板里的表头，不要改动或合并表头。",
            field="file", code="COLUMNS_MISSING", columns="、".join(missing or [columns[0].titles[0]]),
        )  # fmt: skip
    return best, places


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a message as JSON can keep them; numbers stay numbers, templates may format them."""
    return {key: value if isinstance(value, (int, float)) else str(value) for key, value in values.items()}


def blame(row: Row, columns: Iterable[Column], error: TraceError) -> list[Mistake]:
    """The mistakes a service found in a row, each at the column its field came from."""
    by_name = {column.name: column for column in columns}
    problems = (
        error.errors if isinstance(error, Invalid) else [FieldError(error.field or "", error.code, error.message)]
    )
    found = []
    for problem in problems:
        column = by_name.get(problem.field)
        value = "" if column is None or column.private else row.texts.get(problem.field, "")
        found.append(
            Mistake(
                row.number,
                row.letters.get(problem.field, ""),
                column.titles[0] if column else "",
                value,
                problem.message,
            )
        )
    return found


def _read_row(
    number: int, cells: list[str], columns: list[Column], places: dict[str, Place]
) -> tuple[Row, list[Mistake]]:
    values, letters, texts, mistakes = {}, {}, {}, []
    for column in columns:
        place = places.get(column.name)
        if place is None:
            continue
        text = cells[place.index] if place.index < len(cells) else ""
        letters[column.name], texts[column.name] = column_letters(place.index), text
        if column.measured and text[-1:].isdigit():
            text += place.unit
        if not text and not column.required:
            continue
        try:
            if not text:
                raise Invalid("请填写%(title)s。", code="MISSING", title=column.titles[0])
            values[column.name] = column.read(text)
        except Invalid as error:
            shown = "" if column.private else text
            mistakes.append(Mistake(number, letters[column.name], column.titles[0], shown, error.errors[0].message))
    return Row(number, values, letters, texts), mistakes


def _unit(title: str) -> str:
    found = re.search(r"[（(]\s*(亩|公顷|平方米|㎡|m²)\s*[)）]", title)
    return found[1] if found else ""


def _plain(title: str) -> str:
    """Headings are compared without blanks, stars, and what stands in brackets."""
    return title.replace("*", "").replace("＊", "").split("（")[0].split("(")[0].replace(" ", "").replace("\n", "")
