"""Forecasts of the county and its townships: series from the register and the ledger, carried forward and held against the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from peewee import fn

from trace.forecast import assuming, cohorts, constraints, series
from trace.forecast.series import Judged, Method, Outlook, Pace, Point
from trace.land.history import state_at
from trace.land.models import Plot, SurvivalVisit
from trace.registry.models import Township, Village
from trace.targets import area, planning, queries, values
from trace.targets.rules import HORIZON, period_of, previous, quarter_end

QUARTERS, YEARS = 12, 6
GROWING = ("planted", "survived", "established", "bearing")


@dataclass(frozen=True)
class Series:
    """One series of the county ("") or a township: labels, values in base units, how many points make a year."""

    scope: str
    indicator: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    per_year: int
    through: date

    def trimmed(self) -> Series:
        """Without the noughts before the register began."""
        start = next((n for n, value in enumerate(self.values) if value), len(self.values))
        return Series(self.scope, self.indicator, self.labels[start:], self.values[start:], self.per_year, self.through)


@dataclass(frozen=True)
class Forecast:
    """A series with what is ahead: labels and outlook, the plan of 2030, the pace wanted and achieved, the flag with its reason."""

    series: Series
    labels: tuple[str, ...]
    outlook: Outlook
    plan: dict[int, int]
    goal: int | None
    at_goal: Point | None
    pace: Pace | None
    judged: Judged


@dataclass(frozen=True)
class Tested:
    """One earlier forecast held against what came."""

    label: str
    method: Method
    low: int
    mid: int
    high: int
    actual: int

    @property
    def error(self) -> Fraction | None:
        """How far off, as a share of what came."""
        return Fraction(self.mid - self.actual, self.actual) if self.actual else None

    @property
    def inside(self) -> bool:
        """Did the interval hold it?"""
        return self.low <= self.actual <= self.high


def area_series(today: date) -> dict[str, Series]:
    """Verified area at the ends of the last quarters, of every township and ("") of the county: sums of the townships."""
    period = previous(period_of(today))
    periods: list[str] = []
    for _ in range(QUARTERS):
        periods.insert(0, period)
        period = previous(period)
    found = [{code: m2 for code, (_, m2) in area.by_township("verified", quarter_end(p)).items()} for p in periods]
    return _by_scope("area", periods, found, 4, quarter_end(periods[-1]))


def value_series(today: date) -> dict[str, Series]:
    """Output value of the last full years, stated where stated, else the ledger's; townships and the county."""
    years = range(today.year - YEARS, today.year)
    found = [year_values(year) for year in years]
    return _by_scope("output_value", [str(y) for y in years], found, 1, date(today.year - 1, 12, 31))


def year_values(year: int) -> dict[str, int]:
    """Township → gross output value of a full year."""
    stated, computed = queries.output_values(year), values.stage_sums(date(year, 1, 1), date(year, 12, 31))
    return {
        code: sum(s.gross_fen for s in queries.stages_of(stated.get(code, []), computed.get(code, {})))
        for code in {*stated, *computed}
    }


def _by_scope(
    indicator: str, labels: Sequence[str], found: Sequence[dict[str, int]], per_year: int, through: date
) -> dict[str, Series]:
    codes = sorted({code for row in found for code in row})
    rows = {code: tuple(row.get(code, 0) for row in found) for code in codes}
    rows[""] = tuple(sum(row.values()) for row in found)
    return {
        scope: Series(scope, indicator, tuple(labels), points, per_year, through).trimmed()
        for scope, points in rows.items()
    }


def ahead_labels(last: date, per_year: int) -> tuple[str, ...]:
    """The labels from the end of a series to the end of 2030."""
    if per_year == 1:
        return tuple(str(year) for year in range(last.year + 1, HORIZON + 1))
    found, year, quarter = [], last.year, (last.month + 2) // 3
    while (year, quarter) < (HORIZON, 4):
        year, quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
        found.append(f"{year}Q{quarter}")
    return tuple(found)


def forecast(found: Series, today: date, weak_share: Fraction | None = None) -> Forecast:
    """Carry one series to 2030 and hold it against its plan."""
    plan = planning.plan_path(found.indicator, found.scope) if found.scope else planning.county_path(found.indicator)
    labels = ahead_labels(found.through, found.per_year)
    outlook = series.carry_forward(found.values, len(labels))
    end = outlook.points[-1] if outlook.points else None
    goal = plan.get(HORIZON)
    left = Fraction(len(labels), found.per_year)
    paced = series.pace(found.values, goal, left, per_year=found.per_year) if goal and len(found.values) > 1 else None
    stale = (today - found.through).days if found.per_year == 4 else 0
    recent = found.values if found.per_year == 4 else ()
    judged = series.judge(end.mid if end else None, goal, stale_days=stale, weak_share=weak_share, recent=recent)
    return Forecast(found, labels, outlook, plan, goal, end, paced, judged)


def back_test(found: Series) -> list[Tested]:
    """Every earlier point forecast from what came before it; the first three points are needed to begin."""
    tested = []
    for n in range(series.FEW, len(found.values)):
        outlook = series.carry_forward(found.values[:n], 1)
        point = outlook.points[0]
        tested.append(Tested(found.labels[n], outlook.method, point.low, point.mid, point.high, found.values[n]))
    return tested


def weak_shares(year: int) -> dict[str, Fraction]:
    """Township and county ("") → the part of a year's output value that is estimated (grade C)."""
    stated, computed = queries.output_values(year), values.stage_sums(date(year, 1, 1), date(year, 12, 31))
    sums: dict[str, list[int]] = {"": [0, 0]}
    for code in {*stated, *computed}:
        for stage in queries.stages_of(stated.get(code, []), computed.get(code, {})):
            for scope in ("", code):
                mine = sums.setdefault(scope, [0, 0])
                mine[0] += stage.grades["C"]
                mine[1] += sum(stage.grades.values())
    return {scope: Fraction(weak, whole) for scope, (weak, whole) in sums.items() if whole}


def cohorts_of(day: date) -> dict[str, dict[int, int]]:
    """Township and county ("") → planting year → m² of trees growing on a day."""
    rows = (
        Plot.select(Township.code, Plot.planted_on, fn.SUM(Plot.area_m2))
        .join(Village)
        .join(Township)
        .where(Plot.planted_on.is_null(False), Plot.planted_on <= day, state_at(day).in_(GROWING))
        .group_by(Township.code, Plot.planted_on)
    )
    found: dict[str, dict[int, int]] = {"": {}}
    for code, planted, m2 in rows.tuples():
        for scope in ("", code):
            mine = found.setdefault(scope, {})
            mine[planted.year] = mine.get(planted.year, 0) + int(m2)
    return found


def cohort_years(scope: str, today: date) -> list[cohorts.Year]:
    """The cohort model of the county or one township, this year to 2030."""
    trees = cohorts_of(today).get(scope, {})
    return cohorts.run(trees, range(today.year, HORIZON + 1), assuming.assumed(assuming.figures()))


def cohort_test(today: date) -> list[tuple[int, int, int]]:
    """Earlier seasons: (year, grams the model expects, grams picked), from the trees that stood then."""
    assumed, found = assuming.assumed(assuming.figures()), []
    for year in range(today.year - 3, today.year):
        last = date(year, 12, 31)
        trees = cohorts_of(last)[""]
        found.append(
            (year, cohorts.fruit_g(trees, year, assumed), sum(values.harvested(date(year, 1, 1), last).values()))
        )
    return found


def simulations(today: date) -> dict[str, constraints.Simulated]:
    """Each township with an area task for 2030: what its means allow, and what stands in the way."""
    plans = planning.plans("area", HORIZON)
    stock = {code: m2 for code, (_, m2) in area.by_township("verified", today).items()}
    wanted = {code: max(plan - stock.get(code, 0), 0) for code, plan in plans.items()}
    trees, assumed = cohorts_of(today), assuming.assumed(assuming.figures())
    return {
        code: constraints.simulate(
            trees.get(code, {}), stock.get(code, 0), today.year + 1, HORIZON, mean, assumed, plans[code]
        )
        for code, mean in assuming.means(wanted).items()
    }


def observed_survival() -> dict[str, Fraction]:
    """Township → living of counted trees over all visits: what the assumption may be held against."""
    rows = (
        SurvivalVisit.select(Township.code, fn.SUM(SurvivalVisit.alive), fn.SUM(SurvivalVisit.sampled))
        .join(Plot).join(Village).join(Township)
        .group_by(Township.code)
    )  # fmt: skip
    return {code: Fraction(int(alive), int(sampled)) for code, alive, sampled in rows.tuples()}
