"""JSON doors of public money."""

from __future__ import annotations

import base64
from typing import Any

from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.core.units import mu_from_m2
from trace.files.rules import Upload
from trace.funds import actions, budgets, documents, evidence, ledger, queries, rules, services
from trace.funds.schemas import (
    ActionSchema,
    ApplicationSchema,
    AppropriationSchema,
    DocumentBody,
    ListQuery,
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


@bp.post("/applications/<no>/documents")
@access(P.FUND_READ)
@bp.arguments(DocumentBody)
@bp.response(201)
def add_document(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Hand in one paper or photograph; its content as base64. A photograph of the verification needs time and place."""
    try:
        content = base64.b64decode(body["content"], validate=True)
    except ValueError as error:
        raise Invalid("文件内容不是 base64。", field="content", code="NOT_BASE64") from error
    taken = documents.Taken(body.get("taken_at"), body.get("lon"), body.get("lat"))
    kept = documents.add_document(
        current_actor(), no, body["kind"], Upload(body["name"], content, "content"), title=body["title"], taken=taken
    )  # fmt: skip
    return {"seq": kept.seq, "kind": kept.kind, "sha256": kept.file.sha256}


@bp.get("/applications/<no>/evidence")
@access(P.FUND_READ)
@bp.response(200)
def show_evidence(no: str) -> dict[str, Any]:
    """The evidence item by item, and the hash of the frozen bundle if there is one."""
    application = queries.get_application(current_actor(), no)
    bundle = evidence.bundle_of(application)
    return {
        "items": [{"code": item.code, "label": item.label, "ok": item.ok, "detail": str(item.message)} for item in evidence.gather(application)],
        "bundle_hash": bundle.hash if bundle else None, "matches": bundle is not None and not evidence.changes(application, bundle),
    }  # fmt: skip


@bp.post("/applications/<no>/<action>")
@access(P.FUND_READ)
@bp.arguments(ActionSchema)
@bp.response(200)
def act(body: dict[str, Any], no: str, action: str) -> dict[str, Any]:
    """Do one action; an illegal one answers 409 with what is allowed."""
    return _with_actions(actions.act(current_actor(), no, action, body))
