"""Outside fruit, work done over, packs filled anew, blends by recipe, and no lot made of itself."""

from __future__ import annotations

from datetime import date

import pytest

from tests.factories import county as make
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.invariants import all_findings
from trace.labels import marks, repacking, sheets
from trace.labels import services as labels
from trace.lots import queries, tracing
from trace.lots.models import Lot
from trace.lots.rules import Custody
from trace.lots.services import undo_operation
from trace.processing import recipes, remaking
from trace.processing.remaking import Purchase
from trace.processing.services import Input, Output, pack, record_operation, record_run
from trace.registry.models import Product, Taxon

pytestmark = pytest.mark.usefixtures("database")
OUTSIDE = Purchase("TF", "500", "430424", "湖南省衡东县", "衡东某合作社", "合格证 HD-0001")


@pytest.fixture
def home():
    return make.county()


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def dried(home, coop):
    lot = make.harvest(coop, make.plot(coop, home))
    return record_run(coop, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]


def packs(coop, lot, pieces=40, name="土枇杷干果"):
    return pack(coop, [Input(lot.code, str(pieces / 4))], pieces=pieces, piece="250克", name=name).lots[0]


def trace_of(lot):
    return tracing.build_trace(queries.lot_by_code(lot.code), "back", None)


def test_f11_fruit_of_another_county_is_marked_and_bars_the_marks_of_home(home, coop):
    bought = remaking.buy_outside(coop, OUTSIDE).lots[0]
    own = make.harvest(coop, make.plot(coop, home))
    blend = record_run(coop, "drying", [Input(bought.code, "100"), Input(own.code, "300")], [Output("TD", "100")]).lots[
        0
    ]
    trace = trace_of(packs(coop, blend))
    assert trace.custody is Custody.OUTSIDE
    assert not marks.all_home(trace)
    assert (trace.completeness, trace.gaps[0]["reason"], trace.gaps[0]["owner"]) == (
        trace_of(own).completeness * 3 / 4, "外县购入，没有本县地块", home.coop.name,
    )  # fmt: skip
    assert trace_of(own).custody is Custody.SINGLE_PLOT
    assert list(all_findings()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [({"origin_code": "430422"}, "不能登记为外购"), ({"origin_code": "43"}, "六位行政区划代码"), ({"origin": ""}, "请填写产地"),
     ({"document": ""}, "未收取承诺达标合格证，依法不得收购。"), ({"supplier": " "}, "请填写卖方"), ({"quantity": "-1"}, "重量")],
)  # fmt: skip
def test_a_purchase_says_where_from_and_by_what_paper(coop, change, message):
    with pytest.raises(Invalid) as told:
        remaking.buy_outside(coop, Purchase(**{**vars(OUTSIDE), **change}))
    assert any(message in str(error.message) for error in told.value.errors)
    assert Lot.select().count() == 0


def test_a_household_may_sell_its_own_fruit_without_certificate(coop):
    done = remaking.buy_outside(coop, Purchase(**{**vars(OUTSIDE), "document": "", "household": True}))
    assert done.operation.detail["document"] == "农户自产，未开具"


def test_rework_keeps_the_product_never_adds_and_can_be_undone(coop, dried):
    for quantity, loss, message in (("60", "", "多于投入"), ("40", "", "请填写损耗"), ("45", "6", "多于投入")):
        with pytest.raises(RuleBroken, match=message):
            remaking.rework(coop, [Input(dried.code, "50")], quantity, loss=loss, reason="回潮复烘")
    with pytest.raises(Invalid, match="返工原因"):
        remaking.rework(coop, [Input(dried.code, "50")], "50")
    done = remaking.rework(coop, [Input(dried.code, "50")], "48", loss="2", reason="回潮复烘")
    assert (queries.balance(dried), queries.balance(done.lots[0])) == (50_000, 48_000)
    undo_operation(coop, done.operation.code, "登错")
    assert (queries.balance(dried), queries.balance(done.lots[0])) == (100_000, 0)
    assert list(all_findings()) == []


def test_repack_keeps_the_lot_number_and_its_history(coop, dried):
    first = packs(coop, dried)
    again = repacking.repack(coop, first.code, 20, pieces=10, piece="500克", reason="改大包装").lots[0]
    third = repacking.repack(coop, again.code, 5, pieces=25, piece="100克", reason="试吃装").lots[0]
    assert sheets.label_facts(queries.lot_by_code(third.code))["lot"] == first.code
    assert (queries.balance(first), queries.balance(again), queries.balance(third)) == (20, 5, 25)
    assert {share.lot for share in trace_of(third).shares} == {share.lot for share in trace_of(first).shares}
    assert labels.make_run(coop, third.code, 25).count == 25
    with pytest.raises(RuleBroken, match="请填写损耗"):
        repacking.repack(coop, first.code, 20, pieces=8, piece="500克", reason="改大包装")
    assert list(all_findings()) == []


def test_packs_with_live_labels_are_not_repacked(coop, dried):
    first = packs(coop, dried)
    run = labels.make_run(coop, first.code, 40)
    with pytest.raises(RuleBroken, match="改装后本批剩 30 件，有效标签却有 40 枚，请先作废拆开的 10 件上的标签。"):
        repacking.repack(coop, first.code, 10, pieces=5, piece="500克", reason="改大包装")
    labels.void_range(coop, run.no, 1, 10, "拆包改装")
    assert repacking.repack(coop, first.code, 10, pieces=5, piece="500克", reason="改大包装").lots[0].piece_g == 500
    with pytest.raises(RuleBroken, match="最多还能制 0 枚"):
        labels.make_run(coop, first.code, 1)


def test_a_lot_made_of_itself_is_refused_with_the_path(coop, dried):
    body = {"kind": "merge", "reason": "", "loss": "", "inputs": [{"lot": dried.code, "quantity": "1"}]}
    raw = Lot.get(Lot.kind == "harvest")
    for old, path in ((raw, f"{raw.code} → {dried.code} → {raw.code}"), (dried, f"{dried.code} → {dried.code}")):
        with pytest.raises(RuleBroken) as told:
            record_operation(coop, {**body, "outputs": [{"product": "TD", "quantity": "1", "lot": old.code}]})
        assert str(told.value) == f"批次不能由自己加工而来。{path}"
    other = packs(coop, dried)
    with pytest.raises(RuleBroken, match="产出须是新批次"):
        record_operation(coop, {**body, "outputs": [{"product": "TD", "quantity": "1", "lot": other.code}]})


def test_two_taxa_meet_only_by_a_declared_recipe(home, coop):
    """The register's loquat fruit and tupipa fruit in one drum of fruit wine."""
    loquat = Product.select().join(Taxon).where(Taxon.key == "eriobotrya_japonica", Product.part == "fruit").first()
    own = make.harvest(coop, make.plot(coop, home))
    bought = remaking.buy_outside(coop, Purchase(**{**vars(OUTSIDE), "product": loquat.code})).lots[0]
    run = lambda: record_run(  # noqa: E731
        coop, "fermenting", [Input(own.code, "100"), Input(bought.code, "50")], [Output("TJ", "100")]
    )
    with pytest.raises(RuleBroken, match="不能混在一批"):
        run()
    declared = {"process": "fermenting", "product": "TJ", "taxa": ["ehretia_dicksonii", "eriobotrya_japonica"]}
    with pytest.raises(Forbidden):
        recipes.declare_recipe(coop, "双果酒", document="Q/HN 001", valid_from=date(2026, 1, 1), **declared)
    recipes.declare_recipe(home.actor("bureau"), "双果酒", document="Q/HN 001", valid_from=date(2026, 1, 1), **declared)
    assert run().lots[0].product.code == "TJ"
    with pytest.raises(RuleBroken, match="不能混在一批"):
        record_run(coop, "candying", [Input(own.code, "10"), Input(bought.code, "10")], [Output("TC", "16")])


def test_a_claim_of_single_origin_is_refused_on_a_blend(home, coop, dried):
    far = home.actor("coop2")
    assert labels.make_run(coop, packs(coop, dried, name="单一产地干果").code, 1).count == 1
    bought = remaking.buy_outside(coop, OUTSIDE).lots[0]
    own = make.harvest(coop, make.plot(coop, home, geometry=make.square(112.9)))
    blend = record_run(coop, "drying", [Input(own.code, "40"), Input(bought.code, "40")], [Output("TD", "20")]).lots[0]
    with pytest.raises(RuleBroken, match="不能写‘单一产地’"):
        labels.make_run(coop, packs(coop, blend, name="单 一 产 地干果").code, 1)
    assert far.party_id == home.coop2.id


def test_rework_through_the_interface(dried, client, token):
    body = {"inputs": [{"lot": dried.code, "quantity": "50"}], "quantity": "48", "loss": "2", "reason": "回潮复烘"}
    answer = client.post("/api/v1/reworks", json=body, headers=token("coop"))
    assert (answer.status_code, answer.json["kind"]) == (201, "rework")
    assert answer.json["outputs"][0]["quantity"] == 48_000
    again = client.post("/api/v1/reworks", json={**body, "reason": ""}, headers=token("coop"))
    assert (again.status_code, again.json["errors"][0]["field"]) == (422, "reason")
