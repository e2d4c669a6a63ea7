"""Everything a trace shows about its lots in one raw statement: model objects alone would cost five times as much."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from trace.db import db, is_postgres
from trace.lots import rules

RECALLED, HELD = 2, 1


class Node(NamedTuple):
    """One lot of a trace. ``hidden`` ones keep their kind and place, not their owner's particulars."""

    code: str
    kind: str
    product: str
    quantity: int
    """What was made of it, in its own unit."""
    unit: str
    quantity_g: int
    state: str
    """``undone``, ``recalled``, ``held``, ``used_up`` or ``open``."""
    holder: str
    plot: str
    village: str
    township: str
    made_on: str
    maker: str
    """The kind of the operation that made it."""
    hidden: bool


def node_rows(ids: Iterable[int]) -> dict[int, Node]:
    """These lots by key, in key order, nothing hidden."""
    wanted = sorted(ids)
    given = (wanted,) if is_postgres() else (json.dumps(wanted),)
    return {row[0]: _node(row) for row in db.execute_sql(ROWS[is_postgres()], given).fetchall()}


def _node(row: tuple[Any, ...]) -> Node:
    (
        key,
        made,
        unit,
        left,
        blocked,
        undone,
        density,
        piece_g,
        code,
        kind,
        product,
        holder,
        plot,
        village,
        township,
        made_on,
        maker,
    ) = row
    grams = made if unit == "g" else rules.grams(made, unit, density, piece_g)
    if left > 0 and not blocked:
        state = "open"
    else:
        state = "undone" if undone else _BLOCKED[blocked] if blocked else "used_up"
    return Node(code, kind, product, made, unit, grams, state, holder, plot, village, township, made_on, maker, False)


_BLOCKED = {RECALLED: "recalled", HELD: "held"}

# One statement whatever the number of lots, so that it is prepared once. Made and left both stand in the index of movements by lot, so that no
# movement is read; the + keeps the planners at that index. The maker is looked up lot by lot: joined, PostgreSQL would read all operations.
_SELECT = """
SELECT l.id,
  (SELECT m.quantity FROM movement m WHERE m.lot_id = l.id AND +m.operation_id = l.made_by_id),
  l.unit,
  (SELECT CAST(SUM(m.quantity) AS BIGINT) FROM movement m WHERE m.lot_id = l.id),
  (SELECT MAX(CASE WHEN o.kind = 'recall' THEN 2 ELSE 1 END) FROM hold_lot r JOIN hold o ON o.id = r.hold_id
    WHERE r.lot_id = l.id AND o.released_at IS NULL),
  (SELECT u.id FROM operation u WHERE u.reverses_id = l.made_by_id),
  p.density_g_per_l, l.piece_g, l.code, l.kind, p.name, h.name, COALESCE(pl.code, ''), COALESCE(v.name, ''), COALESCE(t.name, ''),
  CAST(l.made_on AS TEXT), (SELECT op.kind FROM operation op WHERE op.id = l.made_by_id)
FROM {lots} JOIN product p ON p.id = l.product_id JOIN party h ON h.id = l.holder_id LEFT JOIN plot pl ON pl.id = l.plot_id
  LEFT JOIN village v ON v.id = pl.village_id LEFT JOIN township t ON t.id = v.township_id
"""
ROWS = (
    _SELECT.format(lots="json_each(?) j CROSS JOIN lot l ON l.id = j.value"),
    _SELECT.format(lots="lot l") + "WHERE l.id = ANY(%s) ORDER BY l.id",
)
"""For SQLite, for PostgreSQL."""
