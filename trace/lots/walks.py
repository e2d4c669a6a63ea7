"""The walk over the graph of lots: one recursive statement each way, answered from the covering indexes, as plain tuples.

The engines are told the same in different words. Left to itself SQLite would begin the last join at the edges, and PostgreSQL would read all of
them to hash them: both must take the few lots found and look each up (``tests/lots/test_plans.py`` asks both for their plans).
"""

from __future__ import annotations

from trace.db import db, is_postgres

Row = tuple[int, int, int]
"""(parent id, child id, grams): all of it stands in the covering index, so that no row of the table is read."""


def edges_back(lot_id: int) -> list[Row]:
    """All edges among the ancestors of a lot."""
    return db.execute_sql(BACK[is_postgres()], (lot_id,)).fetchall()


def edges_forward(lot_id: int) -> list[Row]:
    """All edges into the descendants of a lot, including inputs that do not come from it (needed for exact parts)."""
    return db.execute_sql(FORWARD[is_postgres()], (lot_id, lot_id)).fetchall()


def descendants(lot_id: int) -> list[int]:
    """The lot itself and every lot made from it, at any depth."""
    return [row[0] for row in db.execute_sql(DESCENDANTS[is_postgres()], (lot_id,)).fetchall()]


def _statements(onward: str, last: str) -> tuple[str, str]:
    """For SQLite and for PostgreSQL: from the lot by ``onward`` (``parent_id`` is up, ``child_id`` down) as far as it goes, then ``last``."""
    here = "child_id" if onward == "parent_id" else "parent_id"
    walk = "WITH RECURSIVE lots(id) AS (SELECT CAST(? AS INTEGER) UNION SELECT e.{onward} FROM lots {step}) " + last
    sqlite = walk.format(onward=onward, step=_LOOK.format(key=here), into=_LOOK.format(key="child_id"))
    postgres = walk.format(onward=onward, step=_LOOK_EACH.format(key=here), into=_LOOK_EACH.format(key="child_id"))
    return sqlite, postgres.replace("?", "%s")


_LOOK = "CROSS JOIN edge e ON e.{key} = lots.id"
_LOOK_EACH = "CROSS JOIN LATERAL (SELECT parent_id, child_id, weight_g FROM edge WHERE {key} = lots.id OFFSET 0) e"
_EDGES = "SELECT e.parent_id, e.child_id, e.weight_g FROM lots {into}"

BACK = _statements("parent_id", _EDGES)
FORWARD = _statements("child_id", _EDGES + " WHERE lots.id <> ?")
DESCENDANTS = _statements("child_id", "SELECT id FROM lots")
