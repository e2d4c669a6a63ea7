"""Invariants of production records."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.field.activity_models import Activity, ActivityVersion, IntervalJudgement
from trace.field.models import Harvest
from trace.field.weigh_models import HarvestContainer, SuspectedDuplicate, Weighing
from trace.lots.models import HoldLot, Lot, Movement, Operation


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


def check_scales() -> Iterator[str]:
    """What the containers weigh is what the lot was made of; the damage counted is the loss written off."""
    net = fn.SUM(HarvestContainer.gross_g - HarvestContainer.tare_g)
    rows = (
        Weighing.select(Weighing.code, Movement.quantity, Weighing.damage_g, net, fn.SUM(HarvestContainer.damage_g))
        .join(Harvest)
        .join(Lot)
        .join(Movement, on=((Movement.lot == Lot.id) & (Movement.operation == Lot.made_by)))
        .join_from(Weighing, HarvestContainer)
        .group_by(Weighing.code, Movement.quantity, Weighing.damage_g)
        .tuples()
    )
    for code, made, damage, weighed, counted in rows:
        if (made, damage) != (int(weighed), int(counted)):
            yield f"weighing {code}: lot {made} g, damage {damage} g, containers {weighed} g and {counted} g"
    written = Weighing.select(Weighing.code, Weighing.damage_g, Movement.quantity).join(
        Movement, on=(Movement.operation == Weighing.loss)
    )
    for code, damage, moved in written.tuples():
        if moved != -damage:
            yield f"weighing {code}: damage {damage} g, written off {-moved} g"


def check_merged_duplicates() -> Iterator[str]:
    """A merged record was undone by the operation the decision names."""
    rows = (
        SuspectedDuplicate.select(SuspectedDuplicate.code, Operation.reverses, Lot.made_by)
        .join(Harvest, on=SuspectedDuplicate.second)
        .join(Lot)
        .join_from(SuspectedDuplicate, Operation)
        .where(SuspectedDuplicate.outcome == "merged")
    )
    for code, undone, made_by in rows.tuples():
        if undone != made_by:
            yield f"suspected_duplicate {code}: merged without undoing its record"


CHECKS = (
    check_every_harvest_lot_has_its_record, check_versions_have_no_gap, check_early_harvests_are_held, check_scales, check_merged_duplicates,
)  # fmt: skip
