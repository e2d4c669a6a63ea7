"""Invariants of the nursery."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import fn

from trace.land.models import Stand
from trace.lots import queries as ledger
from trace.nursery import queries
from trace.nursery.models import NurseryPaper, PhaseEntry, Planting, SeedlingDispatch, SeedlingLot


def check_phases() -> Iterator[str]:
    """The phases of a lot sum to its balance, and none is below zero."""
    ids = [row[0] for row in SeedlingLot.select(SeedlingLot.lot).tuples()]
    left, phases = ledger.balances(ids), queries.phases_of(ids)
    for lot_id in ids:
        if sum(phases[lot_id].values()) != left[lot_id]:
            yield f"lot {lot_id}: phases sum to {sum(phases[lot_id].values())}, the ledger says {left[lot_id]}"
        if min(phases[lot_id].values()) < 0:
            yield f"lot {lot_id}: a phase below zero"


def check_papers() -> Iterator[str]:
    """Never more plants left under a paper than it covers."""
    for paper in NurseryPaper.select():
        if queries.used_of(paper) > paper.quantity:
            yield f"nursery_paper {paper.code}: {queries.used_of(paper)} of {paper.quantity} used"


def check_plantings() -> Iterator[str]:
    """Never more plants in the ground than left the nursery; a stand holds what its planting says."""
    total = fn.SUM(Planting.quantity)
    rows = (
        SeedlingDispatch.select(SeedlingDispatch.code, SeedlingDispatch.quantity, total)
        .join(Planting)
        .group_by(SeedlingDispatch.id)
    )
    for code, quantity, planted in rows.tuples():
        if planted > quantity:
            yield f"seedling_dispatch {code}: {planted} of {quantity} planted"
    odd = Planting.select(Stand.code).join(Stand).where(Stand.planted_count != Planting.quantity)
    for (code,) in odd.tuples():
        yield f"stand {code}: planting says another number"


def check_operations() -> Iterator[str]:
    """Every movement of a seedling lot has its entry in a phase."""
    moved = PhaseEntry.select(PhaseEntry.operation).where(PhaseEntry.operation.is_null(False))
    for row in SeedlingLot.select(SeedlingLot.lot).tuples():
        for event, _ in ledger.events_of(ledger.Lot.get_by_id(row[0])):
            if not moved.where(PhaseEntry.operation == event.id, PhaseEntry.lot == row[0]).exists():
                yield f"operation {event.code}: moved seedlings of lot {row[0]} without a phase"


CHECKS = (check_phases, check_papers, check_plantings, check_operations)
