"""Survival visits of the demo county: one year after planting, three years after, and again; a few old ones that no longer count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from trace.core.actor import Actor
from trace.demo.calendar import TODAY
from trace.land.models import Plot, SurvivalVisit
from trace.land.rules import STOCK_STATES, state_after_visit

FIRST_YEAR = 2023
"""Nothing was counted in the register before it existed."""
BEARING_AGE = 5
STALE = 0.12
AWAITING = 0.8
"""Of the plots planted last year, so many still wait for their first check."""


def count_trees(rng: Random, plots: list[Plot], verifier: Actor) -> None:
    """Write the visits and bring each plot to the state its last visit leads to."""
    rows: list[dict[str, Any]] = []
    states: dict[str, list[int]] = {}
    for plot in plots:
        mine = [_visit(rng, plot, kind, day, verifier) for kind, day in _days(rng, plot)]
        if mine:
            last = mine[-1]
            state = state_after_visit(last["kind"], last["sampled"], last["alive"])
            bears = state in STOCK_STATES and TODAY.year - plot.planted_on.year >= BEARING_AGE
            states.setdefault("bearing" if bears else state, []).append(plot.id)
        rows += mine
    for start in range(0, len(rows), 50):
        SurvivalVisit.insert_many(rows[start : start + 50]).execute()
    for state, ids in states.items():
        for start in range(0, len(ids), 500):
            Plot.update(state=state).where(Plot.id.in_(ids[start : start + 500])).execute()


def _days(rng: Random, plot: Plot) -> list[tuple[str, date]]:
    """When a plot was visited, oldest first: year1 in the next autumn or summer, year3 from the fourth summer on."""
    year = plot.planted_on.year
    if year == TODAY.year - 1 and rng.random() < AWAITING:
        return []
    found = []
    if year + 1 >= FIRST_YEAR:
        months = (9, 10) if plot.planted_on.month == 11 else (5, 6, 9, 10)
        found.append(("year1", _day(rng, year + 1, months)))
    stale = rng.random() < STALE
    if year + 4 <= TODAY.year:
        latest = rng.choice((2023, 2024) if stale else (2025, 2026))
        found.append(("year3", _day(rng, max(year + 4, latest), (4, 5, 6))))
    elif year + 1 < 2025 and not stale:
        found.append(("year1", _day(rng, 2025, (5, 6))))
    return found


def _day(rng: Random, year: int, months: tuple[int, ...]) -> date:
    return date(year, rng.choice(months), rng.randint(1, 28))


def _visit(rng: Random, plot: Plot, kind: str, day: date, verifier: Actor) -> dict[str, Any]:
    sampled = max(30, plot.tree_count // 20)
    low, high = rng.choices(((0.86, 0.99), (0.45, 0.79), (0.15, 0.4)), weights=(93, 5, 2))[0]
    exact = rng.random() < 0.8
    return {
        "plot": plot.id, "kind": kind, "visited_on": day, "sampled": sampled, "alive": int(sampled * rng.uniform(low, high)),
        "verified_m2": plot.area_m2 if exact else round(plot.area_m2 * rng.uniform(0.93, 0.99)),
        "verifier_id": verifier.user_id, "verifier_name": verifier.display_name, "note": "",
        "recorded_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
    }  # fmt: skip
