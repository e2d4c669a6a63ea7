"""Output value through the graph: sums, net below gross, exact shares, and a chain computed by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from trace.targets.valuation import LotRow, Price, Prices, by_township, value

DAY, FIRST, LAST = date(2026, 7, 1), date(2026, 1, 1), date(2026, 12, 31)
FRUIT, DRIED = 1, 2
COOP, PLANT = 10, 20
TOWNS = ("430422101", "430422102", "430422103")
SEAT = "430422109"


def lot(key, kind, op, grams, *, product=FRUIT, holder=COOP, township="", seat=SEAT):
    return LotRow(key, f"L{key}", kind, product, holder, seat, township, op, f"OP{op}", DAY, grams, grams)


def factory(prices):
    return lambda holder, product, day: prices.get((holder, product))


def test_a_chain_by_hand():
    """300 kg of one township and 100 kg of another, sold at 8 元 to a plant, dried to 100 kg at 60 元, 80 kg of it packed."""
    lots = {
        row.id: row
        for row in (
            lot(1, "harvest", 1, 300_000, township=TOWNS[0]), lot(2, "harvest", 2, 100_000, township=TOWNS[1]),
            lot(3, "receipt", 3, 300_000, holder=PLANT), lot(4, "receipt", 4, 100_000, holder=PLANT),
            lot(5, "batch", 5, 100_000, product=DRIED, holder=PLANT), lot(6, "pack", 6, 80_000, product=DRIED, holder=PLANT),
        )
    }  # fmt: skip
    edges = [(1, 3, 300_000), (2, 4, 100_000), (3, 5, 300_000), (4, 5, 100_000), (5, 6, 80_000)]
    found = value(lots, edges, Prices({3: 800, 4: 800}, {}, factory({(PLANT, DRIED): Price(6000, "B")})), FIRST, LAST)
    sums = by_township(found)
    assert {t: s["primary"].gross_fen for t, s in sums.items()} == {TOWNS[0]: 240_000, TOWNS[1]: 80_000}
    assert sums[TOWNS[0]]["secondary"].gross == {"A": 0, "B": 450_000, "C": 0}, "packing one's own goods adds nothing"
    assert sums[TOWNS[0]]["secondary"].off_fen == 240_000
    assert sums[TOWNS[1]]["secondary"].gross_fen == 150_000 and sums[TOWNS[1]]["secondary"].off_fen == 80_000
    net = sum(row.net_fen for row in found.rows)
    assert net == 600_000, "what leaves the factory, once"


def test_reselling_counts_as_its_margin_and_outside_fruit_is_no_local_input():
    lots = {
        row.id: row
        for row in (
            lot(1, "harvest", 1, 100_000, township=TOWNS[0]), lot(2, "receipt", 2, 100_000), lot(3, "receipt", 3, 100_000, holder=PLANT),
            lot(4, "outside", 4, 100_000, holder=PLANT), lot(5, "batch", 5, 50_000, product=DRIED, holder=PLANT),
        )
    }  # fmt: skip
    edges = [(1, 2, 100_000), (2, 3, 100_000), (3, 5, 100_000), (4, 5, 100_000)]
    found = value(lots, edges, Prices({2: 600, 3: 900}, {}, factory({(PLANT, DRIED): Price(6000, "A")})), FIRST, LAST)
    by_stage = {row.stage: row for row in found.rows}
    assert by_stage["primary"].gross_fen == 60_000
    assert by_stage["tertiary"].gross_fen == 30_000
    assert (by_stage["secondary"].gross_fen, by_stage["secondary"].off_fen) == (300_000, 90_000)
    assert by_stage["secondary"].parts == {TOWNS[0]: (150_000, 45_000), SEAT: (150_000, 45_000)}


def test_what_nobody_priced_is_weighed_and_not_valued():
    lots = {1: lot(1, "harvest", 1, 1000, township=TOWNS[0]), 2: lot(2, "receipt", 2, 1000, holder=PLANT)}
    found = value(lots, [(1, 2, 1000)], Prices({}, {}, factory({})), FIRST, LAST)
    assert found.rows == [] and found.unpriced_g == 1000
    mean = value(lots, [(1, 2, 1000)], Prices({}, {FRUIT: Fraction(7, 10)}, factory({})), FIRST, LAST)
    assert [(row.gross_fen, row.grade) for row in mean.rows] == [(700, "C")]


@st.composite
def ledgers(draw):
    """Harvests in three townships, receipts at odd prices, runs that draw some of each, packs of some runs."""
    harvests = draw(st.lists(st.tuples(st.sampled_from(TOWNS), st.integers(1, 900_000)), min_size=1, max_size=7))
    lots, edges, paid, key = {}, [], {}, 0
    receipts = []
    for township, grams in harvests:
        lots[key + 1] = lot(key + 1, "harvest", key + 1, grams, township=township)
        lots[key + 2] = lot(key + 2, "receipt", key + 2, grams, holder=PLANT)
        edges.append((key + 1, key + 2, grams))
        if draw(st.booleans()):
            paid[key + 2] = draw(st.integers(1, 1500))
        receipts.append(lots[key + 2])
        key += 2
    for _ in range(draw(st.integers(0, 4))):
        drawn = draw(st.lists(st.sampled_from(receipts), unique=True, min_size=1, max_size=4))
        key += 1
        weights = [draw(st.integers(1, row.grams)) for row in drawn]
        lots[key] = lot(key, "batch", key, max(sum(weights) // 4, 1), product=DRIED, holder=PLANT)
        edges += [(row.id, key, weight) for row, weight in zip(drawn, weights, strict=True)]
        if draw(st.booleans()):
            lots[key + 1] = lot(key + 1, "pack", key + 1, lots[key].grams, product=DRIED, holder=PLANT)
            edges.append((key, key + 1, lots[key].grams))
            key += 1
    own = (
        {(PLANT, DRIED): Price(draw(st.integers(1, 9000)), draw(st.sampled_from("ABC")))} if draw(st.booleans()) else {}
    )
    return lots, edges, Prices(paid, {FRUIT: Fraction(draw(st.integers(0, 20)), 13)}, factory(own))


@settings(max_examples=120)
@given(ledgers())
def test_parts_sum_to_rows_and_net_never_exceeds_gross(ledger):
    lots, edges, prices = ledger
    found = value(lots, edges, prices, FIRST, LAST)
    for row in found.rows:
        assert sum(gross for gross, _ in row.parts.values()) == row.gross_fen
        assert sum(off for _, off in row.parts.values()) == row.off_fen
        assert row.net_fen <= row.gross_fen and all(off >= 0 for _, off in row.parts.values())
    sums = by_township(found)
    assert sum(s.gross_fen for stages in sums.values() for s in stages.values()) == sum(r.gross_fen for r in found.rows)


@settings(max_examples=120)
@given(ledgers(), st.data())
def test_moving_a_record_between_townships_moves_exactly_its_share(ledger, data):
    lots, edges, prices = ledger
    chosen = data.draw(st.sampled_from([row for row in lots.values() if row.kind == "harvest"]))
    target = data.draw(st.sampled_from([town for town in TOWNS if town != chosen.township]))
    before = value(lots, edges, prices, FIRST, LAST)
    moved = value({**lots, chosen.id: chosen._replace(township=target)}, edges, prices, FIRST, LAST)
    assert [row.gross_fen for row in before.rows] == [row.gross_fen for row in moved.rows], "the county is the same"
    change: Counter[str] = Counter()
    for old, new in zip(before.rows, moved.rows, strict=True):
        for town in {*old.parts, *new.parts}:
            change[town] += new.parts.get(town, (0, 0))[0] - old.parts.get(town, (0, 0))[0]
    assert sum(change.values()) == 0
    others = [abs(change[town]) for town in TOWNS if town not in (chosen.township, target)]
    assert all(left <= len(before.rows) for left in others), "a fen of rounding in a row at most"
    primary = [row for row in before.rows if row.stage == "primary" and chosen.township in row.parts]
    own = next((row for row in primary if row.lot == f"L{chosen.id + 1}"), None)
    if own is not None:
        new = next(row for row in moved.rows if row.lot == own.lot and row.stage == "primary")
        assert own.parts == {chosen.township: (own.gross_fen, 0)} and new.parts == {target: (own.gross_fen, 0)}
