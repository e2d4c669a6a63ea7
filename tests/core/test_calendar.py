"""Working days over the published holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core.calendar import WorkingCalendar, china_calendar_rows

ROWS = china_calendar_rows(range(2023, 2028))
BY_DAY = {row.day: row for row in ROWS}
CALENDAR = WorkingCalendar({row.day: row.is_working for row in ROWS})


def test_publicity_over_the_national_holiday():
    assert CALENDAR.add_working_days(date(2026, 9, 30), 7) == date(2026, 10, 15)
    assert CALENDAR.working_days_between(date(2026, 9, 30), date(2026, 10, 15)) == 7


def test_days_off_and_days_made_up_are_named_in_chinese():
    assert BY_DAY[date(2026, 10, 1)][1:] == (False, "国庆节", False)
    assert BY_DAY[date(2026, 10, 10)][1:] == (True, "国庆节调休上班", False)
    assert BY_DAY[date(2026, 10, 11)][1:] == (False, "", False)
    assert all(not row.name.isascii() for row in ROWS if row.name)


def test_every_day_once_and_unannounced_years_provisional():
    assert len(ROWS) == len(BY_DAY) == 365 * 5 + 1
    assert {row.provisional for row in ROWS if row.day.year == 2026} == {False}
    later = china_calendar_rows([2099])
    assert {row.provisional for row in later} == {True}
    assert all(row.is_working == (row.day.weekday() < 5) for row in later)


def test_a_county_can_declare_a_day_off():
    calendar = WorkingCalendar({date(2026, 3, 3): False})
    assert calendar.add_working_days(date(2026, 3, 2), 1) == date(2026, 3, 4)


def test_counting_stays_put_at_zero_and_refuses_to_go_back():
    assert CALENDAR.add_working_days(date(2026, 10, 1), 0) == date(2026, 10, 1)
    assert CALENDAR.working_days_between(date(2026, 10, 9), date(2026, 10, 8)) == 0
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_working_days(date(2026, 10, 1), -1)


@given(st.dates(date(2023, 1, 1), date(2026, 6, 30)), st.integers(1, 60))
@settings(deadline=None, max_examples=60)
def test_adding_and_counting_agree(start, count):
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_working(end)
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(start, end - timedelta(days=1)) == count - 1
