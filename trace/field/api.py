"""JSON doors of production records."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.field import services
from trace.field.schemas import HarvestSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.errors import translate

bp = Blueprint("api-field", __name__, description="生产记录")


@bp.post("/harvests")
@access(Permission.HARVEST_RECORD)
@bp.arguments(HarvestSchema)
@bp.response(201)
def record_harvest(body: dict[str, Any]) -> dict[str, Any]:
    """Record a harvest; answers with the lot it made."""
    body.pop("unit", None)
    kept = services.record_harvest(current_actor(), **body)
    return {
        "lot": kept.lot.code,
        "plot": body["plot_code"],
        "quantity_g": body["weight"].grams,
        "typed": {"quantity": body["weight"].typed_quantity, "unit": body["weight"].typed_unit},
        "late_days": kept.harvest.late_days,
        "warnings": [translate(message) for message in kept.warnings],
    }
