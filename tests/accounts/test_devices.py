"""Phones: one person, one key; cut off by those who may; the page shows what was last heard."""

from __future__ import annotations

import pytest

from tests.conftest import csrf
from tests.sync.phone import Line, Phone
from trace.accounts.models import Device
from trace.accounts.services import set_password
from trace.audit.models import AuditEntry


@pytest.fixture
def line(app, home):
    return Line(app, Phone("coop", "山上的手机"))


def test_a_token_is_kept_as_a_hash_and_renewed_with_the_same_key(line):
    before = Device.get()
    assert line.phone.token not in (before.token_hash, before.public_id)
    answer = line.register()
    assert answer.status_code == 201
    assert answer.json["token"] != line.phone.token
    assert line.post([]).json["code"] == "SIGN_IN_NEEDED"
    line.phone.token = answer.json["token"]
    assert line.post([]).status_code == 200
    assert Device.select().count() == 1


def test_a_device_belongs_to_one_person_and_one_key(app, home, line, token):
    body = {"device": line.phone.id, "name": "x", "public_key": line.phone.jwk}
    answer = line.client.post("/api/v1/devices", json=body, headers=token("coop2"))
    assert (answer.status_code, answer.json["code"]) == (409, "DEVICE_OF_ANOTHER")
    answer = line.client.post("/api/v1/devices", json={**body, "public_key": Phone("coop").jwk}, headers=line.person)
    assert (answer.status_code, answer.json["code"]) == (409, "DEVICE_KEY_CHANGED")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda jwk: {**jwk, "x": jwk["y"]}, lambda jwk: {**jwk, "crv": "P-384"}, lambda jwk: {**jwk, "d": "secret"},
        lambda jwk: {"kty": "RSA"}, lambda jwk: {**jwk, "x": 5}, lambda jwk: {**jwk, "x": "=" * 43},
    ],
)  # fmt: skip
def test_only_points_of_the_curve_are_keys(line, spoil):
    body = {"device": Phone("coop").id, "name": "x", "public_key": spoil(line.phone.jwk)}
    answer = line.client.post("/api/v1/devices", json=body, headers=line.person)
    assert (answer.status_code, answer.json["code"]) == (422, "KEY_INVALID")


def test_a_reset_password_ends_the_phones_token_but_loses_nothing(line):
    set_password(None, "coop", "Qingling-4711-y", must_change=False)
    answer = line.post([])
    assert (answer.status_code, answer.json["code"]) == (401, "TOKEN_EXPIRED")


def test_a_closed_account_is_told_so(line):
    Device.get().user.update(disabled=True).execute()
    answer = line.post([])
    assert (answer.status_code, answer.json["code"]) == (403, "ACCOUNT_DISABLED")


@pytest.mark.parametrize(("who", "sees"), [("coop", True), ("bureau", True), ("security", True), ("coop2", False)])
def test_who_sees_and_revokes(line, sign_in, who, sees):
    line.post([], waiting=3)
    browser = sign_in(who)
    page = browser.get("/field/devices").text
    assert ("山上的手机" in page) is sees
    address = f"/field/devices/{line.phone.id}/revoke"
    assert browser.get(address).status_code == (200 if sees else 404)
    if not sees:
        return
    token = csrf(browser, address)
    assert browser.post(address, data={"csrf_token": token, "reason": ""}).status_code == 422
    assert browser.post(address, data={"csrf_token": token, "reason": "丢失"}).status_code == 302
    assert "已停用" in browser.get("/field/devices").text
    answer = line.post([])
    assert (answer.status_code, answer.json["code"]) == (403, "DEVICE_REVOKED")
    actions = [entry.action for entry in AuditEntry.select().where(AuditEntry.action.startswith("device"))]
    assert actions == ["device.register", "device.revoke", "device.refused"]


def test_others_may_neither_register_nor_look(app, home, token, sign_in):
    phone = Phone("bureau")
    body = {"device": phone.id, "name": "x", "public_key": phone.jwk}
    assert app.test_client().post("/api/v1/devices", json=body, headers=token("bureau")).status_code == 403
    assert sign_in("finance_maker").get("/field/devices").status_code == 403
