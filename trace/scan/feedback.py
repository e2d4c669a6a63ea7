"""What consumers did with the packs of a township's producers in a year: rates for the township's scorecard (feature X10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from peewee import fn

from trace.core.clock import SHANGHAI
from trace.labels.models import LabelRun
from trace.lots.models import Lot
from trace.registry.models import Party, Township
from trace.scan.models import Complaint, ScanDay


class Feedback(NamedTuple):
    """``opened``: codes opened for the first time that year, of ``labels`` in use; ``quiet``: scanned lots without a complaint, of ``scanned``."""

    opened: int
    labels: int
    quiet: int
    scanned: int


def by_township(year: int) -> dict[str, Feedback]:
    """By code of the township where the packs' holder sits, as with the share of labelled packs; codes for cartons do not count."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    in_year = ScanDay.day.between(first, last)
    opened = _sums(LabelRun.select(Township.code, fn.SUM(ScanDay.first_opened)).join(ScanDay).where(in_year))
    begun = LabelRun.select(Township.code, fn.SUM(LabelRun.count))
    labels = _sums(begun.where(LabelRun.state == "activated", LabelRun.activated_at < _after(year)))
    some = (ScanDay.count + ScanDay.batch_count > 0) & in_year
    scanned = LabelRun.select(Township.code, fn.COUNT(fn.DISTINCT(LabelRun.lot))).join(ScanDay).where(some)
    filed = Complaint.select(Complaint.lot).where(
        Complaint.filed_at >= _after(year - 1), Complaint.filed_at < _after(year)
    )
    all_scanned, quiet = _sums(scanned), _sums(scanned.where(LabelRun.lot.not_in(filed)))
    return {
        code: Feedback(opened.get(code, 0), labels.get(code, 0), quiet.get(code, 0), all_scanned.get(code, 0))
        for code in opened.keys() | labels.keys() | all_scanned.keys()
    }


def _sums(query: Any) -> dict[str, int]:
    query = query.join_from(LabelRun, Lot).join(Party, on=Lot.holder).join(Township, on=Party.township)
    rows = query.where(LabelRun.kind != "carton").group_by(Township.code).tuples()
    return {code: int(total or 0) for code, total in rows}


def _after(year: int) -> datetime:
    """The first instant of the next year."""
    return datetime.combine(date(year + 1, 1, 1), time.min, SHANGHAI).astimezone(UTC)
