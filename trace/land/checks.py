"""Invariants of the land register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from peewee import JOIN, fn

from trace.db import boxes
from trace.land.dossier import ManagementChange
from trace.land.history import state_at
from trace.land.models import Plot, PlotBoundary, SurvivalVisit


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


def check_states_follow_from_history() -> Iterator[str]:
    """Every plot is in the state its newest change led to."""
    newest = state_at(date.max)
    differing = Plot.select(Plot.code, Plot.state, newest).where(newest != Plot.state)
    for code, state, led_to in differing.tuples():
        yield f"plot {code}: state {state}, but its history ends in {led_to}"


def check_management_follows_from_history() -> Iterator[str]:
    """Every plot is managed as its newest change says."""
    newest = ManagementChange.alias()
    mode = newest.select(newest.mode).where(newest.plot == Plot.id).order_by(newest.on_day.desc()).limit(1)
    differing = Plot.select(Plot.code, Plot.management, mode).where(fn.COALESCE(mode, "") != Plot.management)
    for code, kept, led_to in differing.tuples():
        yield f"plot {code}: managed as {kept}, but its history ends in {led_to}"


def check_versions_of_visits() -> Iterator[str]:
    """The versions of every visit count from 1 without a gap."""
    versions = SurvivalVisit.select(
        Plot.code, SurvivalVisit.number, fn.COUNT(SurvivalVisit.id), fn.MAX(SurvivalVisit.version)
    )
    grouped = versions.join(Plot).group_by(Plot.code, SurvivalVisit.number)
    for code, number, count, last in grouped.tuples():
        if count != last:
            yield f"plot {code}: visit {number} has {count} versions but counts to {last}"


def check_boxes_are_indexed() -> Iterator[str]:
    """The spatial index holds the boundaries in force and no others."""
    for key in boxes.unkept(PlotBoundary):
        yield f"boundary {key}: its box is not in the index, or should not be"


CHECKS = (
    check_one_present_boundary,
    check_boxes_are_indexed,
    check_states_follow_from_history,
    check_management_follows_from_history,
    check_versions_of_visits,
)
