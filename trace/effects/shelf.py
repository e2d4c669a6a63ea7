"""From yuan to the shelf (feature X8): what each payment's ground bore, what was packed of it, read by consumers, complained about.

Payments of one plot share what came after them in proportion to their fen; a pack belongs to the plots behind its lot by their exact shares.
Whole numbers are divided with the largest remainder, so every sum is exact. A fixed number of statements, however many plots and lots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.effects import books, ground, packs
from trace.effects.books import Paid
from trace.effects.ground import Ground
from trace.effects.rules import divide
from trace.land.models import Plot, SurvivalVisit
from trace.land.rules import STOCK_STATES
from trace.programmes.models import Programme
from trace.registry.models import ReferenceRange
from trace.targets.queries import verified_plots

FIGURES = ("fen", "alive_m2", "grams", "packs", "scans", "complaints")
"""What is followed, in the order of the chain."""
SEASON_OVER = 11
"""From November on the year's harvest is in (domain brief §4.3)."""
SHOWN = 100

Key = tuple[str, int]
"""(programme code, year of payment)"""


@dataclass(frozen=True)
class Asked:
    """What the page is narrowed to; ``year`` is the year of payment."""

    township: str = ""
    programme: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Share:
    """What one programme's payments of one year on one plot came to. ``bears_from``: the year in which its trees may first bear."""

    programme: str
    year: int
    ground: Ground
    bears_from: int | None
    values: Mapping[str, int]


@dataclass(frozen=True)
class Row:
    """One programme, township and year of payment, added up over its plots."""

    programme: str
    programme_name: str
    township_code: str
    township: str
    year: int
    plots: int
    bears_from: int | None
    values: Mapping[str, int]


@dataclass(frozen=True)
class Idle:
    """A plot that got money, is past bearing age and bore nothing in a season."""

    ground: Ground
    fen: int
    age: int
    alive_m2: int


@dataclass(frozen=True)
class Ahead:
    """A plot without public money that bore more to the 亩 than the subsidised plots it is compared with."""

    ground: Ground
    grams: int
    per_mu_g: int
    others_g: int


@dataclass
class Found:
    """The page: rows, their shares by plot, and the two lists with the season they look at."""

    asked: Asked
    day: date
    season: int
    shares: list[Share]
    rows: list[Row]
    sums: dict[str, int]
    idle: list[Idle]
    ahead: list[Ahead]
    years: list[int] = field(default_factory=list)


def follow(actor: Actor, asked: Asked, day: date | None = None) -> Found:
    """Follow the money of the actor's townships as far as it has come by a day (today)."""
    day = day or business_date()
    land = {g.plot_id: g for g in ground.grounds() if actor.county_wide or g.township_code in actor.township_codes}
    names = {
        key: (code, name) for key, code, name in Programme.select(Programme.id, Programme.code, Programme.name).tuples()
    }
    paid = [one for one in books.payments(day) if one.plot_id in land]
    ages, alive = _bearing_ages(), _alive(day)
    harvests, packed = packs.harvests(day), packs.by_plot(day)
    shares = [share for share in _shares(paid, land, names, ages, alive, harvests, packed) if _wanted(share, asked)]
    rows = _rows(shares, dict(names.values()))
    season = day.year if day.month >= SEASON_OVER else day.year - 1
    here = [g for g in land.values() if not asked.township or g.township_code == asked.township]
    money = _money(paid)
    return Found(
        asked, day, season, shares, rows, {name: sum(row.values[name] for row in rows) for name in FIGURES},
        _idle([g for g in here if g.plot_id in {s.ground.plot_id for s in shares}], money, ages, alive, harvests, season),
        _ahead(here, money, ages, harvests, season), sorted({one.year for one in paid}, reverse=True),
    )  # fmt: skip


def _wanted(share: Share, asked: Asked) -> bool:
    return (
        asked.township in ("", share.ground.township_code)
        and asked.programme in ("", share.programme)
        and asked.year in (None, share.year)
    )


def _shares(
    paid: list[Paid], land: Mapping[int, Ground], names: Mapping[int, tuple[str, str]], ages: Mapping[int, tuple[int, int]],
    alive: Mapping[int, int], harvests: packs.Harvests, packed: Mapping[int, list[packs.Packed]],
) -> Iterable[Share]:  # fmt: skip
    by_plot: dict[int, dict[Key, int]] = defaultdict(lambda: defaultdict(int))
    for one in paid:
        by_plot[one.plot_id][names[one.programme_id][0], one.year] += one.fen
    for plot_id, weights in by_plot.items():
        kept = {key: fen for key, fen in weights.items() if fen > 0}
        values: dict[Key, dict[str, int]] = {
            key: dict.fromkeys(FIGURES, 0) | {"fen": fen} for key, fen in weights.items()
        }
        _add(values, "alive_m2", alive.get(plot_id, 0), kept)
        for (year, _part), grams in harvests.get(plot_id, {}).items():
            _add(values, "grams", grams, _since(kept, year))
        for lot in packed.get(plot_id, ()):
            for name, number in (("packs", lot.packs), ("scans", lot.scans), ("complaints", lot.complaints)):
                _add(values, name, number, _since(kept, lot.year))
        own = land[plot_id]
        for key, found in values.items():
            yield Share(*key, own, bears_from(own, ages), found)


def _since(weights: Mapping[Key, int], year: int) -> dict[Key, int]:
    """Payments that had been made by a year: later ones have no part in what was borne before them."""
    return {key: fen for key, fen in weights.items() if key[1] <= year}


def _add(values: dict[Key, dict[str, int]], name: str, number: int, weights: Mapping[Key, int]) -> None:
    for key, part in divide(number, weights).items():
        values[key][name] += part


def _rows(shares: list[Share], names: Mapping[str, str]) -> list[Row]:
    groups: dict[tuple[str, str, str, int], list[Share]] = defaultdict(list)
    for share in shares:
        groups[share.programme, share.ground.township_code, share.ground.township, share.year].append(share)
    found = [
        Row(
            programme, names[programme], code, township, year, len(several),
            min((s.bears_from for s in several if s.bears_from), default=None),
            {name: sum(s.values[name] for s in several) for name in FIGURES},
        )
        for (programme, code, township, year), several in groups.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row.year, row.programme, -row.values["fen"], row.township_code))


def bears_from(own: Ground, ages: Mapping[int, tuple[int, int]]) -> int | None:
    """The year in which the trees of a plot may first bear."""
    age = ages.get(own.taxon_id)
    return own.planted_on.year + age[0] if own.planted_on and age else None


def _bearing_ages() -> dict[int, tuple[int, int]]:
    """(may bear, bears as a rule) in years, by taxon."""
    rows = ReferenceRange.select(ReferenceRange.taxon, ReferenceRange.low, ReferenceRange.default_value)
    return {taxon: (low, usual) for taxon, low, usual in rows.where(ReferenceRange.metric == "bearing_age").tuples()}


def _alive(day: date) -> dict[int, int]:
    return dict(verified_plots(day).select(Plot.id, SurvivalVisit.verified_m2).tuples())


def _money(paid: list[Paid]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for one in paid:
        found[one.plot_id] += one.fen
    return {plot: fen for plot, fen in found.items() if fen > 0}


def _idle(
    here: list[Ground], money: Mapping[int, int], ages: Mapping[int, tuple[int, int]], alive: Mapping[int, int],
    harvests: packs.Harvests, season: int,
) -> list[Idle]:  # fmt: skip
    found = []
    for own in here:
        age = ages.get(own.taxon_id)
        if own.plot_id not in money or own.planted_on is None or age is None or own.state == "failed":
            continue
        years = season - own.planted_on.year
        if years >= age[1] and not any(year == season for year, _part in harvests.get(own.plot_id, {})):
            found.append(Idle(own, money[own.plot_id], years, alive.get(own.plot_id, 0)))
    return sorted(found, key=lambda one: (-one.fen, one.ground.code))


def _ahead(
    here: list[Ground],
    money: Mapping[int, int],
    ages: Mapping[int, tuple[int, int]],
    harvests: packs.Harvests,
    season: int,
) -> list[Ahead]:
    """Compared with the subsidised plots of bearing age in the same township; where there are none, with those of all that are asked about."""
    fruit = {own.plot_id: harvests.get(own.plot_id, {}).get((season, "fruit"), 0) for own in here}
    old = [own for own in here if own.state in STOCK_STATES and _is_old(own, ages, season)]
    helped: dict[str, list[Ground]] = defaultdict(list)
    for own in old:
        if own.plot_id in money:
            helped[own.township_code].append(own)
    everywhere = [own for several in helped.values() for own in several]
    found = []
    for own in old:
        others = helped.get(own.township_code) or everywhere
        if own.plot_id in money or not fruit[own.plot_id] or not others:
            continue
        mine, theirs = (
            per_mu(fruit[own.plot_id], own.area_m2),
            per_mu(sum(fruit[o.plot_id] for o in others), sum(o.area_m2 for o in others)),
        )
        if mine > theirs:
            found.append(Ahead(own, fruit[own.plot_id], int(mine), int(theirs)))
    return sorted(found, key=lambda one: (-one.per_mu_g, one.ground.code))[:SHOWN]


def _is_old(own: Ground, ages: Mapping[int, tuple[int, int]], season: int) -> bool:
    age = ages.get(own.taxon_id)
    return bool(age and own.planted_on and season - own.planted_on.year >= age[1])


def per_mu(grams: int, m2: int) -> Fraction:
    """Grams to a 亩."""
    return Fraction(grams * 10_000, m2 * 15)
