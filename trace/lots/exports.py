"""A trace to take along: GeoJSON of the contributing plots, a workbook, and a paper. Each file taken is kept in the trail.

The GeoJSON has the shape importers of the European deforestation regulation ask for, but holds only the ground behind *this* lot.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from shapely.geometry import mapping, shape
from shapely.ops import unary_union

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.units import mu_from_m2
from trace.lots.origins import Origin, Origins, origins
from trace.lots.tracing import Trace, trace_lot

DIGITS = 6
"""Decimals of a degree in a hull: about a decimetre, as in the boundaries themselves."""


def take_trace(actor: Actor, code: str, direction: str, form: str) -> tuple[Trace, Origins]:
    """The trace and the ground behind it, for a file of this form (``geojson``, ``xlsx``, ``pdf``); who took it stays on record."""
    with operation(actor, Permission.LOT_READ) as op:
        trace = trace_lot(actor, code, direction)
        found = origins(actor, trace) if direction == "back" else Origins([], Fraction(0))
        op.record("lot.export", code, form=form, direction=direction, plots=len(found.rows))
        return trace, found


def as_geojson(trace: Trace, found: Origins) -> bytes:
    """A FeatureCollection: each plot the reader may see as it was drawn on the harvest day, all others together as one hull."""
    features = [_feature(row) for row in found.rows if row.exact]
    others = [row for row in found.rows if not row.exact]
    if others:
        features.append(_hull(others))
    body = {
        "type": "FeatureCollection",
        "lot": trace.lot,
        "complete": trace.complete and not found.unknown,
        "unknown_share": as_text(found.unknown),
        "features": features,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def as_text(share: Fraction) -> str:
    """An exact share for machines, always with its denominator: ``3/7``, ``1/1``."""
    return f"{share.numerator}/{share.denominator}"


def _feature(row: Origin) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {
            "plot": row.plot, "boundary_version": row.version, "township": row.township, "village": row.village,
            "producer": row.producer, "taxon": row.taxon, "area_m2": row.area_m2, "area_mu": float(mu_from_m2(row.area_m2)),
            "harvest_lots": list(row.lots), "harvested_from": row.first_day.isoformat(), "harvested_to": row.last_day.isoformat(),
            "share": as_text(row.fraction), "share_percent": round(float(row.fraction * 100), 4), "quantity_g": row.quantity_g,
        },
        "geometry": json.loads(row.geojson),
    }  # fmt: skip


def _hull(rows: list[Origin]) -> dict[str, Any]:
    """The convex hull of plots the reader may not see one by one, with their summed share."""
    share = sum((row.fraction for row in rows), Fraction(0))
    ground = unary_union([shape(json.loads(row.geojson)) for row in rows]).convex_hull
    return {
        "type": "Feature",
        "properties": {
            "hull_of_plots": len(rows), "villages": sorted({f"{row.township} {row.village}" for row in rows}),
            "share": as_text(share), "share_percent": round(float(share * 100), 4),
            "quantity_g": sum(row.quantity_g for row in rows),
        },
        "geometry": _rounded(mapping(ground)),
    }  # fmt: skip


def _rounded(geometry: Any) -> dict[str, Any]:
    def every(part: Any) -> Any:
        return round(part, DIGITS) if isinstance(part, float) else [every(item) for item in part]

    return {"type": geometry["type"], "coordinates": every(geometry["coordinates"])}
