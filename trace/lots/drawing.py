"""Taking from lots: locked in the order of their keys, read in one statement, refused with a plain sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from trace.core.errors import Invalid, RuleBroken
from trace.core.units import format_quantity
from trace.db import db, is_postgres
from trace.lots import rules
from trace.lots.models import Hold, Lot


@dataclass(frozen=True)
class Draw:
    """Take ``quantity`` base units out of a lot; what people typed is kept beside it."""

    lot: Lot
    quantity: int
    typed: tuple[str, str] = ("", "")


class Stock(NamedTuple):
    """What drawing from a lot depends on, as it is while the lot is locked."""

    id: int
    code: str
    kind: str
    unit: str
    piece_g: int | None
    density: int | None
    taxon_id: int
    taxon: str
    left: int
    away: int
    """On its way to somebody else."""
    hold_id: int | None
    """The gravest open hold or recall that reaches it."""

    def grams(self, quantity: int) -> int:
        """The weight of a quantity of it (at least one gram, so that a share is never lost to rounding)."""
        return max(1, rules.grams(quantity, self.unit, self.density, self.piece_g))


def lock_stock(lot_ids: list[int]) -> dict[int, Stock]:
    """Lock lots in the order of their keys and tell what is there; what others wrote before the lock is seen."""
    wanted = sorted(lot_ids)
    if is_postgres():
        db.execute_sql("SELECT id FROM lot WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (wanted,)).fetchall()
        rows = db.execute_sql(_STOCK + "lot l" + _JOINS + " WHERE l.id = ANY(%s)", (wanted,))
    else:
        rows = db.execute_sql(
            _STOCK + "json_each(?) j CROSS JOIN lot l ON l.id = j.value" + _JOINS, (json.dumps(wanted),)
        )
    return {row[0]: Stock(*row) for row in rows.fetchall()}


_STOCK = """
SELECT l.id, l.code, l.kind, l.unit, l.piece_g, p.density_g_per_l, p.taxon_id, x.name_zh,
  (SELECT CAST(COALESCE(SUM(m.quantity), 0) AS BIGINT) FROM movement m WHERE m.lot_id = l.id),
  (SELECT CAST(COALESCE(SUM(d.quantity), 0) AS BIGINT) FROM dispatch d WHERE d.lot_id = l.id AND d.state = 'sent'),
  (SELECT o.id FROM hold_lot r JOIN hold o ON o.id = r.hold_id WHERE r.lot_id = l.id AND o.released_at IS NULL
    ORDER BY o.kind DESC, o.id LIMIT 1)
FROM """
_JOINS = " JOIN product p ON p.id = l.product_id JOIN taxon x ON x.id = p.taxon_id"


def check_draws(draws: list[Draw], stock: dict[int, Stock], *, wip: bool, free: bool) -> None:
    """Refuse a lot named twice, held (unless ``free``), in process (unless ``wip``), or with too little in it."""
    if len(stock) < len(draws):
        twice = next(draw.lot for n, draw in enumerate(draws) if any(d.lot.id == draw.lot.id for d in draws[:n]))
        raise Invalid("批次 %(lot)s 填了两次，请合并成一行。", field="inputs", code="LOT_TWICE", lot=twice.code)
    for draw in draws:
        _check_draw(stock[draw.lot.id], draw.quantity, wip=wip, free=free)


def _check_draw(lot: Stock, quantity: int, *, wip: bool, free: bool) -> None:
    if lot.hold_id is not None and not free:
        raise held(lot.code, Hold.get_by_id(lot.hold_id))
    if lot.kind == "wip" and not wip:
        raise RuleBroken(
            "批次 %(lot)s 还在加工中，只能在它的加工记录里使用。", code="LOT_IN_PROCESS", field="inputs", lot=lot.code
        )
    if quantity <= 0:
        raise Invalid("重量必须大于 0。", field="inputs", code="NOT_POSITIVE")
    if quantity > lot.left:
        raise RuleBroken(
            "批次 %(lot)s 剩余 %(have)s，不足 %(need)s。", code="LOT_BALANCE", field="inputs", lot=lot.code,
            have=format_quantity(lot.left, lot.unit), need=format_quantity(quantity, lot.unit),
        )  # fmt: skip
    if quantity > lot.left - lot.away:
        raise promised(lot.code, lot.away, lot.unit)


def promised(code: str, quantity: int, unit: str) -> RuleBroken:
    """A part of the lot is on its way to somebody else."""
    return RuleBroken(
        "批次 %(lot)s 有 %(out)s 正在发货途中，余下的不够。", code="LOT_PROMISED", field="inputs", lot=code,
        out=format_quantity(quantity, unit),
    )  # fmt: skip


def held(code: str, hold: Hold) -> RuleBroken:
    """The lot is blocked."""
    return RuleBroken(
        "批次 %(lot)s %(state)s（%(reason)s），不能使用。", code="LOT_HELD", field="inputs", lot=code,
        state="已召回" if hold.kind == "recall" else "已锁定", reason=hold.reason,
    )  # fmt: skip


def check_taxa(stock: dict[int, Stock], makes: list[Any], declared: frozenset[int]) -> None:
    """Refuse two taxa in one operation but those of a declared recipe, and an output of a third."""
    inputs = {lot.taxon_id: lot.taxon for lot in stock.values()}
    if len(inputs) > 1 and not declared.issuperset(inputs):
        raise RuleBroken(
            "不同树种（%(taxa)s）不能混在一批。", code="TAXA_MIXED", field="inputs",
            taxa="、".join(sorted(inputs.values())),
        )  # fmt: skip
    for make in makes:
        if inputs and make.product.taxon_id not in inputs:
            raise RuleBroken(
                "产品“%(product)s”与投入批次的树种不符。", code="TAXON_CHANGED", field="outputs",
                product=make.product.name,
            )  # fmt: skip
