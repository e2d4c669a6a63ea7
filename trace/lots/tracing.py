"""The trace of a lot as people and machines read it: nodes, edges, exact shares, custody, scope."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from trace.core.actor import Actor
from trace.lots import queries, rules
from trace.lots.genealogy import forward_shares, origin_shares, split_exactly
from trace.lots.models import Lot
from trace.lots.node_rows import NodeRow, node_rows

HIDDEN = "…"
"""Shown instead of what belongs to a party more than one step away (one step back, one step forward)."""


class Node(NamedTuple):
    """One lot of a trace. ``hidden`` ones keep their kind and place, not their owner's particulars."""

    code: str
    kind: str
    product: str
    quantity: int
    unit: str
    quantity_g: int
    state: str
    holder: str
    plot: str
    village: str
    township: str
    made_on: str
    hidden: bool


class Link(NamedTuple):
    """Grams of one lot that went into another, in which operation."""

    source: str
    target: str
    operation: str
    quantity_g: int


class Share(NamedTuple):
    """The exact part a lot has in the answered one (back), or the answered one has in it (forward)."""

    lot: str
    plot: str
    village: str
    township: str
    fraction: Fraction
    quantity_g: int


@dataclass(frozen=True)
class Trace:
    """The whole answer. ``gaps`` are roots that are not harvests: an honest hole, with its share."""

    lot: str
    direction: str
    nodes: list[Node]
    links: list[Link]
    shares: list[Share]
    gaps: list[dict[str, Any]]
    custody: rules.Custody | None

    @property
    def complete(self) -> bool:
        """Does everything lead back to a harvest?"""
        return not self.gaps

    @property
    def completeness(self) -> Fraction:
        """The exact part of the lot that leads back to a harvest on a registered plot (E2)."""
        return 1 - sum((Fraction(gap["share"]) for gap in self.gaps), Fraction(0))


def trace_lot(actor: Actor, code: str, direction: str) -> Trace:
    """Trace a visible lot ``back`` to its harvests or ``forward`` to everything made from it, at full depth."""
    lot_id = queries.lot_id_of(code) if actor.county_wide else queries.get_lot(actor, code).id
    return build_trace(Target(lot_id, code), direction, actor)


class Target(NamedTuple):
    """What a trace needs to know of the lot it begins at; a `Lot` has it too."""

    id: int
    code: str


def build_trace(target: Target | Lot, direction: str, actor: Actor | None) -> Trace:
    """The trace itself; ``actor`` None (commands, public pages' own allow-list) sees all nodes."""
    rows = queries.edges_back(target.id) if direction == "back" else queries.edges_forward(target.id)
    parts = origin_shares(target.id, rows) if direction == "back" else forward_shares(target.id, rows)
    shown = {target.id, *(i for row in rows for i in row[:2])} if direction == "back" else set(parts)
    lots = node_rows(shown)
    nodes = _nodes(lots, _visible(actor, lots))
    names = {lot_id: node.code for lot_id, node in nodes.items()}
    links = [
        Link(names[parent], names[child], lots[child].maker, weight)
        for parent, child, weight in rows
        if parent in names and child in names
    ]
    grams = {lot_id: node.quantity_g for lot_id, node in nodes.items()}
    amounts = (
        split_exactly(grams[target.id], parts)
        if direction == "back"
        else {lot_id: int(grams[lot_id] * share) for lot_id, share in parts.items()}
    )
    shares = [
        _share(nodes[lot_id], part, amounts[lot_id])
        for lot_id, part in parts.items()
        if direction == "back" or lot_id != target.id
    ]
    gaps = (
        []
        if direction == "forward"
        else [_gap(nodes[i], lots[i], part) for i, part in parts.items() if lots[i].kind != "harvest"]
    )
    plots = {lots[i].plot or "" for i in parts} if direction == "back" and not gaps else set()
    return Trace(
        target.code, direction, list(nodes.values()), links, sorted(shares, key=lambda s: (-s.quantity_g, s.lot)), gaps,
        _custody(plots, outside=direction == "back" and any(lots[i].kind == "outside" for i in parts)),
    )  # fmt: skip


def _custody(plots: set[str], *, outside: bool) -> rules.Custody | None:
    """Outside fruit shows whatever else is in the lot; with any other gap the class is not known."""
    return rules.custody_of(plots, outside=outside) if plots or outside else None


def _gap(node: Node, row: NodeRow, part: Fraction) -> dict[str, Any]:
    """An honest hole: which root, how much of the lot, why it leads no further, and who can close it."""
    reason = rules.GAP_REASONS.get(row.kind, rules.GAP_UNKNOWN)
    return {"lot": node.code, "share": f"{part.numerator}/{part.denominator}", "reason": reason, "owner": node.holder}


def _visible(actor: Actor | None, lots: dict[int, NodeRow]) -> set[int]:
    """The same lots whose pages the actor may open: those in its charge and one step before and after its own."""
    if actor is None or actor.county_wide:
        return set(lots)
    near = queries.neighbours(actor.party_id, list(lots)) if actor.party_id else set()
    return queries.visible_among(actor, list(lots)) | near


def _nodes(lots: dict[int, NodeRow], visible: set[int]) -> dict[int, Node]:
    found = {}
    for number, (lot_id, lot) in enumerate(lots.items(), 1):
        hidden = lot_id not in visible
        found[lot_id] = Node(
            code=f"{HIDDEN}{number}" if hidden else lot.code,
            kind=lot.kind,
            product=lot.product,
            quantity=0 if hidden else lot.made,
            unit=lot.unit,
            quantity_g=rules.grams(lot.made, lot.unit, lot.density, lot.piece_g),
            state=lot.state,
            holder="" if hidden else lot.holder,
            plot="" if hidden else lot.plot or "",
            village=lot.village or "",
            township=lot.township or "",
            made_on=str(lot.made_on),
            hidden=hidden,
        )
    return found


def _share(node: Node, part: Fraction, grams: int) -> Share:
    return Share(node.code, node.plot, node.village, node.township, part, grams)


def as_json(trace: Trace) -> dict[str, Any]:
    """The answer in the shape of the contract."""
    return {
        "lot": trace.lot,
        "direction": trace.direction,
        "complete": trace.complete,
        "gaps": trace.gaps,
        "custody": trace.custody.value if trace.custody else None,
        "nodes": [
            {
                "code": n.code, "kind": n.kind, "product": n.product, "quantity_g": None if n.hidden else n.quantity_g,
                "state": n.state, "holder": n.holder, "plot": n.plot or None, "village": n.village or None,
                "township": n.township or None, "made_on": n.made_on, "hidden": n.hidden,
            }
            for n in trace.nodes
        ],
        "edges": [
            {"from": link.source, "to": link.target, "operation": link.operation, "quantity_g": link.quantity_g} for link in trace.links
        ],
        "shares": [
            {
                "lot": s.lot, "plot": s.plot or None, "numerator": s.fraction.numerator, "denominator": s.fraction.denominator,
                "quantity_g": s.quantity_g,
            }
            for s in trace.shares
        ],
    }  # fmt: skip
