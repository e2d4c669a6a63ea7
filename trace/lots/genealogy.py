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
    return {root: Fraction(*part) for root, part in origin_parts(target, edges).items()}


def origin_parts(target: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Part]:
    """As :func:`origin_shares`, as pairs of integers in lowest terms."""
    incoming, waits = _incoming(edges), _times_used(edges)
    if target in waits:
        return origin_parts(target, _behind(target, edges))
    parts: dict[Node, Part] = {target: (1, 1)}
    roots: dict[Node, Part] = {}
    ready, passed = [target], 0
    while ready:
        node = ready.pop()
        mine = _lowest(parts[node])
        inputs = incoming.get(node)
        if inputs is None:
            roots[node] = mine
            continue
        passed += len(inputs)
        whole = 1 if len(inputs) == 1 else sum([weight for _, weight in inputs])
        for parent, weight in inputs:
            share = mine if len(inputs) == 1 else (mine[0] * weight, mine[1] * whole)
            known = parts.get(parent)
            parts[parent] = share if known is None else _plus(known, share)
            waits[parent] -= 1
            if not waits[parent]:
                ready.append(parent)
    return roots if passed == len(edges) else origin_parts(target, _behind(target, edges))


def _times_used(edges: Sequence[WeightedEdge[Node]]) -> dict[Node, int]:
    """How many edges lead out of each node: so many shares it waits for."""
    found: dict[Node, int] = {}
    for parent, _, _ in edges:
        found[parent] = found.get(parent, 0) + 1
    return found


def _behind(target: Node, edges: Sequence[WeightedEdge[Node]]) -> list[WeightedEdge[Node]]:
    """Only the edges among the ancestors of the target; raises :class:`CycleFound` when any of the edges go round."""
    topological(edges)
    incoming = _incoming(edges)
    seen, waiting = {target}, [target]
    for node in waiting:
        for parent, _ in incoming.get(node, ()):
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return [edge for edge in edges if edge[1] in seen]


def forward_shares(source: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Fraction]:
    """For each descendant, the exact part of it that comes from ``source``.

    ``edges`` must hold *every* input of every descendant, also inputs that do not come from the source.
    """
    return {node: Fraction(*part) for node, part in forward_parts(source, edges).items()}


def forward_parts(source: Node, edges: Sequence[WeightedEdge[Node]]) -> dict[Node, Part]:
    """As :func:`forward_shares`, as pairs of integers in lowest terms."""
    incoming = _incoming(edges)
    parts: dict[Node, Part] = {source: (1, 1)}
    for node in topological(edges, [source]):
        inputs = incoming.get(node)
        if node == source or not inputs:
            continue
        whole = sum([weight for _, weight in inputs])
        mine: Part | None = None
        for parent, weight in inputs:
            known = parts.get(parent)
            if known is not None:
                share = (known[0] * weight, known[1] * whole)
                mine = share if mine is None else _plus(mine, share)
        if mine is not None:
            parts[node] = _lowest(mine)
    return parts


def _incoming(edges: Sequence[WeightedEdge[Node]]) -> dict[Node, list[tuple[Node, int]]]:
    found: dict[Node, list[tuple[Node, int]]] = {}
    for parent, child, weight in edges:
        known = found.get(child)
        if known is None:
            found[child] = [(parent, weight)]
        else:
            known.append((parent, weight))
    return found


def _plus(one: Part, other: Part) -> Part:
    if one[1] == other[1]:
        return one[0] + other[0], one[1]
    return _lowest((one[0] * other[1] + other[0] * one[1], one[1] * other[1]))


def _lowest(part: Part) -> Part:
    common = gcd(*part)
    return part if common == 1 else (part[0] // common, part[1] // common)


def split_exactly(total: int, shares: dict[Node, Fraction]) -> dict[Node, int]:
    """Divide a whole quantity by exact shares (Σ = 1) so that the parts sum to it: largest remainders get the rest."""
    return split_parts(total, {node: (share.numerator, share.denominator) for node, share in shares.items()})


def split_parts(total: int, shares: dict[Node, Part]) -> dict[Node, int]:
    """As :func:`split_exactly`, the shares as pairs of integers."""
    parts = {node: total * numerator // denominator for node, (numerator, denominator) in shares.items()}
    missing = total - sum(parts.values())
    if missing:
        whole = lcm(*{denominator for _, denominator in shares.values()})
        remainders = {
            node: total * numerator % denominator * (whole // denominator)
            for node, (numerator, denominator) in shares.items()
        }
        for node in sorted(remainders, key=lambda node: (-remainders[node], str(node)))[:missing]:
            parts[node] += 1
    return parts
