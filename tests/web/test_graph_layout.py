"""The genealogy picture: columns follow the origin, nothing overlaps, lines carry their weight."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.web.graph_layout import LABELS_UP_TO, LINE, SIDE, layers, layout_graph


def graph(*triples: tuple[str, str, int]):
    """Nodes and edges from (from, to, grams)."""
    codes = dict.fromkeys(code for one, two, _ in triples for code in (one, two))
    return [{"code": code} for code in codes], [{"from": a, "to": b, "quantity_g": g} for a, b, g in triples]


def placed(layout):
    """Nodes by code."""
    return {node["code"]: node for node in layout["nodes"]}


def test_origin_left_product_right():
    layout = layout_graph(*graph(("H1", "R1", 100), ("H2", "R1", 300), ("R1", "P1", 400), ("P1", "K1", 250)))
    at = placed(layout)
    assert at["H1"]["x"] == at["H2"]["x"] < at["R1"]["x"] < at["P1"]["x"] < at["K1"]["x"]


def test_a_root_used_late_stands_just_before_its_use():
    assert layers(["a", "b", "c", "late"], [("a", "b"), ("b", "c"), ("late", "c")]) == {
        "a": 0,
        "b": 1,
        "late": 1,
        "c": 2,
    }


def test_line_width_is_in_proportion_to_weight_and_the_busiest_side_fits():
    layout = layout_graph(*graph(("H1", "R1", 100_000), ("H2", "R1", 300_000)))
    first, second = (edge["width"] for edge in layout["edges"])
    assert second == pytest.approx(3 * first)
    assert first + second == pytest.approx(SIDE)


def test_ends_of_lines_stay_on_the_side_of_their_lot_even_when_there_are_many():
    layout = layout_graph(*graph(*((f"H{n}", "R", 1) for n in range(150))))
    box = placed(layout)["R"]
    assert all(box["y"] <= edge["y2"] <= box["y"] + box["h"] for edge in layout["edges"])


def test_an_edge_over_several_columns_bends_past_the_lots_between():
    layout = layout_graph(*graph(("a", "b", 5), ("b", "c", 5), ("a", "c", 5)))
    middle = placed(layout)["b"]
    long_edge = next(edge for edge in layout["edges"] if (edge["from"], edge["to"]) == ("a", "c"))
    straight = long_edge["path"].split("L")[1].split()[1]
    assert not middle["y"] <= float(straight) <= middle["y"] + middle["h"]


def test_a_simple_swap_is_drawn_without_crossing():
    layout = layout_graph(*graph(("a", "y", 1), ("b", "x", 1), ("a", "y2", 1), ("b", "x2", 1)))
    lines = [(edge["y1"], edge["y2"]) for edge in layout["edges"]]
    assert not any((one[0] - two[0]) * (one[1] - two[1]) < 0 for one, two in combinations(lines, 2))


def test_what_is_given_for_a_lot_is_kept_and_unknown_ends_are_left_out():
    layout = layout_graph(
        [{"code": "A", "label": "鲜果", "tone": "here", "href": "/lots/A"}],
        [{"from": "A", "to": "gone", "quantity_g": 1}],
    )
    assert layout["edges"] == []
    assert layout["nodes"][0]["label"] == "鲜果"
    assert layout["nodes"][0]["href"] == "/lots/A"


def test_nothing_to_draw_is_an_empty_picture():
    assert layout_graph([], [])["nodes"] == []


def test_weights_are_written_on_the_lines_only_while_there_is_room():
    many = LABELS_UP_TO + 1
    assert layout_graph(*graph(("a", "b", 1)))["show_labels"]
    assert not layout_graph(*graph(*((f"H{n}", "R", 1) for n in range(many))))["show_labels"]


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="own ancestors"):
        layers(["a", "b"], [("a", "b"), ("b", "a")])


def test_weights_at_one_end_are_written_one_under_the_other():
    layout = layout_graph(*graph(*((f"H{n}", "R", 1) for n in range(9)), ("H0", "S", 1)))
    sides: dict[tuple[str, str], list[float]] = {}
    for edge in layout["edges"]:
        sides.setdefault(edge["label_at"], []).append(edge["label_y"])
    assert len(sides["from", "H0"]) == 1
    crowded = layout_graph(*graph(("a", "x", 1), ("a", "y", 1), ("b", "x", 1), ("b", "y", 1), ("c", "x", 1)))
    lines = sorted(edge["label_y"] for edge in crowded["edges"] if edge["label_at"] == ("from", "a"))
    assert len(lines) == 2
    assert lines[1] - lines[0] >= LINE


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 10**6)), max_size=120))
def test_boxes_never_overlap_and_stay_inside(raw):
    triples = {(min(a, b), max(a, b)): g for a, b, g in raw if a != b}
    layout = layout_graph(*graph(*((f"{a:02}", f"{b:02}", g) for (a, b), g in triples.items())))
    columns: dict[int, list[float]] = {}
    for node in layout["nodes"]:
        columns.setdefault(node["x"], []).append(node["y"])
        assert node["x"] + node["w"] <= layout["width"]
        assert 0 <= node["y"] <= layout["height"] - node["h"]
    for tops in columns.values():
        tops.sort()
        assert all(below - above >= layout["nodes"][0]["h"] for above, below in pairwise(tops))
