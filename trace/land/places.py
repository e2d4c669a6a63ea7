"""Does a boundary lie in the township it is registered in? By the township's outline where one is imported, else by its other plots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from shapely.geometry import shape

from trace.core.errors import FieldError
from trace.core.geometry import Boundary, distance_m, overlap_m2
from trace.core.text import N_, Message
from trace.core.units import format_pct
from trace.land import datum, overlaps, preferences
from trace.land.dossier import TownshipOutline
from trace.land.models import Plot, PlotBoundary
from trace.land.rules import Caution
from trace.registry.models import Township, Village

FEWEST = 3
"""Fewer plots than this say nothing about where a township is."""
OUTSIDE_SHARE = 100
"""One hundredth of a plot may lie across the line: outlines are drawn too."""
SHIFT_DEGREES = 0.008
"""GCJ-02 moves a point here by less than this."""

CHECKS = {
    "outline": N_("已按乡镇界线核对"),
    "neighbours": N_("没有乡镇界线，已按本乡镇已登记地块的位置比对"),
    "none": N_("未核对所在乡镇：没有乡镇界线，登记时可比的地块不足 3 块"),
}


@dataclass(frozen=True)
class PlaceCheck:
    """What the place was compared with, and what came of it."""

    by: str
    errors: list[FieldError]
    cautions: list[Caution]


def check_township(boundary: Boundary, township: Township, on: date) -> PlaceCheck:
    """Strictly against the outline, or as a warning against the middle of the township's plots."""
    outline = outline_on(township, on)
    if outline is not None:
        return PlaceCheck("outline", list(_outside_outline(boundary, outline, township)), [])
    centres = _centres(township)
    if len(centres) < FEWEST:
        return PlaceCheck("none", [], [])
    return PlaceCheck("neighbours", [], list(_far_from(boundary, centres, township)))


def outline_on(township: Township, day: date) -> TownshipOutline | None:
    """The outline of a township in force on a day, if one was imported."""
    found = TownshipOutline.select().where(TownshipOutline.township == township, TownshipOutline.valid_from <= day)
    return found.order_by(TownshipOutline.valid_from.desc()).first()


def datum_cautions(boundary: Boundary, old: PlotBoundary | None = None) -> Iterator[Caution]:
    """A hint when the boundary fits known ground only after shifting it back from GCJ-02."""
    rows = [old] if old is not None else list(overlaps.near(boundary.bbox, SHIFT_DEGREES))
    if datum.suspects_gcj02(boundary.geometry, [shape(json.loads(row.geojson)) for row in rows]):
        text = N_("边界换算 GCJ-02 偏移后与已登记的地块更吻合，可能取自微信或高德等地图，请核对坐标系。")
        yield Caution("source_crs", "GCJ02_SUSPECTED", Message(text))


def _outside_outline(boundary: Boundary, outline: TownshipOutline, township: Township) -> Iterator[FieldError]:
    inside = overlap_m2(boundary, shape(json.loads(outline.geojson)))
    outside = boundary.area_m2 - inside
    if outside * OUTSIDE_SHARE > boundary.area_m2:
        text = N_("地块有 %(share)s 在%(township)s界线以外，请核对所在村或边界。")
        share = format_pct(min(1, outside / boundary.area_m2), 1)
        yield FieldError("geometry", "OUTSIDE_TOWNSHIP", Message(text, {"share": share, "township": township.name}))


def _centres(township: Township) -> list[tuple[float, float]]:
    columns = (PlotBoundary.west + PlotBoundary.east) / 2, (PlotBoundary.south + PlotBoundary.north) / 2
    query: Any = PlotBoundary.select(*columns).join(Plot).join(Village)
    rows = query.where(Village.township == township, PlotBoundary.valid_to.is_null()).tuples()
    return [(float(lon), float(lat)) for lon, lat in rows]


def _far_from(boundary: Boundary, centres: list[tuple[float, float]], township: Township) -> Iterator[Caution]:
    middle = median(lon for lon, _ in centres), median(lat for _, lat in centres)
    point = boundary.geometry.representative_point()
    limit, distance = preferences.number("land.township_far_m"), distance_m((point.x, point.y), middle)
    if distance > limit:
        text = N_("地块距%(township)s已登记地块的中心 %(km)s 公里，超过 %(limit)s 公里，请核对所在村。")
        values = {"township": township.name, "km": f"{distance / 1000:.1f}", "limit": f"{limit / 1000:g}"}
        yield Caution("village", "TOWNSHIP_FAR", Message(text, values))
