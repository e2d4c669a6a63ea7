"""What stands in the way (feature X9): seedlings, survival, drying capacity and budget of one township to 2030, and what one more unit buys. Pure.

Area grows each year by what seedlings and money allow, less what does not survive. A constraint binds in a year when it alone sets the new
area; for output, capacity binds when the plants can take less fruit than the trees bear. All figures are assumptions the county edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trace.core.text import N_, Labelled
from trace.forecast.cohorts import M2_PER_MU, Assumed, fruit_g, value_fen


class Constraint(Labelled):
    """What may bind."""

    SEEDLINGS = "seedlings", N_("苗木")
    SURVIVAL = "survival", N_("成活率")
    CAPACITY = "capacity", N_("加工能力")
    BUDGET = "budget", N_("补助预算")
    NONE = "none", N_("无")


@dataclass(frozen=True)
class Means:
    """A township's yearly means: seedlings, the share that survives (per cent), fruit the plants take (grams), money (fen), and the rates."""

    seedlings: int
    survival_pct: int
    capacity_g: int
    budget_fen: int
    density_per_mu: int
    fen_per_mu: int


@dataclass(frozen=True)
class Step:
    """One simulated year."""

    year: int
    planted_m2: int
    stock_m2: int
    fruit_g: int
    processed_g: int
    value_fen: int
    binding: Constraint


@dataclass(frozen=True)
class Simulated:
    """A township to the horizon: its years, what binds for area, and what one more unit of each constraint adds."""

    steps: tuple[Step, ...]
    binding: Constraint
    area_2030_m2: int
    value_2030_fen: int
    one_more: Mapping[Constraint, tuple[int, int]]


UNIT: dict[Constraint, tuple[str, int]] = {
    Constraint.SEEDLINGS: (N_("每年多 1 000 株苗木"), 1000), Constraint.SURVIVAL: (N_("成活率提高 1 个百分点"), 1),
    Constraint.CAPACITY: (N_("每年多 1 吨加工能力"), 1_000_000), Constraint.BUDGET: (N_("每年多 1 万元补助"), 1_000_000),
}  # fmt: skip
"""What one more unit is: its words and its size in base units."""


def simulate(
    cohorts: Mapping[int, int],
    stock_m2: int,
    first: int,
    last: int,
    means: Means,
    assumed: Assumed,
    plan_m2: int | None,
) -> Simulated:
    """Run the years and read off what one more unit of each means buys in area and in output value at the end."""
    steps = _run(cohorts, stock_m2, first, last, means, assumed, plan_m2)
    end = steps[-1]
    more = {}
    for which, (_, size) in UNIT.items():
        other = _run(cohorts, stock_m2, first, last, _raised(means, which, size), assumed, plan_m2)[-1]
        more[which] = (other.stock_m2 - end.stock_m2, other.value_fen - end.value_fen)
    return Simulated(tuple(steps), _blocking(steps, plan_m2), end.stock_m2, end.value_fen, more)


def _run(
    cohorts: Mapping[int, int],
    stock_m2: int,
    first: int,
    last: int,
    means: Means,
    assumed: Assumed,
    plan_m2: int | None,
) -> list[Step]:
    trees, stock, steps = dict(cohorts), stock_m2, []
    for year in range(first, last + 1):
        planted, binding = new_area(means, stock, plan_m2)
        kept = planted * means.survival_pct // 100
        trees[year], stock = trees.get(year, 0) + kept, stock + kept
        grams = fruit_g(trees, year, assumed)
        taken = min(grams, means.capacity_g)
        if binding is Constraint.NONE and taken < grams:
            binding = Constraint.CAPACITY
        steps.append(Step(year, planted, stock, grams, taken, value_fen(taken, assumed.outlets), binding))
    return steps


def new_area(means: Means, stock_m2: int, plan_m2: int | None) -> tuple[int, Constraint]:
    """What is planted in a year and what sets it: the seedlings, the money, or the plan itself when both suffice."""
    by_seedlings = int(Fraction(means.seedlings, means.density_per_mu) * M2_PER_MU) if means.density_per_mu else 0
    by_budget = int(Fraction(means.budget_fen, means.fen_per_mu) * M2_PER_MU) if means.fen_per_mu else None
    limits: list[tuple[int, Constraint]] = [(by_seedlings, Constraint.SEEDLINGS)]
    if by_budget is not None:
        limits.append((by_budget, Constraint.BUDGET))
    if plan_m2 is not None and means.survival_pct:
        wanted = -(-max(plan_m2 - stock_m2, 0) * 100 // means.survival_pct)
        limits.append((wanted, Constraint.NONE))
    return min(limits, key=lambda limit: limit[0])


def _raised(means: Means, which: Constraint, size: int) -> Means:
    values = vars(means).copy()
    name = {
        Constraint.SEEDLINGS: "seedlings", Constraint.SURVIVAL: "survival_pct", Constraint.CAPACITY: "capacity_g",
        Constraint.BUDGET: "budget_fen",
    }[which]  # fmt: skip
    values[name] += size
    if which is Constraint.SURVIVAL:
        values[name] = min(values[name], 100)
    return Means(**values)


def _blocking(steps: Sequence[Step], plan_m2: int | None) -> Constraint:
    """For a missed area the means that set the planting most often; survival where neither sets it; else capacity where fruit is left over."""
    if plan_m2 is not None and steps[-1].stock_m2 < plan_m2:
        counts: dict[Constraint, int] = {}
        for step in steps:
            if step.binding in (Constraint.SEEDLINGS, Constraint.BUDGET):
                counts[step.binding] = counts.get(step.binding, 0) + 1
        if counts:
            return max(sorted(counts), key=lambda which: counts[which])
        return Constraint.SURVIVAL
    if steps[-1].processed_g < steps[-1].fruit_g:
        return Constraint.CAPACITY
    return Constraint.NONE
