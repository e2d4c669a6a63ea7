"""Time: instants are UTC, business dates are the county's (Asia/Shanghai)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_local(instant: datetime) -> datetime:
    """An instant on the county's clock."""
    return instant.astimezone(SHANGHAI)


def business_date(instant: datetime | None = None) -> date:
    """The county's calendar date of an instant (by default now)."""
    return to_local(instant or utcnow()).date()
