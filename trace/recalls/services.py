"""Writing recalls: the order and its case in one transaction, confirmations, what became of every kilogram, the end, the correction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.core.units import format_kg, parse_quantity, parse_weight
from trace.db import lock_row
from trace.lots import queries as lots
from trace.lots import rules as ledger
from trace.lots import services as ledger_services
from trace.lots.models import Hold, HoldLot, Lot, Movement
from trace.lots.models import Operation as Event
from trace.lots.rules import OperationKind
from trace.processing.rules import missing_details
from trace.recalls import queries, rules
from trace.recalls.models import Incident, Recall, RecallLot, RecallNotice, RecallStatement
from trace.recalls.rules import Sums
from trace.registry import queries as register

PARTS = {"located": "located_g", "returned": "returned_g", "destroyed": "destroyed_g", "sold": "sold_g"}


def start_recall(actor: Actor, lot: str, values: dict[str, Any]) -> Recall:
    """Recall a lot and everything made from it, and open the case: order, affected lots and notices in one transaction.

    ``values``: ``level``, ``known_at``, ``reason``, ``public_reason``, ``contact``, ``plan``, ``notice``, ``late_reason``, ``incident``.
    """
    with operation(actor, Permission.RECALL_OPEN) as op:
        if not values["contact"].strip():
            raise Invalid("请填写消费者联系电话。", field="contact", code="CONTACT_MISSING")
        hold = ledger_services.place_hold(
            actor, lot, values["reason"], kind="recall", public_reason=values.get("public_reason") or values["reason"], contact=values["contact"],
        )  # fmt: skip
        return _begin(op, hold, values)


def take_up(actor: Actor, code: str, values: dict[str, Any]) -> Recall:
    """Open the case for a recall order in force: who held what of it, a notice to each, the terms of its level."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        hold = lock_row(Hold.select().where(Hold.code == code, Hold.kind == "recall")).first()
        if hold is None:
            raise NotFound()
        if Recall.select().where(Recall.hold == hold).exists():
            raise RuleBroken("这次召回已经立案。", code="CASE_EXISTS")
        return _begin(op, hold, values)


def confirm(actor: Actor, code: str) -> RecallNotice:
    """A holder says that it has the notice; once."""
    with operation(actor, Permission.NOTICE_ANSWER) as op:
        case, holder = queries.own_case(actor, code)
        notice = lock_row(RecallNotice.select().where(RecallNotice.id == holder.notice.id)).get()
        if notice.acked_at is not None:
            raise RuleBroken("您单位已经确认过这份通知。", code="CONFIRMED")
        notice.acked_at, notice.acked_by, notice.acker_name = op.at, actor.user_id, actor.display_name
        notice.save(only=[RecallNotice.acked_at, RecallNotice.acked_by, RecallNotice.acker_name])
        op.record("recall.confirm", case, party=actor.party_id)
        return notice


def state(actor: Actor, code: str, lot: str, values: dict[str, str]) -> RecallStatement:
    """Say what became of one recalled lot, in kilograms as typed; a later statement replaces an earlier one, both stay.

    By the holder for its own lots, after confirming the notice; by the office for any.
    """
    with operation(actor, _permission(actor)) as op:
        row = _row(actor, code, lot)
        sums = _typed(values, row)
        if destroyed_in_ledger(row) > sums.destroyed_g:
            raise RuleBroken(
                "账上已销毁 %(have)s 公斤，填报的销毁量不能少于它。", code="LESS_THAN_LEDGER", field="destroyed", have=format_kg(destroyed_in_ledger(row)),
            )  # fmt: skip
        said = _say(op, row, sums, values.get("witness", ""), values.get("note", ""))
        op.record("recall.state", code, lot=lot, unexplained_g=sums.unexplained_g)
        return said


def destroy(actor: Actor, code: str, lot: str, quantity: str, details: dict[str, str]) -> RecallStatement:
    """Destroy recalled goods with cause, place and witness: an operation of the ledger, and the statement that follows from it."""
    with operation(actor, Permission.NOTICE_ANSWER) as op:
        row = _row(actor, code, lot)
        said = {name: text.strip() for name, text in details.items() if name in ("cause", "place", "witness")}
        if mistakes := missing_details("destroy", said):
            raise Invalid(errors=mistakes)
        goods = lots.lots_joined().where(Lot.id == row.lot_id).get()
        amount, typed = parse_quantity(quantity, goods.unit)
        done = ledger_services.perform(
            op, OperationKind.DESTROY, goods.holder, business_date(op.at), draws=[ledger_services.Draw(goods, amount, typed)], makes=[],
            note="；".join(said.values()), detail={**said, "recall": code}, recalled=True,
        )  # fmt: skip
        grams = ledger.grams(amount, goods.unit, goods.product.density_g_per_l, goods.piece_g)
        before = _sums(row)
        found = min(before.located_g, grams)
        sums = Sums(
            before.total_g, before.located_g - found, before.returned_g, before.destroyed_g + grams, before.sold_g
        )
        kept = _say(op, row, _fitting(sums), said["witness"], said["cause"], done.operation)
        op.record("recall.destroy", code, lot=lot, grams=grams, operation=done.operation.code, witness=said["witness"])
        return kept


def close(actor: Actor, code: str, reason: str = "") -> Recall:
    """End the recall when every kilogram is explained and every notice confirmed; otherwise only with a reason. The lots stay blocked."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        case = _open(code)
        holders = queries.holders_of(case)
        sums = sum((holder.sums for holder in holders), Sums())
        silent = [holder.notice.party.name for holder in holders if holder.notice.acked_at is None]
        if sums.unexplained_g and not reason.strip():
            raise RuleBroken(
                "还有 %(kg)s 公斤去向不明。全部说明去向后才能结案，确实无法说明的请填写原因。", code="UNEXPLAINED", field="reason",
                kg=format_kg(sums.unexplained_g),
            )  # fmt: skip
        if silent and not reason.strip():
            raise RuleBroken(
                "还有单位没有确认通知：%(names)s。请催办，或填写结案原因。",
                code="UNCONFIRMED",
                field="reason",
                names="、".join(silent),
            )
        _end(op, case, "closed", reason, sums.unexplained_g)
        op.record("recall.end", case, unexplained_g=sums.unexplained_g)
        return case


def mistaken(actor: Actor, code: str, reason: str) -> Recall:
    """A recall opened in error: the order is lifted by a second person, so the banner goes; the case stays to be read (M5)."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        case = _open(code)
        if not reason.strip():
            raise Invalid("请写明为什么是误发。", field="mistake", code="MISSING")
        if actor.user_id == case.opened_by:
            raise RuleBroken("召回由您立案，更正误发须由另一人办理。", code="SAME_PERSON")
        if case.hold.released_at is None:
            ledger_services.release_hold(actor, case.hold.code, f"误发更正：{reason.strip()}"[:200])
        _end(op, case, "mistaken", reason, None)
        op.record("recall.mistake", case, reason=reason.strip())
        return case


def _begin(op: Operation, hold: Hold, values: dict[str, Any]) -> Recall:
    """The case itself, with its lots and notices."""
    level, known, started = values["level"], values["known_at"], hold.placed_at
    _check(values, known, started)
    case = Recall.create(
        code=hold.code, hold=hold, incident=_incident(values.get("incident", "")), level=level, known_at=known,
        start_due_at=rules.start_due(level, known), started_at=started,
        late_minutes=rules.minutes_late(rules.start_due(level, known), started), late_reason=values.get("late_reason", "").strip(),
        finish_due_on=rules.finish_due(level, started, _calendar(started)), plan=values["plan"].strip(), notice=values["notice"].strip(),
        opened_by=op.actor.user_id, opener_name=op.actor.display_name,
    )  # fmt: skip
    reached = _reach(case)
    holders = {row.holder_id for row in reached}
    for party_id in sorted(holders):
        RecallNotice.create(recall=case, party=party_id, sent_at=op.at, due_at=op.at + rules.ANSWER_WITHIN)
    op.record("recall.begin", case, level=level, lots=len(reached), holders=len(holders))
    return case


def destroyed_in_ledger(row: RecallLot) -> int:
    """Grams of a recalled lot that operations of this recall destroyed."""
    goods = row.lot
    events = (
        Event.select(Event.id)
        .join(RecallStatement, on=(RecallStatement.operation == Event.id))
        .where(RecallStatement.row == row.id, Event.id.not_in(lots.undone_operations()))
    )
    total = Movement.select(fn.SUM(Movement.quantity)).where(Movement.lot == goods.id, Movement.operation.in_(events))
    return ledger.grams(-int(total.scalar() or 0), goods.unit, goods.product.density_g_per_l, goods.piece_g)


def _reach(case: Recall) -> list[RecallLot]:
    """Keep every lot the order reaches: its holder, what is left of it and what had been sold out of it."""
    ids = [
        row[0] for row in HoldLot.select(HoldLot.lot).where(HoldLot.hold == case.hold_id).order_by(HoldLot.id).tuples()
    ]
    left, sold = lots.balances(ids), _sold(ids)
    found: Iterable[Lot] = lots.lots_joined().where(Lot.id.in_(ids)).order_by(Lot.id)
    made = []
    for lot in found:
        grams = [
            ledger.grams(amount, lot.unit, lot.product.density_g_per_l, lot.piece_g)
            for amount in (left[lot.id], sold.get(lot.id, 0))
        ]
        made.append(RecallLot.create(recall=case, lot=lot, holder=lot.holder, left_g=grams[0], sold_g=grams[1]))
    return made


def _sold(lot_ids: list[int]) -> dict[int, int]:
    rows = (
        Movement.select(Movement.lot, fn.SUM(Movement.quantity))
        .join(Event)
        .where(Movement.lot.in_(lot_ids), Event.kind == "ship", Event.id.not_in(lots.undone_operations()))
        .group_by(Movement.lot)
    )
    return {lot_id: -int(total) for lot_id, total in rows.tuples()}


def _check(values: dict[str, Any], known: datetime, started: datetime) -> None:
    mistakes = [
        FieldError(name, "MISSING", Message(text))
        for name, text in (("plan", "请填写召回计划。"), ("notice", "请填写公告内容。"))
        if not values.get(name, "").strip()
    ]
    if known > started:
        mistakes.append(FieldError("known_at", "ORDER", Message("获知时间不能晚于召回启动时间。")))
    late = rules.minutes_late(rules.start_due(values["level"], known), started)
    if late and not values.get("late_reason", "").strip():
        text = "启动已超过 %(hours)s 小时期限，请填写原因。"
        mistakes.append(FieldError("late_reason", "LATE", Message(text, {"hours": rules.START_HOURS[values["level"]]})))
    if mistakes:
        raise Invalid(errors=mistakes)


def _calendar(started: datetime) -> Any:
    day = business_date(started)
    return register.working_calendar(day, day + timedelta(days=90))


def _incident(code: str) -> Incident | None:
    return queries.get_incident(code) if code else None


def _permission(actor: Actor) -> Permission:
    return Permission.CASE_HANDLE if actor.can(Permission.CASE_HANDLE) else Permission.NOTICE_ANSWER


def _row(actor: Actor, code: str, lot: str) -> RecallLot:
    """A recalled lot of an open case that the actor may speak for, locked."""
    if actor.can(Permission.CASE_HANDLE):
        case, rows = (
            queries.get_recall(code),
            [row for holder in queries.holders_of(queries.get_recall(code)) for row in holder.rows],
        )
    else:
        case, holder = queries.own_case(actor, code)
        rows = holder.rows
        if holder.notice.acked_at is None:
            raise RuleBroken("请先确认收到通知，再填报数量。", code="NOT_CONFIRMED")
    if case.state != "open":
        raise RuleBroken("这次召回已经结案。", code="RECALL_CLOSED")
    found = next((item.row for item in rows if item.row.lot.code == lot), None)
    if found is None:
        raise NotFound()
    list(lock_row(RecallLot.select(RecallLot.id).where(RecallLot.id == found.id)))
    return found


def _sums(row: RecallLot) -> Sums:
    said = (
        RecallStatement.select().where(RecallStatement.row == row.id).order_by(RecallStatement.version.desc()).first()
    )
    return queries.Row(row, said).sums


def _typed(values: dict[str, str], row: RecallLot) -> Sums:
    grams, mistakes = {}, []
    for name, column in PARTS.items():
        text = values.get(name, "").strip()
        try:
            grams[column] = 0 if text in ("", "0") else parse_weight(text, field=name).grams
        except Invalid as error:
            mistakes += error.errors
    sums = Sums(row.left_g + row.sold_g, **grams) if not mistakes else Sums()
    if (sums.returned_g or sums.destroyed_g) and not values.get("witness", "").strip():
        mistakes.append(FieldError("witness", "MISSING", Message("退回或销毁须有见证人，请填写姓名。")))
    if mistakes:
        raise Invalid(errors=mistakes)
    return _fitting(sums)


def _fitting(sums: Sums) -> Sums:
    """Nobody explains more than there was."""
    if sums.unexplained_g < 0:
        raise RuleBroken(
            "各项合计超过应说明的 %(kg)s 公斤，请核对。", code="TOO_MUCH", field="located", kg=format_kg(sums.total_g)
        )
    return sums


def _say(
    op: Operation, row: RecallLot, sums: Sums, witness: str, note: str, event: Event | None = None
) -> RecallStatement:
    version = RecallStatement.select().where(RecallStatement.row == row.id).count() + 1
    return RecallStatement.create(
        row=row, version=version, located_g=sums.located_g, returned_g=sums.returned_g, destroyed_g=sums.destroyed_g, sold_g=sums.sold_g,
        witness=witness.strip() if sums.returned_g or sums.destroyed_g else "", note=note.strip(), operation=event, at=op.at,
        author_id=op.actor.user_id, author_name=op.actor.org_name or op.actor.display_name,
    )  # fmt: skip


def _open(code: str) -> Recall:
    case = queries.get_recall(code)
    list(lock_row(Recall.select(Recall.id).where(Recall.id == case.id)))
    case = queries.get_recall(code)
    if case.state != "open":
        raise RuleBroken("这次召回已经结案。", code="RECALL_CLOSED")
    return case


def _end(op: Operation, case: Recall, how: str, reason: str, unexplained: int | None) -> None:
    case.state, case.ended_at, case.ended_by, case.ender_name = how, op.at, op.actor.user_id, op.actor.display_name
    case.end_reason, case.unexplained_g = reason.strip(), unexplained
    case.save(
        only=[
            Recall.state,
            Recall.ended_at,
            Recall.ended_by,
            Recall.ender_name,
            Recall.end_reason,
            Recall.unexplained_g,
        ]
    )
