"""JSON doors of the nursery."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from trace.core.actor import Permission
from trace.nursery import dispatching, queries, services
from trace.nursery.rules import ORDER
from trace.nursery.schemas import DispatchIn, SowIn, one_of
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.fields import CHOICE, REQUIRED
from trace.web.paging import page_by_id

bp = Blueprint("api-nursery", __name__, description="苗圃")


class LotIn(SowIn):
    """A new seedling lot: sown from an accession, or taken in."""

    by = fields.Str(required=True, validate=validate.OneOf(["sow", "intake"], error=CHOICE), error_messages=REQUIRED)
    accession = fields.Str()
    taxon = fields.Str()
    phase = one_of(ORDER, load_default="growing")
    source = fields.Str(load_default="")
    variety_no = fields.Str(load_default="")


@bp.get("/nursery/lots")
@access(Permission.NURSERY_READ)
@bp.response(200)
def list_lots() -> dict[str, Any]:
    """Seedling lots in the caller's charge with the plants in each phase."""
    page = page_by_id(queries.visible_seedlings(current_actor()).order_by(), queries.SeedlingLot.id)
    phases = queries.phases_of([row.lot_id for row in page.items])
    return {"items": [_lot(row, phases[row.lot_id]) for row in page.items], "next": page.next}


@bp.post("/nursery/lots")
@access(Permission.NURSERY_RECORD)
@bp.arguments(LotIn)
@bp.response(201)
def make_lot(body: dict[str, Any]) -> dict[str, Any]:
    """Sow, or take seedlings in."""
    actor = current_actor()
    if body["by"] == "sow":
        row = services.sow(
            actor, body.get("accession", ""), way=body["way"], count=body["count"], on=body["on"], note=body["note"]
        )
    else:
        row = services.take_in(
            actor, taxon=body.get("taxon", ""), phase=body["phase"], count=body["count"], on=body["on"], source=body["source"],
            variety_no=body["variety_no"],
        )  # fmt: skip
    return _lot(row, queries.phases_of([row.lot_id])[row.lot_id])


@bp.get("/nursery/dispatches")
@access(Permission.NURSERY_READ)
@bp.response(200)
def list_dispatches() -> dict[str, Any]:
    """Dispatches one sent or is to receive, with what is planted."""
    page = page_by_id(queries.visible_dispatches(current_actor()).order_by(), queries.SeedlingDispatch.id)
    planted = queries.planted_of([row.id for row in page.items])
    return {"items": [_dispatch(row, planted[row.id]) for row in page.items], "next": page.next}


@bp.post("/nursery/dispatches")
@access(Permission.NURSERY_RECORD)
@bp.arguments(DispatchIn)
@bp.response(201)
def dispatch(body: dict[str, Any]) -> dict[str, Any]:
    """Let seedlings leave under their papers."""
    return _dispatch(dispatching.dispatch(current_actor(), body.pop("lot", ""), **body), 0)


def _lot(row: Any, phases: dict[str, int]) -> dict[str, Any]:
    return {
        "code": row.lot.code, "taxon": row.lot.product.taxon.key, "holder": row.lot.holder.name, "way": row.way,
        "accession": row.accession.code if row.accession_id else None, "variety_no": row.variety_no or None, "phases": phases,
    }  # fmt: skip


def _dispatch(row: Any, planted: int) -> dict[str, Any]:
    return {
        "code": row.code, "lot": row.lot.code, "purpose": row.purpose, "quantity": row.quantity, "planted": planted, "on": row.on_day.isoformat(),
        "licence_no": row.licence_no or None, "undone": row.undone,
    }  # fmt: skip
