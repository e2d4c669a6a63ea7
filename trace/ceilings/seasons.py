"""Seasons: what each plot bore of each part in a year, against what its trees can bear. One plot is one row; a producer sums its plots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from peewee import JOIN, fn

from trace.ceilings import overrides, rules
from trace.ceilings.rules import Arrow, Link
from trace.core.actor import Actor
from trace.core.text import Message
from trace.core.units import format_int, format_mu, format_pct
from trace.field.models import Harvest
from trace.field.plausibility import trees_of
from trace.land import queries as land
from trace.land.models import Plot, Stand, SurvivalVisit, superseded
from trace.land.stands import expect_stands
from trace.lots import queries as lots
from trace.lots.models import Lot, Movement
from trace.nursery.models import Planting, SeedlingDispatch
from trace.registry import queries as register
from trace.registry.models import Party, Township, Village

AT_ONCE = 500


@dataclass(frozen=True)
class Season:
    """One plot, one part, one year: what was picked, until which day."""

    plot: Plot
    part: str
    year: int
    grams: int
    last_day: date

    @property
    def subject(self) -> str:
        """How sentences name it."""
        return f"{self.plot.code}（{self.year} 年）"


@dataclass(frozen=True)
class Trees:
    """Seedlings and trees of a plot. None: nobody has written it down."""

    delivered: int | None
    planted: int
    alive: int | None
    visited_on: date | None


def seasons_of(plots: Sequence[Plot], years: Iterable[int]) -> list[Season]:
    """Every season of these plots in these years that has a harvest not undone, in the order of plots, years and parts."""
    known, found = {plot.id: plot for plot in plots}, []
    keys = sorted(known)
    for year in sorted(set(years)):
        for start in range(0, len(keys), AT_ONCE):
            rows = (
                Movement.select(Lot.plot, Harvest.part, fn.SUM(Movement.quantity), fn.MAX(Lot.made_on))
                .join(Lot, on=(Movement.lot == Lot.id))
                .join(Harvest, on=(Harvest.lot == Lot.id))
                .where(Lot.plot.in_(keys[start : start + AT_ONCE]), Movement.operation == Lot.made_by)
                .where(Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)), Lot.made_by.not_in(lots.undone_operations()))
                .group_by(Lot.plot, Harvest.part)
            )  # fmt: skip
            found += [Season(known[p], part, year, int(g), _day(last)) for p, part, g, last in rows.tuples()]
    return sorted(found, key=lambda one: (one.plot.code, one.year, one.part))


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def trees_on(plots: Sequence[Plot]) -> dict[int, Trees]:
    """Seedlings delivered, trees planted and living of each plot, by its key. A handful of statements however many plots."""
    found: dict[int, Trees] = {}
    for start in range(0, len(plots), AT_ONCE):
        part = plots[start : start + AT_ONCE]
        ids = [plot.id for plot in part]
        planted, delivered, visits = _planted(ids), _delivered(ids), _visits(ids)
        for plot in part:
            trees = planted.get(plot.id) or plot.tree_count
            visit = visits.get(plot.id)
            alive = rules.alive_share(visit[0], visit[1], trees) if visit and trees else None
            found[plot.id] = Trees(delivered.get(plot.id), trees, alive, visit[2] if visit else None)
    return found


def _planted(ids: list[int]) -> dict[int, int]:
    rows = Stand.select(Stand.plot, fn.SUM(Stand.planted_count)).where(Stand.plot.in_(ids)).group_by(Stand.plot)
    return {plot: int(total) for plot, total in rows.tuples()}


def _delivered(ids: list[int]) -> dict[int, int]:
    """Seedlings that could go into these plots by their delivery; a plot of which any stand has no delivery is left out."""
    rows = (
        Stand.select(Stand.plot, fn.COUNT(Stand.id), fn.COUNT(Planting.id))
        .join(Planting, JOIN.LEFT_OUTER, on=(Planting.stand == Stand.id))
        .where(Stand.plot.in_(ids))
        .group_by(Stand.plot)
    )
    whole = [plot for plot, stands, plantings in rows.tuples() if stands == plantings]
    return _available(whole) if whole else {}


def _available(ids: list[int]) -> dict[int, int]:
    """For each plot Σ over its dispatches of (quantity sent − planted elsewhere); an undone dispatch sent nothing."""
    here: dict[int, set[int]] = defaultdict(set)
    dispatches = (
        Planting.select(Planting.dispatch, Stand.plot).join(Stand).where(Stand.plot.in_(ids)).distinct().tuples()
    )
    for dispatch, plot in dispatches:
        here[plot].add(dispatch)
    wanted = sorted({dispatch for several in here.values() for dispatch in several})
    sent = {
        key: 0 if undone else quantity
        for key, quantity, undone in SeedlingDispatch.select(
            SeedlingDispatch.id, SeedlingDispatch.quantity, SeedlingDispatch.undone
        ).where(SeedlingDispatch.id.in_(wanted)).tuples()
    }  # fmt: skip
    into: dict[tuple[int, int], int] = {}
    rows = Planting.select(Planting.dispatch, Stand.plot, fn.SUM(Planting.quantity)).join(Stand)
    for dispatch, plot, total in (
        rows.where(Planting.dispatch.in_(wanted)).group_by(Planting.dispatch, Stand.plot).tuples()
    ):
        into[dispatch, plot] = int(total)
    elsewhere: dict[int, int] = defaultdict(int)
    for (dispatch, _plot), total in into.items():
        elsewhere[dispatch] += total
    return {
        plot: sum(max(0, sent[d] - elsewhere[d] + into[d, plot]) for d in several) for plot, several in here.items()
    }


def _visits(ids: list[int]) -> dict[int, tuple[int, int, date]]:
    """The newest visit that counts of each plot: sampled, alive, day."""
    rows = (
        SurvivalVisit.select(SurvivalVisit.plot, SurvivalVisit.sampled, SurvivalVisit.alive, SurvivalVisit.visited_on)
        .where(SurvivalVisit.plot.in_(ids), ~superseded())
        .order_by(SurvivalVisit.visited_on, SurvivalVisit.id)
    )
    return {plot: (sampled, alive, day) for plot, sampled, alive, day in rows.tuples()}


def links_of(seasons: Sequence[Season], today: date) -> list[Link]:
    """The three arrows of each season: seedlings → trees → living trees → kilograms, with overrides in force today."""
    plots = list({season.plot.id: season.plot for season in seasons}.values())
    expect_stands(plots)
    trees, passed = trees_on(plots), overrides.for_seasons([plot.id for plot in plots], today)
    links, shown = [], set()
    for season in seasons:
        of = trees[season.plot.id]
        if season.plot.id not in shown:
            shown.add(season.plot.id)
            links += [_planted_link(season, of, passed), _alive_link(season, of, passed)]
        links.append(_harvest_link(season, of, passed))
    return links


Passed = dict[tuple[str, int, int, str], rules.Override]


def _link(arrow: Arrow, season: Season, passed: Passed, unit: str, most: int | None, found: int | None, how: Message) -> Link:  # fmt: skip
    override = passed.get((arrow.value, season.plot.id, season.year, season.part))
    where = {"plot": season.plot.code, "year": season.year, "part": season.part}
    subject = season.subject if arrow == Arrow.HARVEST else season.plot.code
    return Link(arrow, subject, unit, most, found, how, override=override, **where)  # type: ignore[arg-type]


def _planted_link(season: Season, of: Trees, passed: Passed) -> Link:
    how = Message("出圃记录里送到这块地的苗木") if of.delivered is not None else Message("建园时没有出圃记录")
    return _link(Arrow.PLANTED, season, passed, "pcs", of.delivered, of.planted or None, how)


def _alive_link(season: Season, of: Trees, passed: Passed) -> Link:
    how = Message("%(day)s 查验抽样推算", {"day": of.visited_on}) if of.visited_on else Message("还没有查验")
    return _link(Arrow.ALIVE, season, passed, "pcs", of.planted or None, of.alive, how)


def _harvest_link(season: Season, of: Trees, passed: Passed) -> Link:
    plot = season.plot
    area_cap = register.reference_range(plot.taxon, f"{season.part}_yield")
    tree_cap = register.reference_range(plot.taxon, f"{season.part}_tree_yield")
    share = trees_of(plot, season.part, season.last_day).share
    living = of.alive if of.alive is not None else of.planted or None
    most = rules.season_ceiling(
        plot.area_m2, living, share, area_cap.high if area_cap else None, tree_cap.high if tree_cap else None
    )
    how = Message(
        "%(mu)s 亩、%(trees)s 株，树龄系数 %(share)s，上限×1.2（参考值）",
        {"mu": format_mu(plot.area_m2), "trees": format_int(living) if living else "—", "share": format_pct(share, 0) if share is not None else "—"},
    )  # fmt: skip
    return _link(Arrow.HARVEST, season, passed, "g", most, season.grams, how)


@dataclass(frozen=True)
class Producer:
    """A producer's season: Σ harvest against Σ area × yield cap × age curve × 1.2 (domain brief §4.5)."""

    code: str
    name: str
    township: str
    plots: int
    found_g: int
    most_g: int | None
    broken: int
    flagged: int

    @property
    def state(self) -> str:
        """``broken`` when the sum or any one plot is over its ceiling, ``flagged`` when a harvest had to be explained."""
        if self.broken or (self.most_g is not None and self.found_g > self.most_g):
            return "broken"
        return "flagged" if self.flagged else "ok"


def harvested_plots(actor: Actor, year: int, township: str = "", producer: str = "") -> list[Plot]:
    """Visible plots with a harvest in a year."""
    picked = Lot.select(Lot.plot).where(
        Lot.plot.is_null(False), Lot.made_on.between(date(year, 1, 1), date(year, 12, 31))
    )
    query = land.visible_plots(actor).where(Plot.id.in_(picked))
    if township:
        query = query.where(Township.code == township)
    if producer:
        query = query.where(Party.code == producer)
    return list(query.order_by(Plot.code))


def harvests_of(plots: Sequence[Plot], year: int) -> dict[str, list[tuple[Lot, int]]]:
    """The records behind a season: the harvest lots of each plot (by code) with their grams, oldest first."""
    found: dict[str, list[tuple[Lot, int]]] = defaultdict(list)
    query = lots.lots_joined().where(
        Lot.plot.in_([plot.id for plot in plots]), Lot.made_by.not_in(lots.undone_operations())
    )
    rows = list(query.where(Lot.made_on.between(date(year, 1, 1), date(year, 12, 31))).order_by(Lot.made_on, Lot.id))
    made = lots.made_quantities([row.id for row in rows])
    for row in rows:
        found[row.plot.code].append((row, made[row.id]))
    return found


def producers(actor: Actor, year: int, today: date, township: str = "") -> list[Producer]:
    """Every producer with a harvest in a year, those over their ceiling first."""
    plots = harvested_plots(actor, year, township)
    seasons = seasons_of(plots, [year])
    by_plot: dict[str, list[Link]] = defaultdict(list)
    for link in links_of(seasons, today):
        by_plot[link.plot].append(link)
    flags = _flagged([plot.id for plot in plots], year)
    grouped: dict[int, list[Plot]] = defaultdict(list)
    for plot in plots:
        grouped[plot.operator_id].append(plot)
    found = [_producer(several, by_plot, flags) for several in grouped.values()]
    order = {"broken": 0, "flagged": 1, "ok": 2}
    return sorted(found, key=lambda one: (order[one.state], one.township, one.code))


def _producer(plots: list[Plot], by_plot: dict[str, list[Link]], flags: dict[int, int]) -> Producer:
    links = [link for plot in plots for link in by_plot[plot.code]]
    seasons = [link for link in links if link.arrow == Arrow.HARVEST]
    ceilings = [link.most for link in seasons]
    operator = plots[0].operator
    return Producer(
        operator.code, operator.name, _township_of(plots[0]), len(plots), sum(link.found or 0 for link in seasons),
        None if None in ceilings else sum(most or 0 for most in ceilings), len(rules.broken(links)), sum(flags.get(plot.id, 0) for plot in plots),
    )  # fmt: skip


def _township_of(plot: Plot) -> str:
    village: Village = plot.village
    return str(village.township.name)


def _flagged(ids: list[int], year: int) -> dict[int, int]:
    """How many harvests of each plot had to be explained (C7, C8)."""
    found: dict[int, int] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = (
            Harvest.select(Lot.plot, fn.COUNT(Harvest.id)).join(Lot)
            .where(Lot.plot.in_(ids[start : start + AT_ONCE]), Harvest.flagged, Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)))
            .where(Lot.made_by.not_in(lots.undone_operations())).group_by(Lot.plot)
        )  # fmt: skip
        found |= dict(rows.tuples())
    return found
