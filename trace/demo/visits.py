"""Survival visits of the demo county: one year after planting, three years after, and again; a few old ones that no longer count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from trace.core.actor import Actor
from trace.demo.calendar import TODAY
from trace.land.dossier import ManagementChange, PlotStateChange
from trace.land.models import Plot, SurvivalVisit
from trace.land.rules import STOCK_STATES, state_after_visit
from trace.land.states import after_visit

FIRST_YEAR = 2023
"""Nothing was counted in the register before it existed."""
BEARING_AGE = 5
STALE = 0.12
AWAITING = 0.8
"""Of the plots planted last year, so many still wait for their first check."""


def count_trees(rng: Random, plots: list[Plot], verifier: Actor) -> None:
    """Write the visits and bring each plot to the state its last visit leads to."""
    rows: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    states: dict[str, list[int]] = {}
    for plot in plots:
        mine = [
            {**_visit(rng, plot, kind, day, verifier), "number": number}
            for number, (kind, day) in enumerate(_days(rng, plot), 1)
        ]
        passed = _life(plot, mine)
        states.setdefault(passed[-1]["to_state"], []).append(plot.id)
        rows += mine
        changes += passed
    _insert(SurvivalVisit, rows)
    _insert(PlotStateChange, changes)
    _insert(ManagementChange, [_management(plot) for plot in plots])
    for state, ids in states.items():
        for start in range(0, len(ids), 500):
            Plot.update(state=state).where(Plot.id.in_(ids[start : start + 500])).execute()


def _life(plot: Plot, visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The states a plot passed through: planted, then what each visit led to, then bearing."""
    state, found = "planted", [_change(plot, "", "planted", plot.planted_on, "registration", "")]
    for visit in visits:
        to = after_visit(state, state_after_visit(visit["kind"], visit["sampled"], visit["alive"]))
        if to != state:
            found.append(_change(plot, state, to, visit["visited_on"], "visit", visit["verifier_name"]))
        state = to
    if visits and state in STOCK_STATES and TODAY.year - plot.planted_on.year >= BEARING_AGE:
        first_fruit = date(plot.planted_on.year + BEARING_AGE, 7, 1)
        day = min(max(first_fruit, visits[-1]["visited_on"]), TODAY)
        found.append(_change(plot, state, "bearing", day, "report", "", "首次挂果"))
    return found


def _change(plot: Plot, before: str, to: str, day: date, evidence: str, who: str, reason: str = "") -> dict[str, Any]:
    return {
        "plot": plot.id, "from_state": before, "to_state": to, "on_day": day, "evidence": evidence, "visit": None, "reason": reason,
        "changed_by": None, "changer_name": who, "recorded_at": datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
    }  # fmt: skip


def _management(plot: Plot) -> dict[str, Any]:
    return {
        "plot": plot.id, "mode": plot.management, "on_day": plot.planted_on, "evidence": "", "changer_name": "",
        "recorded_at": plot.registered_at,
    }  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 50):
        model.insert_many(rows[start : start + 50]).execute()


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
