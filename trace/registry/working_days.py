"""Keeping the county's working calendar: single days changed by a notice, a year confirmed once its notice is in."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.registry.models import CalendarDay


def set_day(actor: Actor, day: date, *, is_working: bool, name: str, source: str) -> CalendarDay:
    """Make a day worked or free by a notice; its reference stays in the trail."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        row = CalendarDay.get_or_none(CalendarDay.day == day)
        if row is None:
            raise Invalid("工作日历里没有 %(day)s。", field="day", code="DAY_UNKNOWN", day=day.isoformat())
        row.is_working, row.name, row.provisional = is_working, name.strip(), False
        row.save(only=[CalendarDay.is_working, CalendarDay.name, CalendarDay.provisional])
        op.record("calendar.set", day.isoformat(), is_working=is_working, name=row.name, source=source.strip())
        return row


def confirm_year(actor: Actor, year: int, source: str) -> int:
    """All days of a year stand as they are now: the notice has been entered. Returns how many were provisional."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        of_year = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
        changed = CalendarDay.update(provisional=False).where(of_year, CalendarDay.provisional).execute()
        op.record("calendar.confirm", str(year), source=source.strip(), days=changed)
        return int(changed)


def exceptions(year: int) -> list[CalendarDay]:
    """The days of a year that are not as their weekday says, or have a name, in order."""
    rows = CalendarDay.select().where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    return [row for row in rows.order_by(CalendarDay.day) if row.name or row.is_working != (row.day.weekday() < 5)]


def is_provisional(year: int) -> bool:
    """Is the year's notice still missing?"""
    of_year = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return CalendarDay.select().where(of_year, CalendarDay.provisional).exists()
