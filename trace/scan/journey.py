"""From nursery to pack, step by step: what, when, by which organisation, who recorded it, who vouches for it.

Steps are summed per kind and organisation: a pack of forty harvests tells one harvest with its first and last day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from trace.core.text import N_
from trace.land.models import Plot, Stand, SurvivalVisit, superseded
from trace.lots.models import Edge, Lot, Operation
from trace.lots.rules import OperationKind
from trace.nursery.models import Planting, SeedlingDispatch
from trace.registry.models import Party
from trace.scan.evidence import Evidence

HOUSEHOLDS = N_("农户")
OFFICE = N_("县林业部门")
PLATFORM = N_("平台")
VERIFIED_BY = {
    Evidence.OFFICIAL: OFFICE, Evidence.BOTH: N_("收货单位过磅"), Evidence.CHECKED: PLATFORM, Evidence.STATED: "",
}  # fmt: skip
NURSERY, PLANTING = N_("育苗"), N_("栽植")


@dataclass(frozen=True)
class Step:
    """One step of the story. ``organisation`` is empty for households, which are never named."""

    label: str
    first: date
    last: date
    organisation: str
    grade: Evidence

    @property
    def verified_by(self) -> str:
        """Who vouches, in words; empty when nobody does."""
        return VERIFIED_BY[self.grade]


def steps_of(lots: list[str], plots: list[str]) -> list[Step]:
    """All steps of the lots of a trace and of the plots they came from, in the order things happened."""
    return [*_seedlings(plots), *_planting(plots), *_operations(lots)]


def _seedlings(plots: list[str]) -> list[Step]:
    """Nurseries whose plants stand on the plots; a dispatch with a quarantine paper was looked at by the authority."""
    rows = (
        Planting.select(Party.name, Party.kind, SeedlingDispatch.on_day, SeedlingDispatch.quarantine)
        .join(SeedlingDispatch)
        .join(Lot)
        .join(Party, on=Lot.holder)
        .switch(Planting)
        .join(Stand)
        .join(Plot)
        .where(Plot.code.in_(plots), SeedlingDispatch.undone == False)  # noqa: E712 - SQL
        .order_by(SeedlingDispatch.on_day)
        .tuples()
    )
    found: dict[str, list[tuple[date, bool]]] = defaultdict(list)
    for name, kind, day, paper in rows:
        found[_named(name, kind)].append((day, paper is not None))
    return [
        _step(NURSERY, (day for day, _ in sent), name, Evidence.OFFICIAL if all(paper for _, paper in sent) else Evidence.STATED)
        for name, sent in found.items()
    ]  # fmt: skip


def _planting(plots: list[str]) -> list[Step]:
    """When the trees were planted; official when each plot was visited and counted."""
    rows = list(
        Plot.select(Plot.id, Plot.planted_on).where(Plot.code.in_(plots), Plot.planted_on.is_null(False)).tuples()
    )
    if not rows:
        return []
    ids = [plot_id for plot_id, _ in rows]
    visits = SurvivalVisit.select(fn.COUNT(fn.DISTINCT(SurvivalVisit.plot))).where(
        SurvivalVisit.plot.in_(ids), ~superseded()
    )
    grade = Evidence.OFFICIAL if visits.scalar() == len(ids) else Evidence.STATED
    return [_step(PLANTING, (day for _, day in rows), "", grade)]


def _operations(codes: list[str]) -> list[Step]:
    """One step per kind of operation and organisation; a harvest that another party received was weighed twice."""
    rows = list(
        Lot.select(Lot.id, Operation.kind, Operation.business_date, Party.name, Party.kind)
        .join(Operation, on=(Lot.made_by == Operation.id))
        .join(Party, on=(Operation.party == Party.id))
        .where(Lot.code.in_(codes))
        .order_by(Operation.business_date, Operation.id)
        .tuples()
    )
    received = _received([lot_id for lot_id, *_ in rows])
    spans: dict[tuple[str, str], list[tuple[date, Evidence]]] = defaultdict(list)
    for lot_id, kind, day, name, party_kind in rows:
        spans[kind, _named(name, party_kind)].append((day, _grade(kind, lot_id in received)))
    return [
        _step(OperationKind(kind).label, (day for day, _ in seen), name, max(grade for _, grade in seen))
        for (kind, name), seen in spans.items()
    ]


def _received(lot_ids: list[int]) -> set[int]:
    """Lots that went over another party's scales."""
    rows = Edge.select(Edge.parent).join(Operation).where(
        Edge.parent.in_(lot_ids), Operation.kind == OperationKind.RECEIVE.value
    )  # fmt: skip
    return {parent for (parent,) in rows.tuples()}


def _grade(kind: str, received: bool) -> Evidence:
    return Evidence.BOTH if kind == OperationKind.RECEIVE or received else Evidence.CHECKED


def _named(name: str, kind: str) -> str:
    return "" if kind == "household" else name


def _step(label: str, days: Iterable[Any], organisation: str, grade: Evidence) -> Step:
    seen = sorted(days)
    return Step(label, seen[0], seen[-1], organisation, grade)
