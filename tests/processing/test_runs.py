"""Runs and packing: nothing out of nothing, the impossible refused, the unusual explained."""

from __future__ import annotations

import pytest

from tests.conftest import post
from tests.factories import county as make
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.lots import queries
from trace.lots.models import Edge, Lot, Operation
from trace.processing import queries as processing
from trace.processing.models import ProcessRun
from trace.processing.rules import Ratios, judge_run, kilos, packing_closes, short, shortage_needs_reason
from trace.processing.services import Input, Output, pack, record_operation, record_run


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def lot(home, coop):
    return make.harvest(coop, make.plot(coop, home), "1000")


def dry(actor, lot, given: str, got: str, **more: str):
    return record_run(actor, "drying", [Input(lot.code, given)], [Output("TD", got)], **more)


def nothing_was_written(lot) -> None:
    assert queries.balance(lot) == 1_000_000
    assert Operation.select().where(Operation.kind != "harvest").count() == 0
    assert not Edge.select().exists()
    assert not ProcessRun.select().exists()


def test_more_than_can_come_out_is_refused_in_these_words(coop, lot):
    with pytest.raises(RuleBroken) as caught:
        dry(coop, lot, "100", "150")
    assert str(caught.value) == "投入 100 公斤最多可产出干果 45 公斤（得率上限 45%），填写的 150 公斤有误。"
    assert (caught.value.code, caught.value.field, caught.value.status) == ("YIELD_IMPOSSIBLE", "outputs", 409)
    nothing_was_written(lot)


def test_the_limit_itself_still_passes_and_a_gram_more_does_not(coop, lot):
    with pytest.raises(RuleBroken, match="填写的 45.001 公斤有误。"):
        dry(coop, lot, "100", "45.001", reason="试验")
    assert dry(coop, lot, "100", "45", reason="试验").lots[0].code.startswith("P26-")


def test_a_usual_yield_passes_silently(coop, lot):
    done = dry(coop, lot, "100", "34")
    assert queries.balance(lot) == 900_000
    assert queries.balance(done.lots[0]) == 34_000
    assert not ProcessRun.get().flagged


@pytest.mark.parametrize("got", ["36", "21"])
def test_an_unusual_yield_needs_a_reason_and_is_listed_for_audit(coop, lot, got):
    with pytest.raises(Invalid) as caught:
        dry(coop, lot, "100", got, reason="  ")
    assert str(caught.value) == "得率超出参考范围（0.22—0.35），请确认并填写原因。"
    assert caught.value.field == "reason"
    nothing_was_written(lot)
    done = dry(coop, lot, "100", got, reason="果实含水量异常，已复秤")
    assert [(run.operation_id, run.reason) for run in processing.flagged_runs()] == [
        (done.operation.id, "果实含水量异常，已复秤")
    ]


def test_grading_must_account_for_every_kilogram(home, coop):
    lot = make.harvest(coop, make.plot(coop, home), "418")
    outputs = [Output("TG", "385"), Output("TX", "29", byproduct=True)]
    with pytest.raises(RuleBroken) as caught:
        record_run(coop, "grading", [Input(lot.code, "418")], outputs)
    assert str(caught.value) == "投入 418.0、产出 414.0，相差 4.0 公斤，请填写损耗或副产品。"
    assert (caught.value.code, caught.value.field) == ("LOSS_MISSING", "loss")
    assert queries.balance(lot) == 418_000
    done = record_run(coop, "grading", [Input(lot.code, "418")], outputs, loss="4")
    assert [(made.kind, queries.balance(made)) for made in done.lots] == [("batch", 385_000), ("byproduct", 29_000)]
    assert ProcessRun.get().loss_g == 4000


def test_grading_never_gains_weight(coop, lot):
    with pytest.raises(RuleBroken) as caught:
        record_run(coop, "grading", [Input(lot.code, "100")], [Output("TG", "95"), Output("TX", "6", byproduct=True)])
    assert str(caught.value) == "投入 100.0 公斤，产出和损耗合计 101.0 公斤，多出 1.0 公斤，请核对。"
    nothing_was_written(lot)


def test_the_scales_may_differ_by_half_a_percent(coop, lot):
    ratios = Ratios(850, 1000, 1000, True)
    assert judge_run(100_000, 99_500, 0, 0, ratios, "", "g") is False
    with pytest.raises(RuleBroken, match="相差 0.501 公斤"):
        judge_run(100_000, 99_499, 0, 0, ratios, "", "g")
    assert judge_run(1_000, 800, 0, 0, ratios, "", "g") is False
    with pytest.raises(RuleBroken, match="相差 0.201 公斤"):
        judge_run(1_000, 799, 0, 0, ratios, "", "g")


def test_wine_is_counted_in_litres(coop, lot):
    with pytest.raises(RuleBroken) as caught:
        record_run(coop, "fermenting", [Input(lot.code, "100")], [Output("TJ", "171")], reason="试验")
    assert str(caught.value) == "投入 100 公斤最多可产出果酒 170 升（得率上限 170%），填写的 171 升有误。"
    wine = record_run(coop, "fermenting", [Input(lot.code, "100")], [Output("TJ", "90")]).lots[0]
    assert (wine.unit, queries.balance(wine)) == ("ml", 90_000)
    packs = pack(coop, [Input(wine.code, "75")], pieces=150, piece="500毫升").lots[0]
    assert (packs.piece_ml, packs.piece_g, queries.balance(packs)) == (500, 492, 150)


def test_several_lots_make_several_lots(home, coop, lot):
    other = make.harvest(coop, make.plot(coop, home, geometry=make.square(112.7)))
    done = record_run(
        coop, "drying", [Input(lot.code, "300"), Input(other.code, "100")], [Output("TD", "100"), Output("TX", "10", byproduct=True)]
    )  # fmt: skip
    assert len(done.lots) == 2
    weights = {(edge.parent_id, edge.child_id): edge.weight_g for edge in Edge.select()}
    assert weights == {(p.id, c.id): g for p, g in ((lot, 300_000), (other, 100_000)) for c in done.lots}


def test_one_gram_more_than_there_is(coop, lot):
    with pytest.raises(RuleBroken) as caught:
        dry(coop, lot, "1000.001", "250")
    assert str(caught.value).replace("\u2009", " ") == f"批次 {lot.code} 剩余 1 000.00 公斤，不足 1 000.001 公斤。"
    nothing_was_written(lot)


def test_the_same_lot_twice_is_one_line_too_many(coop, lot):
    with pytest.raises(Invalid, match=f"批次 {lot.code} 填了两次，请合并成一行。"):
        record_run(coop, "drying", [Input(lot.code, "100"), Input(lot.code, "100")], [Output("TD", "50")])
    nothing_was_written(lot)


def test_two_taxa_never_mix(home, coop, lot):
    loquat = make.harvest(coop, make.plot(coop, home, geometry=make.square(112.7), taxon="eriobotrya_japonica"))
    with pytest.raises(RuleBroken, match="不同树种（土枇杷、枇杷）不能混在一批。"):
        record_run(coop, "drying", [Input(lot.code, "100"), Input(loquat.code, "100")], [Output("TD", "50")])
    with pytest.raises(RuleBroken, match="产品“土枇杷干果”与投入批次的树种不符。"):
        dry(coop, loquat, "100", "25")
    body = {"kind": "merge", "outputs": [], "reason": "", "loss": ""}
    inputs = [{"lot": each.code, "quantity": "1"} for each in (lot, loquat)]
    with pytest.raises(Invalid, match="只有同一种产品的批次才能合并。"):
        record_operation(coop, {**body, "inputs": inputs})
    nothing_was_written(lot)


def test_tea_is_not_made_of_fruit(coop, lot):
    with pytest.raises(RuleBroken) as caught:
        record_run(coop, "leaf_tea", [Input(lot.code, "100")], [Output("TT", "22")])
    assert str(caught.value) == f"制茶不能用批次 {lot.code}（土枇杷鲜果）。"
    nothing_was_written(lot)


def test_tea_is_made_of_leaves(home, coop):
    leaves = make.harvest(coop, make.plot(coop, home), "100", part="leaf")
    tea = record_run(coop, "leaf_tea", [Input(leaves.code, "100")], [Output("TT", "22")]).lots[0]
    assert (tea.product.code, queries.balance(tea)) == ("TT", 22_000)


def test_nothing_comes_out_of_nothing(coop, lot):
    with pytest.raises(Invalid, match="请至少选择一个投入批次。"):
        record_run(coop, "drying", [], [Output("TD", "50")])
    with pytest.raises(Invalid, match="请至少选择一个投入批次。"):
        pack(coop, [], pieces=4, piece="250克")
    nothing_was_written(lot)


def test_a_run_without_its_product_is_not_a_run(coop, lot):
    for outputs in ([], [Output("TX", "10", byproduct=True)], [Output("TC", "10")]):
        with pytest.raises(Invalid, match="请填写烘干的主产品和数量。"):
            record_run(coop, "drying", [Input(lot.code, "100")], outputs)
    nothing_was_written(lot)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("0", "重量必须大于 0。"),
        ("-5", "重量必须大于 0。"),
        ("abc", "重量只能填数字。"),
        ("420,5", "请用小数点：420.5？"),
        ("", "请填写重量。"),
    ],
)
def test_quantities_are_read_as_strictly_as_at_the_harvest(coop, lot, given, text):
    with pytest.raises(Invalid) as caught:
        dry(coop, lot, given, "10")
    assert (str(caught.value), caught.value.field) == (text, "inputs")
    nothing_was_written(lot)


def test_foreign_and_unknown_lots_do_not_exist(home, coop, lot):
    for code in (lot.code, "H26-9999"):
        with pytest.raises(NotFound):
            record_run(home.actor("coop2"), "drying", [Input(code, "100")], [Output("TD", "25")])
    nothing_was_written(lot)


def test_packs_hold_no_more_than_was_put_in(coop, lot):
    dried = dry(coop, lot, "400", "100").lots[0]
    with pytest.raises(RuleBroken) as caught:
        pack(coop, [Input(dried.code, "10")], pieces=41, piece="250克")
    assert str(caught.value) == "投入 10.00 公斤 不够包装 41 件（需 10.25 公斤），请核对。"
    assert queries.balance(dried) == 100_000
    packs = pack(coop, [Input(dried.code, "10")], pieces=40, piece="250克", name="礼盒").lots[0]
    assert (packs.unit, packs.piece_g, packs.name, queries.balance(packs)) == ("pcs", 250, "礼盒", 40)
    assert queries.balance(dried) == 90_000


def test_what_was_not_packed_does_not_vanish(coop, lot):
    dried = dry(coop, lot, "400", "100").lots[0]
    with pytest.raises(RuleBroken) as caught:
        pack(coop, [Input(dried.code, "100")], pieces=1, piece="250克")
    assert str(caught.value) == (
        "投入 100.00 公斤，装成 1 件共 0.25 公斤，相差 99.75 公斤，请按实际用量填写投入，余下的留在原批次。"
    )
    assert queries.balance(dried) == 100_000
    assert packing_closes(100_000, 99_500)
    assert not packing_closes(100_000, 99_499)


def test_packing_mistakes_are_named(coop, lot):
    dried = dry(coop, lot, "400", "100").lots[0]
    packs = pack(coop, [Input(dried.code, "10")], pieces=40, piece="250克").lots[0]
    with pytest.raises(Invalid, match="件数必须大于 0。"):
        pack(coop, [Input(dried.code, "10")], pieces=0, piece="250克")
    with pytest.raises(Invalid, match="一次包装只能用同一种产品的批次。"):
        pack(coop, [Input(dried.code, "10"), Input(lot.code, "10")], pieces=80, piece="250克")
    with pytest.raises(RuleBroken, match=f"批次 {packs.code} 已经是包装批。"):
        pack(coop, [Input(packs.code, "10")], pieces=10, piece="1")
    with pytest.raises(Invalid, match="重量只能填数字。"):
        pack(coop, [Input(dried.code, "10")], pieces=10, piece="一斤")


def test_words_for_weights():
    assert (short(150_000), short(420_500), kilos(418_000), kilos(500)) == ("150", "420.5", "418.0", "0.5")
    assert not shortage_needs_reason(100, 95)
    assert shortage_needs_reason(1000, 949)


def test_a_flagged_run_without_a_reason_cannot_be_stored(coop, lot):
    dry(coop, lot, "100", "25")
    with pytest.raises(Exception, match="(?i)check"), db.atomic():
        ProcessRun.update(flagged=True).execute()


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(sign_in, lot):
    browser = sign_in("coop")
    typed = {
        "process": "drying",
        "lots[]": [lot.code],
        "quantities[]": ["100"],
        "products[]": ["TD"],
        "amounts[]": ["150"],
    }
    wrong = post(browser, "/processing/runs/new", **typed)
    assert wrong.status_code == 409
    assert "投入 100 公斤最多可产出干果 45 公斤（得率上限 45%），填写的 150 公斤有误。" in wrong.text
    assert 'value="150"' in wrong.text
    right = post(browser, "/processing/runs/new", **{**typed, "amounts[]": ["25"]})
    made = Lot.get(Lot.kind == "batch")
    assert (right.status_code, right.headers["Location"]) == (302, f"/lots/{made.code}")
    packed = post(
        browser, "/processing/packs/new", **{"lots[]": [made.code], "quantities[]": ["10"], "pieces": "40", "piece": "250克"}
    )  # fmt: skip
    assert packed.status_code == 302
    assert queries.balance(made) == 15_000


def test_the_interface_records_the_same_operation(client, token, lot):
    body = {
        "kind": "drying",
        "inputs": [{"lot": lot.code, "quantity": "100"}],
        "outputs": [{"product": "TD", "quantity": "150"}],
    }
    wrong = client.post("/api/v1/operations", json=body, headers=token("coop"))
    assert (wrong.status_code, wrong.json["code"]) == (409, "YIELD_IMPOSSIBLE")
    assert wrong.json["errors"] == [
        {"field": "outputs", "code": "YIELD_IMPOSSIBLE",
         "message": "投入 100 公斤最多可产出干果 45 公斤（得率上限 45%），填写的 150 公斤有误。"}
    ]  # fmt: skip
    body["outputs"][0]["quantity"] = "25"
    right = client.post("/api/v1/operations", json=body, headers=token("coop"))
    assert right.status_code == 201
    assert right.json["outputs"] == [{"lot": Lot.get(Lot.kind == "batch").code, "quantity": 25_000, "unit": "g"}]


@pytest.mark.parametrize("kind", ["harvest", "undo", "receive", "magic"])
def test_the_interface_makes_no_harvest_out_of_nothing(client, token, lot, kind):
    body = {
        "kind": kind,
        "inputs": [{"lot": lot.code, "quantity": "1"}],
        "outputs": [{"product": "TF", "quantity": "100"}],
    }
    answer = client.post("/api/v1/operations", json=body, headers=token("coop"))
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"field": "kind", "code": "INVALID", "message": "请从列表中选择。"}]
    nothing_was_written(lot)
