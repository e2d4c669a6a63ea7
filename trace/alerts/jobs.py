"""The digest: run by the worker at most once an hour, so that the day's first run is the daily one and what is settled leaves soon."""

from __future__ import annotations

import time

from trace.alerts import services
from trace.core.clock import business_date, utcnow
from trace.funds import nightly
from trace.supervision.services import mark_late

EVERY_SECONDS = 3600
_last: list[float] = []


def digest() -> dict[str, int]:
    """Mark what is overdue, let dates do what they do to applications, then bring every inbox up to date."""
    now = utcnow()
    return {"late": mark_late(now), **nightly.run(business_date(now)), **services.collect(business_date(now), now)}


def tend() -> bool:
    """Between two jobs of the worker: run the digest when its hour has come; True when it ran."""
    now = time.monotonic()
    if _last and now - _last[0] < EVERY_SECONDS:
        return False
    _last[:] = [now]
    digest()
    return True
