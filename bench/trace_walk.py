"""Backward and forward trace at 10⁴, 10⁵ and (asked for) 10⁶ lots against a bare dictionary walk of the same graph in memory."""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from bench.harness import Ratio, compare, made, timed
from trace.core.actor import Actor, Role
from trace.db import close_database, connect_database, db, migrate
from trace.land.models import Plot
from trace.lots import queries, tracing
from trace.lots.models import Edge, Lot, Movement, Operation
from trace.registry.models import Party, Product, Taxon, Village
from trace.registry.reference import load_reference

GROUP = 60
"""Harvest lots behind one batch: with receipts, batch and packs an answer reaches about 120 lots."""
SAMPLES = 400
"""So many different lots that neither side finds them warm in the processor's cache."""
NOW = datetime(2026, 7, 1, tzinfo=UTC)
INSPECTOR = Actor(1, "bench", "bench", frozenset({Role.MARKET}))


SIZES = (10_000, 100_000)
MILLION = 1_000_000
"""Only with ``TRACE_BENCH_MILLION`` set: building it takes minutes."""


def run(rounds: int) -> list[Ratio]:
    """Raw read and service at the larger size, and service against the smallest size at equal answers; p95 beside p50."""
    found: list[Ratio] = []
    cost: dict[int, float] = {}
    sizes = (*SIZES, MILLION) if os.environ.get("TRACE_BENCH_MILLION") else SIZES
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            connect_database(f"sqlite:///{Path(folder)}/bench.db")
            with db.connection_context():
                graph = build(size)
                # The dictionaries are the baseline's memory: neither side shall wait while they are searched for garbage.
                gc.collect()
                gc.freeze()
                found += at_size(size, graph, rounds)
                cost[size] = min(loop(graph.targets(), service)() / len(graph.targets()) for _ in range(3))
                gc.unfreeze()
            close_database()
    return found + [growth(size, cost[size] / cost[SIZES[0]]) for size in sizes[1:]]


def at_size(size: int, graph: Graph, rounds: int) -> list[Ratio]:
    """The raw queries and the service against the walk, medians of whole passes, and their slowest twentieth against the walk's."""
    targets = graph.targets()
    check_equal(graph, targets[0])
    if size == SIZES[0]:
        return []
    walk, found = loop(targets, graph.walk), []
    for name, work, most in (("raw", raw, 2.5), ("service", service, 8)):
        found.append(
            compare(f"trace {name}, {size:,} lots", "dictionary walk in memory", theirs=walk, ours=loop(targets, work), at_most=most, rounds=rounds)
        )  # fmt: skip
        slow = [slowest(targets, work) / slowest(targets, graph.walk) for _ in range(rounds)]
        found.append(
            made(f"trace {name}, p95, {size:,} lots", "p95 of the same walk", f"≤ {most:g}", slow, most.__ge__)
        )
    return found


def slowest(targets: list[int], work: Callable[[int], object]) -> float:
    """The 95th percentile of single calls, in seconds."""
    return statistics.quantiles([timed(lambda t=target: work(t)) for target in targets], n=20)[-1]


def growth(size: int, ratio: float) -> Ratio:
    """Cost at a size against cost at the smallest, equal answers."""
    name = f"trace service, {size:,} against {SIZES[0]:,} lots"
    return Ratio(name, f"same answers at {SIZES[0]:,} lots", "≤ 1.5", 3, ratio, ratio, ratio, ratio <= 1.5)


def loop(targets: list[int], work: Callable[[int], object]) -> Callable[[], float]:
    """Seconds for one pass over the sample lots."""
    return lambda: timed(lambda: [work(target) for target in targets])


def raw(target: int) -> tuple[Any, Any]:
    """The recursive queries alone, both ways."""
    return queries.edges_back(target), queries.edges_forward(target)


def service(target: int) -> tuple[Any, Any]:
    """What a page gets: exact shares, quantities, states and scope, both ways."""
    code = f"B{target}"
    return tracing.trace_lot(INSPECTOR, code, "back"), tracing.trace_lot(INSPECTOR, code, "forward")


class Graph:
    """The same edges as dictionaries."""

    def __init__(self, rows: list[tuple[int, int, int]], batches: list[int]) -> None:
        """``rows``: (parent, child, grams)."""
        self.parents: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.children: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for parent, child, grams in rows:
            self.parents[child].append((parent, grams))
            self.children[parent].append((child, grams))
        self.batches = batches

    def targets(self) -> list[int]:
        """Batches to trace, spread over the graph."""
        return Random(1).sample(self.batches, min(SAMPLES, len(self.batches)))

    def walk(self, target: int) -> tuple[list[Any], list[Any]]:
        """Breadth-first both ways, collecting the same edges as the queries."""
        return self._reach(target, self.parents, back=True), self._reach(target, self.children, back=False)

    def _reach(
        self, target: int, onward: dict[int, list[tuple[int, int]]], *, back: bool
    ) -> list[tuple[int, int, int]]:
        seen, waiting, edges = {target}, [target], []
        while waiting:
            node = waiting.pop()
            for other, grams in onward.get(node, ()):
                edges.append((other, node, grams) if back else (node, other, grams))
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return edges


def check_equal(graph: Graph, target: int) -> None:
    """The walk and the queries must find the same edges before anything is timed."""
    back, forward = graph.walk(target)
    assert sorted(back) == sorted(queries.edges_back(target))
    assert sorted(forward) == sorted(queries.edges_forward(target))
    assert len(back) > 100


def build(size: int) -> Graph:
    """Valid rows straight into the tables: harvest → receipt → batch → packs, with some fruit shared between batches."""
    migrate.upgrade(db.obj)
    load_reference()
    party = Party.create(
        code="B1", kind="enterprise", name="bench", village=Village.select().first(), registered_at=NOW
    )
    product, dried = Product.get(Product.code == "TF"), Product.get(Product.code == "TD")
    plot = Plot.create(
        code="430422122246-0001", village=Village.select().first(), operator=party, taxon=Taxon.select().first(), state="bearing",
        land_class="forest", management="conventional", area_m2=10_000, registered_at=NOW,
    )  # fmt: skip
    rng, lots, edges, batches = Random(7), [], [], []
    number = 0

    def lot(kind: str, what: Product) -> int:
        nonlocal number
        number += 1
        pack = kind == "pack"
        lots.append(
            (
                number,
                f"{kind[0].upper()}{number}",
                kind,
                what.id,
                party.id,
                plot.id if kind == "harvest" else None,
                250 if pack else None,
                "pcs" if pack else "g",
            )
        )
        return number

    while number < size:
        receipts = []
        for _ in range(GROUP):
            receipt = lot("receipt", product) if (harvest := lot("harvest", product)) else 0
            edges.append((harvest, receipt, 100_000 + rng.randrange(50_000)))
            receipts.append(receipt)
        batch = lot("batch", dried)
        batches.append(batch)
        edges += [(receipt, batch, 90_000) for receipt in receipts]
        edges += [(batch, lot("pack", dried), 5_000) for _ in range(4)]
    _insert(lots, edges, party)
    return Graph(edges, batches)


def _insert(lots: list[tuple[Any, ...]], edges: list[tuple[int, int, int]], party: Party) -> None:
    day = date(2026, 7, 1)
    columns = (Lot.id, Lot.code, Lot.kind, Lot.product, Lot.holder, Lot.plot, Lot.piece_g, Lot.unit)
    with db.atomic():
        for start in range(0, len(lots), 400):
            part = lots[start : start + 400]
            Operation.insert_many(
                [
                    {
                        "id": row[0],
                        "code": f"OP{row[0]}",
                        "kind": "harvest" if row[2] == "harvest" else "merge",
                        "party": party.id,
                        "business_date": day,
                        "recorded_at": NOW,
                        "recorded_by": 1,
                        "recorder_name": "bench",
                    }
                    for row in part
                ]
            ).execute()
            Lot.insert_many(
                [
                    {**dict(zip((c.name for c in columns), row, strict=True)), "made_by": row[0], "made_on": day}
                    for row in part
                ]
            ).execute()
            Movement.insert_many(
                [{"operation": row[0], "lot": row[0], "quantity": 1_000_000} for row in part]
            ).execute()
        for start in range(0, len(edges), 400):
            Edge.insert_many(
                [{"parent": p, "child": c, "operation": c, "weight_g": w} for p, c, w in edges[start : start + 400]]
            ).execute()
    db.execute_sql("ANALYZE")
