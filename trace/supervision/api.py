"""JSON doors of supervision."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.supervision import queries, rules, scores, scoring, services
from trace.supervision.schemas import FindingSchema, ListQuery, StepSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-supervision", __name__, description="督查考核")
P = Permission


def _finding(row: Any) -> dict[str, Any]:
    now = utcnow()
    marks = queries.late_marks([row]).get(row.id, [])
    return {
        "code": row.code, "township": row.township.code, "source": row.source, "cause": row.cause, "facts": row.facts, "state": row.state,
        "state_label": rules.State(row.state).label, "paper": row.paper, "directive": row.paper == "notice",
        "authority_ref": row.authority_ref, "requirement": row.requirement, "due_at": row.due_at.isoformat() if row.due_at else None,
        "extended": row.extended, "escalated_to": row.escalated_to, "late_marks": [m.due_at.isoformat() for m in marks],
        "allowed": [a.value for a in queries.allowed(current_actor(), row, now)],
    }  # fmt: skip


@bp.get("/supervision/findings")
@access(P.SUPERVISION_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_findings(args: dict[str, Any]) -> dict[str, Any]:
    """Findings one may see, newest first."""
    query = queries.filtered_findings(
        current_actor(), state=args["state"], township=args["township"], cause=args["cause"]
    )
    page = page_by_id(query, queries.Finding.id)
    return {"items": [_finding(row) for row in page.items], "next": page.next}


@bp.post("/supervision/findings")
@access(P.SUPERVISION_INSPECT)
@bp.arguments(FindingSchema)
@bp.response(201)
def find(body: dict[str, Any]) -> dict[str, Any]:
    """Write down a problem."""
    return _finding(services.find(current_actor(), **body))


@bp.get("/supervision/findings/<code>")
@access(P.SUPERVISION_READ)
@bp.response(200)
def show_finding(code: str) -> dict[str, Any]:
    """One finding with what may be done now."""
    return _finding(queries.get_finding(current_actor(), code))


@bp.post("/supervision/findings/<code>/<action>")
@access(P.SUPERVISION_ISSUE, P.RECTIFICATION_REPORT, P.RECTIFICATION_RECHECK)
@bp.arguments(StepSchema)
@bp.response(200)
def act(body: dict[str, Any], code: str, action: str) -> dict[str, Any]:
    """One step on the way; 409 with ``allowed`` when it is not open."""
    return _finding(services.act(current_actor(), code, action, body))


@bp.get("/supervision/scores/<code>")
@access(P.SUPERVISION_READ)
@bp.response(200)
def show_scores(code: str) -> dict[str, Any]:
    """A score run: state, hashes, points in hundredths, and whether the locked input still gives them."""
    actor = current_actor()
    run = scores.get_run(actor, code)
    snapshot = scores.latest(run)
    rows = [r for r in snapshot.result["townships"] if actor.county_wide or r["code"] in actor.township_codes]
    return {
        "code": run.code, "year": run.year, "state": run.state, "state_label": scoring.RunState(run.state).label,
        "minutes_ref": run.minutes_ref, "snapshot_sha256": snapshot.sha256, "result_sha256": snapshot.result_sha256,
        "reproduced": scores.recompute(snapshot), "townships": rows, "allowed": scores.allowed(actor, run),
    }  # fmt: skip
