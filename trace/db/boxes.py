"""A spatial index over boxes: an R*Tree beside the table on SQLite, a GiST index of built-in boxes on PostgreSQL.

A model asks for it with ``Meta.box_index = "column"``: it has the columns west, south, east, north (degrees), and rows count while that
column is NULL. The database itself keeps it true, SQLite by triggers in the transaction of the change, so no process can see it stale.
Both engines round boxes to single precision or compare them with a tolerance: a query finds about a metre more, never less.
"""

from __future__ import annotations

from typing import Any

from peewee import SQL, Expression, fn

from trace.db.engine import is_postgres

Box = tuple[float, float, float, float]
"""West, south, east, north."""

MARGIN = 2e-5
"""PostgreSQL keeps the columns in single precision: about a metre and a half more is looked at, in degrees."""


def index_statements(table: str, column: str, engine: str) -> list[str]:
    """The DDL of the index for ``sqlite`` or ``postgres``, and on SQLite of the triggers that keep it."""
    if engine == "postgres":
        box = "box(point(east, north), point(west, south))"
        return [f'CREATE INDEX "{table}_box" ON "{table}" USING gist ({box}) WHERE {column} IS NULL']
    forget = f'DELETE FROM "{table}_box" WHERE id = OLD.id;'
    keep = (
        f'INSERT INTO "{table}_box" (id, west, east, south, north) '
        f"SELECT NEW.id, NEW.west, NEW.east, NEW.south, NEW.north WHERE NEW.{column} IS NULL;"
    )
    watched = f"UPDATE OF id, {column}, west, south, east, north"
    return [
        f'CREATE VIRTUAL TABLE "{table}_box" USING rtree(id, west, east, south, north)',
        f'CREATE TRIGGER {table}_box_insert AFTER INSERT ON "{table}" BEGIN {keep} END',
        f'CREATE TRIGGER {table}_box_update AFTER {watched} ON "{table}" BEGIN {forget} {keep} END',
        f'CREATE TRIGGER {table}_box_delete AFTER DELETE ON "{table}" BEGIN {forget} END',
    ]


def touching(model: Any, box: Box) -> Any:
    """A condition for queries: the row counts and its box touches this one, answered from the index."""
    sides = east, north, west, south = parameters(box)
    if not is_postgres():
        return model.id.in_(SQL(f"({_found_in_tree(model._meta.table_name)})", sides))
    kept = fn.box(fn.point(model.east, model.north), fn.point(model.west, model.south))
    touched = Expression(kept, "&&", fn.box(fn.point(east, north), fn.point(west, south)))
    # PostgreSQL takes half a per cent for boxes that touch, whatever the window; the sides tell its planner more.
    return touched & touching_unindexed(model, box)


def touching_unindexed(model: Any, box: Box) -> Any:
    """The same condition answered by reading all rows: the faster way where most of them touch."""
    east, north, west, south = parameters(box)
    around = (model.west <= east) & (model.south <= north) & (model.east >= west) & (model.north >= south)
    return getattr(model, model._meta.box_index).is_null() & around


def touching_sql(model: Any) -> str:
    """The same condition as text for statements that are not built anew every time, with ``?`` for its :func:`parameters`."""
    table = model._meta.table_name
    if not is_postgres():
        return f'"{table}".id IN ({_found_in_tree(table)})'
    sides = [f'"{table}".{side}' for side in ("east", "north", "west", "south")]
    kept = "box(point({}, {}), point({}, {}))".format(*sides)
    return f'"{table}".{model._meta.box_index} IS NULL AND {kept} && box(point(?, ?), point(?, ?))'


def parameters(box: Box) -> tuple[float, float, float, float]:
    """What :func:`touching_sql` is filled with: the box with the margin, east, north, west, south."""
    west, south, east, north = box
    return east + MARGIN, north + MARGIN, west - MARGIN, south - MARGIN


def unkept(model: Any) -> list[int]:
    """Keys of rows that count and stand in no index, or stand in it and do not count; for the invariants."""
    if is_postgres():
        return []  # the engine's own index
    table = model._meta.table_name
    counting = f'SELECT id FROM "{table}" WHERE {model._meta.box_index} IS NULL'
    standing = f'SELECT id FROM "{table}_box"'
    differing = f"SELECT * FROM ({counting} EXCEPT {standing}) UNION SELECT * FROM ({standing} EXCEPT {counting})"
    return [key for (key,) in model._meta.database.execute_sql(differing).fetchall()]


def _found_in_tree(table: str) -> str:
    return f'SELECT id FROM "{table}_box" WHERE west <= ? AND south <= ? AND east >= ? AND north >= ?'
