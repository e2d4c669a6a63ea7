"""When a planting is to be counted. Pure. Source: domain brief §4.3 (county check by June 30 of the next and of the fourth year)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

AUTUMN = 9
"""Trees set from September on live through their first growing season in the next year [assumption]."""
KINDS = {"planted": "year1", "survived": "year3"}
"""The check a state waits for."""
_YEARS = {"year1": 1, "year3": 3}


@dataclass(frozen=True)
class Due:
    """A check to be made: from when it makes sense, by when it is due."""

    kind: str
    opens: date
    by: date

    def overdue(self, today: date) -> bool:
        """Is the last day over?"""
        return today > self.by


def season(planted_on: date) -> int:
    """The year of a planting's first growing season."""
    return planted_on.year + (planted_on.month >= AUTUMN)


def check_due(kind: str, planted_on: date) -> Due:
    """First count from the end of the first growing season (October) to June 30 of the next year; three-year check in the fourth year."""
    first = season(planted_on)
    by = date(first + _YEARS[kind], 6, 30)
    return Due(kind, date(first, 10, 1) if kind == "year1" else date(by.year, 1, 1), by)


def plan(planted_on: date) -> list[Due]:
    """Both checks of a planting, in order."""
    return [check_due(kind, planted_on) for kind in _YEARS]


def due_before(kind: str, day: date) -> date:
    """Plantings before this day have their check overdue on ``day`` (the day itself not included)."""
    first = day.year - _YEARS[kind] - (day <= date(day.year, 6, 30))
    return date(first, AUTUMN, 1)


def open_before(kind: str, day: date) -> date:
    """Plantings before this day may be checked on ``day``."""
    if kind == "year1":
        return date(day.year - (day.month < 10), AUTUMN, 1)
    return date(day.year - _YEARS[kind], AUTUMN, 1)
