"""Writing rows fast: the statement of a table is built once, not by the query builder for every row (which costs more than the row)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

import peewee
from peewee import DateField, ForeignKeyField

from trace.db.engine import db, is_postgres
from trace.db.fields import JsonField, UtcDateTimeField
from trace.db.model import BaseModel

Row = TypeVar("Row", bound=BaseModel)


class _Table(NamedTuple):
    """What writing to one table needs: the statement, and for each column its name, default and conversion."""

    insert: str
    returning: str
    columns: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]


def add(model: type[Row], **values: Any) -> Row:
    """Insert a row as ``Model.create`` would, and return it with its key. Every column is written; constraints are the database's."""
    row = model(**values)
    row._pk = put(model, **values)
    row._dirty.clear()
    return row


def put(model: type[BaseModel], **values: Any) -> int:
    """Insert a row and return its key alone."""
    table = _table(model)
    if is_postgres():
        return db.execute_sql(table.insert + table.returning, _converted(table, values)).fetchone()[0]
    return db.execute_sql(table.insert, _converted(table, values)).lastrowid


def put_many(model: type[BaseModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows whose keys nobody needs, in one go."""
    table = _table(model)
    with peewee.__exception_wrapper__:  # so that the driver's errors become those the web layer knows
        db.cursor().executemany(table.insert, [_converted(table, values) for values in rows])


def _converted(table: _Table, values: dict[str, Any]) -> list[Any]:
    found = []
    for name, default, convert in table.columns:
        value = values.get(name, default)
        if callable(value):
            value = value()
        found.append(value if convert is None or value is None else convert(value))
    return found


def _table(model: type[BaseModel]) -> _Table:
    return _tables(model, is_postgres())  # type: ignore[arg-type]


@cache
def _tables(model: type[BaseModel], postgres: bool) -> _Table:
    meta = model._meta  # type: ignore[attr-defined]
    fields = [field for field in meta.sorted_fields if field is not meta.primary_key]
    mark = "%s" if postgres else "?"
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    return _Table(
        f'INSERT INTO "{meta.table_name}" ({names}) VALUES ({", ".join(mark for _ in fields)})',
        f' RETURNING "{meta.primary_key.column_name}"',
        tuple((field.name, field.default, _conversion(field, postgres)) for field in fields),
    )


def _conversion(field: Any, postgres: bool) -> Callable[[Any], Any] | None:
    """How a value becomes what the driver takes; texts and numbers are what they are, and the column checks them."""
    if isinstance(field, ForeignKeyField):
        return _key
    if isinstance(field, (JsonField, UtcDateTimeField)) and not postgres:
        return lambda value: _plain(field.db_value(value))
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
