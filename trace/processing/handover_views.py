"""HTML doors of handovers between two phones."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.lots import queries as lots
from trace.processing import handover
from trace.web.access import access, current_actor

bp = Blueprint("handovers", __name__)


@bp.get("/handovers/<code>")
@access(Permission.LOT_READ)
def of_lot(code: str) -> ResponseReturnValue:
    """The handovers of one lot: who gave, who took, how much arrived, both signatures' fingerprints."""
    actor = current_actor()
    lot = lots.get_lot(actor, code)
    return render_template(
        "processing/handovers.html", lot=lot, rows=handover.shown(actor, handover.handovers_of(actor, lot))
    )
