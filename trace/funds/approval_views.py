"""HTML doors of approval: lists drawn up by the office, decided by the leading group."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.funds import approval_queries, approval_rules, approvals, ledger, queries
from trace.funds.rules import State
from trace.funds.schemas import SelectionSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("approvals", __name__)
P = Permission
READERS = (P.APPLICATION_APPROVE, P.APPLICATION_PUBLICISE, P.PAYMENT_READ, P.APPLICATION_REVIEW)
"""Who may open a list."""


def _convene_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    ready = list(
        queries.filtered_applications(actor, states=[State.PUBLICITY_PASSED.value]).order_by(queries.Application.id)
    )
    groups = approval_queries.by_programme(approvals.in_order(ready))
    return render_template(
        "funds/convene.html", groups=groups, values=values, errors=errors, remaining=ledger.remaining_fen,
        page=page_by_id(approval_queries.lists(actor), approval_queries.ApprovalList.id), words=approval_rules,
    )  # fmt: skip


@bp.get("/funds/approvals/new")
@access(P.APPLICATION_PUBLICISE)
def convene_page() -> ResponseReturnValue:
    """What can be laid before the leading group, by programme, with the money that is left."""
    return _convene_page({}, {})


@bp.post("/funds/approvals/new")
@access(P.APPLICATION_PUBLICISE)
@form_view(_convene_page)
def convene() -> ResponseReturnValue:
    """Draw up a list and reserve its money."""
    body = load(SelectionSchema(), form_values())
    made = approvals.convene(
        current_actor(),
        body["applications"],
        body["opinion"],
        finance_ref=body["finance_ref"],
        shortage=body["shortage"],
    )
    done("送审批次 %(nos)s 已提交，资金已预留。", nos="、".join(row.no for row in made))
    return redirect(url_for("funds.approvals.convene_page"))


def _approval_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    return render_template(
        "funds/approvals.html", lists=approval_queries.open_lists(actor), words=approval_rules, values=values, errors=errors,
        page=page_by_id(approval_queries.decided_lists(actor), approval_queries.ApprovalList.id),
    )  # fmt: skip


@bp.get("/funds/approvals")
@access(P.APPLICATION_APPROVE)
def index() -> ResponseReturnValue:
    """What waits for the leading group, list by list."""
    return _approval_page({}, {})


@bp.post("/funds/approvals")
@access(P.APPLICATION_APPROVE)
@form_view(_approval_page)
def approve() -> ResponseReturnValue:
    """Approve a selection with opinion and minutes."""
    body = load(SelectionSchema(), form_values())
    found = approvals.approve(
        current_actor(), body["applications"], body["opinion"], body["minutes_ref"], body["head_ref"]
    )
    done("已审定 %(n)s 份，资金转为已审定待付。", n=len(found))
    return redirect(url_for("funds.approvals.index"))


@bp.get("/funds/approvals/<no>")
@access(*READERS)
def show(no: str) -> ResponseReturnValue:
    """One list with what became of each application on it."""
    row = approval_queries.get_list(current_actor(), no)
    return render_template("funds/approval.html", row=row, items=approval_queries.items(row), words=approval_rules)
