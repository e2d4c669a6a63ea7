"""Both engines answer a trace from the indexes: its cost grows with the answer, never with the ledger."""

from __future__ import annotations

import re

import pytest

from bench.lot_graph import build
from trace.db import db
from trace.lots import node_rows, walks


@pytest.fixture
def graph(database):
    return build(1500, wides=0)


def plan(engine: str, statements: tuple[str, str], given: tuple) -> str:
    """What the engine means to do, as text."""
    ask = "EXPLAIN " if engine == "postgres" else "EXPLAIN QUERY PLAN "
    rows = db.execute_sql(ask + statements[engine == "postgres"], given).fetchall()
    return "\n".join(str(row[-1]) for row in rows)


def reads_whole(table: str, text: str) -> bool:
    """Does the plan read all rows of a table?"""
    return bool(re.search(rf"(Seq Scan on {table}\b|SCAN {table}\b)", text))


@pytest.mark.parametrize(
    ("statements", "index"),
    [
        (walks.BACK, "edge_child_id_parent_id_weight_g"),
        (walks.FORWARD, "edge_parent_id_child_id"),
        (walks.DESCENDANTS, "edge_parent_id_child_id"),
    ],
)
def test_the_walk_reads_only_covering_indexes(engine, graph, statements, index):
    batch = graph.batches[0]
    text = plan(engine, statements, (batch,) * statements[0].count("?"))
    assert index in text
    assert not reads_whole("edge", text)
    assert not reads_whole("e", text)
    found = re.findall(r"Index (?:Only )?Scan using (\w+)|USING (?:COVERING )?INDEX (\w+)", text)
    assert {a or b for a, b in found} <= {"edge_child_id_parent_id_weight_g", "edge_parent_id_child_id"}
    assert text.count("COVERING INDEX" if engine == "sqlite" else "Index Only Scan") == len(found)


def test_the_lots_of_a_trace_are_looked_up_one_by_one(engine, graph):
    keys = sorted({graph.batches[0], *(row[0] for row in walks.edges_back(graph.batches[0]))})
    text = plan(engine, node_rows.ROWS, (keys if engine == "postgres" else str(keys),))
    assert "movement_lot_id_operation_id_quantity" in text
    for table in ("movement", "operation", "lot", "m", "u", "op", "l"):
        assert not reads_whole(table, text), table


def test_the_walk_finds_what_the_dictionaries_say(graph):
    for batch in graph.batches[:3]:
        back, forward = graph.walk(batch)
        assert sorted(back) == sorted(walks.edges_back(batch))
        assert sorted(forward) == sorted(walks.edges_forward(batch))
