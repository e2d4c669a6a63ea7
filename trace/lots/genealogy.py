"""Arithmetic on the graph of lots: order, exact shares, custody. Pure: edges in, fractions out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
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


Part = tuple[int, int]
"""Numerator and denominator in lowest terms: a third of what `Fraction` costs in the inner loop."""


def origin_shares(target: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Fraction]:
    """The exact part of ``target`` that comes from each root lot; the parts sum to 1.

    ``edges`` are all edges among the ancestors of the target. In each operation inputs share by their grams.
    """
    incoming = _incoming(edges)
    parts: dict[Node, Part] = {target: (1, 1)}
    roots: dict[Node, Fraction] = {}
    for node in reversed(topological(edges, [target])):
        mine = parts.get(node)
        if mine is None:
            continue
        inputs = incoming.get(node)
        if not inputs:
            roots[node] = Fraction(*mine)
            continue
        total = sum(weight for _, weight in inputs)
        for parent, weight in inputs:
            share = _times(mine, weight, total)
            known = parts.get(parent)
            parts[parent] = share if known is None else _plus(known, share)
    return roots


def forward_shares(source: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Fraction]:
    """For each descendant, the exact part of it that comes from ``source``.

    ``edges`` must hold *every* input of every descendant, also inputs that do not come from the source.
    """
    incoming = _incoming(edges)
    parts: dict[Node, Part] = {source: (1, 1)}
    for node in topological(edges, [source]):
        inputs = incoming.get(node)
        if node == source or not inputs:
            continue
        total = sum(weight for _, weight in inputs)
        mine: Part | None = None
        for parent, weight in inputs:
            if parent in parts:
                share = _times(parts[parent], weight, total)
                mine = share if mine is None else _plus(mine, share)
        if mine is not None:
            parts[node] = mine
    return {node: Fraction(*part) for node, part in parts.items()}


def _incoming(edges: Sequence[WeightedEdge[Node]]) -> dict[Node, list[tuple[Node, int]]]:
    found: dict[Node, list[tuple[Node, int]]] = {}
    for parent, child, weight in edges:
        found.setdefault(child, []).append((parent, weight))
    return found


def _times(part: Part, weight: int, total: int) -> Part:
    if weight == total:
        return part
    numerator, denominator = part[0] * weight, part[1] * total
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def _plus(one: Part, other: Part) -> Part:
    numerator, denominator = one[0] * other[1] + other[0] * one[1], one[1] * other[1]
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def split_exactly(total: int, shares: dict[Node, Fraction]) -> dict[Node, int]:
    """Divide a whole quantity by exact shares (Σ = 1) so that the parts sum to it: largest remainders get the rest."""
    exact = {node: divmod(total * share.numerator, share.denominator) for node, share in shares.items()}
    parts = {node: part for node, (part, _) in exact.items()}
    missing = total - sum(parts.values())
    if missing:
        whole = lcm(*(share.denominator for share in shares.values()))
        remainders = {node: exact[node][1] * (whole // share.denominator) for node, share in shares.items()}
        for node in sorted(remainders, key=lambda node: (-remainders[node], str(node)))[:missing]:
            parts[node] += 1
    return parts
