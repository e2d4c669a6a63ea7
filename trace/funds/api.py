"""JSON doors of public money."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.core.units import mu_from_m2
from trace.funds import actions, budgets, ledger, payments, queries, rules, services
from trace.funds.schemas import (
    ActionSchema,
    ApplicationSchema,
    AppropriationSchema,
    ListQuery,
    ResultSchema,
    SelectionSchema,
)
from trace.programmes import services as programmes
from trace.programmes.queries import get_programme, visible_programmes
from trace.programmes.schemas import ProgrammeSchema, PublishSchema, as_json
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-funds", __name__, description="资金")
P = Permission


def _programme(row: Any, budget: Any) -> dict[str, Any]:
    return {
        **as_json(row), "appropriated_fen": budget.appropriated_fen, "committed_fen": budget.committed_fen,
        "paid_fen": budget.paid_fen, "remaining_fen": ledger.remaining_fen(budget),
    }  # fmt: skip


def _one_programme(code: str) -> dict[str, Any]:
    row = get_programme(current_actor(), code)
    return _programme(row, queries.budgets([row.id])[row.id])


def _application(row: Any) -> dict[str, Any]:
    return {
        "no": row.no, "programme": row.programme.code, "plot": row.plot.code, "applicant": row.applicant.name,
        "township": row.plot.village.township.name, "village": row.plot.village.name, "state": row.state,
        "state_label": rules.State(row.state).label, "applied_m2": row.applied_m2, "verified_m2": row.verified_m2,
        "accepted_m2": row.accepted_m2, "accepted_mu": None if row.accepted_m2 is None else str(mu_from_m2(row.accepted_m2)),
        "amount_fen": row.amount_fen, "sheet": row.sheet,
    }  # fmt: skip


def _with_actions(row: Any) -> dict[str, Any]:
    steps = {step.action: step for step in queries.open_steps(row)}
    return {**_application(row), "actions": [{"action": a.value, "label": a.label} for a in steps]}


def _batch(row: Any) -> dict[str, Any]:
    return {
        "no": row.no, "state": row.state, "total_fen": row.total_fen, "digest": row.digest, "maker": row.maker_name,
        "checker": row.checker_name,
        "lines": [
            {
                "application": line.application.no, "payee": line.payee_name, "account_last4": line.account_last4,
                "amount_fen": line.amount_fen, "state": line.state, "reason": line.reason,
            }
            for line in queries.lines(row)
        ],
    }  # fmt: skip


@bp.get("/programmes")
@access(P.FUND_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_programmes(args: dict[str, Any]) -> dict[str, Any]:
    """Programmes with their budgets, newest first."""
    page = page_by_id(visible_programmes(current_actor()), queries.Programme.id)
    money = queries.budgets([row.id for row in page.items])
    return {"items": [_programme(row, money[row.id]) for row in page.items], "next": page.next}


@bp.post("/programmes")
@access(P.PROGRAMME_DRAFT)
@bp.arguments(ProgrammeSchema)
@bp.response(201)
def draft_programme(body: dict[str, Any]) -> dict[str, Any]:
    """Draft a programme."""
    return _one_programme(programmes.draft_programme(current_actor(), body).code)


@bp.get("/programmes/<code>")
@access(P.FUND_READ)
@bp.response(200)
def show_programme(code: str) -> dict[str, Any]:
    """One programme with its budget."""
    return _one_programme(code)


@bp.post("/programmes/<code>/publish")
@access(P.PROGRAMME_PUBLISH)
@bp.arguments(PublishSchema)
@bp.response(200)
def publish_programme(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Publish a programme; needs the finance bureau's opinion."""
    programmes.publish_programme(current_actor(), code, body["finance_ref"])
    return _one_programme(code)


@bp.post("/programmes/<code>/close")
@access(P.PROGRAMME_PUBLISH)
@bp.response(200)
def close_programme(code: str) -> dict[str, Any]:
    """Take no more applications."""
    programmes.close_programme(current_actor(), code)
    return _one_programme(code)


@bp.post("/programmes/<code>/appropriations")
@access(P.BUDGET_APPROPRIATE)
@bp.arguments(AppropriationSchema)
@bp.response(201)
def appropriate(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Give a programme money; the same document is booked once."""
    budgets.appropriate(current_actor(), code, body["amount_fen"], body["doc_no"])
    return _one_programme(code)


@bp.get("/applications")
@access(P.FUND_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_applications(args: dict[str, Any]) -> dict[str, Any]:
    """Applications within the caller's scope, newest first."""
    query = queries.filtered_applications(
        current_actor(), states=[args["state"]] if "state" in args else [], programme=args.get("programme", ""),
        township=args.get("township", ""), text=args.get("q", ""),
    )  # fmt: skip
    page = page_by_id(query, queries.Application.id)
    return {"items": [_application(row) for row in page.items], "next": page.next}


@bp.post("/applications")
@access(P.APPLICATION_SUBMIT)
@bp.arguments(ApplicationSchema)
@bp.response(201)
def create_application(body: dict[str, Any]) -> dict[str, Any]:
    """Draft an application, and send it at once when ``submit`` is set."""
    actor = current_actor()
    application = services.create_application(
        actor,
        body["programme"],
        body["plot"],
        applied_m2=body.get("applied_m2"),
        note=body["note"],
        send=body["submit"],
    )
    return _with_actions(queries.get_application(actor, application.no))


@bp.get("/applications/<no>")
@access(P.FUND_READ)
@bp.response(200)
def show_application(no: str) -> dict[str, Any]:
    """One application with what can be done next."""
    return _with_actions(queries.get_application(current_actor(), no))


@bp.post("/applications/<no>/<action>")
@access(P.FUND_READ)
@bp.arguments(ActionSchema)
@bp.response(200)
def act(body: dict[str, Any], no: str, action: str) -> dict[str, Any]:
    """Do one action; an illegal one answers 409 with what is allowed."""
    return _with_actions(actions.act(current_actor(), no, action, body))


@bp.get("/payment-batches")
@access(P.PAYMENT_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_batches(args: dict[str, Any]) -> dict[str, Any]:
    """Payment batches, newest first; accounts by their last four digits."""
    page = page_by_id(queries.visible_batches(current_actor()), queries.PaymentBatch.id)
    return {"items": [_batch(row) for row in page.items], "next": page.next}


@bp.post("/payment-batches")
@access(P.PAYMENT_MAKE)
@bp.arguments(SelectionSchema)
@bp.response(201)
def make_batch(body: dict[str, Any]) -> dict[str, Any]:
    """Prepare a batch of approved applications."""
    return _batch(payments.make_batch(current_actor(), body["applications"]))


@bp.get("/payment-batches/<no>")
@access(P.PAYMENT_READ)
@bp.response(200)
def show_batch(no: str) -> dict[str, Any]:
    """One batch."""
    return _batch(queries.get_batch(current_actor(), no))


@bp.post("/payment-batches/<no>/release")
@access(P.PAYMENT_CHECK)
@bp.response(200)
def release_batch(no: str) -> dict[str, Any]:
    """Release a batch to the bank; repeating it changes nothing."""
    return _batch(payments.release_batch(current_actor(), no))


@bp.post("/payment-batches/<no>/result")
@access(P.PAYMENT_MAKE)
@bp.arguments(ResultSchema)
@bp.response(200)
def record_result(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Book the bank's answer for every line."""
    return _batch(payments.record_result(current_actor(), no, [payments.Result(**line) for line in body["lines"]]))
