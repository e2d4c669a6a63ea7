"""Where the mass of one lot went: every gram followed through the ledger, exactly, and what no record explains.

A gram drawn into an operation goes on in its outputs, is a recorded loss, or is what the process took away. The last is accounted for when the
ledger found the yield usual, and not when the yield had to be explained. Operations taken back count for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from trace.core.text import N_
from trace.lots import queries as lots
from trace.lots import rules as ledger
from trace.lots.models import Lot, Movement, Operation
from trace.processing.models import ProcessRun
from trace.registry.models import Product

PARTS = {
    "stock": N_("库存"), "ship": N_("已售"), "sample": N_("抽样"), "loss": N_("登记损耗"), "destroy": N_("销毁"), "process": N_("加工减重（得率正常）"),
    "open": N_("说不清"),
}  # fmt: skip
AT_ONCE = 500


@dataclass
class Balance:
    """Grams of one lot by what became of them; their sum is what was made."""

    made_g: int
    parts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    holders: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    @property
    def accounted(self) -> Fraction:
        """The part of the lot that the records account for."""
        return 1 - self.parts["open"] / self.made_g if self.made_g else Fraction(1)


@dataclass
class _Event:
    kind: str
    loss_g: int
    flagged: bool
    draws: list[tuple[int, int]] = field(default_factory=list)
    made: list[tuple[int, int]] = field(default_factory=list)


def balance_of(lot_id: int) -> Balance:
    """Follow a lot forward. Lots are gone through in the order they were made, which puts every parent before its children."""
    ids = sorted(lots.descendants(lot_id))
    reached = _lots(ids)
    events = _events(ids)
    grams = {i: _grams(reached[i], made) for i, made in lots.made_quantities(ids).items()}
    left = {i: _grams(reached[i], amount) for i, amount in lots.balances(ids).items()}
    found = Balance(grams.get(lot_id, 0))
    carried = {lot_id: Fraction(found.made_g)}
    by_last_draw: dict[int, list[_Event]] = defaultdict(list)
    for event in events.values():
        by_last_draw[max(lot for lot, _ in event.draws if lot in reached)].append(event)
    for i in ids:
        if carried.get(i) and grams.get(i) and left[i]:
            stock = carried[i] * left[i] / grams[i]
            found.parts["stock"] += stock
            found.holders[reached[i].holder.name] += stock
        for event in by_last_draw[i]:
            _follow(found, event, carried, grams)
    return found


def _follow(found: Balance, event: _Event, carried: dict[int, Fraction], grams: dict[int, int]) -> None:
    """Share out what one operation took of the followed lot."""
    taken = sum((carried[lot] * drawn / grams[lot] for lot, drawn in event.draws if carried.get(lot)), Fraction(0))
    whole = sum(drawn for _, drawn in event.draws)
    if not taken or not whole:
        return
    if not event.made:
        found.parts[event.kind if event.kind in PARTS else "open"] += taken
        return
    out = sum(made for _, made in event.made)
    scale = taken / max(whole, out + event.loss_g)
    for lot, made in event.made:
        carried[lot] = carried.get(lot, Fraction(0)) + scale * made
    found.parts["loss"] += scale * event.loss_g
    found.parts["open" if event.flagged else "process"] += scale * max(0, whole - out - event.loss_g)


def _lots(ids: list[int]) -> dict[int, Lot]:
    found: dict[int, Lot] = {}
    for start in range(0, len(ids), AT_ONCE):
        found |= {lot.id: lot for lot in lots.lots_joined().where(Lot.id.in_(ids[start : start + AT_ONCE]))}
    return found


def _events(ids: list[int]) -> dict[int, _Event]:
    """The operations that drew from these lots and were not taken back, with everything they drew and made in grams."""
    undone = lots.undone_operations()
    found: dict[int, _Event] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = Movement.select(Movement.operation).where(
            Movement.lot.in_(ids[start : start + AT_ONCE]), Movement.quantity < 0
        )
        rows = (
            Movement.select(Movement, Operation, Lot, Product)
            .join(Operation)
            .switch(Movement)
            .join(Lot)
            .join(Product)
            .where(Movement.operation.in_(some), Operation.kind != "undo", Operation.id.not_in(undone))
        )
        for row in rows:
            event = found.get(row.operation_id)
            if event is None:
                detail: dict[str, Any] = row.operation.detail or {}
                event = found[row.operation_id] = _Event(row.operation.kind, int(detail.get("loss_g") or 0), False)
            pair = (row.lot_id, _grams(row.lot, abs(row.quantity)))
            side = event.draws if row.quantity < 0 else event.made
            if pair not in side:
                side.append(pair)
    for (key,) in (
        ProcessRun.select(ProcessRun.operation)
        .where(ProcessRun.flagged, ProcessRun.operation.in_(list(found)))
        .tuples()
    ):
        found[key].flagged = True
    return found


def _grams(lot: Lot, quantity: int) -> int:
    return ledger.grams(quantity, lot.unit, lot.product.density_g_per_l, lot.piece_g)
