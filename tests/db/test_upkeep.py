"""The planner hears of a county that has grown."""

from __future__ import annotations

import pytest

from trace.db import db, upkeep
from trace.db.counters import next_number


@pytest.fixture(autouse=True)
def fresh():
    upkeep._last.clear()
    yield
    upkeep._last.clear()


def known(table: str) -> str | None:
    """What SQLite's planner knows of a table: rows, and rows per key."""
    if not db.execute_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone():
        return None
    row = db.execute_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = ?", (table,)).fetchone()
    return row and row[0]


def test_the_worker_looks_once_a_day(database, engine):
    for n in range(40):
        next_number(f"series {n}")
    assert upkeep.tend()
    assert not upkeep.tend(), "not again the same day"
    if engine == "sqlite":
        assert known("code_counter").startswith("40 ")


def test_migrating_leaves_statistics_behind(database, engine, command):
    next_number("series")
    assert command("db", "upgrade").exit_code == 0
    if engine == "sqlite":
        assert known("village")
