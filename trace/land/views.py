"""HTML doors of the land register."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.audit import queries as trail
from trace.core.actor import Permission
from trace.core.geometry import COUNTY_BOX
from trace.land import map_views, queries, rules, services
from trace.land.schemas import BoundarySchema, PlotSchema, VisitSchema
from trace.registry import queries as register
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
    operators = [(p.code, p.name) for p in register.visible_parties(actor).order_by(register.Party.name)]
    return render_template(
        "land/plot_form.html", values=values, errors=errors, villages=list(groups.items()), operators=operators,
        taxa=register.taxa(), land_classes=rules.LAND_CLASSES, modes=rules.MANAGEMENT_MODES, box=COUNTY_BOX,
    )  # fmt: skip


@bp.get("/new")
@access(Permission.PLOT_REGISTER)
def new_plot() -> ResponseReturnValue:
    """The page to register a plot."""
    return _plot_form({"land_class": "suitable_waste", "management": "conventional"}, {})


@bp.post("/new")
@access(Permission.PLOT_REGISTER)
@form_view(_plot_form)
def register_plot() -> ResponseReturnValue:
    """Register a plot."""
    plot = services.register_plot(current_actor(), load(PlotSchema(), form_values()))
    done("地块 %(code)s 已登记。", code=plot.code)
    return redirect(url_for("land.show_plot", code=plot.code))


@bp.get("/<code>")
@access(Permission.PLOT_READ)
def show_plot(code: str) -> ResponseReturnValue:
    """One plot: facts, boundary, visits, trail."""
    plot = queries.get_plot(current_actor(), code)
    versions = queries.boundaries(plot)
    return render_template(
        "land/plot.html", plot=plot, versions=versions, visits=queries.visits(plot), states=rules.PLOT_STATES,
        land_classes=rules.LAND_CLASSES, modes=rules.MANAGEMENT_MODES, trail=trail.entries_about(plot.code),
        geometry=json.loads(versions[0].geojson), density=register.reference_range(plot.taxon, "density"),
    )  # fmt: skip


def _boundary_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    values = {"geometry": queries.boundaries(plot)[0].geojson, **values}
    return render_template("land/boundary_form.html", plot=plot, values=values, errors=errors, box=COUNTY_BOX)


@bp.get("/<code>/boundary")
@access(Permission.PLOT_REGISTER)
def new_boundary(code: str) -> ResponseReturnValue:
    """The page to redraw a boundary."""
    return _boundary_form({}, {}, code)


@bp.post("/<code>/boundary")
@access(Permission.PLOT_REGISTER)
@form_view(_boundary_form)
def redraw_boundary(code: str) -> ResponseReturnValue:
    """Keep a new dated boundary."""
    body = load(BoundarySchema(), form_values())
    services.redraw_boundary(current_actor(), code, body["geometry"], body["reason"], body["valid_from"])
    done("地块 %(code)s 的新边界已保存，旧边界仍可查。", code=code)
    return redirect(url_for("land.show_plot", code=code))


def _visit_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    return render_template(
        "land/visit_form.html", plot=queries.get_plot(current_actor(), code), values=values, errors=errors
    )


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
    services.record_visit(current_actor(), code, **load(VisitSchema(), form_values()))
    done("地块 %(code)s 的成活率查验已保存。", code=code)
    return redirect(url_for("land.show_plot", code=code))
