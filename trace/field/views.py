"""HTML doors of production records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.field import queries, services
from trace.field.schemas import HarvestSchema
from trace.land.doors import plot_options
from trace.lots import queries as lots
from trace.registry.rules import PARTS
from trace.web.access import access, current_actor
from trace.web.errors import translate
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("field", __name__, url_prefix="/field")


@bp.get("")
@access(Permission.HARVEST_RECORD)
def harvests() -> ResponseReturnValue:
    """The harvests in one's charge, newest first."""
    page = page_by_id(queries.visible_harvest_lots(current_actor()), queries.Lot.id)
    ids = [lot.id for lot in page.items]
    return render_template(
        "field/harvests.html", page=page, made=lots.made_quantities(ids), left=lots.balances(ids), holds=lots.open_holds(ids),
        state_of=lots.lot_state,
    )  # fmt: skip


def _harvest_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    plots = plot_options(current_actor(), values.get("plot", ""))
    return render_template("field/harvest_form.html", values=values, errors=errors, plots=plots, parts=PARTS)


@bp.get("/harvests/new")
@access(Permission.HARVEST_RECORD)
def new_harvest() -> ResponseReturnValue:
    """The page to record a harvest."""
    values = {
        "plot": request.args.get("plot", ""),
        "harvested_on": business_date().isoformat(),
        "unit": "公斤",
        "part": "fruit",
    }
    return _harvest_form(values, {})


@bp.post("/harvests/new")
@access(Permission.HARVEST_RECORD)
@form_view(_harvest_form)
def record_harvest() -> ResponseReturnValue:
    """Keep a harvest; its lot is made at once."""
    body = load(HarvestSchema(), form_values())
    body.pop("unit", None)
    kept = services.record_harvest(current_actor(), **body)
    for message in kept.warnings:
        flash(translate(message), "todo")
    done("采收已登记，批次号 %(code)s。", code=kept.lot.code)
    return redirect(url_for("lots.show_lot", code=kept.lot.code))
