"""Writing one row fast: the statement of a table is built once, not by the query builder for every row (which costs more than the row)."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from trace.db.engine import db, is_postgres
from trace.db.model import BaseModel

Row = TypeVar("Row", bound=BaseModel)


def add(model: type[Row], **values: Any) -> Row:
    """Insert a row as ``Model.create`` would, and return it with its key. Every field is written; constraints are the database's."""
    row = model(**values)
    statement, fields = _statement(model, is_postgres())
    data = row.__data__
    found = db.execute_sql(statement, [field.db_value(data.get(field.name)) for field in fields])
    row._pk = found.fetchone()[0] if is_postgres() else found.lastrowid
    row._dirty.clear()
    return row


@cache
def _statement(model: type[BaseModel], postgres: bool) -> tuple[str, tuple[Any, ...]]:
    meta = model._meta  # type: ignore[attr-defined]
    fields = tuple(field for field in meta.sorted_fields if field is not meta.primary_key)
    mark = "%s" if postgres else "?"
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    returning = ' RETURNING "id"' if postgres else ""
    return (
        f'INSERT INTO "{meta.table_name}" ({names}) VALUES ({", ".join(mark for _ in fields)}){returning}',
        fields,
    )
