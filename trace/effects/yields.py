"""X8: yuan paid → living 亩 → kilograms → packs → scans → complaints, by programme and township, with the years a tree needs before it bears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from peewee import fn

from trace.ceilings.seasons import seasons_of
from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.effects import rules
from trace.effects.ghosts import AT_ONCE, newest_visits
from trace.funds.models import Application
from trace.labels.models import LabelRun
from trace.land.models import Plot
from trace.lots.models import Edge, Lot
from trace.payments.models import PaymentLine
from trace.programmes.models import Programme
from trace.registry.models import Party, Township, Village
from trace.registry.queries import reference_range
from trace.scan.models import Complaint, UnitScan


@dataclass
class Chain:
    """One programme in one township in the year looked at. Packs, scans and complaints are of goods with at least something from these plots."""

    programme: str
    name: str
    township: str
    paid_fen: int = 0
    plots: set[int] = field(default_factory=set)
    living_m2: int = 0
    bearing: int = 0
    harvest_g: int = 0
    packs: int = 0
    scans: int = 0
    complaints: int = 0


@dataclass(frozen=True)
class PlotRow:
    """One plot in the lists below: its age, what it yields by 亩 in grams."""

    plot: str
    village: str
    operator: str
    planted: int | None
    area_m2: int
    harvest_g: int

    @property
    def g_per_mu(self) -> int:
        """Grams by 亩."""
        return int(self.harvest_g * 10_000 / 15 / self.area_m2)


@dataclass
class Effects:
    """What the page shows for a year."""

    year: int
    chains: list[Chain]
    barren: list[PlotRow]
    better: list[PlotRow]
    mean_g_per_mu: int


def of_year(actor: Actor, year: int, programme: str = "") -> Effects:
    """Everything paid up to the end of a year, and what its plots gave in that year."""
    actor.require(Permission.FUND_READ)
    if not actor.county_wide:
        raise NotFound()
    paid = _paid(year, programme)
    helped = {plot for plot, *_ in paid}
    every = {plot.id: plot for plot in _plots()}
    harvest = _harvest(list(every.values()), year)
    living = newest_visits(sorted(helped))
    lots_of = _lots_of(sorted(helped), year)
    chains: dict[tuple[str, str], Chain] = {}
    for key, code, name, amount in paid:
        plot = every[key]
        chain = chains.setdefault((code, plot.village.township.code), Chain(code, name, plot.village.township.name))
        chain.paid_fen += amount
        if key not in chain.plots:
            chain.plots.add(key)
            chain.living_m2 += rules.living_m2(*living.get(key, (None, None, None))) or 0
            chain.bearing += _bears(plot, year)
            chain.harvest_g += harvest.get(key, 0)
    for chain in chains.values():
        _follow(chain, [lot for key in chain.plots for lot in lots_of.get(key, [])])
    bearing = [plot for plot in every.values() if _bears(plot, year)]
    mean = _mean([plot for plot in bearing if plot.id in helped], harvest)
    rows = {plot.id: _row(plot, harvest) for plot in bearing}
    barren = [row for key, row in rows.items() if key in helped and row.harvest_g == 0]
    better = [row for key, row in rows.items() if key not in helped and row.harvest_g and row.g_per_mu > mean]
    return Effects(
        year, sorted(chains.values(), key=lambda one: (one.programme, one.township)), sorted(barren, key=lambda one: one.plot),
        sorted(better, key=lambda one: -one.g_per_mu)[:100], mean,
    )  # fmt: skip


def _paid(year: int, programme: str) -> list[tuple[int, str, str, int]]:
    rows = (
        PaymentLine.select(Application.plot, Programme.code, Programme.name, fn.SUM(PaymentLine.amount_fen))
        .join(Application)
        .join(Programme)
        .where(PaymentLine.state == "paid", Programme.year <= year)
        .group_by(Application.plot, Programme.code, Programme.name)
    )
    if programme:
        rows = rows.where(Programme.code == programme)
    return [(plot, code, name, int(amount)) for plot, code, name, amount in rows.tuples()]


def _plots() -> Iterable[Plot]:
    rows = (
        Plot.select(Plot, Village, Township, Party)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Party, on=Plot.operator)
    )
    return rows.where(Plot.state.not_in(("failed", "converted", "lost")))


def _harvest(plots: Sequence[Plot], year: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for season in seasons_of(plots, [year]):
        found[season.plot.id] = found.get(season.plot.id, 0) + season.grams
    return found


def _bears(plot: Plot, year: int) -> bool:
    span = reference_range(plot.taxon, "bearing_age")
    return rules.should_bear(
        plot.planted_on.year if plot.planted_on else None, span.default_value if span else None, year
    )


def _mean(plots: Sequence[Plot], harvest: dict[int, int]) -> int:
    area = sum(plot.area_m2 for plot in plots)
    return int(sum(harvest.get(plot.id, 0) for plot in plots) * 10_000 / 15 / area) if area else 0


def _row(plot: Plot, harvest: dict[int, int]) -> PlotRow:
    planted = plot.planted_on.year if plot.planted_on else None
    place = f"{plot.village.township.name} {plot.village.name}"
    return PlotRow(plot.code, place, plot.operator.name, planted, plot.area_m2, harvest.get(plot.id, 0))


def _lots_of(plots: Sequence[int], year: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for start in range(0, len(plots), AT_ONCE):
        rows = Lot.select(Lot.plot, Lot.id).where(Lot.plot.in_(plots[start : start + AT_ONCE]), Lot.kind == "harvest")
        for plot, lot in rows.where(Lot.made_on.between(date(year, 1, 1), date(year, 12, 31))).tuples():
            found.setdefault(plot, []).append(lot)
    return found


def _follow(chain: Chain, roots: Sequence[int]) -> None:
    """From harvests to packs on the shelf: every lot made from them, their labels, how often those were opened, what was complained about."""
    reached = _reached(roots)
    for start in range(0, len(reached), AT_ONCE):
        part = reached[start : start + AT_ONCE]
        units = LabelRun.select(fn.COALESCE(fn.SUM(LabelRun.count), 0)).where(
            LabelRun.lot.in_(part), LabelRun.state == "activated", LabelRun.kind == "unit"
        )
        chain.packs += int(units.scalar())
        scans = UnitScan.select(fn.COALESCE(fn.SUM(UnitScan.count), 0)).join(LabelRun).where(LabelRun.lot.in_(part))
        chain.scans += int(scans.scalar())
        chain.complaints += Complaint.select().where(Complaint.lot.in_(part)).count()


def _reached(roots: Sequence[int]) -> list[int]:
    """The lots themselves and all made from them, level by level."""
    seen, edge = set(roots), list(roots)
    while edge:
        fresh: set[int] = set()
        for start in range(0, len(edge), AT_ONCE):
            rows = Edge.select(Edge.child).where(Edge.parent.in_(edge[start : start + AT_ONCE]))
            fresh.update(child for (child,) in rows.tuples())
        edge = sorted(fresh - seen)
        seen.update(edge)
    return sorted(seen)
