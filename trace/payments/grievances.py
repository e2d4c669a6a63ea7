"""Complaints about money: anybody files one and keeps its receipt; whoever handles it took no part in what it is about."""

from __future__ import annotations

import secrets

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, utcnow
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.identifiers import CROCKFORD
from trace.core.text import Message
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.funds import queries as funds
from trace.funds.models import Application
from trace.funds.rules import State
from trace.payments import case_queries, case_rules
from trace.payments.case_models import Grievance
from trace.registry.queries import site_setting
from trace.registry.vault import vault

LENGTH = 12
"""Characters of a receipt: 60 bits, not to be guessed."""


def file_grievance(actor: Actor | None, *, kind: str, text: str, application: str = "", contact: str = "") -> Grievance:
    """Take a complaint, from a person with an account or from anybody. An application number that does not exist says nothing to the writer:
    the complaint is kept all the same.
    """
    if not text.strip():
        raise Invalid(errors=[FieldError("text", "MISSING", Message("请写明您要反映的情况。"))])
    with db.atomic():
        now = utcnow()
        today = business_date(now)
        days = int(site_setting(case_rules.GRIEVANCE_KEY, case_rules.GRIEVANCE_DAYS))
        about = Application.get_or_none(Application.no == application.strip().upper()) if application.strip() else None
        made = Grievance.create(
            no=f"ZT{today.year % 100:02d}-{next_number(f'ZT{today.year}'):04d}", receipt="".join(secrets.choice(CROCKFORD) for _ in range(LENGTH)),
            kind=kind, application=None if about is None or about.state == State.DRAFT else about, text=text.strip(),
            contact_sealed=vault().seal(contact.strip()) if contact.strip() else "", filed_at=now, filed_by=actor.user_id if actor else None,
            due_on=funds.calendar_for(today, days).add_working_days(today, days), state="filed",
        )  # fmt: skip
        audit.record_system("grievance.file", made, kind=kind)
        return made


def take(actor: Actor, no: str, *, stop_payment: bool = False) -> Grievance:
    """Take a complaint in hand; a handler has no part in the application, and payment may be stopped until it is answered."""
    with operation(actor, Permission.GRIEVANCE_HANDLE) as op:
        row = _lock(actor, no)
        if row.state != "filed":
            raise RuleBroken("这件投诉已经有人办理。", code="TAKEN")
        if row.filed_by == actor.user_id:
            raise RuleBroken("不能办理自己提出的投诉。", code="SAME_PERSON")
        if row.application_id is not None and case_queries.is_concerned([actor.user_id], row.application_id):
            raise RuleBroken("您参与过这份申请的办理，不能办理有关它的投诉。", code="CONCERNED")
        row.state, row.handler_id, row.handler_name, row.taken_at = "handling", actor.user_id, actor.display_name, op.at
        row.stops_payment = bool(stop_payment and row.application_id is not None)
        row.save()
        op.record("grievance.take", row, stops_payment=row.stops_payment)
        return row


def answer(actor: Actor, no: str, outcome: str, text: str) -> Grievance:
    """Answer a complaint; only its handler does, and the answer is what the receipt shows."""
    with operation(actor, Permission.GRIEVANCE_HANDLE) as op:
        row = _lock(actor, no)
        if row.state != "handling" or row.handler_id != actor.user_id:
            raise RuleBroken("只有受理人可以答复，且只能答复一次。", code="NOT_HANDLER")
        if not text.strip():
            raise Invalid("请填写答复内容。", field="answer", code="MISSING")
        row.state, row.outcome, row.answer, row.closed_at = "answered", outcome, text.strip(), op.at
        row.stops_payment = False
        row.save()
        op.record("grievance.answer", row, outcome=outcome)
        return row


def reveal_contact(actor: Actor, no: str) -> str:
    """How to reach the writer, for the handler; the look is kept in the trail."""
    with operation(actor, Permission.GRIEVANCE_HANDLE) as op:
        row = _lock(actor, no)
        if row.handler_id != actor.user_id:
            raise RuleBroken("只有受理人可以查看联系方式。", code="NOT_HANDLER")
        op.record("grievance.reveal", row)
        return vault().unseal(row.contact_sealed) if row.contact_sealed else ""


def _lock(actor: Actor, no: str) -> Grievance:
    seen = case_queries.get_grievance(actor, no)
    list(lock_row(Grievance.select(Grievance.id).where(Grievance.id == seen.id)))
    return case_queries.get_grievance(actor, no)
