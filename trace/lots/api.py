"""JSON doors of the ledger."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.lots import queries, services, tracing
from trace.lots.schemas import LotQuery, SplitSchema, TraceQuery
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-lots", __name__, description="批次")


def _out(lots: list[Any]) -> list[dict[str, Any]]:
    ids = [lot.id for lot in lots]
    left, holds, made = queries.balances(ids), queries.open_holds(ids), queries.made_quantities(ids)
    return [
        {
            "code": lot.code, "kind": lot.kind, "product": lot.product.code, "product_name": lot.product.name,
            "taxon": lot.product.taxon.key, "unit": lot.unit, "made_on": lot.made_on.isoformat(), "made_quantity": made[lot.id],
            "balance": left[lot.id], "balance_g": left[lot.id] if lot.unit == "g" else None,
            "state": queries.lot_state(holds.get(lot.id, []), left[lot.id]), "holder": lot.holder.name,
            "plot": lot.plot.code if lot.plot_id else None,
        }
        for lot in lots
    ]  # fmt: skip


@bp.get("/lots")
@access(Permission.LOT_READ)
@bp.arguments(LotQuery, location="query")
@bp.response(200)
def list_lots(args: dict[str, Any]) -> dict[str, Any]:
    """Lots in the caller's charge, newest first."""
    query = queries.filtered_lots(current_actor(), kind=args.get("kind", ""), text=args.get("q", ""))
    page = page_by_id(query, queries.Lot.id)
    return {"items": _out(page.items), "next": page.next}


@bp.get("/lots/<code>")
@access(Permission.LOT_READ)
@bp.response(200)
def show_lot(code: str) -> dict[str, Any]:
    """One lot with its balance and state."""
    return _out([queries.get_lot(current_actor(), code)])[0]


@bp.get("/lots/<code>/trace")
@access(Permission.LOT_READ)
@bp.arguments(TraceQuery, location="query")
@bp.response(200)
def trace_lot(args: dict[str, Any], code: str) -> dict[str, Any]:
    """The genealogy of a lot with exact shares."""
    return tracing.as_json(tracing.trace_lot(current_actor(), code, args["direction"]))


@bp.post("/lots/<code>/split")
@access(Permission.LOT_SPLIT)
@bp.arguments(SplitSchema)
@bp.response(201)
def split_lot(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Split a lot into smaller lots."""
    made = services.split_lot(current_actor(), code, body["parts"])
    return {"items": _out([queries.get_lot(current_actor(), lot.code) for lot in made]), "next": None}
