"""A harvest is kept as typed and in grams; the impossible is refused, the unusual explained, the late marked."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from tests.conftest import post
from tests.factories import county as make
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.core.units import parse_weight
from trace.field import checks, rules
from trace.field.models import Harvest
from trace.field.services import record_harvest, season_grams
from trace.lots import queries
from trace.lots.models import Lot, Movement
from trace.lots.rules import OperationKind
from trace.lots.services import Make, perform, undo_operation

THIN = "\u2009"
TODAY = date(2026, 7, 20)


@pytest.fixture(autouse=True)
def summer():
    """20 July 2026, ten in the morning in Hengnan."""
    with time_machine.travel(datetime(2026, 7, 20, 2, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    """2.00 亩: 1 333 m²."""
    west, south, east, north = 112.6, 26.7, 112.600348, 26.7003475
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    made = make.plot(coop, home, geometry=json.dumps({"type": "Polygon", "coordinates": [ring]}), declared_m2=1333)
    assert made.area_m2 == 1333
    return made


def harvest(actor, plot, weight: str = "420.5", on: date = TODAY, part: str = "fruit", **more: str):
    return record_harvest(actor, plot_code=plot.code, part=part, harvested_on=on, weight=parse_weight(weight), **more)


def nothing_was_kept() -> None:
    assert not Lot.select().exists()
    assert not Harvest.select().exists()


def test_a_harvest_makes_a_lot(coop, plot):
    kept = harvest(coop, plot)
    assert (kept.lot.code, kept.lot.kind, kept.lot.holder_id) == ("H26-0001", "harvest", coop.party_id)
    assert queries.balance(kept.lot) == 420_500
    assert kept.lot.product.code == "TF"
    assert kept.warnings == []
    assert not kept.harvest.flagged


@pytest.mark.parametrize(
    ("typed", "grams", "number", "unit"),
    [
        ("420.5", 420_500, "420.5", "公斤"),
        ("４２０．５", 420_500, "420.5", "公斤"),
        ("420。5", 420_500, "420.5", "公斤"),
        (" 420.5 kg ", 420_500, "420.5", "kg"),
        ("420.5斤", 210_250, "420.5", "斤"),
    ],
)
def test_weights_are_kept_as_typed_and_in_grams(coop, plot, typed, grams, number, unit):
    harvest(coop, plot, typed)
    row = Movement.get()
    assert (row.quantity, row.typed_quantity, row.typed_unit) == (grams, number, unit)


WRONG = [
    ("420,5", "请用小数点：420.5？"),
    ("４２０，５", "请用小数点：420.5？"),
    ("-5", "重量必须大于 0。"),
    ("0", "重量必须大于 0。"),
    ("abc", "重量只能填数字。"),
    ("四百", "重量只能填数字。"),
    ("", "请填写重量。"),
    ("420.5 匹", "重量单位“匹”不认识，请用公斤或斤。"),
    ("0.0005", "重量最多精确到 1 克。"),
    ("1e3", "重量只能填数字。"),
]


def test_wrong_weights_by_the_page(sign_in, plot):
    browser = sign_in("coop")
    for typed, text in WRONG:
        answer = post(
            browser,
            "/field/harvests/new",
            plot=plot.code,
            part="fruit",
            harvested_on="2026-07-20",
            quantity=typed,
            unit="公斤",
        )
        assert answer.status_code == 422, typed
        assert text in answer.text, typed
        if typed:
            assert f'value="{typed}"' in answer.text
    nothing_was_kept()


def test_wrong_weights_by_the_interface(client, token, plot):
    headers = token("coop")
    for typed, text in WRONG:
        body = {"plot": plot.code, "harvested_on": "2026-07-20", "quantity": typed}
        answer = client.post("/api/v1/harvests", json=body, headers=headers)
        assert answer.status_code == 422, typed
        assert answer.json["errors"] == [{"field": "quantity", "code": "INVALID", "message": text}]
    nothing_was_kept()


def test_the_unit_beside_the_number_counts(sign_in, client, token, plot):
    answer = post(
        sign_in("coop"), "/field/harvests/new", plot=plot.code, part="fruit", harvested_on="2026-07-20", quantity="４２０．５", unit="斤"
    )  # fmt: skip
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/lots/H26-0001"
    body = {"plot": plot.code, "harvested_on": "2026-07-20", "quantity": "420.5斤"}
    kept = client.post("/api/v1/harvests", json=body, headers=token("coop"))
    assert kept.json == {
        "lot": "H26-0002", "plot": plot.code, "quantity_g": 210_250, "typed": {"quantity": "420.5", "unit": "斤"}, "late_days": 0,
        "warnings": [], "ticket": "CG26-0002", "damage_g": 0, "suspected_duplicate": False,
    }  # fmt: skip
    assert [queries.balance(lot) for lot in Lot.select().order_by(Lot.id)] == [210_250, 210_250]


def test_numbers_with_many_noughts_are_stored(coop, plot):
    """Forty characters may be typed; the column that keeps them must hold them on both engines."""
    harvest(coop, plot, "420.50000000000000000000000")
    assert Movement.get().quantity == 420_500


def test_several_mistakes_are_listed_together(home, sign_in):
    answer = post(
        sign_in("coop"), "/field/harvests/new", plot="", part="root", harvested_on="2026-02-30", quantity="abc"
    )
    for text in ("请选择地块。", "请从列表中选择。", "日期不正确，请按 2026-07-18 的格式填写。", "重量只能填数字。"):
        assert text in answer.text
    nothing_was_kept()


def test_a_high_yield_needs_a_reason(coop, plot):
    with pytest.raises(Invalid) as caught:
        harvest(coop, plot, "3000")
    assert str(caught.value) == f"亩产 1{THIN}500 公斤高于参考上限 1{THIN}000 公斤，请确认并填写原因。"
    assert (caught.value.field, caught.value.code) == ("yield_reason", "YIELD_HIGH")
    nothing_was_kept()
    kept = harvest(coop, plot, "3000", yield_reason="两块地合并过秤")
    assert (kept.harvest.flagged, kept.harvest.yield_reason) == (True, "两块地合并过秤")


def test_an_impossible_yield_is_refused_whatever_the_reason(coop, plot):
    with pytest.raises(RuleBroken) as caught:
        harvest(coop, plot, "4099", yield_reason="丰收")
    assert str(caught.value) == f"亩产 2{THIN}050 公斤高于上限 2{THIN}000 公斤，不能登记，请核对重量和地块。"
    assert (caught.value.field, caught.value.code) == ("quantity", "YIELD_IMPOSSIBLE")
    nothing_was_kept()


def test_the_whole_season_counts_not_the_single_basket(coop, plot):
    harvest(coop, plot, "1500", on=TODAY - timedelta(days=2))
    with pytest.raises(Invalid, match="高于参考上限"):
        harvest(coop, plot, "600")
    assert season_grams(plot, "fruit", 2026) == 1_500_000
    assert season_grams(plot, "fruit", 2025) == 0
    assert season_grams(plot, "leaf", 2026) == 0


def test_an_undone_harvest_does_not_count_for_the_season(coop, plot):
    kept = harvest(coop, plot, "1500")
    undo_operation(coop, queries.lot_by_code(kept.lot.code).made_by.code, "填错了")
    assert season_grams(plot, "fruit", 2026) == 0
    assert harvest(coop, plot, "1500").harvest.flagged is False


def test_leaves_have_their_own_limit(coop, plot):
    with pytest.raises(Invalid, match="高于参考上限 300 公斤"):
        harvest(coop, plot, "700", part="leaf")
    assert harvest(coop, plot, "500", part="leaf").lot.product.code == "TL"


def test_a_harvest_of_tomorrow_is_refused(coop, plot):
    with pytest.raises(Invalid, match="采收日期不能晚于今天。"):
        harvest(coop, plot, on=TODAY + timedelta(days=1))
    nothing_was_kept()


def test_the_business_day_is_the_countys(coop, plot):
    """Half past midnight in Hengnan is still yesterday in UTC."""
    with time_machine.travel(datetime(2026, 7, 20, 16, 30, tzinfo=UTC)):
        assert harvest(coop, plot, on=date(2026, 7, 21)).harvest.late_days == 0


def test_a_harvest_before_planting_is_refused(coop, plot):
    with pytest.raises(Invalid, match="采收日期早于栽植日期 2018-03-12。"):
        harvest(coop, plot, on=date(2018, 3, 11), late_reason="补录")
    nothing_was_kept()


@pytest.mark.parametrize(("days", "kept_as"), [(0, 0), (1, 0), (2, 2), (7, 7)])
def test_a_week_late_is_marked_but_needs_no_reason(coop, plot, days, kept_as):
    assert harvest(coop, plot, on=TODAY - timedelta(days=days)).harvest.late_days == kept_as


def test_later_than_a_week_needs_a_reason(coop, plot):
    with pytest.raises(Invalid, match="补录已晚 8 天，请填写补录原因。") as caught:
        harvest(coop, plot, on=TODAY - timedelta(days=8), late_reason=" ")
    assert caught.value.field == "late_reason"
    nothing_was_kept()
    kept = harvest(coop, plot, on=TODAY - timedelta(days=8), late_reason="山上没有信号")
    assert (kept.harvest.late_days, kept.harvest.late_reason) == (8, "山上没有信号")


def test_young_trees_are_asked_about(home, coop):
    young = make.plot(coop, home, geometry=make.square(112.7), planted_on=date(2024, 3, 12))
    kept = harvest(coop, young, "100")
    assert [str(message) for message in kept.warnings] == [
        "该地块 2024 年栽植，树龄 2 年，通常 4–5 年挂果，请确认地块是否选错。"
    ]


def test_out_of_season_is_asked_about(coop, plot):
    kept = harvest(coop, plot, on=TODAY, part="flower")
    assert [str(message) for message in kept.warnings] == ["采收日期不在常见采收期内，请确认。"]


def test_the_page_says_what_to_look_at_again(home, coop, sign_in):
    young = make.plot(coop, home, geometry=make.square(112.7), planted_on=date(2024, 3, 12))
    browser = sign_in("coop")
    post(browser, "/field/harvests/new", plot=young.code, part="fruit", harvested_on="2026-07-20", quantity="100")
    page = browser.get("/lots/H26-0001").text
    assert "树龄 2 年，通常 4–5 年挂果，请确认地块是否选错。" in page
    assert "采收已登记，批次号 H26-0001。" in page


def test_a_part_the_taxon_does_not_give(home, coop):
    loquat = make.plot(coop, home, geometry=make.square(112.7), taxon="eriobotrya_japonica")
    with pytest.raises(Invalid, match="该树种没有登记这个采收部位的产品。"):
        harvest(coop, loquat, part="leaf")
    nothing_was_kept()


def test_only_on_ones_own_plots(home, coop, plot):
    with pytest.raises(NotFound):
        harvest(home.actor("coop2"), plot)
    with pytest.raises(Forbidden):
        harvest(home.actor("bureau"), plot)
    nothing_was_kept()


def test_a_harvest_lot_without_its_record_is_found(coop, plot):
    kept = harvest(coop, plot)
    assert list(checks.check_every_harvest_lot_has_its_record()) == []
    with operation(coop, Permission.HARVEST_RECORD) as op:
        make_it = Make(kept.lot.product, "harvest", 1000, kept.lot.holder, plot=plot)
        stray = perform(op, OperationKind.HARVEST, kept.lot.holder, TODAY, draws=[], makes=[make_it]).lots[0]
        op.record("harvest.record", stray)
    assert list(checks.check_every_harvest_lot_has_its_record()) == [
        f"lot {stray.code}: harvest lot without harvest record"
    ]


@pytest.mark.parametrize(
    ("part", "day", "inside"),
    [
        ("fruit", date(2026, 6, 9), False), ("fruit", date(2026, 6, 10), True), ("fruit", date(2026, 10, 15), True),
        ("fruit", date(2026, 10, 16), False), ("leaf", date(2026, 4, 1), True), ("flower", date(2026, 6, 1), False),
    ],
)  # fmt: skip
def test_windows_include_their_first_and_last_day(part, day, inside):
    assert rules.in_window(part, day) is inside


def test_limits_are_exact():
    """1 亩 is 2000/3 m²: 1 000 kg on 2 000 m² are 333⅓ kg a 亩."""
    assert rules.judge_yield(3_000_000, 2_000, 1000, 2000).needs_reason is None
    assert rules.judge_yield(3_000_001, 2_000, 1000, 2000).needs_reason is not None
    assert rules.judge_yield(6_000_000, 2_000, 1000, 2000).refused is None
    assert rules.judge_yield(6_000_001, 2_000, 1000, 2000).refused is not None
    assert rules.judge_yield(10**12, 1, None, None) == rules.YieldJudgement()
