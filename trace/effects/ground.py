"""The ground of every registered plot with overlaps removed: each square metre belongs to the plot that was registered first.

The sum over any plots is therefore the area of the union of all polygons, as far as it lies in these plots. Slivers are noise, as everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from trace.core.geometry import overlap_m2, overlaps_m2
from trace.land import overlap_rules, preferences
from trace.land.models import Plot, PlotBoundary
from trace.land.rules import GONE_STATES
from trace.registry.models import Party, Taxon, Township, Village


@dataclass(frozen=True)
class Ground:
    """One plot: what the register says of it, its own area, what of it others registered earlier, and by whom."""

    plot_id: int
    code: str
    state: str
    taxon_id: int
    planted_on: date | None
    declared_m2: int | None
    area_m2: int
    village: str
    township_code: str
    township: str
    operator: str
    counted_taxon: bool
    shared_m2: int = 0
    shared_with: tuple[str, ...] = ()


def grounds() -> list[Ground]:
    """Every plot that still is one, in the order of registration: one statement and one for the tolerance."""
    rows: list[Any] = list(
        Plot.select(
            Plot.id, Plot.code, Plot.state, Plot.taxon, Plot.planted_on, Plot.declared_m2, Plot.area_m2, Village.name, Township.code,
            Township.name, Party.name, Taxon.is_default, PlotBoundary.geojson,
        )
        .join(Village).join(Township)
        .switch(Plot).join(Party, on=Plot.operator)
        .switch(Plot).join(Taxon)
        .join_from(Plot, PlotBoundary, on=((PlotBoundary.plot == Plot.id) & PlotBoundary.valid_to.is_null()))
        .where(Plot.state.not_in(GONE_STATES))
        .order_by(Plot.id)
        .tuples()
    )  # fmt: skip
    shared = _shared([row[-1] for row in rows], [row[6] for row in rows])
    found = []
    for n, row in enumerate(rows):
        m2, others = shared.get(n, (0, []))
        facts: tuple[Any, ...] = (*row[:-1], m2, tuple(rows[other][1] for other in others))
        found.append(Ground(*facts))
    return found


def _shared(geojsons: list[str], areas: list[int]) -> dict[int, tuple[int, list[int]]]:
    """For each polygon that covers ground of earlier ones: how many m², and which (by their places in the list)."""
    if not geojsons:
        return {}
    shapes = shapely.from_geojson(geojsons)
    later, earlier = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs: dict[int, list[int]] = defaultdict(list)
    for one, other in zip(later[later > earlier].tolist(), earlier[later > earlier].tolist(), strict=True):
        pairs[one].append(other)
    tolerance = preferences.number("land.overlap_tolerance_m2")
    found = {}
    for one, others in pairs.items():
        common = overlaps_m2(shapes[one], [shapes[other] for other in others])
        real = [
            other
            for other, m2 in zip(others, common, strict=True)
            if m2 and not overlap_rules.is_noise(m2, areas[one], areas[other], tolerance)
        ]
        if real:
            whole = overlap_m2(
                shapes[one], shapely.union_all(np.asarray([shapes[other] for other in real], dtype=object))
            )
            found[one] = (min(whole, areas[one]), sorted(real))
    return found
