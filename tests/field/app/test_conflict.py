"""The same record corrected on the phone and at the office: both versions seen field by field, a choice made, nothing lost (C3); P8 without a network (C5)."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.factories import pesticides as tables
from trace.accounts import queries as accounts
from trace.core.clock import business_date
from trace.db import db
from trace.field import activities, activity_queries
from trace.field.activity_models import Activity
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.sync.models import SyncConflict


def coop():
    return accounts.actor_of(accounts.user_named("coop"))


def test_both_versions_and_the_safety_interval(phone, plots):
    two_versions_meet(phone, plots)
    a_spray_by_label_warns_offline_and_holds_the_lot(phone, plots)
    assert phone.problems == []


def two_versions_meet(phone, plots):
    saved = phone.ask(
        """async ({ops, canonical}, plot) => ops.saveOperation("activity.record", {activity: "scout", plot, on: canonical.countyDay(), pest: "炭疽病", severity: "light", note: "东边"})""",
        plots[0],
    )
    assert phone.sync() is True
    with db.connection_context():
        record = Activity.get()
        activities.correct_activity(
            coop(), code=record.code, base_version=1, reason="复查", values={"severity": "heavy", "note": "东边、北边"}
        )
    page = phone.page
    phone.network(False)
    page.goto(f"{phone.address}/field/app#/one/{saved}")
    page.locator("footer .btn", has_text="更正").click()
    page.locator(".answers a", has_text="程度").click()
    page.locator(".choice", has_text="一片一片的").click()
    page.locator("#reason-correction").fill("看错了")
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    phone.network(True)
    phone.sync()
    page.goto(f"{phone.address}/field/app#/queue")
    page.locator(".record", has_text="冲突").click()
    expect(page.locator(".lead")).to_contain_text("请选择保留哪一版")
    severity = page.locator(".clash", has_text="程度")
    expect(severity).to_contain_text("原来：轻")
    expect(severity.locator("[data-side=phone]")).to_contain_text("中")
    expect(severity.locator("[data-side=office]")).to_contain_text("重")
    expect(page.locator(".clash", has_text="说明").locator("[data-side=office]")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.locator("footer .primary").click()
    expect(page.locator(".note.stop")).to_contain_text("还有没选的")
    severity.locator("[data-side=phone]").click()
    page.locator("footer .primary").click()
    expect(page.locator("h1")).to_have_text("待传记录")
    phone.sync()
    phone.sync()
    assert {row["state"] for row in phone.rows()} == {"done"}
    with db.connection_context():
        versions = activity_queries.versions_of(Activity.get())
        assert [version.content["severity"] for version in versions] == ["medium", "heavy", "light"]
        assert versions[0].note == "东边、北边", "what only the office changed stays the office's"
        assert SyncConflict.get().keep == "merged"


def a_spray_by_label_warns_offline_and_holds_the_lot(phone, plots):
    """Scanned or typed, the label names the product; a harvest within its interval is warned of, kept, and held by the platform."""
    with db.connection_context():
        tables.load_all(accounts.actor_of(accounts.user_named("bureau")))
    phone.ask("async ({pack}) => pack.refreshPack(null, true)")
    phone.network(False)
    page = phone.page
    page.goto(f"{phone.address}/field/app#/home")
    page.locator(".tile.spray").click()
    page.locator(".choice", has_text="老屋背").click()
    page.fill("#digits", tables.LABEL)
    expect(page.locator("h2.ask")).to_have_text("防治什么？")
    page.locator(".choice", has_text="蚜虫").click()
    page.locator(".choice", has_text="喷雾").click()
    page.fill("#number", "45")
    page.locator("footer .primary").click()
    page.locator("footer .primary").click()
    page.locator(".choice", has_text="昨天").click()
    page.locator(".choice", has_text="晴").click()
    page.locator(".choice").first.click()
    expect(page.locator("h2.ask")).to_have_text("在哪里买的？")
    page.locator(".search input").fill("县农资店")
    page.locator(".choice", has_text="县农资店").click()
    for _ in range(2):
        page.locator("footer .btn", has_text="跳过").click()
    expect(page.locator("main")).to_contain_text("安全间隔期")
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    page.goto(f"{phone.address}/field/app#/home")
    page.locator(".tile.harvest").click()
    page.locator(".choice", has_text="老屋背").click()
    page.locator(".choice", has_text="鲜果").click()
    page.locator(".choice", has_text="今天").click()
    page.fill("#gross", "120")
    page.locator("footer .primary").click()
    for _ in range(4):
        page.locator("footer .btn", has_text="跳过").click()
    day = business_date() - timedelta(days=1)
    expect(page.locator(".note.todo").first).to_contain_text(f"距最近一次施药（{day.month}月{day.day}日，安全间隔期")
    expect(page.locator(".note.todo").first).to_contain_text("仅1天，本批已锁定")
    said = page.locator(".note.todo").first.inner_text()
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    phone.network(True)
    assert phone.sync() is True
    rows = [row for row in phone.rows() if row["op"]["kind"] == "harvest.record"]
    assert [row["state"] for row in phone.rows()] == ["done"] * 5, phone.rows()
    assert said.strip() in rows[0]["receipt"]["warnings"], "the phone's words are the platform's"
    assert "held" in rows[0]["receipt"]["flags"]
    with db.connection_context():
        (lot,) = Lot.select()
        assert lots.open_holds([lot.id])
