"""Working days. The calendar itself is data (a table the county edits); this module only counts with it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import chinese_calendar

HOLIDAY_NAMES = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


class CalendarRow(NamedTuple):
    """One day: is it worked, what is it called, is it only a guess."""

    day: date
    is_working: bool
    name: str
    provisional: bool


class WorkingCalendar:
    """Counts working days over a table of exceptions; a day the table does not hold follows the weekday rule."""

    def __init__(self, days: Mapping[date, bool]) -> None:
        """``days``: date → is it a working day."""
        self._days = days

    def is_working(self, day: date) -> bool:
        """Is this day worked?"""
        return self._days.get(day, day.weekday() < 5)

    def add_working_days(self, start: date, count: int) -> date:
        """The ``count``-th working day after ``start`` (the start itself does not count)."""
        if count < 0:
            raise ValueError("working days are counted forward")
        day = start
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def working_days_between(self, after: date, until: date) -> int:
        """Working days after ``after`` up to and including ``until``; none when ``until`` is not later."""
        return sum(self.is_working(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


def china_calendar_rows(years: Iterable[int]) -> list[CalendarRow]:
    """All days of the years with holidays and 调休; unannounced years follow the weekday rule, marked provisional."""
    return [_row(date(year, 1, 1) + timedelta(days=n)) for year in years for n in range(_days_in(year))]


def _days_in(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _row(day: date) -> CalendarRow:
    try:
        is_off, english = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return CalendarRow(day, day.weekday() < 5, "", True)
    name = HOLIDAY_NAMES.get(english, "")
    return CalendarRow(day, not is_off, name if is_off or not name else f"{name}调休上班", False)


def months_after(day: date, months: int) -> date:
    """The same day some months later (earlier when negative), or the month's last day where it has fewer."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
