"""Figures of scans for those in charge: per day, run, lot and township of the producer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor
from trace.core.clock import SHANGHAI
from trace.labels import queries as labels
from trace.labels.models import LabelRun
from trace.lots.models import Lot
from trace.registry.models import Party, Product, Township
from trace.scan.models import Complaint, ScanDay

PERIODS = (7, 30, 90)


@dataclass(frozen=True)
class Sums:
    """Scans of one run in a period, with what it belongs to. ``opened``: codes opened for the first time; ``made``: labels of the run."""

    run: str
    lot: str
    product: str
    holder: str
    township: str
    made: int
    scans: int
    opened: int
    batch: int
    complaints: int


@dataclass(frozen=True)
class Group:
    """The same added up over runs that share a name."""

    name: str
    note: str
    made: int
    scans: int
    opened: int
    batch: int
    complaints: int


def days(actor: Actor, until: date, length: int) -> list[tuple[date, int, int]]:
    """Each day of a period with its scans and first openings, days without any included."""
    sums = fn.SUM(ScanDay.count + ScanDay.batch_count), fn.SUM(ScanDay.first_opened)
    rows = _scan_days(actor, until, length).select(ScanDay.day, *sums).group_by(ScanDay.day)
    found = {day: (int(count), int(opened)) for day, count, opened in rows.tuples()}
    span = [until - timedelta(days=n) for n in reversed(range(length))]
    return [(day, *found.get(day, (0, 0))) for day in span]


def by_run(actor: Actor, until: date, length: int) -> list[Sums]:
    """Every run that was scanned or complained about in the period, most scanned first."""
    sums = [fn.SUM(column) for column in (ScanDay.count, ScanDay.first_opened, ScanDay.batch_count)]
    scanned = {
        row[0]: row[1:]
        for row in _scan_days(actor, until, length).select(ScanDay.run, *sums).group_by(ScanDay.run).tuples()
    }
    complained = _complaints(actor, until, length)
    ids = sorted({*scanned, *complained})
    found = []
    for start in range(0, len(ids), 500):
        for run_id, no, made, lot, name, product, holder, township in _runs(ids[start : start + 500]):
            scans, opened, batch = (int(number) for number in scanned.get(run_id, (0, 0, 0)))
            named = (no, lot, name or product, holder, township or "")
            found.append(Sums(*named, made, scans, opened, batch, complained[run_id]))
    return sorted(found, key=lambda row: (-row.scans - row.batch, row.run))


def grouped(rows: Iterable[Sums], key: Callable[[Sums], tuple[str, str]]) -> list[Group]:
    """Add up by (name, note), most scanned first."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        sums = found.setdefault(key(row), Counter())
        sums.update(made=row.made, scans=row.scans, opened=row.opened, batch=row.batch, complaints=row.complaints)
    made = [
        Group(*names, *(sums[part] for part in ("made", "scans", "opened", "batch", "complaints")))
        for names, sums in found.items()
    ]
    return sorted(made, key=lambda group: (-group.scans - group.batch, group.name))


def _runs(ids: list[int]) -> Any:
    return (
        LabelRun.select(
            LabelRun.id, LabelRun.no, LabelRun.count, Lot.code, Lot.name, Product.name, Party.name, Township.name
        )
        .join(Lot)
        .join(Product)
        .switch(Lot)
        .join(Party, on=Lot.holder)
        .join(Township, JOIN.LEFT_OUTER, on=Party.township)
        .where(LabelRun.id.in_(ids))
        .tuples()
    )


def _scan_days(actor: Actor, until: date, length: int) -> Any:
    runs = labels.visible_runs(actor).select(LabelRun.id)
    first = until - timedelta(days=length - 1)
    return ScanDay.select().where(ScanDay.run.in_(runs), ScanDay.day >= first, ScanDay.day <= until)


def _complaints(actor: Actor, until: date, length: int) -> Counter[int]:
    """Complaints filed in the period on runs in charge, by run."""
    runs = labels.visible_runs(actor).select(LabelRun.id)
    rows = Complaint.select(Complaint.run, fn.COUNT(Complaint.id)).where(
        Complaint.run.in_(runs), Complaint.filed_at >= _midnight(until - timedelta(days=length - 1)),
        Complaint.filed_at < _midnight(until + timedelta(days=1)),
    )  # fmt: skip
    return Counter({run: int(count) for run, count in rows.group_by(Complaint.run).tuples()})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
