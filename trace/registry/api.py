"""JSON doors of the register."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.registry import directory, members, queries, services
from trace.registry.directory import Filters
from trace.registry.schemas import (
    JoinIn,
    MembershipOut,
    PartyIn,
    PartyQuery,
    PartySchema,
    TitleIn,
    TitleOut,
    TownshipSchema,
    VillageQuery,
    VillageSchema,
)
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
    """Parties in use within the caller's scope, narrowed as on the page."""
    query = directory.filtered(current_actor(), Filters.of(args), business_date())
    page = page_by_id(query, queries.Party.id)
    return {"items": PartySchema(many=True).dump(page.items), "next": page.next}


@bp.post("/parties")
@access(Permission.PARTY_REGISTER)
@bp.arguments(PartyIn)
@bp.response(201, PartySchema)
def register_party(body: dict[str, Any]) -> Any:
    """Register a party."""
    return services.register_party(current_actor(), body)


@bp.get("/parties/<code>/memberships")
@access(Permission.PARTY_READ)
@bp.response(200)
def list_memberships(code: str) -> dict[str, Any]:
    """Members of an organisation past and present, with their dates."""
    party = queries.get_party(current_actor(), code)
    page = page_by_id(queries.members_of(party).order_by(), queries.Membership.id)
    return {"items": MembershipOut(many=True).dump(page.items), "next": page.next}


@bp.post("/parties/<code>/memberships")
@access(Permission.PARTY_REGISTER)
@bp.arguments(JoinIn)
@bp.response(201, MembershipOut)
def join(body: dict[str, Any], code: str) -> Any:
    """Enter a member of the organisation."""
    return members.join(current_actor(), code, body["member"], body["joined_on"])


@bp.get("/parties/<code>/titles")
@access(Permission.PARTY_READ)
@bp.response(200)
def list_titles(code: str) -> dict[str, Any]:
    """Titles and licences of a party, newest first."""
    rows = queries.titles_of(queries.get_party(current_actor(), code))
    return {"items": TitleOut(many=True).dump(rows), "next": None}


@bp.post("/parties/<code>/titles")
@access(Permission.PARTY_REGISTER)
@bp.arguments(TitleIn)
@bp.response(201, TitleOut)
def grant_title(body: dict[str, Any], code: str) -> Any:
    """Record a title or licence."""
    return services.grant_title(current_actor(), code, **body)
