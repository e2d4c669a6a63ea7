"""How long each state may last. The county sets the numbers; these are assumed until it does. Pure. Source: domain brief §5.3, column “limit”."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from trace.core.calendar import WorkingCalendar
from trace.funds.rules import State

LIMITS_KEY = "funds.limits"


class Limit(NamedTuple):
    """So many days; working days unless ``working`` is false."""

    days: int
    working: bool = True


ASSUMED: dict[State, Limit] = {
    State.SUBMITTED: Limit(5),
    State.RETURNED: Limit(10),
    State.TOWNSHIP_ACCEPTED: Limit(10),
    State.TOWNSHIP_PUBLICITY: Limit(5),
    State.TOWNSHIP_PASSED: Limit(10),
    State.FIELD_SCHEDULED: Limit(20),
    State.FIELD_PASSED: Limit(5),
    State.BUREAU_REVIEWED: Limit(3),
    State.OBJECTION: Limit(10),
    State.PUBLICITY_PASSED: Limit(5),
    State.APPROVING: Limit(10),
    State.APPROVED: Limit(5),
    State.PAY_PREPARED: Limit(3),
    State.PAY_FAILED: Limit(5),
    State.PAID: Limit(30, working=False),
    State.CLOSED: Limit(30, working=False),
}
"""Limits of the domain brief; those of TOWNSHIP_PUBLICITY (its period), PUBLICITY_PASSED and PAY_FAILED are ours. States not named here wait for a date of their own
(a public period, the next instalment) or for nobody."""


def limits_of(changed: Mapping[str, list[int]] | None) -> dict[State, Limit]:
    """The limits in force: the assumed ones with what the county has set (state → days, 1 for working days or 0)."""
    found = dict(ASSUMED)
    for name, (days, working) in (changed or {}).items():
        found[State(name)] = Limit(days, bool(working))
    return found


def due_on(state: str, today: date, calendar: WorkingCalendar, limits: Mapping[State, Limit] = ASSUMED) -> date | None:
    """The last day of a state entered today, None where it has no limit."""
    limit = limits.get(State(state))
    if limit is None:
        return None
    return calendar.add_working_days(today, limit.days) if limit.working else today + timedelta(days=limit.days)


def days_left(due: date | None, today: date, calendar: WorkingCalendar) -> int | None:
    """Working days until a due date; negative when it has passed, None without one."""
    if due is None:
        return None
    if due >= today:
        return calendar.working_days_between(today, due)
    return -calendar.working_days_between(due, today)
