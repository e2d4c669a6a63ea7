"""What the planner knows of the tables. PostgreSQL keeps that up by itself (autovacuum); SQLite has to be asked."""

from __future__ import annotations

import time

from peewee import OperationalError

from trace.db.engine import db, is_postgres

EVERY_SECONDS = 24 * 3600
ROWS_LOOKED_AT = 1_000
"""Of each index: enough to tell a column of few values from one of many, and a matter of milliseconds at any size."""
_last: list[float] = []


def refresh_statistics() -> None:
    """Look at the indexes anew, so that a grown county is not planned for as an empty one: after migrations, and once a day."""
    if not is_postgres():
        db.execute_sql(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
        db.execute_sql("ANALYZE")


def tend() -> bool:
    """Between two jobs of the worker: once a day; True when it was done. A busy database is asked again the next day."""
    now = time.monotonic()
    if _last and now - _last[0] < EVERY_SECONDS:
        return False
    _last[:] = [now]
    try:
        refresh_statistics()
    except OperationalError:
        return False
    return True
