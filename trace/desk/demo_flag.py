"""Is this installation showing the demo county?"""

from __future__ import annotations

from trace.db import db
from trace.registry.queries import site_setting

DEMO_KEY = "demo"


class DemoFlag:
    """Answers once per request; “yes” is remembered, for a demo database never turns into a real one."""

    def __init__(self) -> None:
        """Unknown until first asked."""
        self._known = False

    def __call__(self) -> bool:
        """True when the database holds the demo county."""
        if not self._known and not db.is_closed():
            self._known = bool(site_setting(DEMO_KEY, False))
        return self._known
