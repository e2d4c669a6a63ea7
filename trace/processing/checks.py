"""Invariants of processing."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.core.canonical import sha256_hex
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Lot, Movement
from trace.processing.handover_models import Handover
from trace.processing.handover_rules import signed_bytes
from trace.processing.models import LongRun, Receipt, RunStep


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


def check_long_runs() -> Iterator[str]:
    """What an open run has in its vessel is whole; an ended one has nothing left in it."""
    for run in LongRun.select():
        step = (
            RunStep.select()
            .where(RunStep.run == run, RunStep.lot.is_null(False), RunStep.operation.not_in(lots.undone_operations()))
            .order_by(RunStep.id.desc())
            .first()
        )
        left = lots.balances([step.lot_id])[step.lot_id] if step else 0
        if (run.state == "open") != (left > 0):
            yield f"run {run.code}: {run.state} with {left} g in the vessel"


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


CHECKS = (check_dispatches, check_long_runs, check_handovers)
