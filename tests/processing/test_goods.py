"""Goods that leave, go back, lie in a store: each act with its reason, each undone or ended without a trace lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import post
from tests.factories import county as make
from tests.factories.certificates import receive
from trace.core.clock import business_date, utcnow
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.invariants import all_findings
from trace.lots import queries
from trace.lots import services as ledger
from trace.lots.models import Dispatch
from trace.processing import consignments, stores
from trace.processing.models import DispatchNote, Stay, Temperature
from trace.processing.outflows import take_out


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plant(home):
    return home.actor("plant")


@pytest.fixture
def lot(home, coop):
    return make.harvest(coop, make.plot(coop, home), "1000")


@pytest.fixture
def bought(home, coop, plant, lot):
    return receive(plant, consignments.send(coop, lot.code, home.plant.code, "400").code, "400").lots[0]


DETAILS = {
    "ship": {"buyer": "零售"},
    "sample": {"purpose": "送检"},
    "loss": {"cause": "霉变"},
    "destroy": {"cause": "检出不合格", "place": "县填埋场", "witness": "演示见证人"},
}


@pytest.mark.parametrize("kind", DETAILS)
def test_goods_leave_with_what_has_to_be_said_and_come_back_by_undoing(coop, lot, kind):
    done = take_out(coop, lot.code, kind, "10.5", details=DETAILS[kind])
    assert (queries.balance(lot), done.operation.kind, done.operation.detail) == (989_500, kind, DETAILS[kind])
    ledger.undo_operation(coop, done.operation.code, "填错了")
    assert queries.balance(lot) == 1_000_000
    assert list(all_findings()) == []


def test_everything_missing_is_named_at_once(coop, lot):
    with pytest.raises(Invalid) as caught:
        take_out(coop, lot.code, "destroy", "abc", on=date(2020, 1, 1), details={"cause": " ", "place": "县填埋场"})
    assert {error.field for error in caught.value.errors} == {"quantity", "cause", "witness", "on"}
    assert queries.balance(lot) == 1_000_000


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 7, 17), "日期早于批次形成日期"), (business_date() + timedelta(1), "日期不能晚于今天。")],
)
def test_a_day_before_the_lot_or_after_today_is_refused(coop, lot, day, words):
    with pytest.raises(Invalid, match="，|。") as caught:
        take_out(coop, lot.code, "loss", "1", on=day, details=DETAILS["loss"])
    assert words in str(caught.value)


def test_one_takes_out_of_ones_own_lots_only(home, coop, lot):
    with pytest.raises(NotFound):
        take_out(home.actor("coop2"), lot.code, "loss", "1", details=DETAILS["loss"])
    with pytest.raises(Forbidden):
        take_out(home.actor("bureau"), lot.code, "loss", "1", details=DETAILS["loss"])


def test_what_is_bought_can_go_back_and_is_the_suppliers_when_received(home, coop, plant, lot, bought):
    sent = consignments.return_lot(plant, bought.code, "50", "到货后发现霉果")
    assert (sent.receiver_id, queries.balance(bought)) == (home.coop.id, 400_000)
    back = receive(coop, sent.code, "50").lots[0]
    assert (queries.balance(bought), queries.balance(back), back.holder_id) == (350_000, 50_000, home.coop.id)
    assert DispatchNote.get(DispatchNote.dispatch == sent).purpose == "return"
    assert list(all_findings()) == []


def test_only_what_was_bought_goes_back_and_with_a_reason(coop, plant, lot, bought):
    with pytest.raises(RuleBroken, match="只有收购批才能退货。"):
        consignments.return_lot(coop, lot.code, "5", "不想卖了")
    with pytest.raises(Invalid, match="请填写退货原因。"):
        consignments.return_lot(plant, bought.code, "5", " ")


def test_a_dispatch_is_cancelled_by_the_sender_or_refused_by_the_receiver_once(home, coop, plant, lot):
    first, second = (consignments.send(coop, lot.code, home.plant.code, "300") for _ in range(2))
    with pytest.raises(NotFound):
        consignments.cancel_dispatch(plant, first.code, "不是我发的")
    with pytest.raises(NotFound):
        consignments.refuse_dispatch(coop, first.code, "不是我收的")
    with pytest.raises(Invalid, match="请填写原因。"):
        consignments.cancel_dispatch(coop, first.code, "")
    consignments.cancel_dispatch(coop, first.code, "车没来")
    consignments.refuse_dispatch(plant, second.code, "没有合格证")
    assert queries.promised([lot.id]) == {}
    notes = {note.dispatch_id: (note.ended_as, note.end_reason) for note in DispatchNote.select()}
    assert notes == {first.id: ("cancelled", "车没来"), second.id: ("refused", "没有合格证")}
    for act in (
        lambda: receive(plant, first.code, "300"),
        lambda: consignments.cancel_dispatch(coop, second.code, "再来"),
    ):
        with pytest.raises(RuleBroken, match="已经办理过"):
            act()
    assert queries.balance(lot) == 1_000_000


def test_a_plant_sends_on_what_it_holds(home, coop, plant, bought):
    sent = consignments.send(plant, bought.code, home.coop2.code, "100", carrier="顺途物流", plate="湘D·00000")
    assert Dispatch.get_by_id(sent.id).state == "sent"
    assert receive(home.actor("coop2"), sent.code, "100").lots[0].holder_id == home.coop2.id


def test_a_lot_lies_in_one_store_with_its_temperatures(coop, lot):
    stay = stores.enter_store(coop, lot.code, "1号冷库", date(2026, 7, 19), low="2", high="5℃")
    assert (stay.low_mc, stay.high_mc) == (2000, 5000)
    with pytest.raises(RuleBroken, match="还在1号冷库，请先登记出库。"):
        stores.enter_store(coop, lot.code, "2号冷库", date(2026, 7, 19))
    assert not stores.record_temperature(coop, lot.code, "３．５").out_of_range
    with pytest.raises(Invalid, match="温度超出约定范围，请填写采取了什么措施。"):
        stores.record_temperature(coop, lot.code, "9")
    assert stores.record_temperature(coop, lot.code, "9", note="压缩机检修，已转移").out_of_range
    assert [row.milli_c for row in Temperature.select()] == [3500, 9000]
    with pytest.raises(Invalid, match="出库日期不能早于入库日期"):
        stores.leave_store(coop, lot.code, date(2026, 7, 18))
    stores.leave_store(coop, lot.code, date(2026, 7, 25))
    with pytest.raises(RuleBroken, match="没有在库，请先登记入库。"):
        stores.record_temperature(coop, lot.code, "3")
    assert [(s.place, len(readings)) for s, readings in stores.stays_of(lot)] == [("1号冷库", 2)]


@pytest.mark.parametrize("typed", ["冷", "", "101", "-60.1", "NaN", "Infinity", "1e9"])
def test_a_temperature_is_a_plausible_number(typed):
    with pytest.raises(Invalid):
        stores.parse_celsius(typed, "celsius")


def test_readings_are_not_of_the_future_and_hand_over_readings_are_the_two_parties_own(home, coop, plant, lot):
    stores.enter_store(coop, lot.code, "1号冷库", date(2026, 7, 19))
    with pytest.raises(Invalid, match="读数时间不能晚于现在。"):
        stores.record_temperature(coop, lot.code, "3", at=utcnow() + timedelta(minutes=1))
    sent = consignments.send(coop, lot.code, home.plant.code, "10")
    for actor in (coop, plant):
        stores.record_transit_temperature(actor, sent.code, "6.5")
    with pytest.raises(NotFound):
        stores.record_transit_temperature(home.actor("coop2"), sent.code, "6.5")
    assert Temperature.select().where(Temperature.dispatch == sent).count() == 2


def test_the_pages_do_it_and_keep_what_was_typed(home, sign_in, coop, lot):
    browser = sign_in("coop")
    page = f"/processing/out/{lot.code}"
    answer = post(browser, page, kind="destroy", quantity="10", on="2026-07-20", cause="霉变", place="", witness="")
    assert answer.status_code == 422
    assert "销毁须有见证人，请填写姓名。" in answer.text and 'value="霉变"' in answer.text
    assert post(browser, page, kind="sample", quantity="2斤", on="2026-07-20", purpose="送检").status_code == 302
    assert queries.balance(lot) == 999_000
    stays = f"/processing/stays/{lot.code}"
    assert (
        post(
            browser, f"{stays}/enter", page=stays, place="1号冷库", entered_on="2026-07-20", low="2", high="5"
        ).status_code
        == 302
    )
    assert post(browser, f"{stays}/temperature", page=stays, celsius="9", note="").status_code == 422
    assert post(browser, f"{stays}/temperature", page=stays, celsius="3.5", note="").status_code == 302
    assert post(browser, f"{stays}/leave", page=stays, left_on="2026-07-21").status_code == 302
    assert Stay.get().left_on == date(2026, 7, 21)
    sent = consignments.send(coop, lot.code, home.plant.code, "10")
    end = f"/processing/dispatches/{sent.code}"
    assert post(browser, f"{end}/cancel", page=f"{end}/end", reason="车没来").status_code == 302
    assert Dispatch.get_by_id(sent.id).state == "cancelled"
