"""Making, activating and voiding label runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peewee import fn

from trace.audit import operation
from trace.ceilings.explaining import require_explained
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.core.units import format_int
from trace.db import lock_row
from trace.db.counters import next_number
from trace.labels import marks, queries, rules, trade
from trace.labels.balance import check_not_held, check_room, check_still_covered, live_labels
from trace.labels.codes import ring
from trace.labels.models import LabelActivation, LabelRun, LabelUnit
from trace.labels.rules import MAX_RUN
from trace.labels.sheets import TEMPLATE_OF, check_printable, label_facts, published_facts, weight_text
from trace.layouts import queries as layouts
from trace.layouts.rules import KINDS, MEDIA
from trace.lots import queries as lots
from trace.lots import tracing
from trace.lots.models import Lot

__all__ = ["MAX_RUN", "RENDER_AT_ONCE", "Paper", "check_not_held", "live_labels", "make_run"]
RENDER_AT_ONCE = 480
"""Sheets of up to this many labels are drawn while one waits; longer runs are a background job."""


@dataclass(frozen=True)
class Paper:
    """What a run is printed on: medium, the printer's dots per inch (0: usual for the medium), used places of the first sheet (from 1)."""

    layout: str = "a4_3x8"
    dpi: int = 0
    skipped: Sequence[int] = ()


def make_run(
    actor: Actor, lot_code: str, count: int, *, kind: str = "unit", paper: Paper | None = None, use_gtin: bool = False, wanted_marks: Sequence[str] = (),
) -> LabelRun:  # fmt: skip
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
        _check_count(count)
        check_room(lot, count)
        require_explained(lot, business_date(op.at), live_labels(lot) + count)
        shelf = lot.product.shelf_days
        before = lot.made_on + timedelta(days=shelf) if shelf else None
        trace = tracing.build_trace(lot, "back", None)
        facts = label_facts(lot, before, trace)
        facts["marks"], titles = marks.text_of(lot, trace, wanted_marks, op.at)
        facts["gtin"] = trade.gtin_for(lot) if use_gtin else ""
        marks.check_words(facts, titles)
        marks.check_single_origin(facts, trace)
        run = _create(op, lot, kind, count, paper or Paper(), facts, best_before=before, gtin=facts["gtin"])
        op.record("label.make", run, lot=lot.code, count=count, kind=kind)
        return run


def make_cartons(actor: Actor, no: str, per_carton: int, paper: Paper | None = None) -> LabelRun:
    """Carton labels over the unit codes of a run: the n-th carton holds the n-th ``per_carton`` units."""
    with operation(actor, Permission.LABEL_RUN) as op:
        units = own_run(actor, no)
        lots.lock_lots([units.lot_id])
        if units.kind != "unit" or units.state == "voided":
            raise RuleBroken("箱码只能做在未作废的一物一码标签上。", code="NOT_UNITS", field="per_carton")
        if not 0 < per_carton <= min(units.count, rules.MAX_PER_CARTON):
            raise Invalid(
                "每箱件数应在 1 到 %(most)s 之间。",
                field="per_carton",
                code="PER_CARTON",
                most=min(units.count, rules.MAX_PER_CARTON),
            )
        if LabelRun.select().where(LabelRun.carton_of == units, LabelRun.state != "voided").exists():
            raise RuleBroken("标签 %(run)s 已有箱码，先作废再重做。", code="CARTONS_EXIST", run=units.no)
        check_not_held(units.lot)
        count = -(-units.count // per_carton)
        facts = {
            **label_facts(units.lot, units.best_before), "inside": str(per_carton), "cartons": str(count),
            "weight": weight_text(per_carton * units.lot.piece_g),
        }  # fmt: skip
        marks.check_words(facts, ())
        more = {"carton_of": units, "per_carton": per_carton, "best_before": units.best_before}
        run = _create(op, units.lot, "carton", count, paper or Paper("a4_2x4"), facts, **more)
        op.record("label.cartons", run, units=units.no, per_carton=per_carton)
        return run


def activate_run(actor: Actor, no: str, first: int | None = None, last: int | None = None) -> LabelRun:
    """The labels are on the packs: consumers' scans answer from now on; ``first``–``last`` for a part of the run, counted from 1."""
    with operation(actor, Permission.LABEL_RUN) as op:
        run = own_run(actor, no)
        if run.state != "made":
            raise RuleBroken("标签 %(run)s 不是待启用状态。", code="RUN_STATE", run=run.no)
        check_not_held(run.lot)
        check_still_covered(run.lot)
        require_explained(run.lot, business_date(op.at), live_labels(run.lot))
        begun = queries.activated_count(run)
        if first is None or last is None:
            first, last = 1, run.count
        rules.check_range(first, last, run.count)
        whole = (first, last) == (1, run.count) or run.kind == "batch"
        if not whole:
            _activate_range(op, run, first, last)
            whole = begun + last - first + 1 == run.count
        if whole:
            run.state, run.activated_at = "activated", op.at
            run.save(only=[LabelRun.state, LabelRun.activated_at])
        op.record("label.activate", run, **({} if (first, last) == (1, run.count) else {"first": first, "last": last}))
        if not begun:
            op.publish("label.published", run, **published_facts(run))
        return run


def void_run(actor: Actor, no: str, reason: str) -> LabelRun:
    """Void a whole run; its packs may get new labels. Work on its sheet stops."""
    with operation(actor, Permission.LABEL_VOID) as op:
        run = own_run(actor, no)
        if run.state == "voided":
            raise RuleBroken("标签 %(run)s 已经作废。", code="RUN_STATE", run=run.no)
        run.state, run.voided_at, run.void_reason = "voided", op.at, given_reason(reason)
        run.save(only=[LabelRun.state, LabelRun.voided_at, LabelRun.void_reason])
        op.record("label.void", run, reason=run.void_reason)
        return run


def void_unit(actor: Actor, code: str, reason: str) -> LabelUnit:
    """Void one label by its code."""
    with operation(actor, Permission.LABEL_VOID) as op:
        run, serial = queries.run_of_code(code)
        actor.require_party(run.lot.holder_id)
        if run.kind == "batch":
            raise RuleBroken(
                "这是批次码，整批共用一个码，不能单枚作废，请作废整批标签。", code="BATCH_CODE", field="code"
            )
        run = own_run(actor, run.no)
        if LabelUnit.get_or_none(LabelUnit.serial == serial):
            raise RuleBroken("这枚标签已经作废。", code="UNIT_STATE", field="code")
        unit = LabelUnit.create(serial=serial, run=run, state="voided", reason=given_reason(reason), at=op.at)
        op.record("label.void_unit", run, serial=serial, reason=unit.reason)
        return unit


def void_range(actor: Actor, no: str, first: int, last: int, reason: str) -> int:
    """Void the labels from the n-th to the m-th of a run; those void already stay as they are. Returns how many were voided."""
    with operation(actor, Permission.LABEL_VOID) as op:
        run = own_run(actor, no)
        words = given_reason(reason)
        serials = live_serials(run, first, last)
        write_units([{"serial": s, "run": run.id, "state": "voided", "reason": words, "at": op.at} for s in serials])
        op.record("label.void_unit", run, first=first, last=last, count=len(serials), reason=words)
        return len(serials)


def reprint(actor: Actor, no: str, first: int, last: int, reason: str, paper: Paper | None = None) -> LabelRun:
    """New labels for damaged ones: new serial numbers in a new run, the old ones void for ever, with the reason (scenario F8)."""
    with operation(actor, Permission.LABEL_VOID) as op:
        actor.require(Permission.LABEL_RUN)
        old = own_run(actor, no)
        if old.kind == "batch":
            raise RuleBroken("这是批次码，整批共用一个码，可直接再打印，不必补打。", code="BATCH_CODE")
        words = given_reason(reason)
        lot = lots.lock_lots([old.lot_id])[old.lot_id]
        check_not_held(lot)
        serials = live_serials(old, first, last)
        more: dict[str, Any] = {"gtin": old.gtin, "best_before": old.best_before, "replaces": old, "reason": words}
        if old.kind == "carton":
            raise RuleBroken("箱码请整批作废后重做。", code="CARTONS")
        run = _create(
            op,
            lot,
            old.kind,
            len(serials),
            paper or Paper(old.layout, old.dpi),
            old.facts or label_facts(lot, old.best_before),
            **more,
        )
        write_units(
            [
                {"serial": s, "run": old.id, "state": "reprinted", "reason": words, "at": op.at, "replaced_by": run.first_serial + n}
                for n, s in enumerate(serials)
            ]
        )  # fmt: skip
        check_still_covered(lot)
        op.record("label.reprint", run, replaces=old.no, first=first, last=last, count=len(serials), reason=words)
        return run


def live_serials(run: LabelRun, first: int, last: int) -> list[int]:
    """Serial numbers of a range that are not void yet; refused when there is none, or too many for rows of their own."""
    if run.state == "voided":
        raise RuleBroken("标签 %(run)s 已经作废。", code="RUN_STATE", run=run.no)
    if run.kind == "batch":
        raise RuleBroken("这是批次码，整批共用一个码，不能单枚作废，请作废整批标签。", code="BATCH_CODE")
    rules.check_range(first, last, run.count)
    if last - first + 1 > rules.MAX_UNITS:
        raise Invalid(
            "一次最多 %(most)s 枚；更多请作废整批标签。",
            field="last",
            code="RANGE_LARGE",
            most=format_int(rules.MAX_UNITS),
        )
    begin, end = run.first_serial + first - 1, run.first_serial + last - 1
    gone = {row[0] for row in LabelUnit.select(LabelUnit.serial).where(LabelUnit.serial.between(begin, end)).tuples()}
    serials = [serial for serial in range(begin, end + 1) if serial not in gone]
    if not serials:
        raise RuleBroken("这些标签都已作废。", code="UNIT_STATE", field="first")
    return serials


def write_units(rows: list[dict[str, Any]]) -> None:
    """Rows of single labels, some hundred a statement."""
    for start in range(0, len(rows), 500):
        LabelUnit.insert_many(rows[start : start + 500]).execute()


def own_run(actor: Actor, no: str) -> LabelRun:
    """A run of the actor's own party, locked."""
    run = queries.get_run(actor, no)
    actor.require_party(run.lot.holder_id)
    list(lock_row(LabelRun.select(LabelRun.id).where(LabelRun.id == run.id)))
    return queries.get_run(actor, no)


def given_reason(reason: str) -> str:
    """The reason as it is kept; a missing one is refused."""
    if not reason.strip():
        raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
    return reason.strip()[:200]


def _check_count(count: int) -> None:
    if not 0 < count <= MAX_RUN:
        raise Invalid("枚数应在 1 到 %(most)s 之间。", field="count", code="COUNT_RANGE", most=format_int(MAX_RUN))


def _create(op: Any, lot: Lot, kind: str, count: int, paper: Paper, facts: dict[str, str], **more: Any) -> LabelRun:
    """The run's row, its block of serial numbers and, when it is long, the job that draws it; all or nothing."""
    medium = MEDIA.get(paper.layout)
    if medium is None or paper.layout not in KINDS[TEMPLATE_OF[kind]].media:
        raise Invalid("请选择标签规格。", field="layout", code="LAYOUT")
    skipped = sorted(set(paper.skipped))
    if skipped and (skipped[0] < 1 or skipped[-1] > medium.per_page or len(skipped) == medium.per_page):
        raise Invalid(
            "已用位置应在第 1 至 %(most)s 格之间，且至少留一格。", field="skipped", code="SKIPPED", most=medium.per_page
        )
    run = LabelRun.create(
        no=f"BQ{op.at.year % 100:02d}-{next_number(f'BQ{op.at.year}'):04d}", lot=lot, first_serial=next_number("label-serial", count), count=count,
        layout=paper.layout, dpi=paper.dpi or medium.dpi, skipped=skipped, kind=kind, key_version=ring().current, facts=facts,
        template=layouts.current(TEMPLATE_OF[kind]), made_at=op.at, made_by=op.actor.user_id, **more,
    )  # fmt: skip
    check_printable(run)
    if count > RENDER_AT_ONCE:
        run.job = op.enqueue("labels.sheet", run=run.no)
        run.save(only=[LabelRun.job])
    return run


def _activate_range(op: Any, run: LabelRun, first: int, last: int) -> None:
    clash = LabelActivation.select(fn.MIN(LabelActivation.first_no)).where(
        LabelActivation.run == run, LabelActivation.first_no <= last, LabelActivation.last_no >= first
    )
    if clash.scalar() is not None:
        raise RuleBroken(
            "第 %(first)s 至 %(last)s 枚中有的已经启用。", code="RANGE_ACTIVE", field="first", first=first, last=last
        )
    LabelActivation.create(run=run, first_no=first, last_no=last, at=op.at, by_user=op.actor.user_id)
