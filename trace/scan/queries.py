"""The one read a scan costs, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from peewee import fn

from trace.db import db
from trace.labels import queries as labels
from trace.labels.models import LabelRun
from trace.scan.models import UnitScan
from trace.scan.rules import CodeState
from trace.scan.story import Story, story_of


@dataclass(frozen=True)
class Found:
    """A code that exists: its run, its state, and what to say in case of a recall."""

    run_id: int
    run_no: str
    state: CodeState
    public_reason: str
    contact: str
    hold_day: date | None


def find(serial: int) -> Found | None:
    """Run, unit, open hold and earlier scans of a serial number in one statement over indexes."""
    row = db.execute_sql(_FIND.replace("?", db.obj.param), (serial, serial, serial)).fetchone()
    if row is None or serial >= row[2] + row[3]:
        return None
    run_id, no, _, _, run_state, best_before, unit, kind, reason, contact, placed_at, count, first_at = row
    state = CodeState(run_state, unit is not None, kind, _day(best_before), count or 0, _instant(first_at))
    return Found(run_id, no, state, reason or "", contact or "", _instant(placed_at).date() if placed_at else None)  # type: ignore[union-attr]


@lru_cache(maxsize=4096)
def story(run_id: int) -> Story:
    """The story of a run. History is append-only, so what was told once stays true; holds and voids are read anew each time."""
    return story_of(labels.runs_joined().where(LabelRun.id == run_id).get())


def counted(run: LabelRun) -> tuple[int, int]:
    """Distinct codes of a run that were opened, and how often in all."""
    row = UnitScan.select(fn.COUNT(UnitScan.id), fn.COALESCE(fn.SUM(UnitScan.count), 0)).where(UnitScan.run == run.id)
    codes, scans = row.tuples().get()
    return int(codes), int(scans)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: Any) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found else None


_FIND = (
    "SELECT r.id, r.no, r.first_serial, r.count, r.state, r.best_before, u.id, h.kind, h.public_reason, h.contact, h.placed_at, s.count, "
    "s.first_at FROM (SELECT * FROM label_run WHERE first_serial <= ? ORDER BY first_serial DESC LIMIT 1) r "
    "LEFT JOIN label_unit u ON u.serial = ? "
    "LEFT JOIN hold h ON h.id = (SELECT hold.id FROM hold_lot JOIN hold ON hold.id = hold_lot.hold_id WHERE hold_lot.lot_id = r.lot_id "
    "AND hold.released_at IS NULL ORDER BY hold.kind DESC, hold.id DESC LIMIT 1) "
    "LEFT JOIN unit_scan s ON s.serial = ?"
)
