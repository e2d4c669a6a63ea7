"""Doors for holders: notices of recalls to their own party, and questions along the chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.lots import queries as lots
from trace.recalls import inquiries, queries, rules, schemas, services
from trace.recalls.inquiries import Inquiry
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("notices", __name__)
P = Permission
TERM = timedelta(days=2)
"""The term a new question is given unless another day is chosen."""


@bp.get("/notices")
@access(P.NOTICE_ANSWER)
def index() -> ResponseReturnValue:
    """Recall notices and questions addressed to one's own party."""
    actor = current_actor()
    return render_template(
        "recalls/notices.html", notices=list(queries.notices_to(actor).limit(100)), inquiries=list(queries.visible_inquiries(actor).limit(100)),
        now=utcnow(), today=business_date(), levels=rules.LEVELS, states=rules.RECALL_STATES, tones=rules.STATE_TONES,
    )  # fmt: skip


def _notice(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    case, holder = queries.own_case(current_actor(), code)
    return render_template(
        "recalls/notice.html", case=case, holder=holder, sums=holder.sums, levels=rules.LEVELS, states=rules.RECALL_STATES, tones=rules.STATE_TONES,
        now=utcnow(), values=values, errors=errors,
    )  # fmt: skip


@bp.get("/notices/<code>")
@access(P.NOTICE_ANSWER)
def show(code: str) -> ResponseReturnValue:
    """One notice: what to do, which of one's own lots, what became of them."""
    return _notice({}, {}, code)


@bp.post("/notices/<code>/confirm")
@access(P.NOTICE_ANSWER)
@form_view(_notice)
def confirm(code: str) -> ResponseReturnValue:
    """Confirm it."""
    services.confirm(current_actor(), code)
    done("已确认收到召回通知。")
    return redirect(url_for("recalls.notices.show", code=code))


@bp.post("/notices/<code>/state")
@access(P.NOTICE_ANSWER)
@form_view(_notice)
def state(code: str) -> ResponseReturnValue:
    """Say what became of a lot."""
    body = load(schemas.StatementSchema(), form_values())
    services.state(current_actor(), code, body.pop("lot"), body)
    done("数量已登记。")
    return redirect(url_for("recalls.notices.show", code=code))


@bp.post("/notices/<code>/destroy")
@access(P.NOTICE_ANSWER)
@form_view(_notice)
def destroy(code: str) -> ResponseReturnValue:
    """Destroy recalled goods, on the books too."""
    body = load(schemas.DestroySchema(), form_values())
    services.destroy(current_actor(), code, body.pop("lot"), body.pop("quantity"), body)
    done("销毁已登记，并已记入台账。")
    return redirect(url_for("recalls.notices.show", code=code))


@bp.get("/inquiries")
@access(P.CASE_READ, P.NOTICE_ANSWER)
def list_inquiries() -> ResponseReturnValue:
    """All questions one may see."""
    page = page_by_id(queries.visible_inquiries(current_actor()).order_by(None), Inquiry.id)
    return render_template("recalls/inquiries.html", page=page, today=business_date())


def _ask_form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    return render_template("recalls/ask.html", lot=row, values=values, errors=errors)


@bp.get("/ask/<lot>")
@access(P.CASE_HANDLE, P.NOTICE_ANSWER)
def new_inquiry(lot: str) -> ResponseReturnValue:
    """The form to ask the holder of a lot."""
    values = {"due_on": (business_date() + TERM).isoformat(), "incident": request.args.get("incident", "")}
    return _ask_form(values, {}, lot)


@bp.post("/ask/<lot>")
@access(P.CASE_HANDLE, P.NOTICE_ANSWER)
@form_view(_ask_form)
def ask(lot: str) -> ResponseReturnValue:
    """Ask."""
    body = load(schemas.AskSchema(), {**form_values(), "lot": lot})
    made = inquiries.ask(current_actor(), body["lot"], body["question"], body["due_on"], incident=body["incident"])
    done("协查 %(code)s 已发给 %(name)s。", code=made.code, name=made.party.name)
    return redirect(url_for("recalls.notices.show_inquiry", code=made.code))


def _inquiry(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    found = queries.get_inquiry(actor, code)
    own = found.party_id == actor.party_id and actor.can(P.NOTICE_ANSWER)
    may_forward = own or actor.can(P.CASE_HANDLE)
    return render_template(
        "recalls/inquiry.html", row=found, chain=queries.chain_of(actor, found), own=own, today=business_date(),
        onward=inquiries.next_lots(found) if may_forward else [], values=values, errors=errors,
    )  # fmt: skip


@bp.get("/inquiries/<code>")
@access(P.CASE_READ, P.NOTICE_ANSWER)
def show_inquiry(code: str) -> ResponseReturnValue:
    """One question and the chain it belongs to."""
    return _inquiry({}, {}, code)


@bp.post("/inquiries/<code>/answer")
@access(P.NOTICE_ANSWER)
@form_view(_inquiry)
def answer(code: str) -> ResponseReturnValue:
    """Answer it."""
    inquiries.answer(current_actor(), code, load(schemas.AnswerSchema(), form_values())["answer"])
    done("已答复。")
    return redirect(url_for("recalls.notices.show_inquiry", code=code))


@bp.post("/inquiries/<code>/forward")
@access(P.CASE_HANDLE, P.NOTICE_ANSWER)
@form_view(_inquiry)
def forward(code: str) -> ResponseReturnValue:
    """Pass it on to the next holder."""
    body = load(schemas.ForwardSchema(), form_values())
    made = inquiries.forward(current_actor(), code, body["lot"], body["question"])
    done("已转送 %(name)s，编号 %(code)s。", name=made.party.name, code=made.code)
    return redirect(url_for("recalls.notices.show_inquiry", code=code))
