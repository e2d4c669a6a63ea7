"""A day in the hills: recorded without a network, the browser killed, the server killed, answers lost; everything arrives once."""

from __future__ import annotations

from playwright.sync_api import expect

from trace.core.clock import business_date
from trace.db import db
from trace.field.models import Harvest
from trace.lots.models import Lot
from trace.sync.models import SyncOp


def harvest(page, weight: str = "420.5") -> None:
    """Answer the questions of a harvest as a clerk does."""
    page.locator(".tile.harvest").click()
    page.locator(".choice", has_text="老屋背").click()
    page.locator(".choice", has_text="鲜果").click()
    page.locator(".choice", has_text="今天").click()
    page.fill("#gross", weight)
    page.locator("footer .primary").click()
    for _ in range(4):
        page.locator("footer .btn", has_text="跳过").click()
    expect(page.locator("h2.ask")).to_have_text("核对后保存")
    page.locator("footer .primary").click()
    expect(page.locator(".saved")).to_contain_text("已存在手机里")


def test_saved_offline_killed_twice_and_delivered_once(new_phone, server, plots):
    phone = new_phone(server.port)
    phone.open()
    phone.enrol()
    phone.network(False)
    page = phone.page
    harvest(page)
    phone.save_harvests(plots[0], "100", "60")
    phone.kill()
    page = phone.open(network=False)
    phone.unlock()
    expect(page.locator(".queue-line")).to_contain_text("待同步 3 条")
    expect(page.locator(".net")).to_have_text("无网络")
    harvest(page, "12")
    server.kill()
    phone.network(True)
    assert phone.sync() is False
    assert phone.counts()["waiting"] == 4
    server.start()
    assert phone.sync() is True
    assert phone.sync() is True
    agrees_with_the_database(phone, 4)
    page.goto(f"{phone.address}/field/app#/queue")
    expect(page.locator(".record .badge", has_text="已送达")).to_have_count(4)
    assert phone.problems == []


def agrees_with_the_database(phone, count: int) -> None:
    """Every receipt on the phone is the platform's, every record is there once and nothing else is."""
    rows = phone.rows()
    assert len(rows) == count
    with db.connection_context():
        kept = {row.op_id: row for row in SyncOp.select()}
        lots = {lot.code: lot for lot in Lot.select()}
        assert len(kept) == len(lots) == Harvest.select().count() == count
    for row in rows:
        assert row["state"] == "done", row
        assert row["receipt"]["status"] in ("created", "exists")
        assert kept[row["id"]].record_code == row["receipt"]["record"]["code"]
        lot = lots[row["receipt"]["record"]["code"]]
        assert lot.made_on == business_date()
        assert f'"{row["op"]["sig"]}"' in bytes(kept[row["id"]].raw).decode()


def test_what_becomes_of_a_record_that_waits(phone, plots):
    an_answer_lost_after_the_commit_costs_a_repeat_and_no_double(phone, plots)
    a_waiting_record_is_edited_or_deleted_before_it_leaves(phone, plots)
    a_refused_record_is_corrected_under_a_new_id(phone, plots)
    assert phone.problems == []


def an_answer_lost_after_the_commit_costs_a_repeat_and_no_double(phone, plots):
    first = phone.save_harvests(plots[0], "31", "32", "33")
    phone.wire.cut_after(0, "down", for_good=True)
    assert phone.sync() is False
    with db.connection_context():
        assert SyncOp.select().count() == 3, "it was committed, only the answer is lost"
    waiting = phone.rows()
    # How often the phone tried meanwhile depends on the machine.
    assert {row["state"] for row in waiting} == {"queued"} and all(row["attempts"] >= 1 for row in waiting)
    assert phone.ask("({ops}, id) => ops.deleteWaiting(id)", first[0]) is False, (
        "what was on its way cannot be taken back"
    )
    assert phone.ask("({ops}, id) => ops.editWaiting(id, {})", first[0]) is False
    phone.wire.again()
    assert phone.sync() is True
    assert {row["receipt"]["status"] for row in phone.rows()} == {"exists"}
    agrees_with_the_database(phone, 3)


def a_waiting_record_is_edited_or_deleted_before_it_leaves(phone, plots):
    phone.network(False)
    keep, gone = phone.save_harvests(plots[0], "40", "50")
    page = phone.page
    page.goto(f"{phone.address}/field/app#/one/{gone}")
    page.locator("footer .btn", has_text="删除").click()
    page.locator("dialog .danger").click()
    expect(page.locator("h1")).to_have_text("待传记录")
    expect(page.locator(".record .badge", has_text="等待")).to_have_count(1)
    page.goto(f"{phone.address}/field/app#/one/{keep}")
    page.locator("footer .primary", has_text="修改").click()
    page.locator(".answers a", has_text="重量").click()
    page.get_by_role("button", name="去掉第 1 筐").click()
    page.fill("#gross", "41.5")
    page.locator("footer .primary").click()
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    phone.network(True)
    assert phone.sync() is True
    rows = {row["id"]: row for row in phone.rows()}
    row = rows[keep]
    assert gone not in rows and row["op"]["body"]["quantity"] == "41.5" and row["state"] == "done"


def a_refused_record_is_corrected_under_a_new_id(phone, plots):
    """The platform knows what the phone cannot know; its words stand in the queue."""
    refused = phone.ask(
        """async ({ops}, plot) => ops.saveOperation("harvest.record", {plot, part: "fruit", on: "2026-01-02", quantity: "9", unit: "公斤"})""",
        plots[0],
    )
    assert phone.sync() is True
    page = phone.page
    page.goto(f"{phone.address}/field/app#/one/{refused}")
    expect(page.locator(".note.stop")).to_contain_text("补录")
    page.locator("footer .primary", has_text="更正").click()
    page.locator("#reason-late_reason").fill("本子记的，今天补上")
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    phone.sync()
    last = [f"{row['op']['kind']} {row['state']}" for row in phone.rows()[-3:]]
    assert sorted(last) == ["discard done", "harvest.record discarded", "harvest.record done"], phone.rows()
    with db.connection_context():
        assert Lot.select().count() == 5
        assert SyncOp.get(SyncOp.op_id == refused).discarded_at is not None
