"""What the phone says by itself: a poor position, old records, a wrong clock, no room, another tab at work, an unfinished record after a kill."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from trace.core.clock import utcnow

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def test_the_phone_speaks_up(phone, plots):
    a_poor_position_is_kept_and_said(phone)
    an_unfinished_record_survives_a_kill(phone)
    weights_are_asked_about(phone)
    a_full_phone_says_so_and_keeps_the_page(phone, plots)
    three_days_are_an_alarm(phone, plots)
    only_one_tab_sends(phone, plots)
    a_fast_clock_is_told(phone)
    assert phone.problems == []


def a_poor_position_is_kept_and_said(phone):
    page = phone.page
    phone.network(False)
    phone.context.set_geolocation({"latitude": 26.7, "longitude": 112.6, "accuracy": 85})
    page.locator(".tile.tend").click()
    page.locator(".choice", has_text="石坡").click()
    page.locator(".choice", has_text="修剪").click()
    page.locator(".choice", has_text="今天").click()
    for _ in range(2):
        page.locator("footer .btn", has_text="跳过").click()
    expect(page.locator(".place")).to_contain_text("定位误差 85 米，建议到空旷处重新定位。", timeout=20_000)


def an_unfinished_record_survives_a_kill(phone):
    phone.kill()
    page = phone.open(network=False)
    phone.unlock()
    expect(page.locator(".unfinished")).to_contain_text("有一条没记完的管护")
    page.locator(".unfinished .primary").click()
    expect(page.locator(".answers")).to_contain_text("修剪")
    page.locator("footer .primary").click()
    expect(page.locator(".saved")).to_be_visible()
    (row,) = phone.rows()
    assert row["op"]["body"]["gps"]["accuracy"] in ("85", "8") and row["op"]["body"]["work"] == "prune"


def weights_are_asked_about(phone):
    """C6 on the scales."""
    page = phone.page
    page.goto(f"{phone.address}/field/app#/home")
    page.locator(".tile.harvest").click()
    page.locator(".choice", has_text="石坡").click()
    page.locator(".choice", has_text="鲜果").click()
    page.locator(".choice", has_text="今天").click()
    again = page.locator("footer .btn", has_text="再称一筐")
    for typed, said in (
        ("abc", "重量只能填数字。"),
        ("-5", "重量必须大于 0。"),
        ("", "请填写重量。"),
        ("420,5", "请用小数点：420.5？"),
    ):
        page.fill("#gross", typed)
        again.click()
        expect(page.locator(".note.stop")).to_contain_text(said)
    page.locator(".note .btn", has_text="就是 420.5").click()
    again.click()
    expect(page.locator(".total")).to_contain_text("净重 420.5 公斤")
    page.fill("#gross", "420.5斤")
    again.click()
    expect(page.locator("dialog")).to_contain_text("420.5 斤 = 210.25 公斤，对吗？")
    page.locator("dialog .primary").click()
    page.fill("#gross", "４２０．５")
    page.fill("#tare", "500")
    again.click()
    expect(page.locator(".note.stop")).to_contain_text("不比皮重 500 公斤多")
    page.fill("#tare", "20.5")
    again.click()
    expect(page.locator(".total")).to_contain_text("共 3 筐，净重 1\u2009030.75 公斤")


def a_full_phone_says_so_and_keeps_the_page(phone, plots):
    page = phone.page
    page.locator("footer .primary").click()
    for _ in range(4):
        page.locator("footer .btn", has_text="跳过").click()
    expect(page.locator("h2.ask")).to_have_text("核对后保存")
    page.evaluate("""() => { const real = IDBObjectStore.prototype.put; window.restore = () => { IDBObjectStore.prototype.put = real; };
        IDBObjectStore.prototype.put = function put(value) { if (this.name === "ops") throw new DOMException("full", "QuotaExceededError"); return real.call(this, value); }; }""")
    page.locator("footer .primary").click()
    expect(page.locator(".said .note.stop")).to_contain_text("手机存储已满，这条没有存下")
    page.evaluate("restore()")
    page.locator("footer .primary").click()
    expect(page.locator(".saved")).to_be_visible()
    assert len(phone.rows()) == 2


def three_days_are_an_alarm(phone, plots):
    phone.ask(
        """async ({store}) => { for (const row of await store.all('ops')) await store.put('ops', {...row, savedAt: row.savedAt - 3.1 * 86400000}); }"""
    )
    page = phone.page
    page.goto(f"{phone.address}/field/app#/home")
    expect(page.locator(".note.stop")).to_contain_text("已超过 3 天")


def only_one_tab_sends(phone, plots):
    phone.network(True)
    phone.settled()
    phone.network(False)
    (saved,) = phone.save_harvests(plots[0], "6")
    phone.wire.again()
    phone.context.set_offline(False)
    phone.settled()
    phone.page.evaluate(
        """() => new Promise((held) => navigator.locks.request("loquat-field-sync", () => {
            held();
            return new Promise((done) => { window.letGo = done; });
        }))"""
    )
    (kept,) = phone.save_harvests(plots[0], "7")
    assert phone.ask("({engine}) => engine.syncNow({force: true})") is False
    assert {row["state"] for row in phone.rows() if row["id"] == kept} == {"queued"}
    phone.page.evaluate("letGo()")
    assert phone.sync() is True
    assert {row["state"] for row in phone.rows() if row["id"] in (saved, kept)} == {"done"}


def a_fast_clock_is_told(phone):
    page = phone.page
    page.clock.set_system_time(datetime.fromtimestamp((utcnow() + timedelta(days=2)).timestamp()))
    phone.sync()
    page.goto(f"{phone.address}/field/app#/home")
    page.evaluate("async () => (await import('/static/field/app.js')).draw()")
    expect(page.locator(".note", has_text="手机时间")).to_contain_text(
        "手机时间比标准时间快 2 天，请校正后确认记录时间。"
    )
