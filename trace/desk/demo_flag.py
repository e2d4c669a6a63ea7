"""Is this installation showing the demo county?"""

from __future__ import annotations

import time

from trace.db import db
from trace.registry.queries import site_setting

DEMO_KEY = "demo"
NO_FOR = 10.0
"""Seconds."""


class DemoFlag:
    """“Yes” is remembered for good, for a demo database never turns into a real one; “no” for a few seconds, so that a flood of invented codes asks nothing."""

    def __init__(self) -> None:
        """Unknown until first asked."""
        self._known = False
        self._no_until = 0.0

    def __call__(self) -> bool:
        """True when the database holds the demo county."""
        if not self._known and time.monotonic() > self._no_until and not db.is_closed():
            self._known = bool(site_setting(DEMO_KEY, False))
            self._no_until = time.monotonic() + NO_FOR
        return self._known
