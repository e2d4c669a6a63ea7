"""From the orchard to the plant: sent once, received once, never forced equal, never promised twice."""

from __future__ import annotations

import threading

import pytest

from tests.conftest import post
from tests.factories import county as make
from tests.factories.certificates import prepare, receive
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.lots import queries, services
from trace.lots.models import Dispatch, Lot, Operation
from trace.processing.models import Receipt
from trace.processing.services import Input, Output, dispatch_lot, record_operation, record_run


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plant(home):
    return home.actor("plant")


@pytest.fixture
def lot(home, coop):
    return make.harvest(coop, make.plot(coop, home), "1000")


def send(coop, home, lot, quantity: str) -> Dispatch:
    return dispatch_lot(coop, lot.code, home.plant.code, quantity)


def test_custody_moves_only_when_received(home, coop, plant, lot):
    sent = send(coop, home, lot, "420.5")
    assert sent.code == "FH26-0001"
    assert queries.balance(lot) == 1_000_000
    done = receive(plant, sent.code, "418.0", price_fen_per_kg=650)
    assert queries.balance(lot) == 579_500
    assert queries.balance(done.lots[0]) == 418_000
    assert done.lots[0].holder_id == home.plant.id
    kept = Receipt.get()
    assert (kept.received, kept.shortage, kept.reason, kept.price_fen_per_kg) == (418_000, 2_500, "", 650)
    assert list(all_findings()) == []


def test_a_large_shortage_needs_a_reason(home, coop, plant, lot):
    sent = send(coop, home, lot, "100")
    with pytest.raises(Invalid, match="短少超过 5%，请填写原因。") as caught:
        receive(plant, sent.code, "94.999")
    assert caught.value.field == "reason"
    assert queries.balance(lot) == 1_000_000
    receive(plant, sent.code, "94.999", reason="途中雨淋，剔除霉果")
    assert Receipt.get().shortage == 5_001


def test_a_small_shortage_needs_none(home, coop, plant, lot):
    receive(plant, send(coop, home, lot, "100").code, "95")
    assert Receipt.get().shortage == 5_000


def test_more_than_was_sent_cannot_arrive(home, coop, plant, lot):
    sent = send(coop, home, lot, "100")
    with pytest.raises(Invalid, match="实收不能多于发出的 100.00 公斤。"):
        receive(plant, sent.code, "100.001")
    assert not Receipt.select().exists()


def test_a_dispatch_is_received_once(home, coop, plant, lot):
    sent = send(coop, home, lot, "100")
    receive(plant, sent.code, "100")
    with pytest.raises(RuleBroken, match="发货单 FH26-0001 已经办理过。"):
        receive(plant, sent.code, "100")
    assert Lot.select().where(Lot.kind == "receipt").count() == 1
    assert queries.balance(lot) == 900_000


def test_two_clerks_receive_it_once(app, home, coop, plant, lot):
    code, results, gate = send(coop, home, lot, "100").code, [], threading.Barrier(4)

    def take() -> None:
        with db.connection_context():
            gate.wait()
            try:
                receive(plant, code, "100")
                results.append("ok")
            except RuleBroken:
                results.append("refused")

    clerks = [threading.Thread(target=take) for _ in range(4)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join(60)
    assert sorted(results) == ["ok", "refused", "refused", "refused"]
    assert Receipt.select().count() == 1


def test_nobody_else_receives_it(home, coop, lot):
    sent = send(coop, home, lot, "100")
    for username in ("coop2", "coop"):
        with pytest.raises(NotFound):
            receive(home.actor(username), sent.code, "100")
    with pytest.raises(NotFound):
        receive(home.actor("plant"), "FH26-9999", "100")
    assert Dispatch.get().state == "sent"


def test_the_same_fruit_is_not_promised_twice(home, coop, lot):
    send(coop, home, lot, "900")
    with pytest.raises(RuleBroken) as caught:
        send(coop, home, lot, "100.001")
    assert str(caught.value) == f"批次 {lot.code} 可发 100.00 公斤，不足 100.001 公斤。"
    assert send(coop, home, lot, "100").quantity == 100_000


def test_what_is_on_its_way_cannot_be_used_at_home(home, coop, plant, lot):
    sent = send(coop, home, lot, "900")
    text = f"批次 {lot.code} 有 900.00 公斤 正在发货途中，余下的不够。"
    body = {"outputs": [], "reason": "", "loss": "", "inputs": [{"lot": lot.code, "quantity": "101"}]}
    made_by = queries.lot_by_code(lot.code).made_by.code
    ways = {
        "run": lambda: record_run(coop, "drying", [Input(lot.code, "101")], [Output("TD", "25")]),
        "loss": lambda: record_operation(coop, {**body, "kind": "loss"}),
        "split": lambda: services.split_lot(coop, lot.code, ["101"]),
        "undo": lambda: services.undo_operation(coop, made_by, "填错了"),
    }
    for name, use in ways.items():
        with pytest.raises(RuleBroken) as caught:
            use()
        assert (str(caught.value), caught.value.code) == (text, "LOT_PROMISED"), name
    assert Operation.select().count() == 1
    services.split_lot(coop, lot.code, ["100"])
    receive(plant, sent.code, "900")
    assert queries.balance(lot) == 0
    assert list(all_findings()) == []


def test_one_does_not_send_to_oneself_or_to_nobody(home, coop, lot):
    with pytest.raises(Invalid, match="收货单位不能是自己。"):
        dispatch_lot(coop, lot.code, home.coop.code, "1")
    with pytest.raises(Invalid, match="没有编号为 T99999 的主体。"):
        dispatch_lot(coop, lot.code, "T99999", "1")
    assert not Dispatch.select().exists()


def test_one_sends_only_ones_own(home, coop, lot):
    with pytest.raises(NotFound):
        send(home.actor("coop2"), home, lot, "1")


def test_the_pages_send_and_receive(home, sign_in, lot):
    coop, plant = sign_in("coop"), sign_in("plant")
    nobody = post(coop, f"/processing/dispatch/{lot.code}", quantity="100")
    assert (nobody.status_code, "请选择收货单位。" in nobody.text) == (422, True)
    assert post(coop, f"/processing/dispatch/{lot.code}", receiver=home.plant.code, quantity="100").status_code == 302
    code = Dispatch.get().code
    prepare(code)
    assert code in plant.get("/processing").text
    assert code in plant.get(f"/processing/receive/{code}").text
    wrong = post(plant, f"/processing/receive/{code}", quantity="50", price="")
    assert (wrong.status_code, "短少超过 5%，请填写原因。" in wrong.text) == (422, True)
    assert 'value="50"' in wrong.text
    right = post(plant, f"/processing/receive/{code}", quantity="100", price="6.50")
    made = Lot.get(Lot.kind == "receipt")
    assert (right.status_code, right.headers["Location"]) == (302, f"/lots/{made.code}")
    assert Receipt.get().price_fen_per_kg == 650
    assert sign_in("coop2").get(f"/processing/receive/{code}").status_code == 404


def test_prices_that_no_column_can_hold_are_refused(home, coop, client, token, lot):
    code = send(coop, home, lot, "100").code
    answer = client.post(
        f"/api/v1/dispatches/{code}/receive", json={"quantity": "100", "price": "99999999999"}, headers=token("plant")
    )  # fmt: skip
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"field": "price", "code": "INVALID", "message": "单价过高，请核对。"}]
    assert not Receipt.select().exists()


def test_the_interface_sends_and_receives(home, client, token, lot):
    sent = client.post(
        "/api/v1/dispatches", json={"lot": lot.code, "receiver": home.plant.code, "quantity": "100"}, headers=token("coop")
    )  # fmt: skip
    assert (sent.status_code, sent.json) == (201, {"code": "FH26-0001", "quantity": 100_000})
    waiting = client.get("/api/v1/dispatches", headers=token("plant")).json["items"]
    assert waiting == [
        {"code": "FH26-0001", "lot": lot.code, "product": "TF", "quantity": 100_000, "from": "青坡合作社"}
    ]
    assert client.get("/api/v1/dispatches", headers=token("coop2")).json["items"] == []
    prepare("FH26-0001")
    taken = client.post("/api/v1/dispatches/FH26-0001/receive", json={"quantity": "99"}, headers=token("plant"))
    assert taken.status_code == 201
    assert taken.json["outputs"][0]["quantity"] == 99_000
