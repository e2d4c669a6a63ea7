"""The one read a scan costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from peewee import fn

from trace.db import db
from trace.db.reading import reader
from trace.labels import queries as labels
from trace.labels.models import LabelRun
from trace.scan.models import UnitScan
from trace.scan.rules import CodeState


class Found(NamedTuple):
    """A code that exists: its run, its state, and what to say in case of a recall.

    ``number``: its place in the run, from 0 (of a batch code 0); ``per_carton`` and ``inside``: of a carton's code how many packs one holds and how many
    the run it holds has; ``papers``: changes whenever a certificate or a test was added or a certificate cancelled anywhere (ADR 0032).
    """

    run_id: int
    run_no: str
    lot_code: str
    state: CodeState
    hold_code: str
    public_reason: str
    contact: str
    hold_day: date | None
    number: int
    per_carton: int
    inside: int
    papers: tuple[Any, ...]


def find(serial: int) -> Found | None:
    """Run, unit, open hold, alert and earlier scans of a serial number in one statement over indexes."""
    row = reader.row(_for_engine(_UNIT, db.obj.param), (serial, serial, serial, serial, serial))
    return None if row is None or serial >= row[3] + row[4] else _found(row, serial)


def find_batch(lot_id: int) -> Found | None:
    """The same for the batch code of a lot: its newest run in use, else its newest."""
    row = reader.row(_for_engine(_BATCH, db.obj.param), (lot_id,))
    return None if row is None else _found(row, None)


@lru_cache(maxsize=4)
def _for_engine(sql: str, mark: str) -> str:
    """The statement with the engine's mark for parameters."""
    return sql.replace("?", mark)


def run_of(run_id: int) -> LabelRun:
    """A run with everything its story needs joined."""
    return labels.runs_joined().where(LabelRun.id == run_id).get()


def counted(run: LabelRun) -> tuple[int, int]:
    """Distinct codes of a run that were opened, and how often in all."""
    row = UnitScan.select(fn.COUNT(UnitScan.id), fn.COALESCE(fn.SUM(UnitScan.count), 0)).where(UnitScan.run == run.id)
    codes, scans = row.tuples().get()
    return int(codes), int(scans)


def _found(row: Any, serial: int | None) -> Found:
    (
        run_id,
        no,
        lot,
        first,
        _,
        run_state,
        best_before,
        hold,
        kind,
        reason,
        contact,
        placed_at,
        per_carton,
        inside,
        last_report,
        last_certificate,
        last_cancelled,
        unit,
        count,
        first_at,
        alert,
    ) = row
    state = CodeState(
        run_state, unit is not None, kind, _day(best_before), count or 0, _instant(first_at), alert is not None,
        batch=serial is None, carton=per_carton is not None,
    )  # fmt: skip
    placed = _instant(placed_at)
    number = 0 if serial is None else serial - first
    return Found(
        run_id, no, lot, state, hold or "", reason or "", contact or "", placed.date() if placed else None,
        number, per_carton or 0, inside or 0, (last_report, last_certificate, last_cancelled),
    )  # fmt: skip


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: Any) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found else None


_SHOWN = (
    "SELECT r.id, r.no, l.code, r.first_serial, r.count, {state}, r.best_before, "
    "h.code, h.kind, h.public_reason, h.contact, h.placed_at, "
    "r.per_carton, (SELECT c.count FROM label_run c WHERE c.id = r.carton_of_id), "
    "(SELECT MAX(id) FROM lab_report), (SELECT MAX(id) FROM certificate), (SELECT MAX(cancelled_at) FROM certificate), "
)
_HOLD = (
    "JOIN lot l ON l.id = r.lot_id "
    "LEFT JOIN hold h ON h.id = (SELECT hold.id FROM hold_lot JOIN hold ON hold.id = hold_lot.hold_id WHERE hold_lot.lot_id = r.lot_id "
    "AND hold.released_at IS NULL ORDER BY hold.kind DESC, hold.id DESC LIMIT 1) "
)
# A run may be activated part by part, as its labels are stuck on.
_UNIT_STATE = (
    "CASE WHEN r.state = 'made' AND EXISTS (SELECT 1 FROM label_activation p WHERE p.run_id = r.id "
    "AND ? - r.first_serial + 1 BETWEEN p.first_no AND p.last_no) THEN 'activated' ELSE r.state END"
)
_UNIT = (
    f"{_SHOWN.format(state=_UNIT_STATE)}u.id, s.count, s.first_at, a.id "
    "FROM (SELECT * FROM label_run WHERE first_serial <= ? ORDER BY first_serial DESC LIMIT 1) r "
    f"{_HOLD}LEFT JOIN label_unit u ON u.serial = ? LEFT JOIN unit_scan s ON s.serial = ? "
    "LEFT JOIN code_alert a ON a.serial = ? AND a.settled_at IS NULL"
)
_BATCH = (
    f"{_SHOWN.format(state='r.state')}NULL, 0, NULL, NULL FROM (SELECT * FROM label_run WHERE lot_id = ? "
    "ORDER BY CASE state WHEN 'activated' THEN 0 WHEN 'made' THEN 1 ELSE 2 END, id DESC LIMIT 1) r "
    f"{_HOLD}"
)
