"""Holds and recalls by the JSON interface."""

from __future__ import annotations

import pytest

from tests.factories import county as make
from trace.lots import queries
from trace.lots.models import Hold


@pytest.fixture
def lot(home):
    actor = home.actor("coop")
    return make.harvest(actor, make.plot(actor, home))


def test_a_hold_is_placed_listed_and_lifted(client, token, lot):
    bureau, market = token("bureau"), token("market")
    placed = client.post("/api/v1/holds", json={"lot": lot.code, "reason": "农残待查"}, headers=bureau)
    assert placed.status_code == 201
    assert {key: placed.json[key] for key in ("code", "kind", "lot", "reason", "released_at")} == {
        "code": "FC26-0001", "kind": "hold", "lot": lot.code, "reason": "农残待查", "released_at": None,
    }  # fmt: skip
    assert [item["code"] for item in client.get("/api/v1/holds", headers=token("coop")).json["items"]] == ["FC26-0001"]
    assert client.get("/api/v1/holds", headers=token("coop2")).json["items"] == []
    own = client.post("/api/v1/holds/FC26-0001/release", json={"note": "合格"}, headers=bureau)
    assert (own.status_code, own.json["code"]) == (409, "SAME_PERSON")
    lifted = client.post("/api/v1/holds/FC26-0001/release", json={"note": "合格"}, headers=market)
    assert lifted.status_code == 200
    assert lifted.json["released_at"] is not None
    again = client.post("/api/v1/holds/FC26-0001/release", json={"note": "合格"}, headers=market)
    assert (again.status_code, again.json["code"], again.json["detail"]) == (
        409,
        "ALREADY_RELEASED",
        "这条记录已经解除。",
    )


def test_a_recall_tells_the_public_why_and_whom_to_call(client, token, lot):
    missing = client.post("/api/v1/recalls", json={"lot": lot.code, "reason": "农残超标"}, headers=token("market"))
    assert missing.status_code == 422
    assert missing.json["errors"] == [{"field": "contact", "code": "INVALID", "message": "请填写消费者联系电话。"}]
    assert not Hold.select().exists()
    body = {"lot": lot.code, "reason": "第三方检测不合格", "public_reason": "农残超标", "contact": "0734-8712345"}
    placed = client.post("/api/v1/recalls", json=body, headers=token("market"))
    assert (placed.status_code, placed.json["kind"], placed.json["code"]) == (201, "recall", "ZH26-0001")
    assert queries.lot_state(queries.open_holds([lot.id])[lot.id], 5) == "recalled"


@pytest.mark.parametrize(
    ("username", "address", "status"),
    [
        ("coop2", "/api/v1/holds", 404), ("plant", "/api/v1/holds", 404), ("coop", "/api/v1/recalls", 403),
        ("statistics", "/api/v1/holds", 403), ("township", "/api/v1/holds", 403),
    ],
)  # fmt: skip
def test_who_may_stop_what(client, token, lot, username, address, status):
    body = {"lot": lot.code, "reason": "原因", **({"contact": "1"} if address.endswith("recalls") else {})}
    assert client.post(address, json=body, headers=token(username)).status_code == status
    assert not Hold.select().exists()


def test_a_reason_must_fit(client, token, lot):
    for reason in ("", "长" * 201):
        answer = client.post("/api/v1/holds", json={"lot": lot.code, "reason": reason}, headers=token("bureau"))
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "reason")
    assert not Hold.select().exists()


def test_what_does_not_exist_is_not_found(client, token, lot):
    assert (
        client.post("/api/v1/holds", json={"lot": "H26-9999", "reason": "x"}, headers=token("bureau")).status_code
        == 404
    )
    assert (
        client.post("/api/v1/holds/FC26-9999/release", json={"note": "x"}, headers=token("market")).status_code == 404
    )
