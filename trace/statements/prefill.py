"""What the register says about a township and a period: the figures a statement is pre-filled with."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import fn

from trace.core.actor import Actor, Role
from trace.funds import queries as funds
from trace.funds.rules import SETTLED
from trace.land.history import state_at
from trace.land.models import Plot, SurvivalVisit, superseded
from trace.lots.models import Lot, Movement, Operation
from trace.registry import queries as register
from trace.registry.models import Party, Product, Township, Village
from trace.targets import area, queries, values
from trace.targets.rules import quarter_end, quarter_start

FIRST_KEY = "statements.first"
"""Setting: the first period statements are asked for; none: every period of a year with tasks."""
_COUNTY = Actor(0, "", "", frozenset({Role.BUREAU}))
"""The eyes of a role that sees the whole county: the township's own figures are sums over all of its records."""


def figures(township: str, period: str) -> dict[str, int | None]:
    """Every line the register knows, in base units; None: nothing to divide by."""
    first, last = quarter_start(period), quarter_end(period)
    found: dict[str, int | None] = {
        **_area(township, first, last), **_harvest(township, first, last), **_trade(township, first, last),
        **_people(township, last), "subsidy_fen": _subsidy(township),
    }  # fmt: skip
    if "Q" not in period:
        found |= _values(township, first, last)
    return found


def _area(township: str, first: date, last: date) -> dict[str, int | None]:
    plots = (
        Plot.select(fn.COALESCE(fn.SUM(Plot.area_m2), 0)).join(Village).join(Township).where(Township.code == township)
    )
    looked = (
        SurvivalVisit.select(fn.SUM(SurvivalVisit.alive), fn.SUM(SurvivalVisit.sampled))
        .join(Plot).join(Village).join(Township)
        .where(Township.code == township, SurvivalVisit.visited_on.between(first, last), ~superseded(SurvivalVisit))
    )  # fmt: skip
    alive, sampled = looked.tuples().get()
    return {
        "planted_m2": int(plots.where(Plot.planted_on.between(first, last)).scalar()),
        "replanted_m2": int(plots.where(Plot.replanted_on.between(first, last)).scalar()),
        "survival_bp": int(alive * 10_000 // sampled) if sampled else None,
        "bearing_m2": int(plots.where(state_at(last) == "bearing").scalar()),
        "stock_m2": area.by_township("verified", last).get(township, (0, 0))[1],
        "registered_m2": area.by_township("registered", last).get(township, (0, 0))[1],
    }


def _harvest(township: str, first: date, last: date) -> dict[str, int | None]:
    query = (
        Movement.select(Product.part, fn.SUM(Movement.quantity))
        .join(Operation)
        .switch(Movement).join(Lot).join(Product)
        .switch(Lot).join(Plot, on=Lot.plot).join(Village).join(Township)
        .where(
            Lot.kind == "harvest", Township.code == township, Lot.made_on.between(first, last),
            Operation.kind.in_(("harvest", "undo")),
        )
        .group_by(Product.part)
    )  # fmt: skip
    grams = dict(query.tuples())
    return {f"{part}_g": int(grams.get(part, 0)) for part in ("fruit", "leaf", "flower")}


def _trade(township: str, first: date, last: date) -> dict[str, int | None]:
    """What left the farms of the township's plots, and what plants seated in it put into their runs."""
    rows = [row for row in values.valuation(first, last).rows if row.stage == "primary" and township in row.parts]
    sold = {row.lot: row.parts[township][0] for row in rows if row.grade == "A"}
    return {
        "sold_fen": sum(sold.values()),
        "sold_g": _sold_g(township, first, last),
        "processed_g": _processed_g(township, first, last),
    }


def _sold_g(township: str, first: date, last: date) -> int:
    """Grams of the township's own harvest lots that changed hands."""
    query = (
        Movement.select(fn.COALESCE(fn.SUM(Movement.quantity), 0))
        .join(Operation)
        .switch(Movement).join(Lot).join(Plot, on=Lot.plot).join(Village).join(Township)
        .where(Lot.kind == "harvest", Township.code == township, Operation.kind == "receive", Operation.business_date.between(first, last))
    )  # fmt: skip
    return -int(query.scalar())


def _processed_g(township: str, first: date, last: date) -> int:
    kinds = ("grading", "drying", "candying", "fermenting", "leaf_tea")
    query = (
        Movement.select(fn.COALESCE(fn.SUM(Movement.quantity), 0))
        .join(Operation).join(Party, on=Operation.party).join(Township, on=Party.township)
        .switch(Movement).join(Lot)
        .where(
            Township.code == township, Operation.kind.in_(kinds), Movement.quantity < 0, Lot.unit == "g",
            Lot.kind.in_(("harvest", "receipt", "part", "blend")), Operation.business_date.between(first, last),
        )
    )  # fmt: skip
    return -int(query.scalar())


def _people(township: str, last: date) -> dict[str, int | None]:
    here = Party.select(Party.kind, fn.COUNT(Party.id)).join(Township, on=Party.township)
    here = here.where(Township.code == township, Party.retired_on.is_null() | (Party.retired_on > last))
    counts: dict[str, Any] = dict(here.group_by(Party.kind).tuples())
    names = {"firms": "enterprise", "coops": "cooperative", "households": "household"}
    return {key: int(counts.get(kind, 0)) for key, kind in names.items()}


def _subsidy(township: str) -> int:
    """What was paid on the township's plots so far: read through the funds' own query."""
    return funds.totals(
        funds.filtered_applications(_COUNTY, states=[state.value for state in SETTLED], township=township)
    )[2]


def _values(township: str, first: date, last: date) -> dict[str, int | None]:
    sums = values.stage_sums(first, last).get(township, {})
    found: dict[str, int | None] = {
        f"{stage}_fen": sums[stage].gross_fen if stage in sums else 0 for stage in ("primary", "secondary", "tertiary")
    }
    found["secondary_off_fen"] = sums["secondary"].off_fen if "secondary" in sums else 0
    return found


def must_report(period: str) -> list[str]:
    """Townships with a task in the year of a period: those a statement is expected from; nobody before the first period asked for."""
    first = register.site_setting(FIRST_KEY, "")
    if first and quarter_end(period) < quarter_end(first):
        return []
    return sorted(queries.plans("area", quarter_end(period).year))
