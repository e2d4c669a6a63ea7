"""HTML doors of the map: what lies in a window, the county's outline, exports, and boundaries out of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.core.geometry import COUNTY_BOX, parse_polygon
from trace.core.units import format_mu
from trace.land import map_exports, map_picture, map_queries, overlaps, rules
from trace.land.geofiles import Feature, read_features
from trace.land.map_queries import Ground, View
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import form_errors, form_view

bp = Blueprint("land_map", __name__, url_prefix="/plots/map")

OUTLINE = json.loads((Path(__file__).parent / "data/hengnan-outline.geojson").read_text(encoding="utf-8"))
"""For orientation only, and only for people who signed in; see data/SOURCE.md."""


def filters_of_address() -> dict[str, str]:
    """The filters of the list, the map and the exports: township, state and text (``q``) of the address."""
    names = {"township": "township", "state": "state", "text": "q"}
    return {name: request.args.get(key, "").strip() for name, key in names.items()}


def map_page() -> str:
    """The page of the map; without scripts a picture of the county and the table of townships."""
    actor, filters = current_actor(), filters_of_address()
    townships = map_queries.by_township(actor, filters)
    return render_template(
        "land/map.html", filters=filters, townships=register.townships(), states=rules.PLOT_STATES, box=COUNTY_BOX,
        rows=townships, count=sum(row[2] for row in townships), area_m2=sum(row[3] for row in townships),
        picture=map_picture.overview(map_queries.clusters(actor, filters, View()), OUTLINE["geometry"]),
    )  # fmt: skip


def window() -> Response:
    """What lies in ``bbox`` at ``zoom`` under the filters: counts on a grid, or shapes when they are few enough to draw."""
    actor, filters = current_actor(), filters_of_address()
    view = map_queries.parse_view(request.args.get("bbox", ""), request.args.get("zoom", ""))
    found = map_queries.clusters(actor, filters, view)
    count = sum(cluster.count for cluster in found)
    near = count <= map_queries.MOST_SHAPES
    shapes = list(map_queries.grounds(actor, filters, view.box)) if near else []
    exact = map_queries.is_exact(shapes, view)
    return jsonify(
        type="FeatureCollection",
        features=[_drawn(ground, view, exact) for ground in shapes],
        clusters=[] if near else [_counted(cluster) for cluster in found],
        count=count,
        area_mu=format_mu(sum(cluster.area_m2 for cluster in found)),
    )


@bp.get("/features")
@access(Permission.PLOT_READ)
def features() -> Response:
    """Counts or shapes in a window of the map."""
    return window()


@bp.get("/outline")
@access(Permission.PLOT_READ)
def outline() -> Response:
    """The county's outline for orientation: never evidence of a boundary."""
    return jsonify(OUTLINE)


@bp.get("/export.<kind>")
@access(Permission.PLOT_READ)
def export(kind: str) -> ResponseReturnValue:
    """The plots under the present filters as ``geojson`` or ``xlsx``; the trail keeps how many left the house."""
    made = map_exports.export(current_actor(), filters_of_address(), kind)
    answer = Response(made.body, mimetype=made.mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=made.filename)
    return answer


def _file_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("land/map_file.html", values=values, errors=errors, found=None)


@bp.get("/file")
@access(Permission.PLOT_REGISTER)
def new_file() -> ResponseReturnValue:
    """The page to read boundaries from a file."""
    return _file_form({}, {})


@bp.post("/file")
@access(Permission.PLOT_REGISTER)
@form_view(_file_form)
def read_file() -> ResponseReturnValue:
    """The areas of a file with what is wrong with each; nothing is kept. Asked with ``Accept: application/json`` the map draws them."""
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Invalid("请选择文件。", field="file", code="MISSING")
        found = [_judged(feature, n) for n, feature in enumerate(read_features(upload.filename, upload.read()), 1)]
    except Invalid as error:
        if not wants_json:
            raise
        return jsonify(error="；".join(form_errors(error).values())), error.status
    if wants_json:
        return jsonify(areas=found)
    return render_template("land/map_file.html", values={}, errors={}, found=found)


@bp.post("/check")
@access(Permission.PLOT_REGISTER)
def check() -> ResponseReturnValue:
    """What a boundary being drawn measures and runs over (``geometry``; ``plot`` is the one it belongs to). Registers nothing."""
    try:
        boundary = parse_polygon(request.form.get("geometry", ""))
    except Invalid as error:
        return jsonify(problem="".join(form_errors(error).values()))
    own = request.form.get("plot", "")
    found = [item for item in overlaps.overlaps(boundary) if item.plot.code != own]
    words = [_("与 %(plot)s 号地块重叠 %(m2)s 平方米。", plot=item.plot.code, m2=item.area_m2) for item in found[:3]]
    return jsonify(problem="", area_mu=format_mu(boundary.area_m2), overlaps=words)


def _judged(feature: Feature, number: int) -> dict[str, Any]:
    """An area of a file as the page lists it: its name, its size, or why it cannot be a plot."""
    named = [value for key, value in feature.properties.items() if "name" in key.lower() or "名" in key]
    name = (named or list(feature.properties.values()) or [""])[0] or _("第 %(n)s 个图形", n=number)
    about = "，".join(f"{key}：{value}" for key, value in list(feature.properties.items())[:6])
    try:
        boundary = parse_polygon(feature.geometry)
    except Invalid as error:
        return {"name": name, "about": about, "problem": "".join(form_errors(error).values())}
    return {
        "name": name,
        "about": about,
        "area_mu": format_mu(boundary.area_m2),
        "geometry": boundary.geojson,
        "problem": "",
    }


def _drawn(ground: Ground, view: View, exact: bool) -> dict[str, Any]:
    label = rules.PLOT_STATES.get(ground.state, ground.state)
    return {
        "type": "Feature",
        "properties": {
            "code": ground.code, "name": ground.name, "state": _(label), "tone": map_picture.tone(ground.state),
            "area_mu": format_mu(ground.area_m2), "village": ground.village, "operator": ground.operator,
        },
        "geometry": map_queries.drawn(ground, view, exact),
    }  # fmt: skip


def _counted(cluster: map_queries.Cluster) -> dict[str, Any]:
    return {
        "at": [round(cluster.latitude, 5), round(cluster.longitude, 5)], "count": cluster.count,
        "area_mu": format_mu(cluster.area_m2), "box": [round(value, 6) for value in cluster.box],
    }  # fmt: skip
