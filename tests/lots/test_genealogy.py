"""Exact shares on any graph of lots: nothing is lost, nothing is invented."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.lots.genealogy import CycleFound, forward_shares, origin_shares, split_exactly, topological
from trace.lots.rules import Custody, custody_of, grams, lot_code

THIRDS = [("A", "M", 100), ("B", "M", 200), ("M", "P", 300), ("C", "P", 100)]
"""A and B were merged 1:2 into M; 300 g of M and 100 g of C became P."""


def test_shares_of_a_blend_by_hand():
    assert origin_shares("P", THIRDS) == {"A": Fraction(1, 4), "B": Fraction(1, 2), "C": Fraction(1, 4)}


def test_a_root_is_its_own_origin():
    assert origin_shares("A", []) == {"A": Fraction(1)}


def test_two_ways_to_the_same_root_add_up():
    edges = [("A", "X", 10), ("A", "Y", 10), ("B", "Y", 20), ("X", "Z", 1), ("Y", "Z", 2)]
    assert origin_shares("Z", edges) == {"A": Fraction(1, 3) + Fraction(2, 3) * Fraction(1, 3), "B": Fraction(4, 9)}


def test_thirds_stay_thirds():
    edges = [("A", "P", 1), ("B", "P", 1), ("C", "P", 1)]
    assert origin_shares("P", edges) == dict.fromkeys("ABC", Fraction(1, 3))


def test_forward_shares_of_a_blend_by_hand():
    assert forward_shares("A", THIRDS) == {"A": Fraction(1), "M": Fraction(1, 3), "P": Fraction(1, 4)}
    assert forward_shares("C", THIRDS) == {"C": Fraction(1), "P": Fraction(1, 4)}


def test_what_does_not_come_from_the_source_is_left_out():
    assert forward_shares("A", [("B", "Q", 5)]) == {"A": Fraction(1)}


def test_a_circle_is_named_all_the_way_round():
    with pytest.raises(CycleFound) as caught:
        topological([("A", "B", 1), ("B", "C", 1), ("C", "A", 1)])
    path = caught.value.path
    assert path[0] == path[-1]
    assert set(path) == {"A", "B", "C"}
    assert str(caught.value) == " → ".join(path)


def test_a_circle_off_the_path_is_found_too():
    with pytest.raises(CycleFound):
        origin_shares("P", [("A", "P", 1), ("X", "Y", 1), ("Y", "X", 1)])


def test_a_lot_is_not_its_own_ancestor():
    with pytest.raises(CycleFound, match="A → A"):
        topological([("A", "A", 1)])


def test_a_chain_of_ten_thousand_lots_is_no_trouble():
    edges = [(n, n + 1, 1) for n in range(10_000)]
    assert topological(edges) == list(range(10_001))
    assert origin_shares(10_000, edges) == {0: Fraction(1)}
    assert forward_shares(0, edges)[10_000] == 1


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Any graph of up to 14 lots: each is made from some older ones, at most one edge per pair."""
    edges = []
    for child in range(1, draw(st.integers(2, 14))):
        parents = draw(st.lists(st.integers(0, child - 1), unique=True, max_size=4))
        edges += [(parent, child, draw(st.integers(1, 10**9))) for parent in parents]
    return edges


@given(graphs())
def test_parents_come_before_children(edges):
    order = topological(edges)
    place = {node: n for n, node in enumerate(order)}
    assert len(order) == len(set(order)) == len({node for edge in edges for node in edge[:2]})
    assert all(place[parent] < place[child] for parent, child, _ in edges)


@given(graphs())
def test_the_parts_of_every_lot_sum_to_one_and_are_roots(edges):
    made = {child for _, child, _ in edges}
    for target in {node for edge in edges for node in edge[:2]}:
        shares = origin_shares(target, edges)
        assert sum(shares.values()) == 1
        assert all(share > 0 for share in shares.values())
        assert not set(shares) & made


@given(graphs(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(edges, random):
    shuffled = random.sample(edges, len(edges))
    target = max((child for _, child, _ in edges), default=0)
    assert origin_shares(target, edges) == origin_shares(target, shuffled)


@given(graphs())
def test_looking_back_and_looking_forward_agree(edges):
    nodes = {node for edge in edges for node in edge[:2]}
    made = {child for _, child, _ in edges}
    back = {node: origin_shares(node, edges) for node in nodes}
    for root in nodes - made:
        assert forward_shares(root, edges) == {node: back[node][root] for node in nodes if root in back[node]}


@given(graphs(), st.integers(2, 1000))
def test_the_unit_of_weight_does_not_matter(edges, factor):
    target = max((child for _, child, _ in edges), default=0)
    assert origin_shares(target, edges) == origin_shares(target, [(p, c, w * factor) for p, c, w in edges])


@given(graphs(), st.integers(0, 10**12))
def test_dividing_a_weight_by_shares_loses_no_gram(edges, total):
    target = max((child for _, child, _ in edges), default=0)
    shares = origin_shares(target, edges)
    parts = split_exactly(total, shares)
    assert sum(parts.values()) == total
    assert all(abs(parts[root] - total * share) < 1 for root, share in shares.items())


def test_the_odd_gram_goes_to_the_largest_remainder():
    assert split_exactly(100, {"A": Fraction(1, 3), "B": Fraction(2, 3)}) == {"A": 33, "B": 67}
    assert split_exactly(1, dict.fromkeys("ABC", Fraction(1, 3))) == {"A": 1, "B": 0, "C": 0}


@pytest.mark.parametrize(
    ("plots", "custody"),
    [
        ({"430422122246-0001"}, Custody.SINGLE_PLOT),
        ({"430422122246-0001", "430422122246-0002"}, Custody.SINGLE_VILLAGE),
        ({"430422122246-0001", "430422122247-0001"}, Custody.BLENDED),
    ],
)
def test_custody_follows_from_the_plots(plots, custody):
    assert custody_of(plots) is custody


@pytest.mark.parametrize(
    ("quantity", "unit", "density", "piece_g", "weight"),
    [(1000, "g", None, None, 1000), (1000, "ml", 985, None, 985), (1, "ml", 985, None, 1), (3, "pcs", None, 250, 750)],
)
def test_every_quantity_has_a_weight(quantity, unit, density, piece_g, weight):
    assert grams(quantity, unit, density, piece_g) == weight


def test_codes_are_short_and_say_the_kind_and_year():
    assert lot_code("harvest", 2026, 1) == "H26-0001"
    assert lot_code("pack", 2030, 12345) == "K30-12345"
