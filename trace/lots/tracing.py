"""The trace of a lot as people and machines read it: nodes, edges, exact shares, custody, scope."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from trace.core.actor import Actor
from trace.lots import queries, rules
from trace.lots.genealogy import Part, forward_parts, origin_parts, split_parts
from trace.lots.models import Lot
from trace.lots.node_rows import Node, node_rows

HIDDEN = "…"
"""Shown instead of what belongs to a party more than one step away (one step back, one step forward)."""


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
    numerator: int
    denominator: int
    quantity_g: int

    @property
    def fraction(self) -> Fraction:
        """The part as a number."""
        return Fraction(self.numerator, self.denominator)


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
    return _back(target, actor) if direction == "back" else _forward(target, actor)


def _back(target: Target | Lot, actor: Actor | None) -> Trace:
    rows = queries.edges_back(target.id)
    parts = origin_parts(target.id, rows)
    lots = node_rows({target.id, *[row[0] for row in rows]})
    nodes = _shown(lots, actor)
    shares = _shares(nodes, parts, split_parts(nodes[target.id].quantity_g, parts))
    gaps = [_gap(nodes[i], part) for i, part in parts.items() if nodes[i].kind != "harvest"]
    return Trace(
        target.code, "back", list(nodes.values()), _links(nodes, rows), shares, gaps, _custody([lots[i] for i in parts])
    )


def _forward(target: Target | Lot, actor: Actor | None) -> Trace:
    rows = queries.edges_forward(target.id)
    parts = forward_parts(target.id, rows)
    nodes = _shown(node_rows(parts), actor)
    links = _links(nodes, [row for row in rows if row[0] in parts])
    del parts[target.id]
    amounts = {i: nodes[i].quantity_g * numerator // denominator for i, (numerator, denominator) in parts.items()}
    return Trace(target.code, "forward", list(nodes.values()), links, _shares(nodes, parts, amounts), [], None)


def _links(nodes: dict[int, Node], rows: list[queries.Row]) -> list[Link]:
    return [Link(nodes[parent].code, nodes[child].code, nodes[child].maker, weight) for parent, child, weight in rows]


def _shares(nodes: dict[int, Node], parts: dict[int, Part], amounts: dict[int, int]) -> list[Share]:
    """Largest first."""
    found = []
    for lot_id, (numerator, denominator) in parts.items():
        node = nodes[lot_id]
        found.append(Share(node.code, node.plot, node.village, node.township, numerator, denominator, amounts[lot_id]))
    return sorted(found, key=lambda share: (-share.quantity_g, share.lot))


def _custody(roots: list[Node]) -> rules.Custody | None:
    """Outside fruit shows whatever else is in the lot; with any other gap the class is not known."""
    kinds = {root.kind for root in roots}
    if "outside" in kinds:
        return rules.Custody.OUTSIDE
    return rules.custody_of({root.plot for root in roots}) if kinds == {"harvest"} else None


def _gap(node: Node, part: Part) -> dict[str, Any]:
    """An honest hole: which root, how much of the lot, why it leads no further, and who can close it."""
    reason = rules.GAP_REASONS.get(node.kind, rules.GAP_UNKNOWN)
    return {"lot": node.code, "share": f"{part[0]}/{part[1]}", "reason": reason, "owner": node.holder}


def _shown(lots: dict[int, Node], actor: Actor | None) -> dict[int, Node]:
    """The lots as the reader may see them: whole those whose pages he may open (in his charge, one step before and after his own)."""
    if actor is None or actor.county_wide:
        return lots
    near = queries.neighbours(actor.party_id, list(lots)) if actor.party_id else set()
    visible = queries.visible_among(actor, list(lots)) | near
    return {
        lot_id: node if lot_id in visible else _hidden(node, number)
        for number, (lot_id, node) in enumerate(lots.items(), 1)
    }


def _hidden(node: Node, number: int) -> Node:
    return node._replace(code=f"{HIDDEN}{number}", quantity=0, holder="", plot="", hidden=True)


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
                "lot": s.lot, "plot": s.plot or None, "numerator": s.numerator, "denominator": s.denominator,
                "quantity_g": s.quantity_g,
            }
            for s in trace.shares
        ],
    }  # fmt: skip
