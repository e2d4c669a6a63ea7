"""JSON doors of statements."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.statements import queries, services
from trace.statements.schemas import ListQuery, OpenSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint

bp = Blueprint("api-statements", __name__, description="乡镇报表")


@bp.get("/statements")
@access(Permission.STATEMENT_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_statements(args: dict[str, Any]) -> dict[str, Any]:
    """Statements within one's scope, newest first, at most 500; narrowed by period and township."""
    found = queries.filtered(current_actor(), period=args.get("period", ""), township=args.get("township", ""))
    return {"items": [_head(row) for row in found], "next": None}


@bp.post("/statements/period")
@access(Permission.STATEMENT_SUBMIT)
@bp.arguments(OpenSchema)
@bp.response(201)
def open_statement(body: dict[str, Any]) -> dict[str, Any]:
    """Begin a quarter's or a year's statement, pre-filled from the register."""
    return show_body(services.open_statement(current_actor(), **body))


@bp.get("/statements/<code>")
@access(Permission.STATEMENT_READ)
@bp.response(200)
def show(code: str) -> dict[str, Any]:
    """One statement: what the register said, what was reported, why they differ; its hash once locked."""
    return show_body(queries.get_statement(current_actor(), code))


def show_body(row: Any) -> dict[str, Any]:
    """A statement as JSON."""
    snapshot = queries.snapshot_of(row)
    lines = [
        {"key": line.key, "register": line.register, "reported": line.reported, "reason": line.reason}
        for line in queries.lines_of(row).values()
    ]
    return {**_head(row), "lines": lines, "problems": row.problems, "sha256": snapshot.sha256 if snapshot else None}


def _head(row: Any) -> dict[str, Any]:
    mark = queries.late_mark(row)
    return {
        "code": row.code, "township": row.township.code, "period": row.period, "amendment": row.amendment, "state": row.state,
        "due_on": row.due_on.isoformat(), "late_days": mark.days if mark else 0,
        "signed_at": row.signed_at.isoformat() if row.signed_at else None,
    }  # fmt: skip
