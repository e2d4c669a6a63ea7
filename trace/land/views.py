"""HTML doors of the land register."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import EXCLUDE

from trace.audit import queries as trail
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.core.geometry import COUNTY_BOX
from trace.land import (
    case_views,
    cases,
    dossier_views,
    garden_views,
    map_views,
    queries,
    rules,
    services,
    visit_views,
    visits,
)
from trace.land.doors import LABELS, all_uploaded, plot_words
from trace.land.page import page_of, picture_of_overlaps
from trace.land.schemas import BoundarySchema, CheckSchema, PlotSchema, VisitSchema
from trace.registry import queries as register
from trace.registry.doors import party_options
from trace.registry.regions import merge_of
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("land", __name__, url_prefix="/plots")


def _filters() -> dict[str, str]:
    return {
        name: request.args.get(key, "").strip()
        for name, key in (("township", "township"), ("state", "state"), ("text", "q"))
    }


@bp.get("")
@access(Permission.PLOT_READ)
def plots() -> ResponseReturnValue:
    """The plots in one's charge, with sums above and filters in the address."""
    query = queries.filtered_plots(current_actor(), **_filters())
    count, area = queries.totals(query)
    return render_template(
        "land/plots.html", page=page_by_id(query, queries.Plot.id), count=count, area_m2=area, filters=_filters(),
        townships=register.townships(), states=rules.PLOT_STATES,
    )  # fmt: skip


@bp.get("/picks.json")
@access(Permission.PLOT_READ)
def picks() -> Response:
    """Plots for a pick-list, by code, name, operator or village."""
    found = queries.picks(current_actor(), request.args.get("q", "").strip()[:40])
    return jsonify(items=[{"code": plot.code, "label": plot_words(plot)} for plot in found])


@bp.get("/map")
@access(Permission.PLOT_READ)
def plot_map() -> ResponseReturnValue:
    """The same plots on a map without tiles."""
    return map_views.map_page()


@bp.get("/map.geojson")
@access(Permission.PLOT_READ)
def map_data() -> Response:
    """What lies in a window of the map."""
    return map_views.window()


def _plot_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    groups: dict[str, list[tuple[str, str]]] = {}
    for village in register.villages():
        if not actor.township_codes or village.township.code in actor.township_codes:
            groups.setdefault(village.township.name, []).append((village.code, village.name))
    return render_template(
        "land/plot_form.html", values=values, errors=errors, villages=list(groups.items()),
        operators=party_options(actor, values.get("operator", "")),
        taxa=register.taxa(), words=rules, box=COUNTY_BOX, shared=_shared(values, errors),
    )  # fmt: skip


def _shared(values: dict[str, Any], errors: dict[str, str], plot: str = "") -> dict[str, Any] | None:
    """What a refused boundary runs over, with a picture; nothing when that is not why it was refused."""
    if list(errors) != ["geometry"]:
        return None
    try:
        judged = services.judge_boundary(current_actor(), {**load(CheckSchema(unknown=EXCLUDE), values), "plot": plot})
    except Invalid:
        return None
    if judged.boundary is None or not judged.conflicts:
        return None
    picture = picture_of_overlaps(current_actor(), judged.boundary.geometry, judged.conflicts)
    return {"overlaps": judged.conflicts, "picture": picture, "area_m2": judged.boundary.area_m2}


@bp.get("/new")
@access(Permission.PLOT_REGISTER)
def new_plot() -> ResponseReturnValue:
    """The page to register a plot."""
    return _plot_form({"land_class": "suitable_waste", "management": "conventional"}, {})


@bp.post("/new")
@access(Permission.PLOT_REGISTER)
@form_view(_plot_form)
def register_plot() -> ResponseReturnValue:
    """Register a plot, or hand it to the bureau when it overlaps and that was asked for."""
    values = form_values()
    refer = values.pop("refer", "")
    body = load(PlotSchema(), values)
    if refer:
        return _referred(cases.submit_plot(current_actor(), body).code)
    plot = services.register_plot(current_actor(), body)
    done("地块 %(code)s 已登记。", code=plot.code)
    return redirect(url_for("land.show_plot", code=plot.code))


def _referred(case: str) -> ResponseReturnValue:
    done("已提交县林业局裁定，申请编号 %(code)s。", code=case)
    return redirect(url_for("land.cases.show", case=case))


@bp.get("/<code>")
@access(Permission.PLOT_READ)
def show_plot(code: str) -> ResponseReturnValue:
    """One plot on a day: facts, boundary, visits, papers, history, trail."""
    actor = current_actor()
    page = page_of(actor, code, business_date(), _asked_day())
    plot = page.plot
    return render_template(
        "land/plot.html", page=page, plot=plot, words=rules, labels=LABELS, step=page.next_step(actor), steps=page.steps(actor),
        trail=trail.entries_about(plot.code), merge=merge_of(plot.village), density=register.reference_range(plot.taxon, "density"),
    )  # fmt: skip


def _asked_day() -> date | None:
    """``?on=2026-07-18``; nonsense counts as absent."""
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None


def _boundary_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    values = {"geometry": queries.boundaries(plot)[0].geojson, **values}
    return render_template(
        "land/boundary_form.html", plot=plot, values=values, errors=errors, box=COUNTY_BOX, words=rules,
        shared=_shared(values, errors, code),
    )  # fmt: skip


@bp.get("/<code>/boundary")
@access(Permission.PLOT_REGISTER)
def new_boundary(code: str) -> ResponseReturnValue:
    """The page to redraw a boundary."""
    return _boundary_form({"valid_from": business_date().isoformat()}, {}, code)


@bp.post("/<code>/boundary")
@access(Permission.PLOT_REGISTER)
@form_view(_boundary_form)
def redraw_boundary(code: str) -> ResponseReturnValue:
    """Keep a new dated boundary, or hand it to the bureau when it overlaps and that was asked for."""
    values = form_values()
    refer = values.pop("refer", "")
    body = load(BoundarySchema(), values)
    if refer:
        return _referred(cases.submit_boundary(current_actor(), code, body).code)
    services.redraw_boundary(current_actor(), code, body.pop("geometry"), body.pop("reason"), **body)
    done("地块 %(code)s 的新边界已保存，旧边界仍可查。", code=code)
    return redirect(url_for("land.show_plot", code=code))


def _visit_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    due = visits.due_of(plot)
    values = {"kind": due.kind if due else "year1", **values}
    return render_template(
        "land/visit_form.html", plot=plot, values=values, errors=errors, due=due, wanted=visits.sample_wanted(plot),
        percent=visits.sample_percent(plot), places=rules.SAMPLE_PLACES, title=gettext("成活率查验"),
    )  # fmt: skip


@bp.get("/<code>/visit")
@access(Permission.PLOT_VERIFY)
def new_visit(code: str) -> ResponseReturnValue:
    """The page for a survival visit."""
    return _visit_form({}, {}, code)


@bp.post("/<code>/visit")
@access(Permission.PLOT_VERIFY)
@form_view(_visit_form)
def record_visit(code: str) -> ResponseReturnValue:
    """Keep a survival visit."""
    body = load(VisitSchema(), form_values())
    services.record_visit(current_actor(), code, photos=all_uploaded("photos"), **body)
    done("地块 %(code)s 的成活率查验已保存。", code=code)
    return redirect(url_for("land.show_plot", code=code))


bp.register_blueprint(case_views.bp)
bp.register_blueprint(dossier_views.bp)
bp.register_blueprint(garden_views.bp)
bp.register_blueprint(visit_views.bp)
