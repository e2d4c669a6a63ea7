"""Arithmetic on the graph of lots: order, exact shares, custody. Pure: edges in, fractions out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
WeightedEdge = tuple[Node, Node, int]
"""(parent, child, grams of the parent that went into the child)"""


class CycleFound(ValueError):
    """A lot among its own ancestors; ``path`` shows the way round."""

    def __init__(self, path: Sequence[Hashable]) -> None:
        """Keep the path, first lot repeated at the end."""
        super().__init__(" → ".join(map(str, path)))
        self.path = list(path)


def topological(edges: Iterable[WeightedEdge[Node]], nodes: Iterable[Node] = ()) -> list[Node]:
    """Parents before children, each node once; raises :class:`CycleFound` naming the cycle."""
    children: dict[Node, list[Node]] = defaultdict(list)
    seen: dict[Node, None] = dict.fromkeys(nodes)
    for parent, child, _ in edges:
        children[parent].append(child)
        seen[parent] = seen[child] = None
    order: list[Node] = []
    state: dict[Node, int] = {}
    for start in seen:
        if start not in state:
            _visit(start, children, state, order)
    order.reverse()
    return order


def _visit(start: Node, children: dict[Node, list[Node]], state: dict[Node, int], order: list[Node]) -> None:
    """Depth-first without recursion: a chain of ten thousand lots must not exhaust the stack."""
    stack = [(start, iter(children[start]))]
    path = [start]
    state[start] = 1
    while stack:
        node, rest = stack[-1]
        child = next(rest, None)
        if child is None:
            stack.pop()
            path.pop()
            state[node] = 2
            order.append(node)
        elif state.get(child) == 1:
            raise CycleFound([*path[path.index(child) :], child])
        elif child not in state:
            state[child] = 1
            path.append(child)
            stack.append((child, iter(children[child])))


def origin_shares(target: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Fraction]:
    """The exact part of ``target`` that comes from each root lot; the parts sum to 1.

    ``edges`` are all edges among the ancestors of the target. In each operation inputs share by their grams.
    """
    incoming: dict[Node, list[tuple[Node, int]]] = defaultdict(list)
    for parent, child, weight in edges:
        incoming[child].append((parent, weight))
    part: dict[Node, Fraction] = defaultdict(Fraction)
    part[target] = Fraction(1)
    roots: dict[Node, Fraction] = {}
    for node in reversed(topological(edges, [target])):
        mine = part.get(node)
        if not mine:
            continue
        inputs = incoming.get(node)
        if not inputs:
            roots[node] = mine
            continue
        total = sum(weight for _, weight in inputs)
        for parent, weight in inputs:
            part[parent] += mine * Fraction(weight, total)
    return roots


def forward_shares(source: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Fraction]:
    """For each descendant, the exact part of it that comes from ``source``.

    ``edges`` must hold *every* input of every descendant, also inputs that do not come from the source.
    """
    incoming: dict[Node, list[tuple[Node, int]]] = defaultdict(list)
    for parent, child, weight in edges:
        incoming[child].append((parent, weight))
    part: dict[Node, Fraction] = {source: Fraction(1)}
    for node in topological(edges, [source]):
        inputs = incoming.get(node)
        if node == source or not inputs:
            continue
        total = sum(weight for _, weight in inputs)
        share = sum((part[p] * Fraction(w, total) for p, w in inputs if p in part), Fraction())
        if share:
            part[node] = share
    return part


def split_exactly(total: int, shares: dict[Node, Fraction]) -> dict[Node, int]:
    """Divide a whole quantity by exact shares (Σ = 1) so that the parts sum to it: largest remainders get the rest."""
    exact = {node: total * share for node, share in shares.items()}
    parts = {node: value.numerator // value.denominator for node, value in exact.items()}
    missing = total - sum(parts.values())
    by_remainder = sorted(exact, key=lambda node: (parts[node] - exact[node], str(node)))
    for node in by_remainder[:missing]:
        parts[node] += 1
    return parts
