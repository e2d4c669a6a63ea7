"""Everything a trace shows about its lots in one raw statement: model objects alone would cost five times as much."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from trace.db import db

AT_ONCE = 500
RECALLED, HELD = 2, 1


class NodeRow(NamedTuple):
    """One lot with the names beside it, what was made, what is left and what blocks it."""

    id: int
    code: str
    kind: str
    unit: str
    piece_g: int | None
    made_on: date | str
    holder: str
    product: str
    density: int | None
    plot: str | None
    village: str | None
    township: str | None
    made: int
    left: int
    blocked: int | None
    undone: int | None
    maker: str
    """The kind of the operation that made it."""

    @property
    def state(self) -> str:
        """``undone``, ``recalled``, ``held``, ``used_up`` or ``open``."""
        if self.undone:
            return "undone"
        if self.blocked:
            return "recalled" if self.blocked == RECALLED else "held"
        return "open" if self.left > 0 else "used_up"


def node_rows(ids: Iterable[int]) -> dict[int, NodeRow]:
    """The rows of these lots by key, in key order."""
    wanted = sorted(ids)
    found: dict[int, NodeRow] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        marks = ",".join([db.obj.param] * len(part))
        for row in db.execute_sql(_SQL.replace("{ids}", marks), part).fetchall():
            found[row[0]] = NodeRow(*row)
    return dict(sorted(found.items()))


_SQL = """
SELECT l.id, l.code, l.kind, l.unit, l.piece_g, l.made_on, h.name, p.name, p.density_g_per_l, pl.code, v.name, t.name,
  (SELECT m.quantity FROM movement m WHERE m.operation_id = l.made_by_id AND m.lot_id = l.id),
  (SELECT SUM(m.quantity) FROM movement m WHERE m.lot_id = l.id),
  (SELECT MAX(CASE WHEN o.kind = 'recall' THEN 2 ELSE 1 END) FROM hold_lot r JOIN hold o ON o.id = r.hold_id
    WHERE r.lot_id = l.id AND o.released_at IS NULL),
  (SELECT u.id FROM operation u WHERE u.reverses_id = l.made_by_id),
  op.kind
FROM lot l JOIN operation op ON op.id = l.made_by_id JOIN party h ON h.id = l.holder_id JOIN product p ON p.id = l.product_id LEFT JOIN plot pl ON pl.id = l.plot_id
  LEFT JOIN village v ON v.id = pl.village_id LEFT JOIN township t ON t.id = v.township_id
WHERE l.id IN ({ids})
"""
