"""The scales: containers become one net weight, damage is counted apart, the price comes later, the age of the trees is asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import post
from tests.factories import county as make
from tests.factories import scales
from trace.core.clock import utcnow
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import parse_weight, parse_weight_or_none
from trace.field import checks, plausibility, queries, weigh_rules, weighing
from trace.field.models import Harvest
from trace.field.positions import read_fix
from trace.field.services import record_harvest
from trace.field.weigh_models import HarvestContainer, HarvestPrice, Weighing
from trace.field.weigh_rules import Weighed
from trace.field.weighing import WeighIn
from trace.invariants import all_findings
from trace.land.models import Plot, Stand
from trace.lots import queries as lots
from trace.lots.models import Lot, Operation
from trace.lots.services import undo_operation
from trace.registry.models import ReferenceRange
from trace.registry.reference import load_reference

TODAY = date(2026, 7, 20)
GRAMS = st.integers(1, 200_000)
CONTAINERS = st.lists(
    st.tuples(GRAMS, GRAMS, st.integers(0, 1000)).map(
        lambda t: Weighed(t[0] + t[1], t[1], t[0] * t[2] // 1000)
    ),
    max_size=20,
)  # fmt: skip


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
    return make.plot(coop, home)


def errors_of(*containers: tuple[str, ...]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        weighing.read_containers(scales.rows(*containers))
    return {item.field: str(item.message) for item in caught.value.errors}


@given(CONTAINERS)
def test_net_is_gross_less_tare_and_damage_never_lessens_it(containers):
    net, damage = weigh_rules.net_weight(containers), weigh_rules.damaged(containers)
    assert net == sum(c.gross for c in containers) - sum(c.tare for c in containers)
    assert weigh_rules.container_mistakes(containers) == []
    assert 0 <= damage <= net
    assert net == sum(weigh_rules.net_weight([one]) for one in containers)
    assert net == weigh_rules.net_weight([Weighed(c.gross, c.tare) for c in containers])


@given(st.lists(st.tuples(GRAMS, GRAMS, GRAMS).map(lambda t: Weighed(*t)), max_size=8))
def test_every_impossible_container_is_named_once(containers):
    wrong = [n for n, c in enumerate(containers) if c.gross <= c.tare or c.damage > c.gross - c.tare]
    found = [int(item.field.split(".")[1]) for item in weigh_rules.container_mistakes(containers)]
    assert found == wrong


@given(CONTAINERS.filter(bool))
def test_what_is_typed_is_what_is_weighed(containers):
    typed = [
        {"gross": weighing.plain(c.gross), "tare": f"{c.tare}克", "damage": f"{c.damage}g" if c.damage else "0"}
        for c in containers
    ]
    assert WeighIn(weighing.read_containers(typed)).net.grams == weigh_rules.net_weight(containers)


def test_containers_make_one_lot_and_damage_leaves_it_at_once(coop, plot):
    kept = scales.weigh(
        coop, plot, ("120.5", "2.5", "3"), ("200斤", "2", ""), ("８０．２５", "", "0.25kg"), on=TODAY, pickers=6, destination="plant"
    )  # fmt: skip
    lot = kept.lot
    assert lots.made_quantities([lot.id])[lot.id] == 118_000 + 98_000 + 80_250
    assert lots.balance(lot) == 118_000 + 98_000 + 80_250 - 3_250
    rows = queries.containers_of(kept.weighing)
    assert [(c.gross_g, c.tare_g, c.damage_g) for c in rows] == [
        (120_500, 2_500, 3_000),
        (100_000, 2_000, 0),
        (80_250, 0, 250),
    ]
    assert [(c.gross_typed, c.gross_unit) for c in rows] == [("120.5", "公斤"), ("200", "斤"), ("80.25", "公斤")]
    assert (rows[2].damage_typed, rows[2].damage_unit) == ("0.25", "kg")
    assert (kept.weighing.code, kept.weighing.pickers, kept.weighing.destination) == ("CG26-0001", 6, "plant")
    loss = Operation.get(Operation.id == kept.weighing.loss_id)
    assert (loss.kind, loss.detail) == ("loss", {"loss_g": 3250})
    assert list(all_findings("field")) == list(all_findings("lots")) == []


def test_a_single_figure_still_has_its_ticket(coop, plot):
    kept = record_harvest(coop, plot_code=plot.code, part="fruit", harvested_on=TODAY, weight=parse_weight("420.5"))
    assert (kept.weighing.code, kept.weighing.damage_g, kept.weighing.loss_id) == ("CG26-0001", 0, None)
    assert not HarvestContainer.select().exists()


def test_figure_and_containers_have_to_agree(coop, plot):
    weigh = WeighIn(weighing.read_containers(scales.rows(("100", "2"))))
    with pytest.raises(Invalid, match="重量 100.00 公斤与各筐净重合计 98.00 公斤不符，请核对。"):
        record_harvest(
            coop, plot_code=plot.code, part="fruit", harvested_on=TODAY, weight=parse_weight("100"), weigh=weigh
        )
    assert not Lot.select().exists()
    with pytest.raises(Invalid, match="请填写重量。"):
        record_harvest(coop, plot_code=plot.code, part="fruit", harvested_on=TODAY)


def test_every_wrong_cell_is_named():
    """C6, each in its own cell."""
    assert errors_of(("420,5",), ("-5",), ("abc", "x"), ("10", "12"), ("10", "2", "9")) == {
        "containers.0.gross": "请用小数点：420.5？",
        "containers.1.gross": "重量必须大于 0。",
        "containers.2.gross": "重量只能填数字。",
        "containers.2.tare": "重量只能填数字。",
        "containers.3.tare": "第 4 筐毛重 10.00 公斤，不比皮重 12.00 公斤多，请核对。",
        "containers.4.damage": "第 5 筐破损 9.00 公斤，多于净重 8.00 公斤，请核对。",
    }
    assert errors_of(("", "2")) == {"containers.0.gross": "请填写重量。"}
    assert errors_of(*[("1",)] * 201) == {"containers": "一次最多过 200 筐，请分几次登记。"}


def test_empty_rows_are_left_out_and_noughts_are_noughts():
    kept = weighing.read_containers(scales.rows((), ("50", "0", "0.0"), ("", "", " "), ("６０", "０公斤")))
    assert [one.weighed for one in kept] == [Weighed(50_000), Weighed(60_000)]
    assert parse_weight_or_none("") is parse_weight_or_none("0.00 斤") is None
    for text in ("公斤", "-0", "0斤5"):
        with pytest.raises(Invalid):
            parse_weight_or_none(text)


@pytest.mark.parametrize(("pickers", "destination"), [(0, ""), (1001, ""), (None, "moon")])
def test_what_cannot_be_is_refused(coop, plot, pickers, destination):
    with pytest.raises(Invalid):
        scales.weigh(coop, plot, ("10",), on=TODAY, pickers=pickers, destination=destination)
    assert not Harvest.select().exists()


def test_undoing_a_weighed_harvest_goes_backwards(coop, plot):
    kept = scales.weigh(coop, plot, ("10", "1", "2"), on=TODAY)
    made = lots.lot_by_code(kept.lot.code).made_by
    with pytest.raises(RuleBroken, match="已被使用"):
        undo_operation(coop, made.code, "填错了")
    undo_operation(coop, Operation.get(Operation.id == kept.weighing.loss_id).code, "填错了")
    undo_operation(coop, made.code, "填错了")
    assert lots.balance(kept.lot) == 0
    assert list(all_findings("field")) == []


def test_a_phone_that_had_no_signal_is_not_late(coop, plot):
    """Written down on the day, sent ten days later: 补录 is what was written down late."""
    picked = TODAY - timedelta(days=10)
    at = datetime(2026, 7, 10, 8, tzinfo=UTC)
    kept = scales.weigh(coop, plot, ("10",), on=picked, made_at=at, device="phone")
    assert (kept.harvest.late_days, kept.weighing.made_at) == (0, at)
    late = scales.weigh(
        coop, plot, ("10",), on=picked, made_at=at + timedelta(days=9), late_reason="忘了", device="phone"
    )
    assert late.harvest.late_days == 9
    fast = scales.weigh(coop, plot, ("10",), on=TODAY, made_at=utcnow() + timedelta(days=2), device="phone")
    assert fast.weighing.made_at <= utcnow()


def test_the_position_is_kept_with_its_error_and_distance(coop, plot):
    """C9: 85 m is stored and advised against."""
    coarse = read_fix({"lon": "１１２．６０１", "lat": "26.701", "accuracy": "84.2"})
    kept = scales.weigh(coop, plot, ("10",), on=TODAY, fix=coarse)
    assert [str(message) for message in kept.warnings] == ["定位误差 85 米，建议到空旷处重新定位。"]
    assert (kept.weighing.accuracy_m, kept.weighing.distance_m) == (85, 0)
    far = scales.weigh(coop, plot, ("20",), on=TODAY, fix=read_fix({"lon": "112.61", "lat": "26.701", "accuracy": "5"}))
    assert far.warnings == []
    assert 770 < far.weighing.distance_m < 830
    assert read_fix({"lon": "", "lat": None}) is read_fix(None) is None


@pytest.mark.parametrize(
    "given", [{"lon": "112.6"}, {"lon": "x", "lat": "26"}, {"lon": "200", "lat": "26"}, {"lon": "nan", "lat": "26"},
              {"lon": "112", "lat": "26", "accuracy": "-1"}, {"lon": "112", "lat": "26", "accuracy": "inf"}],
)  # fmt: skip
def test_half_a_position_is_none(given):
    with pytest.raises(Invalid):
        read_fix(given)


def small(home, coop, planted: date, trees: int = 148) -> Plot:
    """2.00 亩."""
    made = make.plot(coop, home, geometry=make.square(112.7), planted_on=planted, tree_count=trees)
    Plot.update(area_m2=1333).where(Plot.id == made.id).execute()
    return made


@pytest.mark.parametrize(
    ("year", "cap"), [(2015, 1000), (2018, 1000), (2019, 780), (2020, 420), (2021, 180), (2022, 60)]
)
def test_the_cap_follows_the_age_of_the_trees(home, coop, year, cap):
    """C7 by the curve: ×1.2, never above that of full bearing."""
    young = small(home, coop, date(year, 3, 12), trees=5000)
    below, above = str(cap * 2 - 4), str(cap * 2 + 4)
    assert scales.weigh(coop, young, (below,), on=TODAY).harvest.flagged is False
    with pytest.raises(Invalid, match=f"高于参考上限 {weigh_rules.format_int(cap)} 公斤，请确认并填写原因。"):
        scales.weigh(coop, young, (str(int(above) - int(below)),), on=TODAY)
    more = scales.weigh(coop, young, ("8",), on=TODAY, yield_reason="结得多")
    assert more.harvest.flagged is True


def test_trees_too_young_are_asked_about_and_marked(home, coop):
    """C8: a warning, not a refusal."""
    kept = scales.weigh(coop, small(home, coop, date(2024, 3, 12)), ("50",), on=TODAY)
    assert [str(message) for message in kept.warnings] == [
        "该地块 2024 年栽植，树龄 2 年，通常 4–5 年挂果，请确认地块是否选错。"
    ]
    assert kept.harvest.flagged is True


def test_one_old_stand_among_young_ones_bears(home, coop):
    mixed = small(home, coop, date(2024, 3, 12))
    for n, (year, count) in enumerate(((2015, 50), (2024, 150))):
        Stand.create(
            code=f"S{n}",
            plot=mixed,
            taxon=mixed.taxon_id,
            planted_on=date(year, 3, 1),
            planted_count=count,
            recorded_at=utcnow(),
        )
    trees = plausibility.trees_of(Plot.get_by_id(mixed.id), "fruit", TODAY)
    assert (trees.count, trees.oldest.year, trees.share) == (200, 2015, weigh_rules.Fraction(1, 4))
    assert scales.weigh(coop, mixed, ("100",), on=TODAY).warnings == []
    with pytest.raises(Invalid, match="高于参考上限 300 公斤"):
        scales.weigh(coop, mixed, ("510",), on=TODAY)


def test_too_much_for_so_few_trees(home, coop):
    few = small(home, coop, date(2015, 3, 12), trees=20)
    with pytest.raises(
        Invalid, match="每株 25.00 公斤高于参考上限 24 公斤（登记 20 株），请确认并填写原因。"
    ) as caught:
        scales.weigh(coop, few, ("500",), on=TODAY)
    assert caught.value.field == "yield_reason"
    assert scales.weigh(coop, few, ("500",), on=TODAY, yield_reason="株数少登了").harvest.flagged is True
    unknown = make.plot(coop, home, geometry=make.square(112.8), planted_on=date(2015, 3, 12), tree_count=0)
    assert scales.weigh(coop, unknown, ("500",), on=TODAY).harvest.flagged is False


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 500)), max_size=5))
def test_a_share_is_a_share(stands):
    curve = {0: 0, 4: 5, 5: 15, 6: 35, 7: 65, 8: 85, 9: 100}
    planted = [(date(2026 - age, 3, 1), count) for age, count in stands]
    share = weigh_rules.bearing_share(planted, TODAY, curve)
    if not sum(count for _, count in stands):
        assert share is None
        return
    ages = [age for age, count in stands if count]
    assert weigh_rules.share_at(min(ages), curve) <= share <= weigh_rules.share_at(max(ages), curve)
    assert weigh_rules.cap_at(1000, share) <= 1000


def test_new_ranges_come_with_the_next_upgrade_and_the_bureaus_stay(database):
    ReferenceRange.delete().where(ReferenceRange.metric.startswith("fruit_share_")).execute()
    ReferenceRange.update(high=900).where(ReferenceRange.metric == "fruit_tree_yield").execute()
    load_reference()
    load_reference()
    assert ReferenceRange.select().where(ReferenceRange.metric.startswith("fruit_share_")).count() == 7
    assert ReferenceRange.get(ReferenceRange.metric == "fruit_tree_yield").high == 900


def test_prices_are_facts_of_their_own(home, coop, plot):
    code = scales.weigh(coop, plot, ("10",), on=TODAY - timedelta(days=1)).lot.code
    first = weighing.price_harvest(coop, code, fen_per_kg=600, priced_on=TODAY)
    assert (first.version, first.reason) == (1, "")
    with pytest.raises(Invalid, match="改价请填写原因，原价仍可查。"):
        weighing.price_harvest(coop, code, fen_per_kg=700, priced_on=TODAY, reason=" ")
    weighing.price_harvest(coop, code, fen_per_kg=700, priced_on=TODAY, buyer="青岭", reason="按质加价")
    harvest = queries.get_harvest(coop, code)
    assert [(p.version, p.fen_per_kg) for p in queries.prices_of(harvest)] == [(2, 700), (1, 600)]
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=2)):
        with pytest.raises(Invalid, match="定价日期应在采收日期与今天之间。"):
            weighing.price_harvest(coop, code, fen_per_kg=800, priced_on=day, reason="x")
    with pytest.raises(NotFound):
        weighing.price_harvest(home.actor("coop2"), code, fen_per_kg=1, priced_on=TODAY)
    assert HarvestPrice.select().count() == 2


def test_the_page_adds_rows_without_script(sign_in, plot):
    browser = sign_in("coop")
    page = browser.get("/field/harvests/new").text
    assert page.count('name="gross[]"') == 3
    form = {"plot": plot.code, "part": "fruit", "harvested_on": "2026-07-20", "unit": "公斤"}
    columns = {"gross[]": ["120.5", "80"], "tare[]": ["2.5", "2"], "damage[]": ["", ""]}
    again = post(browser, "/field/harvests/new", **form, **columns, more="1")
    assert again.status_code == 200
    assert again.text.count('name="gross[]"') == 6
    assert 'value="120.5"' in again.text
    assert "<b>196.00</b>" in again.text
    assert not Lot.select().exists()
    kept = post(browser, "/field/harvests/new", **form, **columns, pickers="4", destination="fresh")
    assert kept.status_code == 302
    assert Weighing.get().pickers == 4
    assert lots.balance(Lot.get()) == 196_000


def test_another_unit_is_confirmed_on_the_page(sign_in, plot):
    """C6: “420.5斤” becomes 210.25 公斤 after somebody has looked."""
    browser = sign_in("coop")
    form = {"plot": plot.code, "part": "fruit", "harvested_on": "2026-07-20", "unit": "公斤"}
    columns = {"gross[]": ["420.5斤", ""], "tare[]": ["", ""], "damage[]": ["", ""]}
    asked = post(browser, "/field/harvests/new", **form, **columns)
    assert asked.status_code == 422
    assert "420.5斤 合 210.25 公斤，请核对后确认。" in asked.text
    assert 'name="unit_confirmed"' in asked.text
    assert not Lot.select().exists()
    assert post(browser, "/field/harvests/new", **form, **columns, unit_confirmed="1").status_code == 302
    assert lots.balance(Lot.get()) == 210_250
    same = {**columns, "gross[]": ["5 千克", "6KG"], "tare[]": ["", "１００克"]}
    assert post(browser, "/field/harvests/new", **form, **{**same, "tare[]": ["", ""]}).status_code == 302


def test_wrong_cells_are_marked_on_the_page(sign_in, plot):
    answer = post(
        sign_in("coop"), "/field/harvests/new", plot=plot.code, harvested_on="2026-07-20",
        **{"gross[]": ["10", "abc"], "tare[]": ["11", ""], "damage[]": ["", ""]},
    )  # fmt: skip
    assert answer.status_code == 422
    for text in (
        "重量只能填数字。",
        'href="#f-containers.1.gross"',
        'id="f-containers.1.gross"',
        'aria-describedby="e-containers.1.gross"',
    ):
        assert text in answer.text
    # The sum of a row is judged when its figures can be read, in the same round.
    assert "第 1 筐毛重 10.00 公斤，不比皮重 11.00 公斤多，请核对。" in answer.text


def test_the_interface_takes_containers_and_position(client, token, plot):
    headers = token("coop")
    body = {
        "plot": plot.code, "harvested_on": "2026-07-20", "unit": "斤", "pickers": 3, "destination": "store",
        "containers": [{"gross": "100", "tare": "4", "damage": "2"}, {"gross": "50公斤"}], "gps": {"lat": "26.701", "lon": "112.601", "accuracy": "85"},
    }  # fmt: skip
    kept = client.post("/api/v1/harvests", json=body, headers=headers)
    assert (kept.status_code, kept.json["quantity_g"], kept.json["damage_g"]) == (201, 98_000, 1000)
    assert kept.json["warnings"] == ["定位误差 85 米，建议到空旷处重新定位。"]
    priced = client.post(
        f"/api/v1/harvests/{kept.json['lot']}/prices", json={"price": "6.5", "priced_on": "2026-07-20"}, headers=headers
    )
    assert priced.json == {"lot": kept.json["lot"], "version": 1, "fen_per_kg": 650}
    shown = client.get(f"/api/v1/harvests/{kept.json['lot']}", headers=headers).json
    assert shown["containers"] == [
        {"gross_g": 50_000, "tare_g": 2_000, "damage_g": 1_000},
        {"gross_g": 50_000, "tare_g": 0, "damage_g": 0},
    ]
    assert (shown["ticket"], shown["pickers"], shown["prices"][0]["fen_per_kg"]) == ("CG26-0001", 3, 650)
    wrong = client.post("/api/v1/harvests", json={**body, "containers": [{"gross": "1", "tare": "x"}]}, headers=headers)
    assert wrong.json["errors"] == [
        {"field": "containers.0.tare", "code": "NOT_A_NUMBER", "message": "重量只能填数字。"}
    ]


def test_scales_that_do_not_add_up_are_found(coop, plot):
    kept = scales.weigh(coop, plot, ("10", "1"), on=TODAY)
    HarvestContainer.create(
        weighing=kept.weighing, seq=2, gross_g=5, tare_g=0, damage_g=0, gross_typed="5", gross_unit="克"
    )
    assert list(checks.check_scales()) == ["weighing CG26-0001: lot 9000 g, damage 0 g, containers 9005 g and 0 g"]
