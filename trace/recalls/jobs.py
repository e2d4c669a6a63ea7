"""The worker's round: reminders of reports that fall due, incidents for failed laboratory tests and for clusters of complaints."""

from __future__ import annotations

import time

import structlog

from trace.core.clock import utcnow
from trace.recalls import incidents

log = structlog.get_logger("recalls")
PAUSE = 60.0
"""Seconds between two looks: a reminder may be a minute late, an idle worker need not ask the database twice a second."""
_last: list[float] = []


def tend() -> int:
    """Remind and open what is due; answers how many entries and incidents were made."""
    if _last and time.monotonic() - _last[0] < PAUSE:
        return 0
    _last[:] = [time.monotonic()]
    now = utcnow()
    opened = [*incidents.open_failed_tests(now), *incidents.open_clusters(now)]
    reminded = incidents.remind_due(now)
    for found in opened:
        log.info("incident.opened", incident=found.code)
    return reminded + len(opened)


def forget() -> None:
    """Look again at the next round (tests travel in time)."""
    _last.clear()
