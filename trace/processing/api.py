"""JSON doors of processing."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.lots import queries as lots
from trace.processing import consignments, queries, remaking, services
from trace.processing.certified import Papers
from trace.processing.schemas import DispatchSchema, OperationSchema, PackSchema, ReceiptSchema, ReworkSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint

bp = Blueprint("api-processing", __name__, description="加工")


def _done(done: services.Done) -> dict[str, Any]:
    made = lots.made_quantities([lot.id for lot in done.lots])
    return {
        "operation": done.operation.code,
        "kind": done.operation.kind,
        "outputs": [{"lot": lot.code, "quantity": made[lot.id], "unit": lot.unit} for lot in done.lots],
    }


@bp.post("/operations")
@access(Permission.LOT_OPERATE)
@bp.arguments(OperationSchema)
@bp.response(201)
def record_operation(body: dict[str, Any]) -> dict[str, Any]:
    """n inputs → m outputs + loss."""
    return _done(services.record_operation(current_actor(), body))


@bp.post("/packings")
@access(Permission.PACK_RECORD)
@bp.arguments(PackSchema)
@bp.response(201)
def record_pack(body: dict[str, Any]) -> dict[str, Any]:
    """Pack lots of one product."""
    inputs = [services.Input(**line) for line in body.pop("inputs")]
    return _done(services.pack(current_actor(), inputs, **body))


@bp.post("/reworks")
@access(Permission.RUN_RECORD)
@bp.arguments(ReworkSchema)
@bp.response(201)
def record_rework(body: dict[str, Any]) -> dict[str, Any]:
    """Work lots of one product over: the same product, never more of it, with a reason."""
    inputs = [services.Input(**line) for line in body.pop("inputs")]
    return _done(remaking.rework(current_actor(), inputs, body.pop("quantity"), **body))


@bp.get("/dispatches")
@access(Permission.RECEIPT_RECORD)
@bp.response(200)
def list_dispatches() -> dict[str, Any]:
    """Dispatches on their way to the caller's party."""
    rows = queries.dispatches(current_actor(), incoming=True, state="sent").limit(200)
    items = [
        {
            "code": d.code,
            "lot": d.lot.code,
            "product": d.lot.product.code,
            "quantity": d.quantity,
            "from": d.lot.holder.name,
        }
        for d in rows
    ]
    return {"items": items, "next": None}


@bp.post("/dispatches")
@access(Permission.LOT_DISPATCH)
@bp.arguments(DispatchSchema)
@bp.response(201)
def dispatch_lot(body: dict[str, Any]) -> dict[str, Any]:
    """Send a lot to a plant."""
    row = consignments.send(current_actor(), body.pop("lot"), **body)
    return {"code": row.code, "quantity": row.quantity}


@bp.post("/dispatches/<code>/receive")
@access(Permission.RECEIPT_RECORD)
@bp.arguments(ReceiptSchema)
@bp.response(201)
def receive(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Take a dispatch over."""
    return _done(
        services.receive(
            current_actor(),
            code,
            body["quantity"],
            reason=body["reason"],
            price_fen_per_kg=body.get("price"),
            papers=Papers(self_check=body["self_check"]),
        )  # fmt: skip
    )
