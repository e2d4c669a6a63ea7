"""From the nursery to the kitchen and back (X5): where a seedling lot ended up, and which seedlings a complaint leads to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from peewee import fn

from trace.labels.models import LabelRun
from trace.land.models import Plot, Stand
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.lots.tracing import Target, build_trace
from trace.nursery import queries as nursery
from trace.registry.models import Party
from trace.scan.models import ScanPlace, UnitScan

AT_ONCE = 500


@dataclass(frozen=True)
class Reach:
    """Everything a seedling lot came to: plots, harvests, lots made of them, labels, where packs were scanned, whom to call."""

    plantings: list[Any]
    harvests: list[Lot]
    lots: list[Lot]
    runs: list[LabelRun]
    opened: dict[int, tuple[int, int]]
    regions: list[tuple[str, int]]
    contacts: list[Party]


def reach_of(lot_id: int) -> Reach:
    """Follow a seedling lot to the end. A harvest counts when its plot had been planted with these seedlings by then."""
    plantings = nursery.reach_of(lot_id)
    harvests = nursery.harvests_since(plantings)
    ids = sorted({i for harvest in harvests for i in lots.descendants(harvest.id)})
    reached = [lot for start in range(0, len(ids), AT_ONCE) for lot in _lots(ids[start : start + AT_ONCE])]
    runs = (
        list(LabelRun.select(LabelRun, Lot).join(Lot).where(LabelRun.lot.in_(ids)).order_by(LabelRun.id)) if ids else []
    )
    holders = {lot.holder_id for lot in reached} | {planting.stand.plot.operator_id for planting in plantings}
    return Reach(plantings, harvests, reached, runs, _opened(runs), _regions(runs), contacts_of(holders))


@dataclass(frozen=True)
class Origin:
    """A part of a lot that grew on seedlings of one lot (or of none on record, ``seedling`` None) on one plot."""

    harvest: str
    plot: str
    seedling: Lot | None
    nursery: str
    planted_on: date | None
    share: Fraction


def origins_of(lot: Lot) -> list[Origin]:
    """The exact shares of a lot by seedling lot. The harvest of a plot is divided over its stands of that day by planted trees."""
    found = []
    for share in build_trace(Target(lot.id, lot.code), "back", None).shares:
        harvest = lots.lot_by_code(share.lot)
        if harvest is None or harvest.plot_id is None:
            found.append(Origin(share.lot, "", None, "", None, share.fraction))
            continue
        found += _by_seedlings(harvest, share.fraction)
    return sorted(found, key=lambda one: (-one.share, one.plot))


def contacts_of(party_ids: set[int]) -> list[Party]:
    """Whom to call: organisations with their public number; a household stands under the cooperative it belongs to."""
    return (
        list(Party.select().where(Party.id.in_(list(party_ids))).order_by(Party.kind, Party.name)) if party_ids else []
    )


def _by_seedlings(harvest: Lot, share: Fraction) -> list[Origin]:
    plot = Plot.get_by_id(harvest.plot_id)
    planted = defaultdict(list)
    for planting in nursery.origins_of(plot):
        if not planting.dispatch.undone:
            planted[planting.stand_id].append(planting)
    stands = list(Stand.select().where(Stand.plot == plot, Stand.planted_on <= harvest.made_on).order_by(Stand.id))
    trees = sum(stand.planted_count for stand in stands)
    if not trees:
        return [Origin(harvest.code, plot.code, None, "", None, share)]
    found = []
    for stand in stands:
        part = share * stand.planted_count / trees
        known = planted.get(stand.id, [])
        if not known:
            found.append(Origin(harvest.code, plot.code, None, "", stand.planted_on, part))
        for planting in known:
            seedling = planting.dispatch.lot
            found.append(
                Origin(harvest.code, plot.code, seedling, seedling.holder.name, stand.planted_on, part / len(known))
            )
    return found


def _lots(ids: list[int]) -> list[Lot]:
    return list(lots.lots_joined().where(Lot.id.in_(ids)).order_by(Lot.id))


def _opened(runs: list[LabelRun]) -> dict[int, tuple[int, int]]:
    """Codes of each run that were opened, and how often in all."""
    query = UnitScan.select(UnitScan.run, fn.COUNT(UnitScan.id), fn.SUM(UnitScan.count))
    rows = query.where(UnitScan.run.in_([run.id for run in runs])).group_by(UnitScan.run).tuples() if runs else []
    return {run: (int(codes), int(scans)) for run, codes, scans in rows}


def _regions(runs: list[LabelRun]) -> list[tuple[str, int]]:
    """Where the packs were scanned, most first; the empty name stands for networks whose region is not known."""
    found: dict[str, int] = defaultdict(int)
    for run in runs:
        inside = ScanPlace.serial.between(run.first_serial, run.first_serial + run.count - 1)
        query = ScanPlace.select(ScanPlace.region, fn.SUM(ScanPlace.count)).where(inside).group_by(ScanPlace.region)
        for region, count in query.tuples():
            found[region] += int(count)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
