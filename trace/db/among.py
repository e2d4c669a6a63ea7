"""``column IN (…)`` over hundreds of plain values, without a query-builder node for each (which costs more than the answer)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from peewee import SQL, NodeList

from trace.db.engine import db


def among(column: Any, values: Collection[Any]) -> Any:
    """The condition that a column holds one of these texts or numbers, as the driver takes them; of none, it never holds."""
    return NodeList((column, SQL(f"IN ({_marks(values)})", tuple(values)))) if values else SQL("1 = 0")


def not_among(column: Any, values: Collection[Any]) -> Any:
    """The condition that a column holds none of these; of none, it always holds."""
    return NodeList((column, SQL(f"NOT IN ({_marks(values)})", tuple(values)))) if values else SQL("1 = 1")


def _marks(values: Collection[Any]) -> str:
    return ", ".join([db.obj.param] * len(values))
