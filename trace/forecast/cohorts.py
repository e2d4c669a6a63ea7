"""The cohort model of output (domain brief §6.5): area by planting year × yield curve of its age × share sold by product × price. Pure.

Trees planted after 2026 bear after 2030: they count for area and hardly for the output of 2030. Exact integers in, whole units out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

M2_PER_MU = Fraction(10_000, 15)


@dataclass(frozen=True)
class Outlet:
    """A product the fruit is sold as: per mille of the fruit, yield in thousandths (base units per gram), fen per 1 000 base units."""

    product: str
    share_milli: int
    ratio_milli: int
    fen: int


@dataclass(frozen=True)
class Assumed:
    """What the model assumes; every figure is an editable row."""

    kg_per_mu: int
    curve_pct: Mapping[int, int]
    outlets: Sequence[Outlet]
    losses_pct: int = 0


def curve_at(curve: Mapping[int, int], age: int) -> int:
    """Per cent of a full harvest at an age: the entry of the highest age not above it."""
    return next((curve[key] for key in sorted(curve, reverse=True) if key <= age), 0)


def fruit_g(cohorts: Mapping[int, int], year: int, assumed: Assumed) -> int:
    """Grams of fruit of a year from the area (m²) planted in each year."""
    total = sum(
        Fraction(area)
        / M2_PER_MU
        * assumed.kg_per_mu
        * 1000
        * Fraction(curve_at(assumed.curve_pct, year - planted), 100)
        for planted, area in cohorts.items()
        if planted <= year
    )
    return int(Fraction(total) * Fraction(100 - assumed.losses_pct, 100))


def value_fen(grams: int, outlets: Sequence[Outlet]) -> int:
    """What the fruit is worth as the products it becomes."""
    total = sum(
        Fraction(grams * outlet.share_milli, 1000) * Fraction(outlet.ratio_milli, 1000) * Fraction(outlet.fen, 1000)
        for outlet in outlets
    )
    return int(total)


@dataclass(frozen=True)
class Year:
    """One year of the model."""

    year: int
    bearing_m2: int
    fruit_g: int
    value_fen: int


def run(cohorts: Mapping[int, int], years: Sequence[int], assumed: Assumed) -> list[Year]:
    """The model year by year."""
    found = []
    for year in years:
        grams = fruit_g(cohorts, year, assumed)
        bearing = sum(m2 for planted, m2 in cohorts.items() if curve_at(assumed.curve_pct, year - planted))
        found.append(Year(year, bearing, grams, value_fen(grams, assumed.outlets)))
    return found
