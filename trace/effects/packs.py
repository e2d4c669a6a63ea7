"""What plots bore and where it went: harvests by plot and year; packs with their scans and complaints, divided among the plots behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from peewee import fn

from trace.core.clock import business_date
from trace.effects.books import end_of
from trace.field.models import Harvest
from trace.labels.models import LabelRun, LabelUnit
from trace.lots.genealogy import origin_shares, split_exactly
from trace.lots.models import Edge, Lot, Movement
from trace.lots.queries import undone_operations
from trace.scan.models import Complaint, ScanDay

Harvests = Mapping[int, Mapping[tuple[int, str], int]]
"""Plot → (year, part) → grams."""


@dataclass(frozen=True)
class Packed:
    """One plot's part of one run of labels, in whole packs, scans and complaints."""

    run: str
    lot: str
    year: int
    packs: int
    scans: int
    complaints: int


def harvests(until: date) -> Harvests:
    """What every plot bore by a day, without what was undone. One statement."""
    rows = (
        Movement.select(Lot.plot, Lot.made_on, Harvest.part, fn.SUM(Movement.quantity))
        .join(Lot, on=((Movement.lot == Lot.id) & (Movement.operation == Lot.made_by)))
        .join(Harvest, on=(Harvest.lot == Lot.id))
        .where(Lot.made_on <= until, Lot.made_by.not_in(undone_operations()))
        .group_by(Lot.plot, Lot.made_on, Harvest.part)
    )
    found: dict[int, dict[tuple[int, str], int]] = defaultdict(lambda: defaultdict(int))
    for plot, on, part, grams in rows.tuples():
        found[plot][on.year, part] += int(grams)
    return found


def by_plot(until: date) -> dict[int, list[Packed]]:
    """Every run's live packs, scans and complaints by plot. Runs whose lot leads to no plot, and shares that do not, are in nobody's list."""
    runs = _runs(until)
    plots = _harvested()
    shares = _origins({lot for _run, lot, _code, _on, _count in runs.values()})
    scans, complaints = _scans(until), _complaints(until)
    found: dict[int, list[Packed]] = defaultdict(list)
    for run_id, (no, lot, code, year, count) in runs.items():
        roots = shares.get(lot, {})
        parts = [_among(total, roots, plots) for total in (count, scans.get(run_id, 0), complaints.get(run_id, 0))]
        for plot in sorted(set().union(*parts)):
            found[plot].append(Packed(no, code, year, *(part.get(plot, 0) for part in parts)))
    return found


def _among(total: int, roots: Mapping[int, Fraction], plots: Mapping[int, int]) -> dict[int, int]:
    """A whole number divided by exact shares: root lots first, then added up by plot; roots that are no harvest keep their part."""
    if not total or not roots:
        return {}
    found: dict[int, int] = defaultdict(int)
    for root, number in split_exactly(total, dict(roots)).items():
        if root in plots and number:
            found[plots[root]] += number
    return dict(found)


def _runs(until: date) -> dict[int, tuple[str, int, str, int, int]]:
    """Runs with live labels on packs: number, lot, its code, year of printing, live labels (voided and reprinted ones and cartons left out)."""
    voided = dict(LabelUnit.select(LabelUnit.run, fn.COUNT(LabelUnit.id)).group_by(LabelUnit.run).tuples())
    rows = (
        LabelRun.select(LabelRun.id, LabelRun.no, LabelRun.lot, Lot.code, LabelRun.made_at, LabelRun.count)
        .join(Lot)
        .where(LabelRun.state != "voided", LabelRun.kind != "carton", LabelRun.made_at < end_of(until))
        .order_by(LabelRun.id)
    )
    return {
        key: (no, lot, code, business_date(at).year, count - int(voided.get(key, 0)))
        for key, no, lot, code, at, count in rows.tuples()
    }


def _harvested() -> dict[int, int]:
    """Harvest lot → plot."""
    return dict(Lot.select(Lot.id, Lot.plot).where(Lot.kind == "harvest").tuples())


def _origins(targets: Iterable[int]) -> dict[int, dict[int, Fraction]]:
    """For each lot the exact part that comes from each root lot; the whole graph is read once."""
    incoming: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for parent, child, weight in Edge.select(Edge.parent, Edge.child, Edge.weight_g).tuples():
        incoming[child].append((parent, child, weight))
    return {target: origin_shares(target, _ancestry(target, incoming)) for target in targets}


def _ancestry(target: int, incoming: Mapping[int, list[tuple[int, int, int]]]) -> list[tuple[int, int, int]]:
    seen, todo, edges = {target}, [target], []
    while todo:
        for edge in incoming.get(todo.pop(), ()):
            edges.append(edge)
            if edge[0] not in seen:
                seen.add(edge[0])
                todo.append(edge[0])
    return edges


def _scans(until: date) -> dict[int, int]:
    rows = ScanDay.select(ScanDay.run, fn.SUM(ScanDay.count + ScanDay.batch_count)).where(ScanDay.day <= until)
    return {run: int(total) for run, total in rows.group_by(ScanDay.run).tuples()}


def _complaints(until: date) -> dict[int, int]:
    rows = Complaint.select(Complaint.run, fn.COUNT(Complaint.id)).where(Complaint.filed_at < end_of(until))
    return {run: int(total) for run, total in rows.group_by(Complaint.run).tuples()}
