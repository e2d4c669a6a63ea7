"""Invariants of processing."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.core.canonical import sha256_hex
from trace.lots.models import Dispatch, Lot, Movement
from trace.processing.handover_models import Handover
from trace.processing.handover_rules import signed_bytes
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


def check_handovers() -> Iterator[str]:
    """Both papers still hash to what was signed, and what they moved is what they say."""
    rows = Handover.select(Handover, Dispatch, Receipt).join(Dispatch).join(Receipt, JOIN.LEFT_OUTER, attr="receipt")
    for row in rows:
        papers = (row.offer, row.offer_hash), (row.acceptance, row.acceptance_hash)
        if any(sha256_hex(signed_bytes(paper)) != kept for paper, kept in papers):
            yield f"handover {row.code}: a paper was altered"
        moved = row.dispatch.receipt
        if moved is None or (row.dispatch.quantity, moved.received) != (row.quantity, row.received):
            yield f"handover {row.code}: moved something else"


CHECKS = (check_dispatches, check_handovers)
