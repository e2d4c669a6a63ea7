"""Codes that turned up in too many hands: the list for officers, and what they found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.labels import queries as labels
from trace.labels.codes import book
from trace.labels.models import LabelRun
from trace.lots.models import Lot
from trace.scan.models import CodeAlert, ScanPlace, UnitScan
from trace.scan.patterns import Sign


@dataclass(frozen=True)
class Alert:
    """One suspicious code as an officer weighs it."""

    code: str
    run: str
    lot: str
    product: str
    holder: str
    signs: list[Sign]
    raised_at: datetime
    scans: int
    readers: int
    networks: int
    regions: list[str]
    settled_at: datetime | None
    settler: str
    finding: str


def alerts(actor: Actor, *, settled: bool = False, limit: int = 100) -> list[Alert]:
    """Alerts on runs in the actor's charge, newest first."""
    runs = {run.id: run for run in labels.visible_runs(actor).where(LabelRun.id.in_(CodeAlert.select(CodeAlert.run)))}
    rows = list(
        CodeAlert.select()
        .where(CodeAlert.run.in_(list(runs)), CodeAlert.settled_at.is_null(not settled))
        .order_by(CodeAlert.raised_at.desc())
        .limit(limit)
    )
    spread = _spread([row.serial for row in rows])
    counts = dict(
        UnitScan.select(UnitScan.serial, UnitScan.count).where(UnitScan.serial.in_([r.serial for r in rows])).tuples()
    )
    return [_alert(row, runs[row.run_id], spread.get(row.serial, []), counts.get(row.serial, 0)) for row in rows]


def open_alerts(actor: Actor) -> int:
    """How many wait for somebody to look."""
    runs = labels.visible_runs(actor).select(LabelRun.id)
    return CodeAlert.select().where(CodeAlert.settled_at.is_null(), CodeAlert.run.in_(runs)).count()


def settle_alert(actor: Actor, code: str, finding: str) -> None:
    """Say what was found; the consumer page no longer warns, until new scans show the signs again."""
    with operation(actor, Permission.SCAN_SETTLE) as op:
        serial = book().read(code)
        row = lock_row(CodeAlert.select().where(CodeAlert.serial == serial)).first() if serial is not None else None
        if row is None:
            raise NotFound()
        if row.settled_at is not None:
            raise RuleBroken("这个码的预警已经处理。", code="ALERT_STATE")
        if not finding.strip():
            raise Invalid("请填写核查结果。", field="finding", code="FINDING_MISSING")
        row.settled_at, row.settled_by, row.settler_name, row.finding = (
            op.at,
            actor.user_id,
            actor.display_name,
            finding.strip(),
        )
        row.save(only=[CodeAlert.settled_at, CodeAlert.settled_by, CodeAlert.settler_name, CodeAlert.finding])
        op.record("scan.settle", LabelRun.get_by_id(row.run_id), serial=serial, finding=row.finding)


def _spread(serials: list[int]) -> dict[int, list[ScanPlace]]:
    found: dict[int, list[ScanPlace]] = {}
    for place in ScanPlace.select().where(ScanPlace.serial.in_(serials)):
        found.setdefault(place.serial, []).append(place)
    return found


def _alert(row: CodeAlert, run: LabelRun, places: Iterable[ScanPlace], scans: int) -> Alert:
    seen = list(places)
    lot: Lot = run.lot
    return Alert(
        book().write(row.serial), run.no, lot.code, lot.name or lot.product.name, lot.holder.name, [Sign(name) for name in row.signs.split()],
        row.raised_at, scans, sum(place.readers for place in seen), len({place.network for place in seen}),
        sorted({place.region for place in seen} - {""}), row.settled_at, row.settler_name, row.finding,
    )  # fmt: skip
