"""Invariants of production records."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.field.activity_models import Activity, ActivityVersion, IntervalJudgement
from trace.field.models import Harvest
from trace.lots.models import HoldLot, Lot


def check_every_harvest_lot_has_its_record() -> Iterator[str]:
    """A harvest lot without a harvest record would be fruit out of nowhere."""
    orphans = Lot.select(Lot.code).join(Harvest, JOIN.LEFT_OUTER).where(Lot.kind == "harvest", Harvest.id.is_null())
    for (code,) in orphans.tuples():
        yield f"lot {code}: harvest lot without harvest record"


def check_versions_have_no_gap() -> Iterator[str]:
    """The versions of a record count 1, 2, 3 …; a gap would be a version that somebody took away."""
    count, most = fn.COUNT(ActivityVersion.id), fn.MAX(ActivityVersion.version)
    rows = Activity.select(Activity.code, count, most).join(ActivityVersion, JOIN.LEFT_OUTER).group_by(Activity.code)
    for code, number, highest in rows.having((count == 0) | (count != most)).tuples():
        yield f"record {code}: {number} versions, highest {highest}"


def check_early_harvests_are_held() -> Iterator[str]:
    """A judgement “held” names a hold that reaches its lot."""
    rows = (
        IntervalJudgement.select(Lot.code)
        .join(Lot)
        .join(HoldLot, JOIN.LEFT_OUTER, on=((HoldLot.lot == Lot.id) & (HoldLot.hold == IntervalJudgement.hold)))
        .where(IntervalJudgement.outcome == "held", HoldLot.id.is_null())
    )
    for (code,) in rows.tuples():
        yield f"lot {code}: judged too early but not held"


CHECKS = (check_every_harvest_lot_has_its_record, check_versions_have_no_gap, check_early_harvests_are_held)
