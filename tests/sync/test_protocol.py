"""The protocol as docs/adr/0008 promises it: one row and the same receipts, whatever the network does."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from uuid6 import uuid7

from tests.factories import county as make
from tests.sync.phone import Line, Phone, packed, shuffled
from trace.accounts.devices import revoke_device
from trace.accounts.models import User
from trace.core.actor import Role
from trace.db import db
from trace.field.models import Harvest
from trace.lots.models import Lot
from trace.sync import kinds, rules, services
from trace.sync.models import SyncOp


def lasting(receipts):
    """Receipts without what may differ between the first answer and a repeat."""
    return {one["id"]: {**one, "status": one["status"].replace("exists", "created")} for one in receipts}


def statuses(receipts):
    return [one["status"] for one in receipts]


def test_the_same_batch_ten_times_is_one_row_each_and_the_same_receipts(line, plot):
    ops = [line.phone.harvest(plot.code, str(n + 1)) for n in range(6)]
    first = line.sync(*ops)
    assert statuses(first) == ["created"] * 6
    for seed in range(9):
        again = line.sync(*shuffled(ops, seed))
        assert statuses(again) == ["exists"] * 6
        assert lasting(again) == lasting(first)
    assert Lot.select().count() == Harvest.select().count() == SyncOp.select().count() == 6


def test_cut_in_half_and_the_second_half_first(line, plot):
    first = line.phone.harvest(plot.code)
    second = line.phone.harvest(plot.code, "11", after=[first["id"]])
    third = line.phone.harvest(plot.code, "12", after=[second["id"]])
    waiting = line.sync(third, second)
    assert statuses(waiting) == ["held", "held"]
    assert {one["code"] for one in waiting} == {"WAITS_FOR"}
    answer = line.post([first], receipts_since=0).json
    assert statuses(answer["receipts"]) == ["created"]
    assert [(one["id"], one["status"]) for one in answer["updates"]] == [
        (second["id"], "created"), (third["id"], "created"),
    ]  # fmt: skip
    assert Lot.select().count() == 3
    assert lasting(line.sync(third, second, first)) == lasting([*answer["receipts"], *answer["updates"]])


def test_within_one_exchange_the_order_sent_does_not_matter(line, plot):
    first = line.phone.harvest(plot.code)
    second = line.phone.harvest(plot.code, "11", after=[first["id"]])
    assert statuses(line.sync(second, first)) == ["created", "created"]


def test_the_same_id_with_another_body_is_409_and_changes_nothing(line, plot):
    op = line.phone.harvest(plot.code)
    first = line.sync(op)
    forged = line.phone.sign({**op, "body": {**op["body"], "quantity": "99"}})
    answer = line.post([forged])
    assert (answer.status_code, answer.json["code"]) == (409, "ID_REUSED")
    mixed = line.sync(forged, line.phone.harvest(plot.code, "11"))
    assert statuses(mixed) == ["refused", "created"]
    assert (mixed[0]["code"], mixed[0]["recorded_at"]) == ("ID_REUSED", None)
    assert lasting(line.sync(op)) == lasting(first)


def test_a_signature_made_anew_is_the_same_operation(line, plot):
    op = line.phone.harvest(plot.code)
    line.sync(op)
    again = line.phone.sign(op)
    assert again["sig"] != op["sig"]
    assert statuses(line.sync(again)) == ["exists"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda op: {**op, "body": {**op["body"], "quantity": "900"}}, "BAD_SIGNATURE"),
        (lambda op: {**op, "sig": op["sig"][:-4] + "AAAA"}, "BAD_SIGNATURE"),
        (lambda op: {**op, "sig": "rubbish"}, "BAD_SIGNATURE"),
        (lambda op: {**op, "author": "coop2"}, "AUTHOR_MISMATCH"),
        (lambda op: {**op, "device": str(uuid7())}, "DEVICE_UNKNOWN"),
        (lambda op: {**op, "id": "not-a-uuid"}, "MALFORMED"),
        (lambda op: {**op, "seq": 0}, "MALFORMED"),
        (lambda op: {**op, "body": {**op["body"], "quantity": 1.5}}, "MALFORMED"),
        (lambda op: {**op, "body": {**op["body"], "重量": "1"}}, "MALFORMED"),
        (lambda op: {**op, "made_at": "2026-07-18T15:02:11"}, "MALFORMED"),
        (lambda op: {**op, "more": "fields"}, "MALFORMED"),
        (lambda op: {**op, "body": {**op["body"], "note": "a\x00b"}}, "MALFORMED"),
        (lambda op: "text", "MALFORMED"),
    ],
)
def test_what_is_not_proven_uses_nothing_up(line, plot, spoil, code):
    op = line.phone.harvest(plot.code)
    other = line.phone.harvest(plot.code, "11")
    spoiled, good = line.sync(spoil(op), other)
    assert (spoiled["status"], spoiled["code"], spoiled["recorded_at"]) == ("refused", code, None)
    assert spoiled["message"]
    assert good["status"] == "created"
    assert statuses(line.sync(op)) == ["created"]


def test_a_used_sequence_number_is_refused_and_free_after_correction(line, plot):
    line.sync(line.phone.harvest(plot.code))
    line.phone.seq = 0
    again = line.phone.harvest(plot.code, "11")
    assert [(one["status"], one["code"]) for one in line.sync(again)] == [("refused", "SEQ_REUSED")]
    line.phone.seq = line.post([]).json["last_seq"]
    assert statuses(line.sync(line.phone.harvest(plot.code, "11"))) == ["created"]


def test_partial_failure_is_told_per_record_and_stays(line, plot):
    good, bad, strange = (
        line.phone.harvest(plot.code),
        line.phone.harvest(plot.code, "-5"),
        line.phone.harvest("430422122001-9999", "7"),
    )
    receipts = line.sync(good, bad, strange)
    assert statuses(receipts) == ["created", "refused", "refused"]
    assert receipts[1]["errors"] == [{"field": "quantity", "code": "INVALID", "message": "重量必须大于 0。"}]
    assert receipts[2]["code"] == "NOT_FOUND"
    assert receipts[1]["recorded_at"]
    assert lasting(line.sync(good, bad, strange)) == lasting(receipts)
    assert Lot.select().count() == 1


def test_a_refused_record_is_thrown_away_by_an_operation(line, plot):
    bad = line.phone.harvest(plot.code, "-5")
    line.sync(bad)
    gone = line.sync(line.phone.op("discard", {"operation": bad["id"], "reason": "写错了"}))
    assert gone[0]["record"] == {"kind": "operation", "code": bad["id"], "version": 1}
    after = line.sync(bad)
    assert (after[0]["status"], after[0]["code"]) == ("refused", "DISCARDED")
    twice = line.sync(line.phone.op("discard", {"operation": bad["id"], "reason": "再丢"}))
    assert (twice[0]["status"], twice[0]["code"]) == ("refused", "NOT_DISCARDABLE")


def test_a_clock_two_days_fast_is_marked_and_told(line, plot, summer):
    made = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    op = line.phone.harvest(plot.code, on="2026-07-22", made_at=made)
    answer = line.post([op], sent_at=made).json
    text = "手机时间比标准时间快 2 天，请校正后确认记录时间。"
    assert answer["clock_message"] == text
    assert answer["skew_seconds"] == pytest.approx(172_800, abs=5)
    assert answer["receipts"][0]["status"] == "created"
    assert answer["receipts"][0]["flags"] == ["clock"]
    assert text in answer["receipts"][0]["warnings"]
    assert Lot.get().made_on.isoformat() == "2026-07-20"


def test_days_without_signal_make_nobody_late(line, plot, summer):
    op = line.phone.harvest(plot.code)
    late = line.phone.harvest(plot.code, "11", on="2026-07-17")
    summer.shift(timedelta(days=9))
    receipts = line.sync(op, late)
    assert [(one["status"], one["flags"]) for one in receipts] == [("created", []), ("created", ["late"])]
    assert [row.late_days for row in Harvest.select().order_by(Harvest.id)] == [0, 3]


def test_waiting_too_long_is_forced_and_marked(line, plot, summer):
    orphan = line.phone.harvest(plot.code, after=[str(uuid7())])
    assert statuses(line.sync(orphan)) == ["held"]
    summer.shift(timedelta(days=4, hours=23))
    assert line.post([]).json["updates"][0]["status"] == "held"
    summer.shift(timedelta(hours=2))
    updates = line.post([]).json["updates"]
    assert [(one["status"], one["flags"]) for one in updates] == [("created", ["forced"])]


def test_too_new_is_kept_until_the_server_knows_it(line, plot, monkeypatch):
    later = line.phone.harvest(plot.code, schema=2)
    unknown = line.phone.op("drone.flight", {"plot": plot.code})
    receipts = line.sync(later, unknown)
    assert {(one["status"], one["code"]) for one in receipts} == {("held", "SCHEMA_TOO_NEW")}
    monkeypatch.setitem(kinds.KINDS, "harvest.record", replace(kinds.KINDS["harvest.record"], shape=2))
    monkeypatch.setattr("trace.sync.shapes.STEPS", {("harvest.record", 1): lambda body: body})
    updates = line.post([], receipts_since=0).json["updates"]
    assert {one["id"]: one["status"] for one in updates} == {later["id"]: "created", unknown["id"]: "held"}


def test_a_mistake_of_ours_loses_nothing_and_is_tried_again(line, plot, monkeypatch):
    op, fine = line.phone.harvest(plot.code), line.phone.op("discard", {"operation": str(uuid7()), "reason": "x"})
    with monkeypatch.context() as patch:
        patch.setattr(kinds.production, "record_harvest", lambda *_, **__: 1 / 0)
        receipts = line.sync(op, fine)
    assert [(one["status"], one["code"]) for one in receipts] == [("held", "SERVER_ERROR"), ("refused", "NOT_FOUND")]
    services.try_again()
    assert statuses(line.sync(op)) == ["exists"]


def test_a_mistake_after_the_service_leaves_nothing_behind(line, plot, monkeypatch):
    """The lot was made when our mistake struck: it must be gone, or the second try would double it."""
    op = line.phone.harvest(plot.code)
    with monkeypatch.context() as patch:
        patch.setattr(kinds, "Outcome", lambda *_: 1 / 0)
        assert [(one["status"], one["code"]) for one in line.sync(op)] == [("held", "SERVER_ERROR")]
    assert Lot.select().count() == 0
    services.try_again()
    assert statuses(line.sync(op)) == ["exists"]
    assert Lot.select().count() == 1


def test_an_expired_token_keeps_the_records_and_a_new_one_brings_them(line, plot, summer):
    op = line.phone.harvest(plot.code)
    summer.shift(timedelta(days=31))
    answer = line.post([op])
    assert (answer.status_code, answer.json["code"]) == (401, "TOKEN_EXPIRED")
    assert SyncOp.select().count() == 0
    renewed = Line(line.client.application, line.phone)
    receipts = renewed.sync(op)
    assert (receipts[0]["status"], receipts[0]["flags"]) == ("created", ["late"])


def test_another_cooperative_can_neither_carry_nor_look(app, home, line, plot):
    stranger = Line(app, Phone("coop2"))
    op = line.phone.harvest(plot.code)
    assert [(one["status"], one["code"]) for one in stranger.sync(op)] == [("refused", "NOT_YOUR_COURIER")]
    assert SyncOp.select().count() == 0
    line.sync(op)
    answer = stranger.sync(op)[0]
    assert (answer["code"], answer["record"], answer["recorded_at"]) == ("NOT_YOUR_COURIER", None, None)


def test_a_courier_of_the_same_cooperative_carries_and_the_author_stays(app, home, line, plot):
    make.user("carrier", Role.COOP, home.coop)
    courier = Line(app, Phone("carrier"))
    op = line.phone.harvest(plot.code)
    assert statuses(courier.sync(op)) == ["created"]
    row = SyncOp.get()
    assert (row.author.username, User.get_by_id(row.sender).username) == ("coop", "carrier")
    assert statuses(line.sync(op)) == ["exists"]
    office = line.client.post("/api/v1/sync", json=line.phone.envelope([op]), headers=courier.person)
    assert statuses(office.json["receipts"]) == ["exists"]


def test_a_revoked_phone_is_told_and_its_carried_records_are_kept_apart(app, home, line, plot, token):
    op = line.phone.harvest(plot.code)
    revoke_device(home.actor("coop"), line.phone.id, "手机丢失")
    answer = line.post([op])
    assert (answer.status_code, answer.json["code"]) == (403, "DEVICE_REVOKED")
    assert line.register().status_code == 403
    carried = line.client.post("/api/v1/sync", json=line.phone.envelope([op]), headers=token("coop"))
    assert [(one["status"], one["code"]) for one in carried.json["receipts"]] == [("held", "QUARANTINED")]
    assert Lot.select().count() == 0


def test_receipts_come_again_after_a_lost_memory(line, plot, token):
    ops = [line.phone.harvest(plot.code, str(n + 1)) for n in range(4)]
    first = line.sync(*ops)
    again = line.client.get("/api/v1/sync/receipts", headers=line.phone.headers).json
    assert again["receipts"] == first
    assert (again["last_seq"], again["more"]) == (4, False)
    rest = line.client.get(f"/api/v1/sync/receipts?since={again['cursor'] - 2}", headers=line.phone.headers).json
    assert [one["id"] for one in rest["receipts"]] == [ops[2]["id"], ops[3]["id"]]
    own = line.client.get("/api/v1/sync/receipts", headers=token("coop")).json
    assert own["receipts"] == first
    assert line.client.get("/api/v1/sync/receipts", headers=token("coop2")).json["receipts"] == []


def test_updates_come_once_the_cursor_is_sent_back(line, plot, monkeypatch):
    monkeypatch.setattr(rules, "UPDATES", 2)
    ops = [line.phone.harvest(plot.code, str(n + 1)) for n in range(5)]
    line.sync(*ops)
    seen, cursor = [], 0
    for _ in range(3):
        answer = line.post([], receipts_since=cursor).json
        seen += [one["id"] for one in answer["updates"]]
        cursor = answer["cursor"]
    assert seen == [op["id"] for op in ops]
    assert line.post([], receipts_since=cursor).json["updates"] == []


def test_limits(line, plot):
    many = line.post([{}] * (rules.MAX_OPS + 1))
    assert (many.status_code, many.json["code"]) == (413, "TOO_MANY_OPS")
    assert many.headers["Retry-After"]
    large = line.client.post("/api/v1/sync", data=b" " * (rules.MAX_BYTES + 1), headers=line.phone.headers)
    assert large.status_code == 413
    bomb = gzip.compress(b" " * 200_000_000, 9)
    assert len(bomb) < 300_000
    headers = {**line.phone.headers, "Content-Encoding": "gzip"}
    assert line.client.post("/api/v1/sync", data=bomb, headers=headers).status_code == 413
    for body in (b"\x1f\x8bgarbage", gzip.compress(b"{}") + b"tail", gzip.compress(b"{}")[:-4]):
        assert line.client.post("/api/v1/sync", data=body, headers=headers).status_code == 422
    whole = gzip.compress(packed(line.phone.envelope([line.phone.harvest(plot.code)])))
    assert line.client.post("/api/v1/sync", data=whole, headers=headers).json["receipts"][0]["status"] == "created"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"protocol":1}', b'{"protocol":2,"ops":[]}', b'{"protocol":1,"ops":[],"ops":[]}', b"[" * 5000]
)  # fmt: skip
def test_what_is_no_exchange_is_422(line, body):
    answer = line.client.post("/api/v1/sync", data=body, headers=line.phone.headers)
    assert answer.status_code == 422, answer.text


def test_too_many_exchanges_are_429_with_a_pause(line):
    for _ in range(120):
        answer = line.post([])
    assert answer.status_code == 200
    answer = line.post([])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_a_busy_server_answers_busy_and_keeps_nothing_back(line, plot, monkeypatch):
    monkeypatch.setattr(rules, "BUDGET_SECONDS", -1)
    op = line.phone.harvest(plot.code)
    receipt = line.sync(op)[0]
    assert (receipt["status"], receipt["recorded_at"]) == ("busy", None)
    monkeypatch.setattr(rules, "BUDGET_SECONDS", 20)
    assert statuses(line.sync(op)) == ["created"]


def test_a_device_token_opens_the_exchange_only(line):
    assert line.client.get("/api/v1/plots", headers=line.phone.headers).status_code == 401
    assert line.client.post("/api/v1/devices", json={}, headers=line.phone.headers).status_code == 401


def test_the_device_named_must_be_the_one_signed_in(line):
    answer = line.client.post(
        "/api/v1/sync", json={**line.phone.envelope([]), "device": str(uuid7())}, headers=line.phone.headers
    )
    assert (answer.status_code, answer.json["code"]) == (403, "DEVICE_MISMATCH")


def test_what_was_signed_never_changes(line, plot):
    line.sync(line.phone.harvest(plot.code))
    for change in ("UPDATE sync_op SET seq = 9", "UPDATE sync_op SET kind = 'x'", "DELETE FROM sync_op"):
        with pytest.raises(Exception, match="append-only"), db.atomic():
            db.execute_sql(change)
    raw = json.loads(bytes(SyncOp.get().raw))
    assert raw["sig"] and raw["seq"] == 1


def test_the_pack_is_sent_once(line, plot):
    first = line.client.get("/api/v1/sync/pack", headers=line.phone.headers)
    assert [one["code"] for one in first.json["plots"]] == [plot.code]
    headers = {**line.phone.headers, "If-None-Match": first.headers["ETag"]}
    assert line.client.get("/api/v1/sync/pack", headers=headers).status_code == 304
    line.sync(line.phone.harvest(plot.code, "25"))
    changed = line.client.get("/api/v1/sync/pack", headers=headers)
    assert changed.json["plots"][0]["season_g"] == {"fruit": 25_000}
