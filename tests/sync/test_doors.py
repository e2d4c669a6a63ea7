"""The office pages: what came, what waits, a file of a dying phone, and records kept apart."""

from __future__ import annotations

from io import BytesIO

from tests.conftest import csrf
from tests.sync.phone import packed
from trace.accounts.devices import revoke_device
from trace.audit.models import AuditEntry
from trace.lots.models import Lot
from trace.sync import rules
from trace.sync.models import SyncOp


def test_what_came_from_the_phone_is_shown_in_the_same_words(line, plot, sign_in):
    good, bad = line.phone.harvest(plot.code), line.phone.harvest(plot.code, "-5")
    line.sync(good, bad)
    page = sign_in("coop").get("/field/sync").text
    for shown in ("已入账", "已退回", "重量必须大于 0。", "测试手机", Lot.get().code):
        assert shown in page
    only = sign_in("bureau").get("/field/sync?status=refused").text
    assert "重量必须大于 0。" in only
    assert Lot.get().code not in only
    assert "测试手机" not in sign_in("coop2").get("/field/sync").text


def test_a_refused_record_is_thrown_away_at_the_office(line, plot, sign_in):
    bad = line.phone.harvest(plot.code, "-5")
    line.sync(bad)
    browser, page = sign_in("coop"), f"/field/sync/{bad['id']}"
    token = csrf(browser, page)
    assert browser.post(f"{page}/discard", data={"csrf_token": token, "reason": ""}).status_code == 422
    assert browser.post(f"{page}/discard", data={"csrf_token": token, "reason": "写错"}).status_code == 302
    assert "已丢弃" in browser.get(page).text
    assert line.post([], receipts_since=0).json["updates"][0]["code"] == "DISCARDED"


def test_the_file_of_a_dying_phone(line, plot, sign_in, monkeypatch):
    monkeypatch.setattr(rules, "MAX_OPS", 20)
    ops = [line.phone.harvest(plot.code, str(n + 1)) for n in range(45)]
    browser = sign_in("coop")
    for _ in range(2):
        data = {
            "csrf_token": csrf(browser, "/field/sync"),
            "file": (BytesIO(packed(line.phone.envelope(ops))), "queue.json"),
        }
        answer = browser.post("/field/sync/bring", data=data, follow_redirects=True)
        assert "共 45 条，已入账 45 条" in answer.text, answer.text.split('class="flashes"')[1][:400]
    assert Lot.select().count() == 45
    data = {"csrf_token": csrf(browser, "/field/sync"), "file": (BytesIO(b"rubbish"), "queue.json")}
    assert browser.post("/field/sync/bring", data=data).status_code == 422


def test_records_of_a_revoked_phone_are_let_in_by_somebody(home, line, plot, token, sign_in):
    op = line.phone.harvest(plot.code)
    revoke_device(home.actor("coop"), line.phone.id, "丢失")
    line.client.post("/api/v1/sync", json=line.phone.envelope([op]), headers=token("coop"))
    browser, page = sign_in("coop"), f"/field/sync/{op['id']}"
    assert "补入" in browser.get(page).text
    assert browser.post(f"{page}/let-in", data={"csrf_token": csrf(browser, page)}).status_code == 302
    row = SyncOp.get()
    assert (row.status, row.receipt["flags"], Lot.select().count()) == ("created", ["forced"], 1)
    assert AuditEntry.select().where(AuditEntry.action == "sync.let_in").exists()
    assert browser.post(f"{page}/let-in", data={"csrf_token": csrf(browser, "/field/sync")}).status_code == 409
