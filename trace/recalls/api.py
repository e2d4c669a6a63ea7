"""JSON doors of recalls for the offices: the cases with what has been explained; a recall itself is ordered at ``POST /recalls`` (quality)."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.recalls import queries
from trace.web.access import access
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-recalls", __name__, description="召回案件")


def _grams(sums: queries.Sums) -> dict[str, int]:
    return {
        "total_g": sums.total_g, "located_g": sums.located_g, "returned_g": sums.returned_g, "destroyed_g": sums.destroyed_g,
        "sold_g": sums.sold_g, "unexplained_g": sums.unexplained_g,
    }  # fmt: skip


def _out(case: Any) -> dict[str, Any]:
    return {
        "code": case.code, "lot": case.hold.lot.code, "level": case.level, "state": case.state, "started_at": case.started_at.isoformat(),
        "finish_due_on": case.finish_due_on.isoformat(), "incident": case.incident.code if case.incident_id else None,
        "quantities": _grams(queries.sums_of(case)),
    }  # fmt: skip


@bp.get("/recalls")
@access(Permission.CASE_READ)
@bp.response(200)
def list_recalls() -> dict[str, Any]:
    """Cases of recalls, newest first, with their grams located, returned, destroyed, sold and unexplained."""
    page = page_by_id(queries.recalls(), queries.Recall.id)
    return {"items": [_out(case) for case in page.items], "next": page.next}


@bp.get("/recalls/<code>")
@access(Permission.CASE_READ)
@bp.response(200)
def show_recall(code: str) -> dict[str, Any]:
    """One case, each holder with its acknowledgement, its lots and their grams."""
    case = queries.get_recall(code)
    holders = [
        {
            "party": holder.notice.party.code, "name": holder.notice.party.name, "quantities": _grams(holder.sums),
            "lots": [{"lot": row.row.lot.code, **_grams(row.sums)} for row in holder.rows],
        }
        for holder in queries.holders_of(case)
    ]  # fmt: skip
    return {**_out(case), "holders": holders}
