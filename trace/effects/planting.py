"""Four numbers side by side, plot by plot (feature X2). A fixed number of statements, however many plots."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from peewee import JOIN, Case, fn

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.effects import rules
from trace.effects.ground import Ground, grounds
from trace.effects.rules import Basis, Check, Claim, Density, Numbers, Sums, Visit
from trace.funds.models import Application
from trace.funds.rules import INACTIVE
from trace.land import schedule
from trace.land.models import Plot, Stand, SurvivalVisit, superseded
from trace.nursery.models import Planting, SeedlingDispatch
from trace.programmes.models import Programme
from trace.registry.models import ReferenceRange
from trace.targets.queries import verified_plots


@dataclass(frozen=True)
class Asked:
    """What the reader narrowed the page to; ``year`` is the year of planting (a September planting belongs to its calendar year)."""

    basis: Basis = Basis.CLAIMED
    township: str = ""
    year: int | None = None
    programme: str = ""


@dataclass(frozen=True)
class Group:
    """One township's sums."""

    code: str
    name: str
    sums: Sums


@dataclass(frozen=True)
class Found:
    """The page: plots with the largest gap first, townships with the largest gap first, and the sum of all."""

    asked: Asked
    day: date
    rows: list[Numbers]
    groups: list[Group]
    sums: Sums
    years: list[int]


def four_numbers(actor: Actor, asked: Asked, day: date | None = None) -> Found:
    """Every plot in the actor's townships that the question is about, as known on a day (today)."""
    day = day or business_date()
    mine = [ground for ground in grounds() if actor.county_wide or ground.township_code in actor.township_codes]
    years = sorted({ground.planted_on.year for ground in mine if ground.planted_on}, reverse=True)
    claims = _claims(asked.programme)
    chosen = [ground for ground in mine if _wanted(ground, asked, claims)]
    rows = sorted(_numbers(chosen, claims, asked.basis, day), key=lambda row: (-row.gap_m2, row.code))
    return Found(asked, day, rows, _groups(rows), rules.add_up(rows), years)


def _wanted(ground: Ground, asked: Asked, claims: dict[int, list[Claim]]) -> bool:
    if asked.township and ground.township_code != asked.township:
        return False
    if asked.year is not None and (ground.planted_on is None or ground.planted_on.year != asked.year):
        return False
    if asked.basis == Basis.CLAIMED or asked.programme:
        return ground.plot_id in claims
    return True


def _numbers(chosen: list[Ground], claims: dict[int, list[Claim]], basis: Basis, day: date) -> list[Numbers]:
    plants, densities, verified, visits = _plants(), _densities(), _verified(day), _visits(day)
    found = []
    for ground in chosen:
        sent, whole = plants.get(ground.plot_id, (None, False))
        visit = visits.get(ground.plot_id)
        found.append(
            Numbers(
                ground.plot_id, ground.code, ground.village, ground.township_code, ground.township, ground.operator, ground.state,
                ground.planted_on, tuple(claims.get(ground.plot_id, ())), ground.declared_m2 or ground.area_m2, ground.area_m2,
                ground.shared_m2, ground.shared_with, sent, whole, densities.get(ground.taxon_id),
                verified.get(ground.plot_id, 0), _check(ground, ground.plot_id in verified, visit, day), visit, basis,
            )
        )  # fmt: skip
    return found


def _check(ground: Ground, qualified: bool, visit: Visit | None, day: date) -> Check:
    if not ground.counted_taxon:
        return Check.OTHER
    if qualified:
        return Check.QUALIFIED
    if ground.state in ("failed", "replant_needed"):
        return Check.FAILED if visit else Check.OVERDUE
    if visit and ground.state != "planted":
        return Check.OLD
    if ground.planted_on is None or not schedule.check_due("year1", ground.planted_on).overdue(day):
        return Check.NOT_DUE
    return Check.OVERDUE


def _groups(rows: list[Numbers]) -> list[Group]:
    by_township: dict[tuple[str, str], list[Numbers]] = defaultdict(list)
    for row in rows:
        by_township[row.township_code, row.township].append(row)
    found = [Group(code, name, rules.add_up(several)) for (code, name), several in by_township.items()]
    return sorted(found, key=lambda group: (-group.sums.gap, group.code))


def _claims(programme: str) -> dict[int, list[Claim]]:
    """Live applications by plot, of one programme or of all."""
    query = (
        Application.select(Application.plot, Application.no, Programme.code, Programme.name, Application.applied_m2)
        .join(Programme)
        .where(Application.state.not_in([state.value for state in INACTIVE]))
        .order_by(Application.id)
    )
    if programme:
        query = query.where(Programme.code == programme)
    found: dict[int, list[Claim]] = defaultdict(list)
    for plot, no, code, name, m2 in query.tuples():
        found[plot].append(Claim(no, code, name, m2))
    return dict(found)


def _plants() -> dict[int, tuple[int, bool]]:
    """Plants with a dispatch that was not undone, by plot, and whether every stand of the plot has one. Plots without any are left out."""
    sent = fn.COALESCE(fn.SUM(Case(None, [(SeedlingDispatch.id.is_null(False), Planting.quantity)], 0)), 0)
    rows = (
        Stand.select(Stand.plot, sent, fn.COUNT(Stand.id), fn.COUNT(SeedlingDispatch.id))
        .join(Planting, JOIN.LEFT_OUTER, on=(Planting.stand == Stand.id))
        .join(
            SeedlingDispatch,
            JOIN.LEFT_OUTER,
            on=((Planting.dispatch == SeedlingDispatch.id) & ~SeedlingDispatch.undone),
        )
        .group_by(Stand.plot)
    )
    return {plot: (int(total), stands == led) for plot, total, stands, led in rows.tuples() if led}


def _densities() -> dict[int, Density]:
    """Low and usual density of every taxon that has a range."""
    rows = ReferenceRange.select(ReferenceRange.taxon, ReferenceRange.low, ReferenceRange.default_value)
    return {taxon: Density(low, usual) for taxon, low, usual in rows.where(ReferenceRange.metric == "density").tuples()}


def _verified(day: date) -> dict[int, int]:
    """Verified m² by plot: the very rows behind the verified area of the targets' page."""
    return dict(verified_plots(day).select(Plot.id, SurvivalVisit.verified_m2).tuples())


def _visits(day: date) -> dict[int, Visit]:
    """The newest visit that counts, by plot."""
    rows = (
        SurvivalVisit.select(
            SurvivalVisit.plot, SurvivalVisit.visited_on, SurvivalVisit.sampled, SurvivalVisit.alive, SurvivalVisit.kind
        )
        .where(SurvivalVisit.visited_on <= day, ~superseded())
        .order_by(SurvivalVisit.visited_on, SurvivalVisit.id)
    )
    return {plot: Visit(*facts) for plot, *facts in rows.tuples()}


def dispatches() -> dict[int, list[tuple[str, int]]]:
    """The dispatches behind the plants of every plot, by its key: (code, plants), oldest first."""
    rows = (
        Planting.select(Stand.plot, SeedlingDispatch.code, fn.SUM(Planting.quantity))
        .join(Stand)
        .switch(Planting)
        .join(SeedlingDispatch)
        .where(~SeedlingDispatch.undone)
        .group_by(Stand.plot, SeedlingDispatch.code)
        .order_by(SeedlingDispatch.code)
    )
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for plot, code, total in rows.tuples():
        found[plot].append((code, int(total)))
    return found
