"""Hard tests taken from other systems' failures (features Y), those that concern lots, each named after what went wrong there."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.factories import county as make
from trace.core.errors import RuleBroken
from trace.invariants import all_findings
from trace.labels import repacking
from trace.lots import queries, tracing
from trace.lots.services import undo_operation
from trace.processing.remaking import rework
from trace.processing.services import Input, Output, pack, record_operation, record_run


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def raw(home, coop):
    plots = [make.plot(coop, home, geometry=make.square(112.5 + n / 50)) for n in range(3)]
    return [make.harvest(coop, plot, weight) for plot, weight in zip(plots, ("100", "200", "300"), strict=True)]


def trace_of(lot, direction="back"):
    return tracing.build_trace(queries.lot_by_code(lot.code), direction, None)


def merge(coop, *lines):
    inputs = [{"lot": lot.code, "quantity": quantity} for lot, quantity in lines]
    return record_operation(coop, {"kind": "merge", "inputs": inputs, "outputs": [], "loss": "", "reason": ""}).lots[0]


def test_one_finished_lot_from_three_raw_batches_is_traced_both_ways_with_right_quantities(coop, raw):
    """ERPNext #50279, #51459; Odoo #6839."""
    done = record_run(
        coop, "drying", [Input(lot.code, q) for lot, q in zip(raw, ("100", "200", "300"), strict=True)], [Output("TD", "150")]
    ).lots[0]  # fmt: skip
    back = {share.lot: (share.fraction, share.quantity_g) for share in trace_of(done).shares}
    assert back == {
        raw[0].code: (Fraction(1, 6), 25_000), raw[1].code: (Fraction(1, 3), 50_000), raw[2].code: (Fraction(1, 2), 75_000),
    }  # fmt: skip
    for lot, part in zip(raw, (Fraction(1, 6), Fraction(1, 3), Fraction(1, 2)), strict=True):
        (ahead,) = trace_of(lot, "forward").shares
        assert (ahead.lot, ahead.fraction, ahead.quantity_g) == (done.code, part, int(150_000 * part))


def test_by_products_and_rework_loops(coop, raw):
    """Odoo #17702, #24136: culls are a lot of their own, and go round again without becoming their own ancestors."""
    graded = record_run(
        coop, "grading", [Input(raw[0].code, "100")], [Output("TG", "90"), Output("TX", "8", byproduct=True)], loss="2"
    ).lots
    again = rework(coop, [Input(graded[0].code, "90")], "89", loss="1", reason="重新挑选").lots[0]
    third = rework(coop, [Input(again.code, "89")], "89", reason="再挑一遍").lots[0]
    assert [lot.kind for lot in graded] == ["batch", "byproduct"]
    for lot in (graded[1], third):
        assert {share.lot: share.fraction for share in trace_of(lot).shares} == {raw[0].code: Fraction(1)}
    assert {share.lot for share in trace_of(raw[0], "forward").shares} == {
        graded[0].code,
        graded[1].code,
        again.code,
        third.code,
    }
    assert list(all_findings()) == []


def test_merge_keeps_both_histories(coop, raw):
    """InvenTree #346, #6951."""
    merged = merge(coop, (raw[0], "50"), (raw[1], "150"))
    assert {s.lot: s.fraction for s in trace_of(merged).shares} == {
        raw[0].code: Fraction(1, 4), raw[1].code: Fraction(3, 4),
    }  # fmt: skip
    for lot in raw[:2]:
        assert [event.kind for event, _ in queries.events_of(lot)] == ["harvest", "merge"]


def test_repack_keeps_the_lot(coop, raw):
    """ERPNext #54621."""
    dried = record_run(coop, "drying", [Input(raw[0].code, "100")], [Output("TD", "25")]).lots[0]
    packs = pack(coop, [Input(dried.code, "25")], pieces=100, piece="250克").lots[0]
    small = repacking.repack(coop, packs.code, 10, pieces=25, piece="100克", reason="试吃装").lots[0]
    assert trace_of(small).shares[0].lot == raw[0].code
    assert queries.balance(packs) == 90


def test_two_outputs_of_100_kg_from_100_kg_are_refused(coop, raw):
    """INATrace's rule looks at each output alone and lets both through."""
    for second in (Output("TG", "100"), Output("TX", "100", byproduct=True)):
        with pytest.raises(RuleBroken, match="多出 100.0 公斤"):
            record_run(coop, "grading", [Input(raw[0].code, "100")], [Output("TG", "100"), second])
    with pytest.raises(RuleBroken):
        record_run(coop, "drying", [Input(raw[0].code, "100")], [Output("TD", "30"), Output("TD", "30")], reason="试")
    assert queries.balance(raw[0]) == 100_000


def test_cancelling_a_run_restores_the_source_exactly(coop, raw):
    """INATrace deletes the order and loses the stock."""
    before = queries.balances([lot.id for lot in raw])
    done = record_run(
        coop, "drying", [Input(raw[0].code, "33.333"), Input(raw[1].code, "66.667")], [Output("TD", "25")]
    )
    undo_operation(coop, done.operation.code, "登错")
    assert queries.balances([lot.id for lot in raw]) == before
    assert queries.balance(done.lots[0]) == 0
    assert list(all_findings()) == []
