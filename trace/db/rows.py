"""Writing rows fast: the statement of a table is built once, not by the query builder for every row (which costs more than the row)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

import peewee
from peewee import DateField, ForeignKeyField

from trace.core.canonical import sorted_json
from trace.db.engine import db, is_postgres
from trace.db.fields import JsonField, UtcDateTimeField
from trace.db.gather import current
from trace.db.model import BaseModel

Row = TypeVar("Row", bound=BaseModel)


class _Column(NamedTuple):
    """A column: its name, its default, and how a value becomes what the driver takes (nothing where it is that already)."""

    name: str
    default: Any
    computed: bool
    convert: Callable[[Any], Any] | None
    points: bool


class _Table:
    """What writing to one table needs. ``keyed`` writes a row with its key, ``newest`` and ``sequence`` give keys (SQLite, PostgreSQL)."""

    def __init__(self, model: type[BaseModel], postgres: bool) -> None:
        meta = model._meta  # type: ignore[attr-defined]
        fields = [field for field in meta.sorted_fields if field is not meta.primary_key]
        key, names = meta.primary_key.column_name, [field.column_name for field in fields]
        self.model = model
        self.insert = _insert(meta.table_name, names, postgres)
        self.returning = f' RETURNING "{key}"'
        self.keyed = _insert(meta.table_name, [key, *names], postgres)
        self.newest = f'SELECT COALESCE(MAX("{key}"), 0) FROM "{meta.table_name}"'
        self.sequence = (
            f"""SELECT nextval(pg_get_serial_sequence('"{meta.table_name}"', '{key}')) FROM generate_series(1, %s)"""
        )
        self.columns = tuple(
            _Column(field.name, field.default, callable(field.default), _conversion(field, postgres), isinstance(field, ForeignKeyField))
            for field in fields
        )  # fmt: skip


def add(model: type[Row], **values: Any) -> Row:
    """Insert a row as ``Model.create`` would, and return it with its key. Every column is written; constraints are the database's."""
    row, line = made(model, values)
    row._pk = _write(line.table, line.values)
    row._dirty.clear()
    return row


class Line(NamedTuple):
    """A row as the driver takes it, not written yet."""

    table: _Table
    values: list[Any]


def made(model: type[Row], values: dict[str, Any]) -> tuple[Row, Line]:
    """A row without its key, and what :func:`put_lines` will write of it."""
    table = _table(model)
    row = model(__no_default__=True)
    data, related, converted = row.__data__, row.__rel__, []
    for name, default, computed, convert, points in table.columns:
        value = values.get(name, default)
        if computed and value is default:
            value = value()
        if points and isinstance(value, BaseModel):
            related[name] = value
            value = value._pk
            converted.append(value)
        else:
            converted.append(value if convert is None or value is None else convert(value))
        data[name] = value
    return row, Line(table, converted)


def put(model: type[BaseModel], **values: Any) -> int:
    """Insert a row and return its key alone."""
    table = _table(model)
    return _write(table, _converted(table, values))


def put_many(model: type[BaseModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows of a table whose keys nobody needs, in one go."""
    table = _table(model)
    put_lines([Line(table, _converted(table, values)) for values in rows])


def put_lines(lines: list[Line]) -> None:
    """Insert rows of one table that were made before."""
    held = current()
    if held is None and lines:
        with peewee.__exception_wrapper__:  # so that the driver's errors become those the web layer knows
            db.cursor().executemany(lines[0].table.insert, [values for _, values in lines])
    if held is None:
        return
    for table, values in lines:
        held.put(table, values)


def _write(table: _Table, converted: list[Any]) -> int:
    held = current()
    if held is not None:
        return held.put(table, converted)
    if is_postgres():
        return db.execute_sql(table.insert + table.returning, converted).fetchone()[0]
    return db.execute_sql(table.insert, converted).lastrowid


def put_rows(model: type[BaseModel], rows: list[dict[str, Any]], chunk: int = 500) -> list[int]:
    """Insert many rows by few statements of many rows each and return their keys; a trigger that looks at whole statements fires once for each."""
    table = _table(model)
    place = table.insert.rindex("(")
    head, one = table.insert[:place], table.insert[place:]
    keys: list[int] = []
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        values = [value for row in part for value in _converted(table, row)]
        answer = db.execute_sql(head + ", ".join([one] * len(part)) + table.returning, values)
        keys.extend(key for (key,) in answer.fetchall())
    return keys


def change_rows(model: type[BaseModel], names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Give many rows new values in one go: each tuple holds the values of ``names`` in order, then the key of its row."""
    meta = model._meta  # type: ignore[attr-defined]
    mark = "%s" if is_postgres() else "?"
    fields = [meta.fields[name] for name in names]
    converts = [_conversion(field, is_postgres()) for field in fields]
    sets = ", ".join(f'"{field.column_name}" = {mark}' for field in fields)
    values = [
        [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(row, converts, strict=False)
        ]
        + [row[-1]]
        for row in rows
    ]
    db.cursor().executemany(f'UPDATE "{meta.table_name}" SET {sets} WHERE "id" = {mark}', values)


def _converted(table: _Table, values: dict[str, Any]) -> list[Any]:
    found = []
    for name, default, computed, convert, _ in table.columns:
        value = values.get(name, default)
        if computed and value is default:
            value = value()
        found.append(value if convert is None or value is None else convert(value))
    return found


def _table(model: type[BaseModel]) -> _Table:
    return _tables(model, is_postgres())  # type: ignore[arg-type]


@cache
def _tables(model: type[BaseModel], postgres: bool) -> _Table:
    return _Table(model, postgres)


def _insert(table: str, names: list[str], postgres: bool) -> str:
    mark = "%s" if postgres else "?"
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join(mark for _ in names)})'


def _conversion(field: Any, postgres: bool) -> Callable[[Any], Any] | None:
    """How a value becomes what the driver takes; texts and numbers are what they are, and the column checks them."""
    if isinstance(field, ForeignKeyField):
        return _key
    if isinstance(field, UtcDateTimeField) and not postgres:
        return lambda value: (
            value.isoformat(" ")[:-6] if getattr(value, "tzinfo", None) is UTC else str(field.db_value(value))
        )
    if isinstance(field, JsonField) and not postgres:
        return sorted_json
    if isinstance(field, DateField):
        return None if postgres else _plain
    if type(field).__name__ in ("CharField", "IntegerField", "BigIntegerField", "BooleanField", "TextField"):
        return None
    return field.db_value


def _key(value: Any) -> Any:
    return value._pk if isinstance(value, BaseModel) else value


def _plain(value: Any) -> Any:
    """SQLite keeps days and instants as text."""
    return str(value) if isinstance(value, (date, datetime)) else value
