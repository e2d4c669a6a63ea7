"""Invariants of processing."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.lots.models import Dispatch, Lot, Movement
from trace.processing.models import Receipt


def check_dispatches() -> Iterator[str]:
    """What is under way never exceeds what the lot has left; a received dispatch has its receipt."""
    under_way = (
        Dispatch.select(Dispatch.lot, fn.SUM(Dispatch.quantity)).where(Dispatch.state == "sent").group_by(Dispatch.lot)
    )
    for lot_id, out in under_way.tuples():
        left = Movement.select(fn.SUM(Movement.quantity)).where(Movement.lot == lot_id).scalar()
        if out > left:
            yield f"lot {Lot.get_by_id(lot_id).code}: {out} under way, {left} left"
    missing = Dispatch.select(Dispatch.code).join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.dispatch == Dispatch.id))
    for (code,) in missing.where(Dispatch.state == "received", Receipt.id.is_null()).tuples():
        yield f"dispatch {code}: received without receipt"


CHECKS = (check_dispatches,)
