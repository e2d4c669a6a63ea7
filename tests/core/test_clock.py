"""Instants are UTC, dates are the county's."""

from datetime import UTC, date, datetime, timedelta

import time_machine

from trace.core import clock


def test_the_county_date_turns_at_sixteen_hours_utc():
    assert clock.business_date(datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)) == date(2026, 9, 30)
    assert clock.business_date(datetime(2026, 9, 30, 16, 0, 0, tzinfo=UTC)) == date(2026, 10, 1)


def test_now_is_aware_and_utc():
    with time_machine.travel(datetime(2026, 12, 31, 20, 0, tzinfo=UTC), tick=False):
        assert clock.utcnow() == datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
        assert clock.utcnow().utcoffset() == timedelta(0)
        assert clock.business_date() == date(2027, 1, 1)


def test_local_time_keeps_the_instant():
    instant = datetime(2026, 7, 18, 7, 2, tzinfo=UTC)
    assert clock.to_local(instant) == instant
    assert clock.to_local(instant).strftime("%Y-%m-%d %H:%M") == "2026-07-18 15:02"
