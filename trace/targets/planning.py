"""Plans as records: the county's yearly figures, the townships' tasks, the gap between them; cards, readings and milestones in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from trace.registry import queries as register
from trace.registry.models import Township
from trace.targets import rules, stages
from trace.targets.models import CountyGoal, CountyPlan, IndicatorCard, MilestoneStep, PlanRecord, TargetReading
from trace.targets.readings import DEFAULT, UNDECIDED, Counts, Reading


def goals() -> list[CountyGoal]:
    """The county's goals in the order of the indicators."""
    order = list(rules.INDICATORS)
    return sorted(CountyGoal.select(), key=lambda goal: order.index(goal.indicator))


def plans(indicator: str, year: int) -> dict[str, int]:
    """Township tasks in force for a year, by township code: the newest version of each."""
    newer = PlanRecord.alias()
    latest = newer.select(fn.MAX(newer.version)).where(
        newer.indicator == PlanRecord.indicator, newer.township == PlanRecord.township, newer.year == PlanRecord.year
    )
    rows = (
        PlanRecord.select(Township.code, PlanRecord.value)
        .join(Township)
        .where(PlanRecord.indicator == indicator, PlanRecord.year == year, PlanRecord.version == latest)
    )
    return dict(rows.tuples())


def plan_path(indicator: str, township: str) -> dict[int, int]:
    """Year → the task in force of one township."""
    rows = PlanRecord.select(PlanRecord.year, PlanRecord.value).join(Township)
    rows = rows.where(PlanRecord.indicator == indicator, Township.code == township).order_by(PlanRecord.version)
    return dict(rows.tuples())


def plan_history(indicator: str, year: int) -> list[PlanRecord]:
    """All versions of all tasks of a year, township joined, newest first."""
    query = PlanRecord.select(PlanRecord, Township).join(Township)
    return list(query.where(PlanRecord.indicator == indicator, PlanRecord.year == year).order_by(PlanRecord.id.desc()))


def county_path(indicator: str) -> dict[int, int]:
    """Year → the county's own figure in force, the goal of 2030 included where no plan says otherwise."""
    rows = CountyPlan.select(CountyPlan.year, CountyPlan.value).where(CountyPlan.indicator == indicator)
    goal = CountyGoal.get_or_none(CountyGoal.indicator == indicator)
    found = {goal.year: goal.value} if goal and goal.value is not None else {}
    return dict(sorted((found | dict(rows.order_by(CountyPlan.version).tuples())).items()))


def county_history(indicator: str) -> list[CountyPlan]:
    """Every version of the county's yearly figures, newest first."""
    return list(CountyPlan.select().where(CountyPlan.indicator == indicator).order_by(CountyPlan.id.desc()))


@dataclass(frozen=True)
class Gap:
    """One year: the county's figure, the sum of the townships' tasks, how many have one, and what is missing (negative: over)."""

    year: int
    county: int | None
    townships: int | None
    tasked: int

    @property
    def gap(self) -> int | None:
        """County less townships; None while one of them has no figure."""
        return None if self.county is None or self.townships is None else self.county - self.townships


def gaps(indicator: str, years: range) -> list[Gap]:
    """Σ townships against the county, year by year."""
    county = county_path(indicator)
    newer = PlanRecord.alias()
    latest = newer.select(fn.MAX(newer.version)).where(
        newer.indicator == PlanRecord.indicator, newer.township == PlanRecord.township, newer.year == PlanRecord.year
    )
    rows = PlanRecord.select(PlanRecord.year, fn.SUM(PlanRecord.value), fn.COUNT(PlanRecord.id))
    rows = rows.where(PlanRecord.indicator == indicator, PlanRecord.version == latest).group_by(PlanRecord.year)
    sums = {year: (int(total), int(count)) for year, total, count in rows.tuples()}
    return [Gap(year, county.get(year), sums.get(year, (None, 0))[0], sums.get(year, (None, 0))[1]) for year in years]


def card(indicator: str, day: date | None = None) -> IndicatorCard | None:
    """The definition in force (on a day)."""
    query = IndicatorCard.select().where(IndicatorCard.indicator == indicator)
    if day is not None:
        query = query.where(IndicatorCard.valid_from <= day)
    return query.order_by(IndicatorCard.version.desc()).first()


def cards() -> list[IndicatorCard]:
    """The newest version of every card, in the order they were first written."""
    found: dict[str, IndicatorCard] = {}
    for row in IndicatorCard.select().order_by(IndicatorCard.id):
        found[row.indicator] = row
    return list(found.values())


def card_history(indicator: str) -> list[IndicatorCard]:
    """All versions, newest first."""
    return list(
        IndicatorCard.select().where(IndicatorCard.indicator == indicator).order_by(IndicatorCard.version.desc())
    )


@dataclass(frozen=True)
class Chosen:
    """The reading in force on a day, and by what; ``record`` None: nobody has decided."""

    reading: Reading
    record: TargetReading | None

    @property
    def basis(self) -> str:
        """Who decided it and where, or that it is only provisional."""
        return UNDECIDED if self.record is None else f"{self.record.decided_by} {self.record.doc_ref}"


def reading_on(day: date) -> Chosen:
    """The reading of the enterprise sentence on a day: a later decision does not reach back."""
    found = (
        TargetReading.select()
        .where(TargetReading.decided_on <= day)
        .order_by(TargetReading.decided_on.desc(), TargetReading.id.desc())
        .first()
    )
    return Chosen(Reading(found.reading) if found else DEFAULT, found)


def readings() -> list[TargetReading]:
    """All decisions, newest first."""
    return list(TargetReading.select().order_by(TargetReading.id.desc()))


def enterprise_counts(day: date) -> Counts:
    """Which firms hold which status on a day."""
    return Counts(
        *(frozenset(t.party_id for t in register.titles_in_force(kind, day)) for kind in rules.ENTERPRISE_INDICATORS)
    )


def milestone_steps(indicator: str) -> list[MilestoneStep]:
    """Every stage on record, newest first."""
    query = MilestoneStep.select().where(MilestoneStep.indicator == indicator)
    return list(query.order_by(MilestoneStep.on_day.desc(), MilestoneStep.id.desc()))


def milestones_counted(indicator: str, day: date) -> int:
    """How many projects of an indicator count on a day."""
    steps: list[Any] = milestone_steps(indicator)
    return stages.counted(indicator, [stages.Reached(s.project, s.stage, s.on_day, s.valid_to) for s in steps], day)
