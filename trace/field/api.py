"""JSON doors of production records."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.field import duplicates, positions, queries, services, weighing
from trace.field.schemas import DecisionSchema, HarvestSchema, PriceSchema
from trace.field.weighing import WeighIn
from trace.lots import queries as lots
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.errors import translate
from trace.web.paging import page_by_id

bp = Blueprint("api-field", __name__, description="生产记录")


@bp.post("/harvests")
@access(Permission.HARVEST_RECORD)
@bp.arguments(HarvestSchema)
@bp.response(201)
def record_harvest(body: dict[str, Any]) -> dict[str, Any]:
    """Record a harvest; answers with the lot it made, its weigh ticket and what to look at again."""
    unit, rows = body.pop("unit"), body.pop("containers")
    weigh = WeighIn(
        weighing.read_containers(rows, unit), body.pop("pickers", None), body.pop("destination"),
        fix=positions.read_fix(body.pop("gps", None)),
    )  # fmt: skip
    kept = services.record_harvest(current_actor(), **body, weigh=weigh)
    weight = weigh.net or body["weight"]
    return {
        "lot": kept.lot.code, "plot": body["plot_code"], "quantity_g": weight.grams,
        "typed": {"quantity": weight.typed_quantity, "unit": weight.typed_unit}, "late_days": kept.harvest.late_days,
        "warnings": [translate(message) for message in kept.warnings], "ticket": kept.weighing.code,
        "damage_g": kept.weighing.damage_g, "suspected_duplicate": kept.suspected,
    }  # fmt: skip


@bp.get("/harvests/<code>")
@access(Permission.LOT_READ)
@bp.response(200)
def show_harvest(code: str) -> dict[str, Any]:
    """A harvest as it stood on the scales, with its prices."""
    harvest = queries.get_harvest(current_actor(), code)
    weighed = harvest.weighing
    return {
        "lot": harvest.lot.code, "plot": harvest.lot.plot.code, "part": harvest.part, "date": harvest.lot.made_on.isoformat(),
        "quantity_g": lots.made_quantities([harvest.lot_id])[harvest.lot_id], "late_days": harvest.late_days, "flagged": harvest.flagged,
        "ticket": weighed.code if weighed else None, "damage_g": weighed.damage_g if weighed else 0,
        "pickers": weighed.pickers if weighed else None, "destination": weighed.destination if weighed else "",
        "containers": [{"gross_g": c.gross_g, "tare_g": c.tare_g, "damage_g": c.damage_g} for c in queries.containers_of(weighed)],
        "prices": [
            {"version": p.version, "fen_per_kg": p.fen_per_kg, "date": p.priced_on.isoformat(), "reason": p.reason}
            for p in queries.prices_of(harvest)
        ],
    }  # fmt: skip


@bp.post("/harvests/<code>/prices")
@access(Permission.HARVEST_RECORD)
@bp.arguments(PriceSchema)
@bp.response(201)
def price_harvest(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Say what a harvest fetched."""
    row = weighing.price_harvest(current_actor(), code, **body)
    return {"lot": code, "version": row.version, "fen_per_kg": row.fen_per_kg}


@bp.get("/duplicates")
@access(Permission.DUPLICATE_RESOLVE)
@bp.response(200)
def list_duplicates() -> dict[str, Any]:
    """Suspected duplicates about lots in the caller's charge, newest first."""
    actor = current_actor()
    page = page_by_id(duplicates.visible_suspicions(actor), duplicates.SuspectedDuplicate.id)
    items = [
        {
            "code": pair.row.code, "first": pair.first.harvest.lot.code, "second": pair.second.harvest.lot.code,
            "outcome": pair.row.outcome, "message": translate(pair.message), "reason": pair.row.reason,
        }
        for pair in duplicates.pairs(actor, page.items)
    ]  # fmt: skip
    return {"items": items, "next": page.next}


@bp.post("/duplicates/<code>/resolve")
@access(Permission.DUPLICATE_RESOLVE)
@bp.arguments(DecisionSchema)
@bp.response(200)
def resolve_duplicate(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Decide a suspected duplicate: keep both, or undo the second."""
    row = duplicates.resolve_by_code(current_actor(), code, **body)
    return {"code": row.code, "outcome": row.outcome}
