"""Questions along the chain: to the holder of a lot, with a term, answered once, forwarded one step at a time."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db import lock_row
from trace.db.counters import next_number
from trace.lots import queries as lots
from trace.lots.models import Edge, Lot
from trace.recalls import queries
from trace.recalls.models import Inquiry


def ask(
    actor: Actor, lot: str, question: str, due_on: date, *, incident: str = "", forwarded: Inquiry | None = None
) -> Inquiry:
    """Ask the holder of a lot. The office asks anybody, a holder only about lots one step before or after its own."""
    with operation(
        actor, Permission.CASE_HANDLE if actor.can(Permission.CASE_HANDLE) else Permission.NOTICE_ANSWER
    ) as op:
        goods = lots.get_lot(actor, lot)
        mistakes = [] if question.strip() else [FieldError("question", "MISSING", Message("请写明要问什么。"))]
        if due_on < business_date(op.at):
            mistakes.append(FieldError("due_on", "PAST", Message("答复期限不能早于今天。")))
        if goods.holder_id == actor.party_id:
            mistakes.append(FieldError("lot", "OWN", Message("这个批次在您单位手里，不用发协查。")))
        if mistakes:
            raise Invalid(errors=mistakes)
        year = business_date(op.at).year
        made = Inquiry.create(
            code=f"XW{year % 100:02d}-{next_number(f'XW{year}'):04d}", lot=goods, party=goods.holder,
            incident=queries.get_incident(incident) if incident and actor.can(Permission.CASE_READ) else None,
            forwarded_from=forwarded, question=question.strip(), asked_at=op.at, asked_by=actor.user_id,
            asker_name=actor.org_name or actor.display_name, asker_party=actor.party_id, due_on=due_on,
        )  # fmt: skip
        op.record(
            "inquiry.forward" if forwarded else "inquiry.ask", made, lot=lot, of=forwarded.code if forwarded else ""
        )
        return made


def answer(actor: Actor, code: str, text: str) -> Inquiry:
    """Answer a question put to one's own party; once."""
    with operation(actor, Permission.NOTICE_ANSWER) as op:
        found = queries.get_inquiry(actor, code)
        actor.require_party(found.party_id)
        row = lock_row(Inquiry.select().where(Inquiry.id == found.id)).get()
        if row.answered_at is not None:
            raise RuleBroken("这件协查已经答复。", code="ANSWERED")
        if not text.strip():
            raise Invalid("请填写答复。", field="answer", code="MISSING")
        row.answer, row.answered_at, row.answered_by, row.answerer_name = (
            text.strip(),
            op.at,
            actor.user_id,
            actor.display_name,
        )
        row.save(only=[Inquiry.answer, Inquiry.answered_at, Inquiry.answered_by, Inquiry.answerer_name])
        op.record("inquiry.answer", row)
        return row


def forward(actor: Actor, code: str, lot: str, question: str) -> Inquiry:
    """Pass a question on to the next holder; the term stays that of the first. By whom it was put to, or by the office."""
    found = queries.get_inquiry(actor, code)
    if not actor.can(Permission.CASE_HANDLE):
        actor.require_party(found.party_id)
    if lot not in {goods.code for goods in next_lots(found)}:
        raise NotFound()
    return ask(
        actor, lot, question or found.question, max(found.due_on, business_date()), forwarded=found,
        incident=found.incident.code if found.incident_id else "",
    )  # fmt: skip


def next_lots(inquiry: Inquiry) -> list[Lot]:
    """Lots of other parties one step before or after the asked party's lots of the same chain."""
    chain = (
        set(lots.descendants(inquiry.lot_id)) | {row[0] for row in lots.edges_back(inquiry.lot_id)} | {inquiry.lot_id}
    )
    own = Lot.select(Lot.id).where(Lot.id.in_(list(chain)), Lot.holder == inquiry.party_id)
    near = {row[0] for row in Edge.select(Edge.parent).where(Edge.child.in_(own)).tuples()}
    near |= {row[0] for row in Edge.select(Edge.child).where(Edge.parent.in_(own)).tuples()}
    query = lots.lots_joined().where(Lot.id.in_(list(near & chain)), Lot.holder != inquiry.party_id)
    return list(query.order_by(Lot.id))
