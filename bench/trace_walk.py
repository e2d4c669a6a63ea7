"""Backward and forward trace at 10⁴, 10⁵ and (asked for) 10⁶ lots against a bare dictionary walk of the same graph in memory, on each engine."""

from __future__ import annotations

import gc
import os
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.harness import Ratio, Skipped, engines, made, timed
from bench.lot_graph import Graph, build
from trace.core.actor import Actor, Role
from trace.lots import queries, tracing

INSPECTOR = Actor(1, "bench", "bench", frozenset({Role.MARKET}))
SIZES = (10_000, 100_000)
MILLION = 1_000_000
"""Only with ``TRACE_BENCH_MILLION`` set: building it takes a minute on each engine."""
TRIES = 3


def run(rounds: int) -> list[Ratio | Skipped]:
    """Raw read and service at the larger sizes, and service against the smallest size at equal answers; p95 beside p50."""
    found: list[Ratio | Skipped] = []
    cost: dict[tuple[str, int], float] = {}
    sizes = (*SIZES, MILLION) if os.environ.get("TRACE_BENCH_MILLION") else SIZES
    for size in sizes:
        for engine, skipped in engines(f"trace, {size:,} lots"):
            if skipped is not None:
                found.append(skipped)
                continue
            graph = build(size)
            # The dictionaries are the baseline's memory: neither side shall wait while they are searched for garbage.
            gc.collect()
            gc.freeze()
            found += at_size(f"{size:,} lots, {engine}", graph, rounds) if size != SIZES[0] else []
            cost[engine, size] = statistics.mean(best(graph.targets(), service))
            gc.unfreeze()
    return found + list(growth(cost))


def at_size(place: str, graph: Graph, rounds: int) -> Iterator[Ratio]:
    """The raw queries and the service against the walk, their sum over all samples and their slowest twentieth."""
    targets = graph.targets()
    check_equal(graph, targets[0])
    check_equal(graph, graph.wide[0])
    for name, work, most in (("raw", raw, 2.5), ("service", service, 8)):
        pairs = [(best(targets, graph.walk), best(targets, work)) for _ in range(rounds)]
        yield _ratio(f"trace {name}, {place}", [sum(ours) / sum(walk) for walk, ours in pairs], most)
        yield _ratio(f"trace {name}, p95, {place}", [slow(ours) / slow(walk) for walk, ours in pairs], most)
    wide = [(best(graph.wide, graph.walk), best(graph.wide, raw)) for _ in range(rounds)]
    yield _ratio(f"trace raw, wide, {place}", [sum(ours) / sum(walk) for walk, ours in wide], 4)


def _ratio(name: str, ratios: list[float], most: float) -> Ratio:
    return made(name, "dictionary walk in memory", f"≤ {most:g}", ratios, lambda value: value <= most)


def best(targets: list[int], work: Callable[[int], object]) -> list[float]:
    """Seconds for each lot, the best of a few passes over all of them: other work takes milliseconds from calls of microseconds."""
    passes = [[timed(partial(work, target)) for target in targets] for _ in range(TRIES)]
    return [min(tries) for tries in zip(*passes, strict=True)]


def slow(seconds: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


def growth(cost: dict[tuple[str, int], float]) -> Iterator[Ratio]:
    """Cost at a size against cost at the smallest, equal answers."""
    for (engine, size), seconds in cost.items():
        if size != SIZES[0]:
            name, ratio = (
                f"trace service, {size:,} against {SIZES[0]:,} lots, {engine}",
                seconds / cost[engine, SIZES[0]],
            )
            yield Ratio(name, f"same answers at {SIZES[0]:,} lots", "≤ 1.5", TRIES, ratio, ratio, ratio, ratio <= 1.5)


def raw(target: int) -> tuple[Any, Any]:
    """The recursive queries alone, both ways."""
    return queries.edges_back(target), queries.edges_forward(target)


def service(target: int) -> tuple[Any, Any]:
    """What a page gets: exact shares, quantities, states and scope, both ways."""
    code = f"B{target}"
    return tracing.trace_lot(INSPECTOR, code, "back"), tracing.trace_lot(INSPECTOR, code, "forward")


def check_equal(graph: Graph, target: int) -> None:
    """The walk and the queries must find the same edges before anything is timed."""
    back, forward = graph.walk(target)
    assert sorted(back) == sorted(queries.edges_back(target))
    assert sorted(forward) == sorted(queries.edges_forward(target))
    assert len(back) > 100
