"""Gaps between what was claimed and what can be proved, and when a planting should have borne. Pure. Source: features X2, X8."""

from __future__ import annotations

from fractions import Fraction

from trace.core.text import N_
from trace.core.units import M2_PER_MU

TOLERANCE = Fraction(1, 10)
"""Claims up to a tenth above what is proved are taken for measuring error (domain brief §5.4: a credit note above 10 % [A])."""
ALARM = Fraction(3, 10)
VERDICTS = {"ok": N_("相符"), "unproven": N_("缺少依据"), "gap": N_("偏大"), "ghost": N_("明显虚高")}
TONES = {"ok": "ok", "unproven": "draft", "gap": "todo", "ghost": "stop"}


def implied_m2(seedlings: int | None, density_per_mu: int | None) -> int | None:
    """The ground so many seedlings plant at the usual density; None when nobody wrote them down."""
    if seedlings is None or not density_per_mu:
        return None
    return int(Fraction(seedlings, density_per_mu) * M2_PER_MU)


def living_m2(verified_m2: int | None, sampled: int | None, alive: int | None) -> int | None:
    """Verified ground times the share of the sample that lives."""
    if verified_m2 is None or not sampled:
        return None
    return int(Fraction(verified_m2 * (alive or 0), sampled))


def proved_m2(*areas: int | None) -> int | None:
    """The least of what is known; None when nothing is."""
    known = [area for area in areas if area is not None]
    return min(known) if known else None


def verdict(claimed_m2: int, proved: int | None) -> str:
    """How a claim stands against what is proved."""
    if proved is None:
        return "unproven"
    if claimed_m2 <= proved * (1 + TOLERANCE):
        return "ok"
    return "ghost" if (claimed_m2 - proved) > claimed_m2 * ALARM else "gap"


def should_bear(planted_year: int | None, bearing_age: int | None, year: int) -> bool:
    """Has a planting reached its bearing age in a year?"""
    return planted_year is not None and bearing_age is not None and year - planted_year >= bearing_age
