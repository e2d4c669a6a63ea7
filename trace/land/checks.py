"""Invariants of the land register."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.land.models import Plot, PlotBoundary


def check_one_present_boundary() -> Iterator[str]:
    """Every plot has exactly one boundary in force, and its area is the plot's."""
    present = PlotBoundary.valid_to.is_null()
    counts = (
        Plot.select(Plot.code, fn.COUNT(PlotBoundary.id))
        .join(PlotBoundary, JOIN.LEFT_OUTER, on=((PlotBoundary.plot == Plot.id) & present))
        .group_by(Plot.code)
        .having(fn.COUNT(PlotBoundary.id) != 1)
    )
    for code, count in counts.tuples():
        yield f"plot {code}: {count} boundaries in force"
    differing = PlotBoundary.select(Plot.code).join(Plot).where(present, PlotBoundary.area_m2 != Plot.area_m2)
    for (code,) in differing.tuples():
        yield f"plot {code}: area differs from its boundary"


CHECKS = (check_one_present_boundary,)
