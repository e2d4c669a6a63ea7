"""JSON doors of quality."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.lots import queries as lots
from trace.quality import services
from trace.quality.schemas import HoldSchema, RecallSchema, ReleaseSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-quality", __name__, description="封存与召回")


def _out(hold: Any) -> dict[str, Any]:
    return {
        "code": hold.code, "kind": hold.kind, "lot": hold.lot.code, "reason": hold.reason,
        "placed_at": hold.placed_at.isoformat(), "released_at": hold.released_at.isoformat() if hold.released_at else None,
    }  # fmt: skip


@bp.get("/holds")
@access(Permission.QUALITY_READ)
@bp.response(200)
def list_holds() -> dict[str, Any]:
    """Holds and recalls of lots in the caller's charge."""
    page = page_by_id(lots.visible_holds(current_actor()), lots.Hold.id)
    return {"items": [_out(hold) for hold in page.items], "next": page.next}


@bp.post("/holds")
@access(Permission.HOLD_PLACE)
@bp.arguments(HoldSchema)
@bp.response(201)
def place_hold(body: dict[str, Any]) -> dict[str, Any]:
    """Block a lot and everything made from it."""
    hold = services.place_hold(current_actor(), **body)
    return _out(lots.hold_by_code(hold.code))


@bp.post("/recalls")
@access(Permission.RECALL_OPEN)
@bp.arguments(RecallSchema)
@bp.response(201)
def open_recall(body: dict[str, Any]) -> dict[str, Any]:
    """Recall a lot and everything made from it."""
    hold = services.open_recall(current_actor(), **body)
    return _out(lots.hold_by_code(hold.code))


@bp.post("/holds/<code>/release")
@access(Permission.HOLD_RELEASE)
@bp.arguments(ReleaseSchema)
@bp.response(200)
def release(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Lift a hold or recall; by a second person."""
    services.release(current_actor(), code, body["note"])
    return _out(lots.hold_by_code(code))
