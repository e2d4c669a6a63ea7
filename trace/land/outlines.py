"""Importing township outlines, when the bureau has surveyed ones; until then places are only compared with other plots."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import strict_loads
from trace.core.errors import FieldError, Invalid
from trace.core.geometry import Boundary, parse_polygon
from trace.core.text import Message
from trace.land.dossier import TownshipOutline
from trace.registry import queries as register
from trace.registry.models import Township

MAX_BYTES = 16_000_000


def import_outlines(
    actor: Actor, source: str | bytes | dict[str, Any], *, origin: str, valid_from: date
) -> list[TownshipOutline]:
    """A GeoJSON FeatureCollection whose features carry the nine-digit township code as ``code``; all or nothing.

    ``origin`` names who surveyed and licensed them. Mistakes are listed by the number of the feature.
    """
    with operation(actor, Permission.PLOT_DECIDE) as op:
        if not origin.strip():
            raise Invalid("请填写界线的来源和授权。", field="origin", code="MISSING")
        parsed = _parse(source)
        rows = []
        for township, boundary in parsed:
            west, south, east, north = boundary.bbox
            known = TownshipOutline.township == township, TownshipOutline.valid_from == valid_from
            TownshipOutline.delete().where(*known).execute()
            rows.append(
                TownshipOutline.create(
                    township=township, valid_from=valid_from, geojson=boundary.geojson, area_m2=boundary.area_m2, west=west,
                    south=south, east=east, north=north, source=origin.strip(), recorder_name=actor.display_name, recorded_at=op.at,
                )
            )  # fmt: skip
        codes = [township.code for township, _ in parsed]
        op.record("plot.outline", None, townships=codes, source=origin.strip(), valid_from=valid_from.isoformat())
        return rows


def _parse(source: Any) -> list[tuple[Township, Boundary]]:
    data = strict_loads(source, MAX_BYTES, "file") if isinstance(source, (str, bytes)) else source
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or not features:
        raise Invalid("文件里没有界线（应为 GeoJSON FeatureCollection）。", field="file", code="NO_FEATURES")
    found: list[tuple[Township, Boundary]] = []
    errors: list[FieldError] = []
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = str((properties or {}).get("code", ""))
        try:
            found.append((register.get_township(code), parse_polygon(feature, "file")))
        except Invalid as error:
            errors += [_numbered(number, item) for item in error.errors]
    if errors:
        raise Invalid.of(errors)
    if len({township.code for township, _ in found}) < len(found):
        raise Invalid("同一个乡镇出现了两次。", field="file", code="TOWNSHIP_TWICE")
    return found


def _numbered(number: int, error: FieldError) -> FieldError:
    text = Message("第 %(number)s 个图形：%(mistake)s", {"number": number, "mistake": str(error.message)})
    return FieldError("file", error.code, text)
