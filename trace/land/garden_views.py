"""HTML doors of demonstration gardens, contiguous blocks and the settings of the land register."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.land import gardens, preferences, queries, rules
from trace.land.blocks import contiguous_blocks
from trace.land.paper_schemas import GardenSchema, SettingsSchema, WithdrawSchema
from trace.registry import queries as register
from trace.registry.doors import party_options
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("gardens", __name__)
MOST_BLOCKS = 200
STEPS = 3
"""Rows of the sampling plan on its form."""


@bp.get("/gardens")
@access(Permission.PLOT_READ)
def index() -> ResponseReturnValue:
    """Demonstration gardens in one's charge."""
    query = gardens.visible_gardens(current_actor())
    return render_template(
        "land/gardens.html",
        page=page_by_id(query, gardens.DemoGarden.id),
        count=query.count(),
        states=rules.GARDEN_STATES,
    )


def _garden_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    operators = party_options(current_actor(), values.get("operator", ""))
    return render_template(
        "land/garden_form.html", values=values, errors=errors, operators=operators, townships=register.townships()
    )


@bp.get("/gardens/new")
@access(Permission.PLOT_DECIDE)
def new() -> ResponseReturnValue:
    """The page to register a garden."""
    return _garden_form({"state": "designated"}, {})


@bp.post("/gardens/new")
@access(Permission.PLOT_DECIDE)
@form_view(_garden_form)
def add() -> ResponseReturnValue:
    """Register a garden."""
    garden = gardens.add_garden(current_actor(), load(GardenSchema(), form_values()))
    done("示范园 %(code)s 已登记。", code=garden.code)
    return redirect(url_for("land.gardens.show", garden=garden.code))


def _garden_page(values: dict[str, Any], errors: dict[str, str], garden: str) -> str:
    actor = current_actor()
    found = gardens.get_garden(actor, garden)
    plots = gardens.plots_of(actor, found)
    return render_template(
        "land/garden.html", garden=found, plots=plots, area_m2=sum(plot.area_m2 for plot in plots), errors=errors,
        values={"on": business_date().isoformat(), **values}, states=rules.GARDEN_STATES, plot_states=rules.PLOT_STATES,
    )  # fmt: skip


@bp.get("/gardens/<garden>")
@access(Permission.PLOT_READ)
def show(garden: str) -> ResponseReturnValue:
    """One garden: its document and its plots."""
    return _garden_page({}, {}, garden)


@bp.post("/gardens/<garden>/withdraw")
@access(Permission.PLOT_DECIDE)
@form_view(_garden_page)
def withdraw(garden: str) -> ResponseReturnValue:
    """End a designation."""
    body = load(WithdrawSchema(), form_values())
    gardens.withdraw_garden(current_actor(), garden, body["on"], body["reason"])
    done("示范园 %(code)s 已撤销，记录仍可查。", code=garden)
    return redirect(url_for("land.gardens.show", garden=garden))


@bp.get("/blocks")
@access(Permission.PLOT_READ)
def blocks() -> ResponseReturnValue:
    """Contiguous blocks of one township among the plots one sees."""
    actor = current_actor()
    townships = [
        t
        for t in register.townships()
        if actor.county_wide or not actor.township_codes or t.code in actor.township_codes
    ]
    chosen = request.args.get("township", "")
    if chosen not in {t.code for t in townships} and actor.township_codes:
        chosen = townships[0].code
    gap = min(request.args.get("gap", type=int) or preferences.number("land.block_gap_m"), 1000)
    pieces = queries.pieces(actor, chosen) if chosen or not actor.county_wide else []
    found = contiguous_blocks(pieces, gap)
    return render_template(
        "land/blocks.html", townships=townships, chosen=chosen, gap=gap, blocks=found[:MOST_BLOCKS], count=len(found),
        plots=len(pieces), area_m2=sum(piece.area_m2 for piece in pieces), assumed=preferences.is_assumed("land.block_gap_m"),
    )  # fmt: skip


def _settings_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    plan = dict(enumerate(preferences.sampling_plan()))
    kept: dict[str, Any] = {
        "tolerance_m2": preferences.number("land.overlap_tolerance_m2"), "far_m": preferences.number("land.township_far_m"),
        "gap_m": preferences.number("land.block_gap_m"),
    }  # fmt: skip
    for step in range(STEPS):
        limit, percent = plan.get(step, ("", ""))
        kept |= {f"limit{step}": "" if limit is None else limit, f"percent{step}": percent}
    return render_template("land/settings.html", values={**kept, **values}, errors=errors, steps=range(STEPS))


@bp.get("/settings")
@access(Permission.PLOT_DECIDE)
def settings() -> ResponseReturnValue:
    """What the bureau sets for the land register."""
    return _settings_form({}, {})


@bp.post("/settings")
@access(Permission.PLOT_DECIDE)
@form_view(_settings_form)
def change_settings() -> ResponseReturnValue:
    """Set it."""
    body = load(SettingsSchema(), form_values())
    steps = [(body.get(f"limit{n}"), body[f"percent{n}"]) for n in range(STEPS) if f"percent{n}" in body]
    preferences.change(
        current_actor(), tolerance_m2=body["tolerance_m2"], far_m=body["far_m"], gap_m=body["gap_m"], plan=steps
    )
    done("地块参数已保存。")
    return redirect(url_for("land.gardens.settings"))
