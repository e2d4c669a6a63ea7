"""Making, activating and voiding label runs."""

from __future__ import annotations

from datetime import timedelta

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, RuleBroken
from trace.core.units import format_int
from trace.db import lock_row
from trace.db.counters import next_number
from trace.labels import queries
from trace.labels.codes import book
from trace.labels.models import LabelRun, LabelUnit
from trace.labels.sheets import published_facts
from trace.lots import queries as lots
from trace.lots.models import Lot

MAX_RUN = 100_000
RENDER_AT_ONCE = 480
"""Sheets of up to this many labels are drawn while one waits; longer runs are a background job."""


def make_run(actor: Actor, lot_code: str, count: int) -> LabelRun:
    """Reserve codes for packs of a lot: never more live labels than the lot has packs (print-run balance)."""
    with operation(actor, Permission.LABEL_RUN) as op:
        lot = lots.get_lot(actor, lot_code)
        actor.require_party(lot.holder_id)
        lot = lots.lock_lots([lot.id])[lot.id]
        if lot.kind != "pack":
            raise RuleBroken(
                "批次 %(lot)s 还没有包装，先登记包装再制标签。", code="NOT_PACKED", field="lot", lot=lot.code
            )
        check_not_held(lot)
        if not 0 < count <= MAX_RUN:
            raise Invalid("枚数应在 1 到 %(most)s 之间。", field="count", code="COUNT_RANGE", most=format_int(MAX_RUN))
        packs = lots.made_quantities([lot.id])[lot.id]
        live = live_labels(lot)
        if live + count > packs:
            raise RuleBroken(
                "本批共 %(packs)s 件，已有有效标签 %(live)s 枚，最多还能制 %(left)s 枚。", code="LABELS_EXCEED_PACKS", field="count",
                packs=format_int(packs), live=format_int(live), left=format_int(packs - live),
            )  # fmt: skip
        shelf = lot.product.shelf_days
        run = LabelRun.create(
            no=f"BQ{op.at.year % 100:02d}-{next_number(f'BQ{op.at.year}'):04d}",
            lot=lot.id,
            first_serial=next_number("label-serial", count),
            count=count,
            best_before=lot.made_on + timedelta(days=shelf) if shelf else None,
            made_at=op.at,
            made_by=actor.user_id,
        )
        if count > RENDER_AT_ONCE:
            op.enqueue("labels.sheet", run=run.no)
        op.record("label.make", run, lot=lot.code, count=count)
        return run


def activate_run(actor: Actor, no: str) -> LabelRun:
    """The labels are on the packs: consumers' scans answer from now on."""
    with operation(actor, Permission.LABEL_RUN) as op:
        run = _own_run(actor, no)
        if run.state != "made":
            raise RuleBroken("标签 %(run)s 不是待启用状态。", code="RUN_STATE", run=run.no)
        check_not_held(run.lot)
        run.state, run.activated_at = "activated", op.at
        run.save(only=[LabelRun.state, LabelRun.activated_at])
        op.record("label.activate", run)
        op.publish("label.published", run, **published_facts(run))
        return run


def void_run(actor: Actor, no: str, reason: str) -> LabelRun:
    """Void a whole run; its packs may get new labels."""
    with operation(actor, Permission.LABEL_VOID) as op:
        run = _own_run(actor, no)
        if run.state == "voided":
            raise RuleBroken("标签 %(run)s 已经作废。", code="RUN_STATE", run=run.no)
        if not reason.strip():
            raise Invalid("请填写作废原因。", field="reason", code="REASON_MISSING")
        run.state, run.voided_at, run.void_reason = "voided", op.at, reason.strip()
        run.save(only=[LabelRun.state, LabelRun.voided_at, LabelRun.void_reason])
        op.record("label.void", run, reason=run.void_reason)
        return run


def void_unit(actor: Actor, code: str, reason: str) -> LabelUnit:
    """Void one label by its code."""
    with operation(actor, Permission.LABEL_VOID) as op:
        serial = book().read(code)
        run = queries.run_of_serial(serial) if serial is not None else None
        if run is None:
            raise Invalid("追溯码不存在或有误，请核对或重新扫描。", field="code", code="CODE_UNKNOWN")
        actor.require_party(run.lot.holder_id)
        if not reason.strip():
            raise Invalid("请填写作废原因。", field="reason", code="REASON_MISSING")
        if LabelUnit.get_or_none(LabelUnit.serial == serial):
            raise RuleBroken("这枚标签已经作废。", code="UNIT_STATE", field="code")
        unit = LabelUnit.create(serial=serial, run=run, state="voided", reason=reason.strip(), at=op.at)
        op.record("label.void_unit", run, serial=serial, reason=unit.reason)
        return unit


def live_labels(lot: Lot) -> int:
    """Labels of a lot that were made and not voided."""
    live = LabelRun.select(fn.COALESCE(fn.SUM(LabelRun.count), 0)).where(
        LabelRun.lot == lot.id, LabelRun.state != "voided"
    )
    voided = (
        LabelUnit.select(fn.COUNT(LabelUnit.id))
        .join(LabelRun)
        .where(LabelRun.lot == lot.id, LabelRun.state != "voided")
    )
    return int(live.scalar()) - int(voided.scalar())


def check_not_held(lot: Lot) -> None:
    """A held or recalled lot gets no labels, and its sheets are not printed."""
    holds = lots.open_holds([lot.id]).get(lot.id)
    if holds:
        raise RuleBroken(
            "批次 %(lot)s 已锁定（%(reason)s），不能制作或打印标签。",
            code="LOT_HELD",
            field="lot",
            lot=lot.code,
            reason=holds[0].reason,
        )


def _own_run(actor: Actor, no: str) -> LabelRun:
    run = queries.get_run(actor, no)
    actor.require_party(run.lot.holder_id)
    list(lock_row(LabelRun.select(LabelRun.id).where(LabelRun.id == run.id)))
    return run
