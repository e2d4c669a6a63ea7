"""Random graphs of lots against oracles that share no code with the trace: linear algebra in fractions, sums modulo a prime, a plain walk.

``TRACE_DAGS`` small graphs (1 000 in the full run), ``TRACE_DAGS_LARGE`` (1 000 in the full run) of up to ``TRACE_DAG_LOTS`` lots (10 000).
"""

from __future__ import annotations

import os
from collections import defaultdict
from fractions import Fraction
from random import Random

import pytest

from tests.factories import county as make
from trace.audit import operation
from trace.core.actor import Permission
from trace.invariants import all_findings
from trace.lots import queries, tracing
from trace.lots.genealogy import forward_shares, origin_shares
from trace.lots.models import Edge, Lot, Movement
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform, undo
from trace.registry.queries import get_product

GRAPHS = int(os.environ.get("TRACE_DAGS", "120"))
LARGE = int(os.environ.get("TRACE_DAGS_LARGE", "3"))
LOTS = int(os.environ.get("TRACE_DAG_LOTS", "400"))
PRIME = 2**61 - 1


def dag(rng: Random, lots: int, weight: int = 10**6) -> list[tuple[int, int, int]]:
    """A graph with shared ancestors: each lot is a root or is made of up to four older ones, near or far."""
    edges = []
    for child in range(1, lots):
        near = range(max(0, child - rng.choice((5, 40, lots))), child)
        for parent in rng.sample(near, min(len(near), rng.choice((0, 1, 1, 2, 3, 4)))):
            edges.append((parent, child, rng.randint(1, weight)))
    return edges


def ancestors(target: int, edges) -> tuple[set[int], list]:
    """A plain walk: everything behind a lot and the edges among it."""
    parents = defaultdict(list)
    for edge in edges:
        parents[edge[1]].append(edge)
    seen, waiting, found = {target}, [target], []
    while waiting:
        for edge in parents[waiting.pop()]:
            found.append(edge)
            if edge[0] not in seen:
                seen.add(edge[0])
                waiting.append(edge[0])
    return seen, found


def by_linear_algebra(target: int, edges) -> dict[int, Fraction]:
    """Solve x = e(target) + Wᵀx by Gauss over fractions: x[n] is the part of the target that passes through n; roots keep theirs."""
    nodes = sorted({target, *(n for edge in edges for n in edge[:2])})
    place = {node: n for n, node in enumerate(nodes)}
    total = defaultdict(int)
    for _, child, weight in edges:
        total[child] += weight
    rows = [[Fraction(int(i == j)) for j in range(len(nodes))] + [Fraction(0)] for i in range(len(nodes))]
    rows[place[target]][-1] = Fraction(1)
    for parent, child, weight in edges:
        rows[place[parent]][place[child]] -= Fraction(weight, total[child])
    for pivot in range(len(nodes)):
        best = next(row for row in range(pivot, len(nodes)) if rows[row][pivot])
        rows[pivot], rows[best] = rows[best], rows[pivot]
        scale = rows[pivot][pivot]
        rows[pivot] = [value / scale for value in rows[pivot]]
        for other in range(len(nodes)):
            factor = rows[other][pivot]
            if other != pivot and factor:
                rows[other] = [a - factor * b if b else a for a, b in zip(rows[other], rows[pivot], strict=True)]
    return {node: rows[place[node]][-1] for node in nodes if node not in total}


def modulo(share: Fraction) -> int:
    """A fraction in the field of the prime."""
    return share.numerator * pow(share.denominator, -1, PRIME) % PRIME


def test_shares_equal_those_of_linear_algebra():
    for seed in range(GRAPHS):
        rng = Random(seed)
        edges = dag(rng, rng.randint(2, 24))
        target = max((child for _, child, _ in edges), default=0)
        _, behind = ancestors(target, edges)
        shares = origin_shares(target, behind)
        assert shares == by_linear_algebra(target, behind), seed
        assert sum(shares.values()) == 1


def test_shares_of_large_graphs_equal_sums_in_a_field():
    """Give every root a random number: the target's number by the shares must be the one carried down the graph, modulo a prime."""
    for seed in range(LARGE):
        rng = Random(1000 + seed)
        edges = dag(rng, LOTS if seed < 3 else rng.randint(2, LOTS), weight=9)
        if not edges:
            continue
        target = max(child for _, child, _ in edges)
        seen, behind = ancestors(target, edges)
        number = {node: rng.randrange(PRIME) for node in sorted(seen)}
        shares = origin_shares(target, behind)
        expected = sum(modulo(share) * number[root] for root, share in shares.items()) % PRIME
        inputs = defaultdict(list)
        for parent, child, weight in behind:
            inputs[child].append((parent, weight))
        for node in sorted(seen):
            if inputs[node]:
                whole = pow(sum(weight for _, weight in inputs[node]), -1, PRIME)
                number[node] = sum(number[parent] * weight for parent, weight in inputs[node]) * whole % PRIME
        assert number[target] == expected, seed
        assert sum(shares.values()) == 1
        assert set(shares) == {node for node in seen if not inputs[node]}


def test_nothing_depends_on_the_order_of_rows_or_on_names():
    for seed in range(GRAPHS):
        rng = Random(5000 + seed)
        edges = dag(rng, rng.randint(2, 40))
        target = max((child for _, child, _ in edges), default=0)
        _, behind = ancestors(target, edges)
        names = rng.sample(range(10_000), 40)
        renamed = [(names[p], names[c], w) for p, c, w in rng.sample(behind, len(behind))]
        found = origin_shares(names[target], renamed)
        assert {names[root]: share for root, share in origin_shares(target, behind).items()} == found


class Ledger:
    """A random history written by the real services, and the same history kept apart in dictionaries."""

    def __init__(self, home, rng: Random) -> None:
        self.home, self.rng, self.actor = home, rng, home.actor("coop")
        self.plots = [make.plot(self.actor, home, geometry=make.square(112.5 + n / 100)) for n in range(3)]
        self.left: dict[int, int] = {}
        self.edges: list[tuple[int, int, int]] = []
        self.lots: dict[int, Lot] = {}
        self.events = []

    def harvest(self) -> None:
        lot = make.harvest(self.actor, self.rng.choice(self.plots), str(self.rng.randint(50, 400)))
        self.lots[lot.id], self.left[lot.id] = lot, queries.balance(lot)

    def combine(self) -> None:
        """Draw from one to four lots and make one or two of the sum."""
        usable = sorted(key for key, grams in self.left.items() if grams > 1)
        chosen = self.rng.sample(usable, min(len(usable), self.rng.randint(1, 4)))
        draws = [(key, self.rng.randint(1, self.left[key])) for key in chosen]
        total = sum(grams for _, grams in draws)
        parts = [total] if self.rng.random() < 0.7 or total < 2 else [total // 3 or 1, total - (total // 3 or 1)]
        with operation(self.actor, Permission.LOT_OPERATE) as op:
            done = perform(
                op, OperationKind.MERGE, self.home.coop, self.plots[0].planted_on.replace(year=2026, month=8),
                draws=[Draw(self.lots[key], grams) for key, grams in draws],
                makes=[Make(get_product("TF"), "blend", grams, self.home.coop) for grams in parts],
            )  # fmt: skip
            op.record("lot.merge", done.operation)
        self.events.append(done.operation)
        for key, grams in draws:
            self.left[key] -= grams
        for lot, grams in zip(done.lots, parts, strict=True):
            self.lots[lot.id], self.left[lot.id] = lot, grams
            self.edges += [(key, lot.id, drawn) for key, drawn in draws]


@pytest.fixture
def ledger(database):
    rng = Random(20260701)
    made = Ledger(make.county(), rng)
    for _ in range(6):
        made.harvest()
    for _ in range(10 + GRAPHS // 10):
        made.combine() if rng.random() < 0.8 else made.harvest()
    return made


def test_a_random_history_in_the_database_traces_as_the_plain_walk_says(ledger):
    assert queries.balances(list(ledger.left)) == ledger.left
    made = sum(queries.made_quantities([k for k, lot in ledger.lots.items() if lot.kind == "harvest"]).values())
    assert sum(ledger.left.values()) == made, "mass is conserved"
    children = {child for _, child, _ in ledger.edges}
    for key, lot in ledger.lots.items():
        seen, behind = ancestors(key, ledger.edges)
        trace = tracing.build_trace(lot, "back", None)
        assert {node.code for node in trace.nodes} == {ledger.lots[node].code for node in seen}
        assert sorted((link.source, link.target, link.quantity_g) for link in trace.links) == sorted(
            (ledger.lots[p].code, ledger.lots[c].code, w) for p, c, w in behind
        )
        expected = by_linear_algebra(key, behind) if key in children and len(seen) < 30 else None
        found = {share.lot: share.fraction for share in trace.shares}
        assert sum(found.values()) == 1
        if expected is not None:
            assert found == {ledger.lots[root].code: share for root, share in expected.items()}
        ahead = forward_shares(key, queries_rows(key))
        after = {node.code for node in tracing.build_trace(lot, "forward", None).nodes}
        assert after == {ledger.lots[node].code for node in ahead}
    assert list(all_findings()) == []


def queries_rows(key: int) -> list[tuple[int, int, int]]:
    """The edges the forward walk reads."""
    return list(queries.edges_forward(key))


def test_undoing_a_random_history_backwards_restores_every_balance(ledger):
    for event in reversed(ledger.events):
        with operation(ledger.actor, Permission.LOT_OPERATE) as op:
            undo(op, event, "还原")
            op.record("operation.undo", event)
    harvests = [key for key, lot in ledger.lots.items() if lot.kind == "harvest"]
    assert queries.balances(harvests) == queries.made_quantities(harvests)
    blends = [key for key in ledger.lots if key not in harvests]
    assert set(queries.balances(blends).values()) == {0}
    assert Edge.select().count() == len(ledger.edges), "what was is still readable"
    assert Movement.select().where(Movement.quantity == 0).count() == 0
    assert list(all_findings()) == []
