"""Everything the page of one plot shows, gathered once: facts, areas side by side, warnings, versions, papers, history, next step."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from shapely.geometry import shape

from trace.core.actor import Actor, Permission
from trace.land import cases, history, overlaps, papers, queries, rules, schedule, states, visits
from trace.land.dossier import (
    BoundaryCase,
    DemoGarden,
    OverlapDecision,
    PlotReference,
    PlotStateChange,
    TenureDoc,
    VisitPhoto,
)
from trace.land.models import Plot, PlotBoundary, SurvivalVisit
from trace.land.overlaps import Overlap
from trace.land.picture import Layer, Picture, draw
from trace.land.rules import Caution

AROUND_DEGREES = 0.002
"""Neighbours within some 200 m are drawn too."""

Ground = TypeVar("Ground", PlotBoundary, Overlap)


@dataclass(frozen=True)
class Version:
    """A boundary version with what it changed against the one before (m², None for the first)."""

    row: PlotBoundary
    change_m2: int | None


@dataclass(frozen=True)
class PlotPage:
    """The plot as its page shows it on a day; ``shown`` is the boundary of that day (the first one before any)."""

    plot: Plot
    day: date
    today: date
    shown: PlotBoundary
    versions: list[Version]
    picture: Picture
    cautions: list[Caution]
    visits: list[SurvivalVisit]
    replaced: list[SurvivalVisit]
    due: schedule.Due | None
    changes: list[PlotStateChange]
    state_then: str | None
    management_then: str | None
    tenure: list[TenureDoc]
    references: list[PlotReference]
    gardens: list[DemoGarden]
    shared: list[Overlap]
    decisions: list[OverlapDecision]
    cases: list[BoundaryCase]
    photos: dict[int, list[VisitPhoto]]

    @property
    def checks(self) -> list[schedule.Due]:
        """Both checks of the present planting."""
        base = self.plot.replanted_on or self.plot.planted_on
        return schedule.plan(base) if base else []

    def cautions_of(self, visit: SurvivalVisit) -> list[Caution]:
        """What was remarked when the visit was recorded."""
        return [Caution.read(item) for item in visit.cautions]

    @property
    def is_past(self) -> bool:
        """Is another day than today asked for?"""
        return self.day != self.today

    @property
    def conflicts(self) -> list[Overlap]:
        """Overlaps nobody has settled."""
        return [item for item in self.shared if not item.settled]

    @property
    def tenure_m2(self) -> int | None:
        """Σ of the areas on papers in force today; None when none of them says one."""
        areas = [
            doc.area_m2
            for doc in self.tenure
            if doc.area_m2 and doc.voided_at is None and history.covers(doc.valid_from, doc.valid_to, self.today)
        ]
        return sum(areas) if areas else None

    @property
    def verified(self) -> SurvivalVisit | None:
        """The newest visit that counts."""
        return self.visits[0] if self.visits else None

    def next_step(self, actor: Actor) -> str:
        """The one thing this person should do next here: a key of the page's primary buttons, or nothing."""
        if self.due and actor.can(Permission.PLOT_VERIFY) and self.due.opens <= self.today:
            return "visit"
        if self.conflicts and actor.can(Permission.PLOT_DECIDE):
            return "decide"
        if self.plot.state in ("planned", "prepared", "replant_needed") and actor.can(Permission.PLOT_REGISTER):
            return "plant"
        if self.plot.state in rules.STOCK_STATES and actor.can(Permission.HARVEST_RECORD):
            return "harvest"
        return ""

    def steps(self, actor: Actor) -> list[states.Step]:
        """Changes of state this person may enter."""
        return [step for step in states.steps_by_hand(self.plot.state) if actor.can(step.by)]


def page_of(actor: Actor, code: str, today: date, day: date | None = None) -> PlotPage:
    """Gather the page of a plot the actor may see, as of a day."""
    plot = queries.get_plot(actor, code)
    rows, on = queries.boundaries(plot), day or today
    shown = queries.boundary_on(plot, on) or rows[-1]
    shared = overlaps.overlaps_of(plot)
    return PlotPage(
        plot=plot, day=on, today=today, shown=shown, versions=versions_of(rows), picture=picture_of(actor, plot, shown, rows, shared),
        cautions=cautions_of(plot, rows[0], today), visits=queries.visits(plot), replaced=queries.replaced_visits(plot),
        due=visits.due_of(plot), changes=history.state_changes(plot), state_then=history.state_on(plot, on),
        management_then=history.management_on(plot, on), tenure=history.tenure_docs(plot), references=history.references(plot),
        gardens=history.gardens_of(plot), shared=shared, decisions=overlaps.decisions_about(plot),
        cases=list(cases.visible_cases(actor).where(BoundaryCase.plot == plot).order_by(BoundaryCase.id.desc())),
        photos=visits.photos_of(plot),
    )  # fmt: skip


def versions_of(rows: list[PlotBoundary]) -> list[Version]:
    """Versions, newest first, each with what it changed."""
    earlier: list[PlotBoundary | None] = [*rows[1:], None]
    return [
        Version(row, row.area_m2 - before.area_m2 if before else None)
        for row, before in zip(rows, earlier, strict=True)
    ]


def cautions_of(plot: Plot, present: PlotBoundary, today: date) -> list[Caution]:
    """What there is to look at: kept with the boundary, and what follows from the facts today."""
    kept = [Caution.read(item) for item in present.cautions]
    found = [
        *[item for item in kept if item.code != "PLOT_AREA_MISMATCH"],
        *rules.area_warnings(plot.declared_m2, plot.area_m2),
        *rules.land_warnings(plot.land_class, plot.survey_class),
        *papers.tenure_cautions(plot, today),
    ]
    return found


def picture_of(
    actor: Actor, plot: Plot, shown: PlotBoundary, rows: list[PlotBoundary], shared: list[Overlap]
) -> Picture:
    """The boundary of the day over its other versions, the neighbours one may see, and the ground shared with anybody."""
    own = geometry_of(shown)
    box = (shown.west, shown.south, shown.east, shown.north)
    around = [row for row in _seen(actor, overlaps.near(box, AROUND_DEGREES)) if row.plot_id != plot.id]
    layers = [Layer("other", geometry_of(row), row.plot.code[-4:]) for row in around]
    layers += [Layer("old", geometry_of(row)) for row in rows if row.id != shown.id]
    layers.append(Layer("own", own))
    layers += [Layer("shared", own.intersection(item.geometry)) for item in shared if rows[0].id == shown.id]
    return draw(layers, [own, *[layer.geometry for layer in layers if layer.kind == "old"]])


def picture_of_overlaps(actor: Actor, own: Any, shared: list[Overlap]) -> Picture:
    """A boundary, the ground in common with others, and of those plots one may see the whole shape."""
    layers = [Layer("other", item.geometry, item.plot.code[-4:]) for item in _seen(actor, shared)]
    layers.append(Layer("own", own))
    layers += [Layer("shared", own.intersection(item.geometry)) for item in shared]
    return draw(layers)


def _seen(actor: Actor, rows: Iterable[Ground]) -> list[Ground]:
    """Of these boundaries the ones of plots the actor may see: where a stranger's ground runs is not told."""
    found = list(rows)
    keys = [row.plot_id for row in found]
    visible = {key for (key,) in queries.visible_plots(actor).select(Plot.id).where(Plot.id.in_(keys)).tuples()}
    return [row for row in found if row.plot_id in visible]


def geometry_of(row: PlotBoundary) -> Any:
    """The shape of a stored version."""
    return shape(json.loads(row.geojson))
