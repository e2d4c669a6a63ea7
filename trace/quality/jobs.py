"""The worker's weekly round: the last full week is drawn from once, whoever comes first."""

from __future__ import annotations

from datetime import date

import structlog

from trace.core.clock import business_date
from trace.core.errors import RuleBroken
from trace.quality import sampling

log = structlog.get_logger("quality")
_seen: list[date] = []


def tend() -> bool:
    """Draw when a week has ended; answers whether it drew. Looks once a day, so an idle worker asks the database nothing."""
    today = business_date()
    if _seen == [today]:
        return False
    try:
        drawn = sampling.draw_when_due(today)
    except RuleBroken:
        drawn = None
    _seen[:] = [today]
    if drawn:
        log.info("sample.drawn", draw=drawn.code)
    return drawn is not None


def forget() -> None:
    """Look again at the next round (tests travel in time)."""
    _seen.clear()
