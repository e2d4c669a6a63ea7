"""The worker's care for records of phones that wait: once a minute, never in the way of other work."""

from __future__ import annotations

import time

import structlog
from peewee import OperationalError

from trace.sync import services

log = structlog.get_logger("sync")
EVERY_SECONDS = 60
_last = [0.0]


def tend() -> int:
    """Judge anew what waits; returns how many went through."""
    now = time.monotonic()
    if now - _last[0] < EVERY_SECONDS:
        return 0
    _last[0] = now
    try:
        return services.try_again()
    except OperationalError as error:
        log.warning("sync.busy", reason=str(error))
        return 0
