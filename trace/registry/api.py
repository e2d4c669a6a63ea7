"""JSON doors of the register."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.registry import queries, services
from trace.registry.schemas import PartyIn, PartyQuery, PartySchema, TownshipSchema, VillageQuery, VillageSchema
from trace.web.access import Access, access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-registry", __name__, description="行政区划与主体")


@bp.get("/townships")
@access(Access.SIGNED_IN)
@bp.response(200)
def list_townships() -> dict[str, Any]:
    """The 23 townships."""
    return {"items": TownshipSchema(many=True).dump(queries.townships()), "next": None}


@bp.get("/villages")
@access(Access.SIGNED_IN)
@bp.arguments(VillageQuery, location="query")
@bp.response(200)
def list_villages(args: dict[str, Any]) -> dict[str, Any]:
    """Villages, optionally of one township."""
    return {"items": VillageSchema(many=True).dump(queries.villages(args.get("township"))), "next": None}


@bp.get("/parties")
@access(Permission.PARTY_READ)
@bp.arguments(PartyQuery, location="query")
@bp.response(200)
def list_parties(args: dict[str, Any]) -> dict[str, Any]:
    """Parties within the caller's scope."""
    page = page_by_id(*queries.parties_for_list(current_actor(), args.get("kind", "")))
    return {"items": PartySchema(many=True).dump(page.items), "next": page.next}


@bp.post("/parties")
@access(Permission.PARTY_REGISTER)
@bp.arguments(PartyIn)
@bp.response(201, PartySchema)
def register_party(body: dict[str, Any]) -> Any:
    """Register a party."""
    return services.register_party(current_actor(), body)
