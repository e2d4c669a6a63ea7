"""Progress computed from the register and the ledger. One aggregate per figure; each figure's rows can be listed and sum to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.registry import queries as register
from trace.registry.models import Party, Title, Township
from trace.targets import area, rules, values
from trace.targets.area import registered_plots, rows_behind, verified_plots
from trace.targets.models import CountyGoal, OutputValue, PeriodLock
from trace.targets.planning import Chosen, enterprise_counts, goals, milestones_counted, plan_history, plans, reading_on
from trace.targets.valuation import StageSum

__all__ = ["goals", "plan_history", "plans", "registered_plots", "rows_behind", "verified_plots"]


@dataclass(frozen=True)
class Stage:
    """Output value of one stage of one township: what was stated takes the place of what the ledger says; both are kept."""

    stage: str
    register: StageSum | None
    stated: OutputValue | None

    @property
    def gross_fen(self) -> int:
        """What counts."""
        if self.stated is not None:
            return int(self.stated.gross_fen)
        return self.register.gross_fen if self.register else 0

    @property
    def off_fen(self) -> int:
        """Local tupipa that went in."""
        if self.stated is not None:
            return int(self.stated.local_input_fen)
        return self.register.off_fen if self.register else 0

    @property
    def difference_fen(self) -> int | None:
        """Stated less register; None while nothing is stated."""
        if self.stated is None:
            return None
        return int(self.stated.gross_fen) - (self.register.gross_fen if self.register else 0)

    @property
    def grades(self) -> dict[str, int]:
        """The figure by evidence: what the ledger supports keeps its grade, the rest has that of the statement."""
        known = {g: max(v, 0) for g, v in self.register.gross.items()} if self.register else dict.fromkeys("ABC", 0)
        if self.stated is None:
            return known
        left, found = int(self.stated.gross_fen), dict.fromkeys("ABC", 0)
        for grade in "AB":
            found[grade] = min(known[grade], left)
            left -= found[grade]
        found[self.stated.grade] += left
        return found


@dataclass(frozen=True)
class TownshipLine:
    """One township's figures at the end of a period, in base units (m², counts, grams, fen)."""

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
    harvested_g: int = 0
    unverified_m2: int = 0
    failed_m2: int = 0
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Progress:
    """The county at the end of a period: its townships, their sums, the goals and the counters."""

    period: str
    day: date
    lines: list[TownshipLine]
    goals: list[CountyGoal]
    counters: dict[str, int]
    grades: dict[str, int]
    reading: Chosen
    locked: dict[str, str] = field(default_factory=dict)

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
    """Progress at the end of a period, of one township or of all 23; output value and harvest are those of the year so far."""
    day = rules.quarter_end(period)
    first = date(day.year, 1, 1)
    townships = [t for t in register.townships() if township_code in (None, t.code)]
    sums = area.all_by_township(day)
    stated, computed = output_values(day.year), values.stage_sums(first, day)
    picked, enterprises = values.harvested(first, day), _enterprises(day)
    area_plans, value_plans = plans("area", day.year), plans("output_value", day.year)
    lines = []
    for t in townships:
        stages = stages_of(stated.get(t.code, []), computed.get(t.code, {}))
        gross, off = sum(s.gross_fen for s in stages), sum(s.off_fen for s in stages)
        m2 = {figure: found.get(t.code, (0, 0)) for figure, found in sums.items()}
        lines.append(
            TownshipLine(
                t.code, t.name, *m2["registered"], m2["verified"][1], m2["awaiting"][1], enterprises.get(t.code, 0), gross, gross - off,
                area_plans.get(t.code), value_plans.get(t.code), picked.get(t.code, 0), m2["unverified"][1], m2["failed"][1], stages,
            )
        )  # fmt: skip
    grades = {grade: sum(s.grades[grade] for line in lines for s in line.stages) for grade in "ABC"}
    return Progress(period, day, lines, goals(), counters(day), grades, reading_on(day), locks(period))


def stages_of(stated: list[OutputValue], computed: dict[str, StageSum]) -> tuple[Stage, ...]:
    """The stages of one township that have any figure, in order."""
    by_stage = {row.stage: row for row in stated}
    return tuple(
        Stage(stage, computed.get(stage), by_stage.get(stage))
        for stage in rules.STAGES
        if stage in by_stage or stage in computed
    )


def counters(day: date) -> dict[str, int]:
    """County figures that belong to no single township's sum: titles in force, licensed nursery area, milestones."""
    counts = enterprise_counts(day)
    found = {kind: len(getattr(counts, kind)) for kind in rules.ENTERPRISE_INDICATORS}
    marks = {kind: milestones_counted(kind, day) for kind in ("towns", "gi")}
    return {**found, "nursery": nursery_m2(day), **marks}


def nursery_m2(day: date) -> int:
    """Area of nurseries with a seed licence in force on a day."""
    licensed = register.titles_in_force("seed_licence", day).select(Title.party).order_by()
    query = Party.select(fn.COALESCE(fn.SUM(Party.nursery_m2), 0)).where(
        Party.kind == "nursery", Party.id.in_(licensed)
    )
    return int(query.scalar())


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


def locks(period: str) -> dict[str, str]:
    """Township → the statement that locked a period."""
    rows = PeriodLock.select(Township.code, PeriodLock.statement).join(Township).where(PeriodLock.period == period)
    return dict(rows.order_by(PeriodLock.amendment).tuples())


def visible_townships(actor: Actor) -> list[Township]:
    """Townships whose internal figures the actor may open."""
    return [t for t in register.townships() if actor.county_wide or t.code in actor.township_codes]


def _enterprises(day: date) -> dict[str, int]:
    rows = (
        Party.select(Township.code, fn.COUNT(Party.id))
        .join(Township, on=Party.township)
        .where(Party.kind == "enterprise")
    )
    return {code: int(count) for code, count in rows.group_by(Township.code).tuples()}


def value_rows(township: str, year: int, stage: str, last: date) -> list[dict[str, Any]]:
    """The operations behind a township's computed stage: the parts of each that sum to the figure."""
    found = values.valuation(date(year, 1, 1), last)
    holders = register.party_names({row.holder for row in found.rows})
    return [
        {
            "op": row.op, "lot": row.lot, "day": row.day, "holder": holders.get(row.holder, ""), "grade": row.grade, "whole_fen": row.gross_fen,
            "gross_fen": row.parts[township][0], "off_fen": row.parts[township][1],
        }
        for row in found.rows
        if row.stage == stage and township in row.parts
    ]  # fmt: skip
