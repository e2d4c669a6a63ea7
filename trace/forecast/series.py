"""Carrying a series forward (domain brief §6.5): the method by its length, Theil–Sen exact, Holt linear, an interval from residuals. Pure.

Values are whole base units (m², fen); lines and medians are exact fractions, rounded once at the end. Holt is exact as well: its two
smoothing weights are chosen on a grid of twentieths by the smallest sum of squared one-step errors, so two runs never differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from trace.core.text import N_, Labelled

FEW, MANY = 3, 8
GRID = 20
DRAWS = 400
LOW, HIGH = 10, 90
"""The interval: 10th to 90th percentile of redrawn residuals."""


class Method(Labelled):
    """How a series is carried forward."""

    NONE = "none", N_("样本不足，不作预测")
    THEIL_SEN = "theil_sen", N_("Theil–Sen 中位斜率直线")
    HOLT = "holt", N_("Holt 线性平滑")
    COHORT = "cohort", N_("树龄队列推算")


def method_for(points: int) -> Method:
    """Fewer than three points: none; three to seven: a Theil–Sen line; eight and more: Holt."""
    if points < FEW:
        return Method.NONE
    return Method.THEIL_SEN if points < MANY else Method.HOLT


@dataclass(frozen=True)
class Point:
    """One future point: middle and interval, whole base units."""

    ahead: int
    low: int
    mid: int
    high: int


@dataclass(frozen=True)
class Outlook:
    """What a series promises: its method, its yearly pace, and the points ahead."""

    method: Method
    points: tuple[Point, ...]
    step: Fraction | None = None


def median(values: Sequence[Fraction]) -> Fraction:
    """The exact median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def theil_sen(values: Sequence[int]) -> tuple[Fraction, Fraction]:
    """Slope and intercept of the line through equally spaced points 0, 1, 2…: medians of all pairwise slopes, and of what they leave."""
    slopes = [Fraction(values[j] - values[i], j - i) for i in range(len(values)) for j in range(i + 1, len(values))]
    slope = median(slopes)
    return slope, median([Fraction(value) - slope * n for n, value in enumerate(values)])


def holt(values: Sequence[int], alpha: Fraction, beta: Fraction) -> tuple[Fraction, Fraction, list[Fraction]]:
    """Last level and trend, and the one-step errors; begins with the first value and the first difference."""
    level, trend = Fraction(values[0]), Fraction(values[1] - values[0])
    errors = []
    for value in values[1:]:
        expected = level + trend
        errors.append(value - expected)
        before = level
        level = alpha * value + (1 - alpha) * expected
        trend = beta * (level - before) + (1 - beta) * trend
    return level, trend, errors


def holt_floats(values: Sequence[int], alpha: float, beta: float) -> float:
    """The sum of squared one-step errors in floating point, for choosing the weights."""
    level, trend, total = float(values[0]), float(values[1] - values[0]), 0.0
    for value in values[1:]:
        expected = level + trend
        total += (value - expected) ** 2
        before, level = level, alpha * value + (1 - alpha) * expected
        trend = beta * (level - before) + (1 - beta) * trend
    return total


def holt_weights(values: Sequence[int]) -> tuple[Fraction, Fraction]:
    """The weights in twentieths with the smallest squared errors; of equals the smaller ones."""
    grid = [(a, b) for a in range(1, GRID + 1) for b in range(GRID + 1)]
    best = min(grid, key=lambda pair: (holt_floats(values, pair[0] / GRID, pair[1] / GRID), pair))
    return Fraction(best[0], GRID), Fraction(best[1], GRID)


def carry_forward(values: Sequence[int], ahead: int, *, seed: int = 0) -> Outlook:
    """The next ``ahead`` points of a series, or none when it is too short; never below nought."""
    method = method_for(len(values))
    if method is Method.NONE:
        return Outlook(method, ())
    if method is Method.THEIL_SEN:
        slope, intercept = theil_sen(values)
        level, trend = intercept + slope * (len(values) - 1), slope
        errors = [value - (intercept + slope * n) for n, value in enumerate(values)]
    else:
        level, trend, errors = holt(values, *holt_weights(values))
    spread = interval(errors, ahead, seed)
    points = []
    for n in range(1, ahead + 1):
        mid = level + trend * n
        low, high = spread[n - 1]
        points.append(Point(n, *(max(whole(mid + part), 0) for part in (low, Fraction(0), high))))
    return Outlook(method, tuple(points), trend)


def interval(errors: Sequence[Fraction], ahead: int, seed: int = 0) -> list[tuple[Fraction, Fraction]]:
    """The 10th and 90th percentile of sums of redrawn residuals, step by step: uncertainty grows the further one looks.

    Drawn with a fixed seed from the residuals less their mean, so that the same series always has the same band.
    """
    mean = sum(errors, Fraction(0)) / len(errors)
    pool = [float(error - mean) for error in errors]
    rng = Random(seed)  # nosec B311 - a repeatable band, not a secret
    sums = [0.0] * DRAWS
    found = []
    for _ in range(ahead):
        sums = [total + rng.choice(pool) for total in sums]
        ordered = sorted(sums)
        low, high = (Fraction(ordered[DRAWS * part // 100]) for part in (LOW, HIGH))
        found.append((min(low, Fraction(0)), max(high, Fraction(0))))
    return found


def whole(value: Fraction) -> int:
    """Nearest whole unit, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


class Flag(Labelled):
    """How a forecast stands to its plan."""

    GREEN = "green", N_("可达")
    YELLOW = "yellow", N_("接近")
    ORANGE = "orange", N_("落后")
    RED = "red", N_("无法达到")
    GREY = "grey", N_("依据不足")


STALE_DAYS = 120
FALLING = 2


@dataclass(frozen=True)
class Judged:
    """A flag with its reason: a template and its values."""

    flag: Flag
    reason: str
    values: dict[str, str]


def judge(
    forecast: int | None,
    plan: int | None,
    *,
    stale_days: int = 0,
    weak_share: Fraction | None = None,
    recent: Sequence[int] = (),
) -> Judged:
    """Green from 100 % of the plan, yellow from 90, orange from 75, red below or after two falling quarters; grey on weak or old data."""
    if plan is None or not plan:
        return Judged(Flag.GREY, N_("还没有计划数，无法对照。"), {})
    if forecast is None:
        return Judged(Flag.GREY, N_("样本不足，不作预测。"), {})
    if stale_days > STALE_DAYS:
        return Judged(Flag.GREY, N_("最新数据已过 %(days)s 天。"), {"days": str(stale_days)})
    if weak_share is not None and weak_share > Fraction(1, 2):
        return Judged(Flag.GREY, N_("估算（C 级）占 %(share)s%%，超过一半。"), {"share": str(whole(weak_share * 100))})
    share = Fraction(forecast, plan)
    shown = {"share": f"{float(share * 100):.1f}"}
    if len(recent) > FALLING and all(recent[-n] < recent[-n - 1] for n in range(1, FALLING + 1)):
        return Judged(Flag.RED, N_("连续两期下降，预测为计划的 %(share)s%%。"), shown)
    if share >= 1:
        return Judged(Flag.GREEN, N_("预测为计划的 %(share)s%%。"), shown)
    if share >= Fraction(90, 100):
        return Judged(Flag.YELLOW, N_("预测为计划的 %(share)s%%，略低于计划。"), shown)
    if share >= Fraction(75, 100):
        return Judged(Flag.ORANGE, N_("预测为计划的 %(share)s%%，需要加快。"), shown)
    return Judged(Flag.RED, N_("按现有依据，目标无法达到：预测为计划的 %(share)s%%。"), shown)


@dataclass(frozen=True)
class Pace:
    """What is needed a year and what was achieved a year, as amounts and as growth."""

    needed: Fraction
    achieved: Fraction | None
    needed_rate: float | None
    achieved_rate: float | None


def pace(values: Sequence[int], goal: int, years_left: Fraction, *, per_year: int = 1) -> Pace:
    """From the last value to the goal, against the mean of the series so far; ``per_year`` points make a year."""
    last = values[-1]
    years = Fraction(len(values) - 1, per_year)
    achieved = (Fraction(last - values[0]) / years) if years else None
    grown = (last / values[0]) ** (1 / float(years)) - 1 if years and values[0] > 0 and last > 0 else None
    needed_rate = (goal / last) ** (1 / float(years_left)) - 1 if last > 0 and years_left > 0 else None
    return Pace(
        Fraction(goal - last) / years_left if years_left > 0 else Fraction(goal - last), achieved, needed_rate, grown
    )
