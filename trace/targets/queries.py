"""Progress computed from the register. One aggregate per figure; each figure's rows can be listed and sum to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.land.history import state_at
from trace.land.models import Plot, SurvivalVisit, superseded
from trace.land.rules import GONE_STATES, PRESERVATION_QUALIFIED, STOCK_STATES, SURVIVAL_QUALIFIED, VERIFICATION_MONTHS
from trace.registry import queries as register
from trace.registry.models import Party, Taxon, Township, Village
from trace.targets import rules
from trace.targets.models import CountyGoal, OutputValue, PlanRecord


@dataclass(frozen=True)
class TownshipLine:
    """One township's figures at the end of a period, in base units (m², counts, fen)."""

    code: str
    name: str
    plots: int
    registered_m2: int
    verified_m2: int
    awaiting_m2: int
    enterprises: int
    gross_fen: int
    net_fen: int
    plan_m2: int | None
    plan_fen: int | None


@dataclass(frozen=True)
class Progress:
    """The county at the end of a period: its townships, their sums, the goals and the counters."""

    period: str
    day: date
    lines: list[TownshipLine]
    goals: list[CountyGoal]
    counters: dict[str, int]
    grades: dict[str, int]

    def total(self, name: str) -> int:
        """The sum of one column over all townships."""
        return sum(getattr(line, name) or 0 for line in self.lines)

    @property
    def plan_total_m2(self) -> int | None:
        """Σ of township tasks for area, or None when no township has one."""
        tasks = [line.plan_m2 for line in self.lines if line.plan_m2 is not None]
        return sum(tasks) if tasks else None

    def goal(self, indicator: str) -> CountyGoal | None:
        """The county goal of an indicator."""
        return next((goal for goal in self.goals if goal.indicator == indicator), None)


def progress(period: str, township_code: str | None = None) -> Progress:
    """Progress at the end of a period, of one township or of all 23."""
    day = rules.quarter_end(period)
    townships = [t for t in register.townships() if township_code in (None, t.code)]
    registered, verified, awaiting = _registered(day), _verified(day), _awaiting(day)
    values, enterprises = output_values(day.year), _enterprises(day)
    area_plans, value_plans = plans("area", day.year), plans("output_value", day.year)
    lines = []
    for t in townships:
        gross, inputs = _stage_sums(values.get(t.code, []))
        lines.append(
            TownshipLine(
                t.code, t.name, *registered.get(t.code, (0, 0)), verified.get(t.code, 0), awaiting.get(t.code, 0),
                enterprises.get(t.code, 0), gross, gross - inputs, area_plans.get(t.code), value_plans.get(t.code),
            )
        )  # fmt: skip
    shown = [v for t in townships for v in values.get(t.code, [])]
    grades = {grade: sum(v.gross_fen for v in shown if v.grade == grade) for grade in "ABC"}
    return Progress(period, day, lines, goals(), counters(day), grades)


def goals() -> list[CountyGoal]:
    """The county's goals in the order of the indicators."""
    order = list(rules.INDICATORS)
    return sorted(CountyGoal.select(), key=lambda goal: order.index(goal.indicator))


def counters(day: date) -> dict[str, int]:
    """County figures that belong to no single township's sum: titles in force, nursery area."""
    found = {
        kind: len({t.party_id for t in register.titles_in_force(kind, day)}) for kind in rules.ENTERPRISE_INDICATORS
    }
    nursery = Party.select(fn.COALESCE(fn.SUM(Party.nursery_m2), 0)).where(Party.kind == "nursery").scalar()
    return {**found, "nursery": int(nursery)}


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


def plan_history(indicator: str, year: int) -> list[PlanRecord]:
    """All versions of all tasks of a year, township joined, newest first."""
    query = PlanRecord.select(PlanRecord, Township).join(Township)
    return list(query.where(PlanRecord.indicator == indicator, PlanRecord.year == year).order_by(PlanRecord.id.desc()))


def output_values(year: int) -> dict[str, list[OutputValue]]:
    """Stated output values in force for a year, by township code."""
    newer = OutputValue.alias()
    latest = newer.select(fn.MAX(newer.version)).where(
        newer.township == OutputValue.township, newer.year == OutputValue.year, newer.stage == OutputValue.stage
    )
    found: dict[str, list[OutputValue]] = {}
    for row in (
        OutputValue.select(OutputValue, Township)
        .join(Township)
        .where(OutputValue.year == year, OutputValue.version == latest)
    ):
        found.setdefault(row.township.code, []).append(row)
    return found


def registered_plots(day: date) -> Any:
    """Plots that were in the register on a day and not lost or converted then: the rows behind registered area."""
    return _plots().where(state_at(day).not_in(("", *GONE_STATES)))


def verified_plots(day: date) -> Any:
    """Plots in stock on a day whose latest visit by a day is qualified and not older than 24 months, with the area it verified."""
    visit, later = SurvivalVisit, SurvivalVisit.alias()
    latest = later.select(fn.MAX(later.visited_on)).where(
        later.plot == Plot.id, later.visited_on <= day, ~superseded(later)
    )
    year1 = (visit.kind == "year1") & (
        visit.alive * SURVIVAL_QUALIFIED.denominator >= visit.sampled * SURVIVAL_QUALIFIED.numerator
    )
    year3 = (visit.kind == "year3") & (
        visit.alive * PRESERVATION_QUALIFIED.denominator >= visit.sampled * PRESERVATION_QUALIFIED.numerator
    )
    return (
        _plots(visit.verified_m2, visit.visited_on)
        .join_from(Plot, visit, on=((visit.plot == Plot.id) & (visit.visited_on == latest)))
        .where(
            ~superseded(visit),
            state_at(day).in_(STOCK_STATES),
            Taxon.is_default,
            visit.visited_on > months_before(day, VERIFICATION_MONTHS),
            year1 | year3,
        )
    )


def awaiting_plots(day: date) -> Any:
    """Plots that on a day were planted and still waited for their first check."""
    return _plots().where(state_at(day) == "planted")


def months_before(day: date, months: int) -> date:
    """The same day some months earlier (the month's last day where it has fewer)."""
    month = day.year * 12 + day.month - 1 - months
    year, month = divmod(month, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def rows_behind(figure: str, township_code: str, day: date) -> list[Any]:
    """The plots behind one township figure; their areas sum to it exactly."""
    query = {"registered": registered_plots, "verified": verified_plots, "awaiting": awaiting_plots}[figure](day)
    rows = query.where(Township.code == township_code).order_by(Plot.code)
    return list(rows.objects())


def visible_townships(actor: Actor) -> list[Township]:
    """Townships whose internal figures the actor may open."""
    return [t for t in register.townships() if actor.county_wide or t.code in actor.township_codes]


def _plots(*columns: Any) -> Any:
    return (
        Plot.select(Plot.code, Plot.state, Plot.area_m2, Plot.planted_on, Village.name.alias("village_name"), Township.code.alias("township_code"), *columns)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Taxon)
    )  # fmt: skip


def _sum_by_township(query: Any, area: Any) -> dict[str, tuple[int, int]]:
    rows = query.select(Township.code, fn.COUNT(Plot.id), fn.COALESCE(fn.SUM(area), 0)).group_by(Township.code)
    return {code: (int(count), int(total)) for code, count, total in rows.tuples()}


def _registered(day: date) -> dict[str, tuple[int, int]]:
    return _sum_by_township(registered_plots(day), Plot.area_m2)


def _verified(day: date) -> dict[str, int]:
    return {
        code: total for code, (_, total) in _sum_by_township(verified_plots(day), SurvivalVisit.verified_m2).items()
    }


def _awaiting(day: date) -> dict[str, int]:
    return {code: total for code, (_, total) in _sum_by_township(awaiting_plots(day), Plot.area_m2).items()}


def _enterprises(day: date) -> dict[str, int]:
    rows = (
        Party.select(Township.code, fn.COUNT(Party.id))
        .join(Township, on=Party.township)
        .where(Party.kind == "enterprise")
    )
    return {code: int(count) for code, count in rows.group_by(Township.code).tuples()}


def _stage_sums(values: list[OutputValue]) -> tuple[int, int]:
    return sum(v.gross_fen for v in values), sum(v.local_input_fen for v in values)
