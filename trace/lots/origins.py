"""The ground behind a lot: which plots fed it, with what exact share, as they were drawn on the day of the harvest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from trace.core.actor import Actor
from trace.land import queries as land
from trace.land.models import Plot, PlotBoundary
from trace.lots.tracing import Trace
from trace.registry.models import Party, Taxon, Township, Village

AT_ONCE = 500


@dataclass(frozen=True)
class Origin:
    """One plot, in one of its boundary versions, as a source of the answered lot.

    ``exact`` says whether the reader may see the boundary itself (design brief L3: inspectors exact, buyers a hull).
    """

    plot: str
    name: str
    village: str
    township: str
    producer: str
    producer_code: str
    taxon: str
    version: int
    geojson: str
    area_m2: int
    lots: tuple[str, ...]
    first_day: date
    last_day: date
    fraction: Fraction
    quantity_g: int
    exact: bool


@dataclass(frozen=True)
class Origins:
    """All of them, largest first, and the share that leads to no plot the reader knows."""

    rows: list[Origin]
    unknown: Fraction


class _Source(NamedTuple):
    lot: str
    day: date
    fraction: Fraction
    quantity_g: int


class _Version(NamedTuple):
    """A dated boundary with the names beside its plot."""

    plot_id: int
    version: int
    valid_from: date
    valid_to: date | None
    geojson: str
    area_m2: int
    plot: str
    name: str
    village: str
    township: str
    producer: str
    producer_code: str
    taxon: str


def origins(actor: Actor, trace: Trace) -> Origins:
    """The plots behind a backward trace; several harvests of one boundary version are one row, shares added exactly."""
    days = {node.code: date.fromisoformat(node.made_on) for node in trace.nodes}
    by_plot: dict[str, list[_Source]] = defaultdict(list)
    for share in trace.shares:
        if share.plot:
            by_plot[share.plot].append(_Source(share.lot, days[share.lot], share.fraction, share.quantity_g))
    versions = _versions(list(by_plot))
    exact = _exact(actor, list(by_plot))
    rows = [
        _origin(version, sources, version.plot_id in exact)
        for plot, found in by_plot.items()
        for version, sources in _by_version(versions[plot], found)
    ]
    known = sum((row.fraction for row in rows), Fraction(0))
    return Origins(sorted(rows, key=lambda row: (-row.fraction, row.plot, row.version)), 1 - known)


def by_producer(found: Origins) -> dict[tuple[str, str], Fraction]:
    """The exact share of each producer (code, name), those with the largest first."""
    shares: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in found.rows:
        shares[row.producer_code, row.producer] += row.fraction
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _by_version(versions: list[_Version], sources: list[_Source]) -> list[tuple[_Version, list[_Source]]]:
    """Each source with the version in force on its day; a day before the first version belongs to the first."""
    found: dict[int, list[_Source]] = defaultdict(list)
    for source in sources:
        place = max((n for n, version in enumerate(versions) if version.valid_from <= source.day), default=0)
        found[place].append(source)
    return [(versions[place], part) for place, part in sorted(found.items())]


def _origin(version: _Version, sources: list[_Source], exact: bool) -> Origin:
    days = [source.day for source in sources]
    return Origin(
        *(version.plot, version.name, version.village, version.township, version.producer, version.producer_code),
        *(version.taxon, version.version, version.geojson, version.area_m2),
        tuple(sorted(source.lot for source in sources)),
        min(days), max(days),
        sum((source.fraction for source in sources), Fraction(0)),
        sum(source.quantity_g for source in sources),
        exact,
    )  # fmt: skip


def _versions(codes: list[str]) -> dict[str, list[_Version]]:
    """Every boundary version of these plots, oldest first."""
    found: dict[str, list[_Version]] = defaultdict(list)
    for start in range(0, len(codes), AT_ONCE):
        query = (
            PlotBoundary.select(
                PlotBoundary.plot, PlotBoundary.version, PlotBoundary.valid_from, PlotBoundary.valid_to, PlotBoundary.geojson,
                PlotBoundary.area_m2, Plot.code, Plot.name, Village.name, Township.name, Party.name, Party.code, Taxon.name_zh,
            )
            .join(Plot).join(Village).join(Township)
            .switch(Plot).join(Party, on=Plot.operator)
            .switch(Plot).join(Taxon)
            .where(Plot.code.in_(codes[start : start + AT_ONCE]))
            .order_by(PlotBoundary.plot, PlotBoundary.valid_from, PlotBoundary.version)
        )  # fmt: skip
        for row in map(_Version._make, query.tuples()):
            found[row.plot].append(row)
    return found


def _exact(actor: Actor, codes: list[str]) -> set[int]:
    """Keys of those plots whose boundary the reader may see."""
    found: set[int] = set()
    for start in range(0, len(codes), AT_ONCE):
        rows = land.visible_plots(actor).where(Plot.code.in_(codes[start : start + AT_ONCE]))
        found |= {row[0] for row in rows.select(Plot.id).tuples()}
    return found
