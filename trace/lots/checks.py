"""Invariants of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from peewee import JOIN, fn

from trace.lots import queries
from trace.lots.genealogy import CycleFound, origin_shares, topological
from trace.lots.models import Edge, Hold, HoldLot, Lot, Movement

SAMPLE = 200


def check_balances() -> Iterator[str]:
    """No lot below zero, and every lot was made by exactly one positive movement of its own operation."""
    below = (
        Movement.select(Lot.code, fn.SUM(Movement.quantity))
        .join(Lot)
        .group_by(Lot.code)
        .having(fn.SUM(Movement.quantity) < 0)
    )
    for code, left in below.tuples():
        yield f"lot {code}: balance {left}"
    made = (Movement.lot == Lot.id) & (Movement.operation == Lot.made_by) & (Movement.quantity > 0)
    for (code,) in Lot.select(Lot.code).join(Movement, JOIN.LEFT_OUTER, on=made).where(Movement.id.is_null()).tuples():
        yield f"lot {code}: no movement that made it"


def check_origins() -> Iterator[str]:
    """Every lot but a harvest, a nursery lot or one bought from outside has an input, and no lot is its own ancestor."""
    rootless = Lot.select(Lot.code).join(Edge, JOIN.LEFT_OUTER, on=(Edge.child == Lot.id))
    for (code,) in rootless.where(Edge.id.is_null(), Lot.kind.not_in(["harvest", "seedling", "outside"])).tuples():
        yield f"lot {code}: made of nothing"
    try:
        topological(Edge.select(Edge.parent, Edge.child, Edge.weight_g).tuples())
    except CycleFound as cycle:
        yield f"lots in a circle: {cycle}"


def check_shares() -> Iterator[str]:
    """The exact shares of the newest lots sum to one."""
    for lot_id, code in Lot.select(Lot.id, Lot.code).order_by(Lot.id.desc()).limit(SAMPLE).tuples():
        shares = origin_shares(lot_id, queries.edges_back(lot_id))
        if sum(shares.values()) != Fraction(1):
            yield f"lot {code}: shares sum to {sum(shares.values())}"


def check_holds_reach() -> Iterator[str]:
    """An open hold reaches every descendant of its lot."""
    for hold in Hold.select().where(Hold.released_at.is_null()):
        reached = {row[0] for row in HoldLot.select(HoldLot.lot).where(HoldLot.hold == hold).tuples()}
        if set(queries.descendants(hold.lot_id)) - reached:
            yield f"hold {hold.code}: does not reach all descendants"


CHECKS = (check_balances, check_origins, check_shares, check_holds_reach)
