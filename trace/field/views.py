"""HTML doors of production records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.field import duplicates, positions, queries, services, weigh_rules, weigh_views, weighing
from trace.field.schemas import HarvestForm
from trace.field.weighing import WeighIn
from trace.land import queries as land
from trace.lots import queries as lots
from trace.registry.rules import PARTS
from trace.web.access import access, current_actor
from trace.web.errors import translate
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("field", __name__, url_prefix="/field")
bp.register_blueprint(weigh_views.bp)
ROWS, MORE_ROWS = 3, 3
"""Containers offered at first, and added at a time."""


@bp.get("")
@access(Permission.HARVEST_RECORD)
def harvests() -> ResponseReturnValue:
    """The harvests in one's charge, newest first."""
    actor = current_actor()
    page = page_by_id(queries.visible_harvest_lots(actor), queries.Lot.id)
    ids = [lot.id for lot in page.items]
    return render_template(
        "field/harvests.html", page=page, made=lots.made_quantities(ids), left=lots.balances(ids), holds=lots.open_holds(ids),
        state_of=lots.lot_state, facts=queries.harvests_of_lots(ids), waiting=duplicates.open_suspicions(actor).count(),
    )  # fmt: skip


def _harvest_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    plots = [
        (p.code, f"{p.code} {p.village.name} {p.operator.name} {p.name}")
        for p in land.visible_plots(current_actor()).order_by(land.Plot.code)
    ]
    rows = _typed_rows(values)
    if values.get("quantity"):
        # One figure is the gross weight of one container without tare.
        rows[:0] = [{"gross": values["quantity"], "tare": "", "damage": ""}]
        errors = {("containers.0.gross" if name == "quantity" else name): text for name, text in errors.items()}
    rows += [{"gross": "", "tare": "", "damage": ""}] * max(0, ROWS - len(rows))
    if request.form.get("more"):
        rows += [{"gross": "", "tare": "", "damage": ""}] * MORE_ROWS
    return render_template(
        "field/harvest_form.html", values=values, errors=errors, plots=plots, parts=PARTS, rows=rows[: weigh_rules.MOST_CONTAINERS],
        destination_options=[(k, gettext(v)) for k, v in weigh_rules.DESTINATIONS.items()], net=_net_of(rows, values.get("unit") or "公斤"),
    )  # fmt: skip


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
    """Keep a harvest; its lot is made at once. The button for more containers only shows the form again."""
    values = form_values()
    if values.pop("more", ""):
        return _harvest_form(values, {})
    body = load(HarvestForm(), values)
    rows = [
        dict(zip(("gross", "tare", "damage"), row, strict=True))
        for row in zip(*(body.pop(key) for key in ("gross", "tare", "damage")), strict=False)
    ]
    unit, fix = body.pop("unit"), {key: body.pop(key) for key in ("lat", "lon", "accuracy")}
    containers = weighing.read_containers(rows, unit)
    asked = weighing.unit_words(rows, unit)
    if asked and not body.pop("unit_confirmed"):
        raise Invalid(asked.template, field="unit_confirmed", code="UNIT_CONFIRM", **asked.values)
    body.pop("unit_confirmed", None)
    weigh = WeighIn(containers, body.pop("pickers", None), body.pop("destination"), fix=positions.read_fix(fix))
    kept = services.record_harvest(current_actor(), **body, weigh=weigh)
    for message in kept.warnings:
        flash(translate(message), "todo")
    done("采收已登记，批次号 %(code)s。", code=kept.lot.code)
    return redirect(url_for("lots.show_lot", code=kept.lot.code))


def _typed_rows(values: dict[str, Any]) -> list[dict[str, str]]:
    columns = [values.get(key) or [] for key in ("gross", "tare", "damage")]
    if not all(isinstance(column, list) for column in columns):
        return []
    rows = [dict(zip(("gross", "tare", "damage"), row, strict=True)) for row in zip(*columns, strict=False)]
    while rows and not any(text.strip() for text in rows[-1].values()):
        rows.pop()
    return rows


def _net_of(rows: list[dict[str, str]], unit: str) -> int | None:
    """The net weight of what is typed so far, when it can be read."""
    try:
        net = WeighIn(weighing.read_containers(rows, unit)).net
    except Invalid:
        return None
    return net.grams if net else None
