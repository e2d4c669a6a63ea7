"""Reading the ledger: scope, balances, holds, and the raw graph walk."""

from __future__ import annotations

from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import db, lock_row
from trace.land.models import Plot
from trace.lots.models import Dispatch, Edge, Hold, HoldLot, Lot, Movement, Operation
from trace.lots.node_rows import Node, node_rows
from trace.lots.walks import Row, descendants, edges_back, edges_forward
from trace.registry.models import Party, Product, Taxon, Township, Village

__all__ = ["Row", "descendants", "edges_back", "edges_forward"]  # all reads of the ledger are asked here


def lots_joined() -> Any:
    """Lots with product, taxon, holder, maker operation, plot, village and township joined: one query, no hidden loads."""
    return (
        Lot.select(Lot, Product, Taxon, Party, Operation, Plot, Village, Township)
        .join(Product)
        .join(Taxon)
        .switch(Lot)
        .join(Party, on=Lot.holder)
        .switch(Lot)
        .join(Operation, on=Lot.made_by)
        .switch(Lot)
        .join(Plot, JOIN.LEFT_OUTER)
        .join(Village, JOIN.LEFT_OUTER)
        .join(Township, JOIN.LEFT_OUTER)
    )


def visible_lots(actor: Actor) -> Any:
    """The lots in the actor's own charge: all for county-wide roles, those of its plots and holders for a township."""
    query = lots_joined()
    if actor.county_wide:
        return query
    mine = Lot.holder == (actor.party_id or 0)
    if actor.township_codes:
        codes = list(actor.township_codes)
        holders = Party.select(Party.id).join(Township, on=Party.township).where(Township.code.in_(codes))
        mine = mine | Township.code.in_(codes) | Lot.holder.in_(holders)
    return query.where(mine)


def visible_among(actor: Actor, lot_ids: list[int]) -> set[int]:
    """Which of these lots are in the actor's own charge."""
    found: set[int] = set()
    for start in range(0, len(lot_ids), 500):
        rows = visible_lots(actor).where(Lot.id.in_(lot_ids[start : start + 500]))
        found |= {row[0] for row in rows.select(Lot.id).tuples()}
    return found


def get_lot(actor: Actor, code: str) -> Lot:
    """A lot in the actor's charge, or one step before or after a lot that the actor's party holds."""
    found = visible_lots(actor).where(Lot.code == code).first()
    if found is None:
        found = lots_joined().where(Lot.code == code).first()
        if found is None or actor.party_id is None or found.id not in neighbours(actor.party_id, [found.id]):
            raise NotFound()
    return found


def neighbours(party_id: int, lot_ids: list[int]) -> set[int]:
    """Which of these lots are one step before or after a lot the party holds (one step back, one step forward)."""
    other = Lot.alias()
    before = (
        Edge.select(Edge.parent)
        .join(other, on=(other.id == Edge.child))
        .where(other.holder == party_id, Edge.parent.in_(lot_ids))
    )
    after = (
        Edge.select(Edge.child)
        .join(other, on=(other.id == Edge.parent))
        .where(other.holder == party_id, Edge.child.in_(lot_ids))
    )
    return {row[0] for row in before.tuples()} | {row[0] for row in after.tuples()}


def lock_lots(lot_ids: list[int]) -> dict[int, Lot]:
    """Lock lots in id order (so that two writers never wait for each other) and return them by id."""
    list(lock_row(Lot.select(Lot.id).where(Lot.id.in_(lot_ids)).order_by(Lot.id)))
    return {lot.id: lot for lot in lots_joined().where(Lot.id.in_(lot_ids))}


def balances(lot_ids: list[int]) -> dict[int, int]:
    """What is left of each lot, in its base unit."""
    rows = (
        Movement.select(Movement.lot, fn.SUM(Movement.quantity)).where(Movement.lot.in_(lot_ids)).group_by(Movement.lot)
    )
    found = {lot_id: int(total) for lot_id, total in rows.tuples()}
    return {lot_id: found.get(lot_id, 0) for lot_id in lot_ids}


def balance(lot: Lot) -> int:
    """What is left of one lot, in its base unit."""
    return balances([lot.id])[lot.id]


def promised(lot_ids: list[int]) -> dict[int, int]:
    """How much of each lot is on its way to somebody else; lots of which nothing is are left out."""
    under_way = Dispatch.select(Dispatch.lot, fn.SUM(Dispatch.quantity)).group_by(Dispatch.lot)
    rows = under_way.where(Dispatch.lot.in_(lot_ids), Dispatch.state == "sent")
    return {lot_id: int(total) for lot_id, total in rows.tuples()}


def undone_operations() -> Any:
    """Keys of operations that were reversed, as a subquery."""
    return Operation.select(Operation.reverses).where(Operation.reverses.is_null(False))


def is_undone(lot: Lot) -> bool:
    """Was the operation that made the lot reversed?"""
    return Operation.select().where(Operation.reverses == lot.made_by_id).exists()


def made_quantities(lot_ids: list[int]) -> dict[int, int]:
    """How much of each lot its making operation produced, in base units."""
    rows = (
        Movement.select(Movement.lot, Movement.quantity)
        .join(Lot, on=((Lot.id == Movement.lot) & (Lot.made_by == Movement.operation)))
        .where(Movement.lot.in_(lot_ids))
    )
    return dict(rows.tuples())


def open_holds(lot_ids: list[int]) -> dict[int, list[Hold]]:
    """The open holds and recalls reaching each lot, recalls first."""
    rows = (
        HoldLot.select(HoldLot, Hold)
        .join(Hold)
        .where(HoldLot.lot.in_(lot_ids), Hold.released_at.is_null())
        .order_by(Hold.kind.desc(), Hold.id)
    )
    found: dict[int, list[Hold]] = {}
    for row in rows:
        found.setdefault(row.lot_id, []).append(row.hold)
    return found


def lot_state(holds: list[Hold], left: int) -> str:
    """``recalled``, ``held``, ``used_up`` or ``open``: the word shown beside a lot."""
    kinds = {hold.kind for hold in holds}
    if "recall" in kinds:
        return "recalled"
    if "hold" in kinds:
        return "held"
    return "open" if left > 0 else "used_up"


def one_step(lot_id: int) -> tuple[list[Node], list[Node]]:
    """The lots that went into a lot, and those it went into: one step back, one step forward."""
    before = {row[0] for row in Edge.select(Edge.parent).where(Edge.child == lot_id).tuples()}
    after = {row[0] for row in Edge.select(Edge.child).where(Edge.parent == lot_id).tuples()}
    return list(node_rows(before).values()), list(node_rows(after).values())


def filtered_lots(actor: Actor, *, kind: str = "", text: str = "", held: bool = False) -> Any:
    """Visible lots narrowed by kind, a piece of the code or product name, or to those under an open hold."""
    query = visible_lots(actor)
    if kind:
        query = query.where(Lot.kind == kind)
    if text:
        query = query.where(Lot.code.contains(text) | Product.name.contains(text))
    if held:
        query = query.where(Lot.id.in_(HoldLot.select(HoldLot.lot).join(Hold).where(Hold.released_at.is_null())))
    return query


def drawable_lots(actor: Actor, kinds: tuple[str, ...] = ()) -> list[tuple[Lot, int]]:
    """Lots of the actor's party with something left and no open hold, each with what is left; newest first."""
    held = HoldLot.select(HoldLot.lot).join(Hold).where(Hold.released_at.is_null())
    left = fn.SUM(Movement.quantity)
    stock = (
        Movement.select(Movement.lot)
        .join(Lot)
        .where(Lot.holder == (actor.party_id or 0), Lot.kind != "wip", Lot.id.not_in(held))
        .group_by(Movement.lot)
        .having(left > 0)
    )
    query = lots_joined().where(Lot.id.in_(stock))
    if kinds:
        query = query.where(Lot.kind.in_(kinds))
    found = list(query.order_by(Lot.id.desc()).limit(300))
    amounts = balances([lot.id for lot in found])
    return [(lot, amounts[lot.id]) for lot in found]


def events_of(lot: Lot) -> list[tuple[Operation, int]]:
    """Everything that happened to a lot, oldest first: the operation and the signed quantity."""
    rows = Movement.select(Movement, Operation).join(Operation).where(Movement.lot == lot.id).order_by(Movement.id)
    return [(row.operation, row.quantity) for row in rows]


def lots_of(event: Operation) -> list[Lot]:
    """The lots an operation moved."""
    return list(Lot.select().join(Movement).where(Movement.operation == event.id))


def codes_of(lot_ids: list[int]) -> list[str]:
    """The codes of lots, in the order of their keys as given."""
    known = dict(Lot.select(Lot.id, Lot.code).where(Lot.id.in_(lot_ids)).tuples())
    return [known[key] for key in lot_ids]


def lot_id_of(code: str) -> int:
    """The key of a lot, for those who may see every lot."""
    found = db.execute_sql(f"SELECT id FROM lot WHERE code = {db.obj.param}", (code,)).fetchone()
    if found is None:
        raise NotFound()
    return int(found[0])


def lot_by_code(code: str) -> Lot | None:
    """A lot by code, without scope: for commands and for public pages with their own allow-list."""
    return lots_joined().where(Lot.code == code).first()


def hold_by_code(code: str) -> Hold | None:
    """A hold or recall by its code, its lot joined."""
    return Hold.select(Hold, Lot).join(Lot).where(Hold.code == code).first()


def visible_holds(actor: Actor) -> Any:
    """Holds and recalls of lots the actor may see, newest first."""
    mine = visible_lots(actor).select(Lot.id)
    return Hold.select(Hold, Lot).join(Lot).where(Hold.lot.in_(mine)).order_by(Hold.id.desc())
