"""Support that other funds gave, from their lists: kept as rows, matched by ground, by plot, and by person with village and year (§5.6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trace.audit import Operation
from trace.core.errors import Invalid
from trace.core.geometry import Boundary, overlap_m2, parse_polygon
from trace.core.identifiers import mask_name
from trace.core.units import normalise_digits
from trace.db.boxes import Box
from trace.funds.claim_models import ExternalSupport
from trace.funds.models import Application
from trace.land.models import PlotBoundary
from trace.land.overlaps import as_boundary
from trace.programmes.rules import PURPOSES
from trace.registry.models import Village
from trace.registry.vault import vault

LEAST_M2 = 67
"""0.1 亩, upwards to whole square metres."""
LEAST_SHARE = 20
"""One twentieth, 5 %."""


@dataclass(frozen=True)
class Match:
    """A row of another fund's list that concerns an application, how it was found, and by how much ground (m²)."""

    row: ExternalSupport
    by: str
    overlap_m2: int = 0


def counts(overlap: int, one_m2: int, other_m2: int) -> bool:
    """Is a shared piece of ground large enough to speak of: 0.1 亩, or 5 % of the smaller?"""
    return overlap >= LEAST_M2 or (overlap > 0 and overlap * LEAST_SHARE >= min(one_m2, other_m2))


def add_row(op: Operation, values: dict[str, Any]) -> ExternalSupport:
    """Keep one row of a list. Needs something to be found by: a plot, ground, or a person's number with the village."""
    number = normalise_digits(values.get("number", "")).strip().upper()
    geometry = values.get("geometry")
    if not (number and values.get("village")) and not values.get("plot") and geometry is None:
        raise Invalid("请至少填写地块编号、边界，或号码和村，否则无法比对。", field="plot", code="NOTHING_TO_MATCH")
    boundary = parse_polygon(geometry) if geometry is not None else None
    box: dict[str, Any] = dict(zip(("west", "south", "east", "north"), boundary.bbox, strict=True)) if boundary else {}
    return ExternalSupport.create(
        fund=values["fund"], year=values["year"], purpose=values["purpose"], holder=values["holder"],
        holder_hash=vault().search_hash(number) if number else None, uscc=number if len(number) == 18 and not number.isdigit() and number[0] == "9" else None,
        village=Village.get_or_none(Village.code == values["village"]) if values.get("village") else None, plot_code=values.get("plot", ""),
        area_m2=values.get("area_m2") or (boundary.area_m2 if boundary else None), amount_fen=values.get("amount_fen"),
        geojson=boundary.geojson if boundary else "", doc_ref=values.get("doc_ref", ""), loaded_by=op.actor.display_name, loaded_at=op.at, **box,
    )  # fmt: skip


def matches(application: Application) -> list[Match]:
    """Every row of the application's year that concerns its plot or its applicant, each once, the surest way first."""
    plot = application.plot
    found: dict[int, Match] = {}
    this_year = ExternalSupport.year == application.programme.year
    for row in ExternalSupport.select().where(this_year, ExternalSupport.plot_code == plot.code):
        found[row.id] = Match(row, "plot", plot.area_m2)
    for match in _by_ground(application):
        found.setdefault(match.row.id, match)
    for row in _by_person(application):
        found.setdefault(row.id, Match(row, "person"))
    return list(found.values())


def support_fen(application: Application) -> int:
    """Fen that other funds gave for the same plot, ground or person in the year."""
    return sum(match.row.amount_fen or 0 for match in matches(application))


def rows(year: int | None = None) -> Any:
    """The rows of all lists, newest first."""
    query = (
        ExternalSupport.select(ExternalSupport, Village).left_outer_join(Village).order_by(ExternalSupport.id.desc())
    )
    return query if year is None else query.where(ExternalSupport.year == year)


def years() -> list[int]:
    """The years that have rows, newest first."""
    found = ExternalSupport.select(ExternalSupport.year).distinct().order_by(ExternalSupport.year.desc())
    return [year for (year,) in found.tuples()]


def take_back(ids: Iterable[int]) -> None:
    """Remove rows of an import that is undone."""
    ExternalSupport.delete().where(ExternalSupport.id.in_(list(ids))).execute()


def shown(row: ExternalSupport) -> dict[str, str]:
    """A row as officers read it: the holder masked."""
    return {"fund": row.fund, "holder": mask_name(row.holder), "purpose": PURPOSES.get(row.purpose, row.purpose)}


def _by_person(application: Application) -> list[ExternalSupport]:
    """ID or USCC with village and year: a person alone is not enough, a household may have ground elsewhere."""
    party = application.applicant
    same = []
    if party.id_number_hash:
        same.append(ExternalSupport.holder_hash == party.id_number_hash)
    if party.uscc:
        same.append(ExternalSupport.uscc == party.uscc)
    if not same:
        return []
    who = same[0] if len(same) == 1 else same[0] | same[1]
    here = ExternalSupport.village == application.plot.village_id
    return list(ExternalSupport.select().where(ExternalSupport.year == application.programme.year, here, who))


def _by_ground(application: Application) -> Iterable[Match]:
    stored = PlotBoundary.get_or_none(PlotBoundary.plot == application.plot_id, PlotBoundary.valid_to.is_null())
    if stored is None:
        return
    own = as_boundary(stored)
    for row in _touching(own.bbox, application.programme.year):
        shared = overlap_m2(
            own, Boundary(row.geojson, row.area_m2 or 0, (row.west, row.south, row.east, row.north), "")
        )
        if counts(shared, own.area_m2, row.area_m2 or own.area_m2):
            yield Match(row, "ground", shared)


def _touching(bbox: Box, year: int) -> Any:
    west, south, east, north = bbox
    row = ExternalSupport
    return row.select().where(
        row.year == year, row.west <= east, row.east >= west, row.south <= north, row.north >= south
    )
