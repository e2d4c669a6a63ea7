"""Everything that can be said about a boundary before anything is written: all mistakes, all warnings, all overlaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.geometry import Boundary, parse_polygon
from trace.land import places, rules
from trace.land.models import Plot, PlotBoundary
from trace.land.overlaps import Overlap, overlaps
from trace.registry.models import Township


@dataclass(frozen=True)
class Source:
    """A boundary as somebody hands it in: GeoJSON, how it was made, in which system, how exactly."""

    geometry: Any
    source: str = "pasted"
    crs: str = "wgs84"
    accuracy_m: int | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Source:
        """From the values of a form or an interface call."""
        return cls(
            values.get("geometry"), values.get("source", "pasted"), values.get("source_crs", "wgs84"), values.get("accuracy_m")
        )  # fmt: skip


@dataclass
class Assessment:
    """What was found. Without a boundary the errors say why."""

    source: Source
    boundary: Boundary | None = None
    errors: list[FieldError] = field(default_factory=list)
    cautions: list[rules.Caution] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    township_check: str = "none"

    @property
    def conflicts(self) -> list[Overlap]:
        """The overlaps no decision has settled."""
        return [item for item in self.overlaps if not item.settled]

    @property
    def measured(self) -> Boundary:
        """The boundary, after the errors have been dealt with."""
        if self.boundary is None:
            raise Invalid.of(self.errors)
        return self.boundary


def assess(
    source: Source,
    *,
    township: Township | None = None,
    declared_m2: int | None = None,
    plot: Plot | None = None,
    on: date | None = None,
) -> Assessment:
    """Judge a boundary; raises nothing for what is wrong with it.

    ``township`` is where it is said to lie, ``declared_m2`` what the contract says, ``plot`` whose new boundary it is.
    """
    found = Assessment(source)
    try:
        found.boundary = parse_polygon(source.geometry, crs=source.crs)
    except Invalid as error:
        found.errors += error.errors
        return found
    found.errors += rules.area_mistakes(declared_m2, found.boundary.area_m2)
    found.cautions += rules.area_warnings(declared_m2, found.boundary.area_m2)
    found.cautions += rules.accuracy_warning("accuracy_m", source.accuracy_m)
    if township is not None:
        place = places.check_township(found.boundary, township, on or business_date())
        found.township_check = place.by
        found.errors += place.errors
        found.cautions += place.cautions
    if source.crs == "wgs84":
        found.cautions += places.datum_cautions(found.boundary, present_boundary(plot) if plot else None)
    found.overlaps += overlaps(found.boundary, except_plot=plot)
    return found


def present_boundary(plot: Plot) -> PlotBoundary:
    """The version in force now."""
    return PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
