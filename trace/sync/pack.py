"""The pack: what a phone needs to know in the hills. Built from what its person may see; the same content gives the same bytes and tag."""

from __future__ import annotations

from typing import Any

from peewee import fn

from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.field import rules as harvest
from trace.field.models import Harvest
from trace.land import queries as land
from trace.land.models import Plot, PlotBoundary, Stand
from trace.land.rules import GONE_STATES
from trace.lots import queries as lots
from trace.lots.models import Lot, Movement
from trace.quality.certificate_queries import blocks_for_pack
from trace.quality.certificate_rules import OFFLINE_EMPTY, PROMISE
from trace.registry import queries as register
from trace.registry.models import ReferenceRange, Taxon
from trace.registry.rules import PARTS
from trace.sync import rules
from trace.sync.kinds import KINDS
from trace.sync.pack_goods import goods_for, may, own_party
from trace.sync.pack_inputs import inputs_for

MOST_PLOTS = 5000
DIGITS = 6
"""Of a degree: 0.1 m, as text."""


def pack_for(actor: Actor) -> dict[str, Any]:
    """Everything at once; about 300 bytes a plot before packing."""
    actor.require(Permission.SYNC_SEND)
    plots = list(
        land.visible_plots(actor).where(Plot.state.not_in(list(GONE_STATES))).order_by(Plot.code).limit(MOST_PLOTS)
    )
    return {
        "protocol": rules.PROTOCOL,
        "day": business_date().isoformat(),
        "person": {"username": actor.username, "name": actor.display_name, "party": actor.org_name, "party_code": own_party(actor), "may": may(actor)},
        "plots": _plots(plots),
        **inputs_for(actor, plots),
        **goods_for(actor),
        "taxa": [{"key": taxon.key, "name": taxon.name_zh} for taxon in register.taxa()],
        "parts": PARTS,
        "products": _products(),
        "ranges": _ranges(),
        "windows": {part: [list(first), list(last)] for part, (first, last) in harvest.WINDOWS.items()},
        "kinds": {name: {"shape": kind.shape, "label": kind.label} for name, kind in KINDS.items()},
        "certificates": {"blocks": blocks_for_pack(actor.party_id, business_date().year), "empty": OFFLINE_EMPTY, "promise": PROMISE},
        "limits": {
            "ops": rules.MAX_OPS, "bytes": rules.MAX_BYTES, "photos": rules.MAX_PHOTOS, "piece": rules.PIECE,
            "late_days": harvest.LATE_DAYS_NEED_REASON, "force_days": rules.FORCE_AFTER.days,
            "skew_seconds": int(rules.SKEW_ALLOWED.total_seconds()),
        },
    }  # fmt: skip


def _plots(plots: list[Plot]) -> list[dict[str, Any]]:
    ids = [plot.id for plot in plots]
    boxes, stands, seasons = _centres(ids), _stands(ids), _seasons(ids)
    return [
        {
            "code": plot.code, "name": plot.name, "village": plot.village.name, "township": plot.village.township.name,
            "operator": plot.operator.name, "taxon": plot.taxon.key, "state": plot.state, "management": plot.management,
            "area_m2": plot.area_m2, "tree_count": plot.tree_count, "planted_on": plot.planted_on.isoformat() if plot.planted_on else None,
            "centre": boxes.get(plot.id), "stands": stands.get(plot.id, []), "season_g": seasons.get(plot.id, {}),
        }
        for plot in plots
    ]  # fmt: skip


def _centres(ids: list[int]) -> dict[int, dict[str, str]]:
    """The middle of each present boundary, to offer the nearest plot first."""
    rows = PlotBoundary.select(
        PlotBoundary.plot, PlotBoundary.west, PlotBoundary.east, PlotBoundary.south, PlotBoundary.north
    ).where(PlotBoundary.plot.in_(ids), PlotBoundary.valid_to.is_null())
    return {
        plot: {"lon": f"{(west + east) / 2:.{DIGITS}f}", "lat": f"{(south + north) / 2:.{DIGITS}f}"}
        for plot, west, east, south, north in rows.tuples()
    }


def _stands(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Stand.select(Stand, Taxon).join(Taxon).where(Stand.plot.in_(ids)).order_by(Stand.code)
    for stand in rows:
        found.setdefault(stand.plot_id, []).append(
            {"code": stand.code, "taxon": stand.taxon.key, "planted_on": stand.planted_on.isoformat(), "count": stand.planted_count}
        )  # fmt: skip
    return found


def _seasons(ids: list[int]) -> dict[int, dict[str, int]]:
    """Grams of this year by plot and part, so that the phone can warn of impossible yields without signal."""
    first = business_date().replace(month=1, day=1)
    rows = (
        Movement.select(Lot.plot, Harvest.part, fn.SUM(Movement.quantity))
        .join(Lot, on=(Movement.lot == Lot.id))
        .join(Harvest, on=(Harvest.lot == Lot.id))
        .where(Lot.plot.in_(ids), Lot.made_on >= first, Movement.operation == Lot.made_by)
        .where(Lot.made_by.not_in(lots.undone_operations()))
        .group_by(Lot.plot, Harvest.part)
    )
    found: dict[int, dict[str, int]] = {}
    for plot, part, grams in rows.tuples():
        found.setdefault(plot, {})[part] = int(grams)
    return found


def _products() -> list[dict[str, str]]:
    return [
        {"code": one.code, "name": one.name, "taxon": one.taxon.key, "part": one.part, "form": one.form, "unit": one.unit}
        for one in register.products()
    ]  # fmt: skip


def _ranges() -> list[dict[str, Any]]:
    rows = ReferenceRange.select(ReferenceRange, Taxon).join(Taxon).order_by(Taxon.key, ReferenceRange.metric)
    return [
        {
            "taxon": row.taxon.key, "metric": row.metric, "unit": row.unit, "low": row.low, "usual": row.default_value, "high": row.high,
            "hard": row.hard_max,
        }
        for row in rows
    ]  # fmt: skip
