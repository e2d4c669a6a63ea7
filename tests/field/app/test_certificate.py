"""C12 in the app: numbers fetched once with a network, a certificate issued in airplane mode for a harvest that still waits, its QR verifies after sync."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import certificates
from tests.factories import county as make
from trace.core.clock import business_date
from trace.db import db
from trace.field import activity_schemas
from trace.field.activities import record_activity
from trace.quality.certificate_models import Certificate, NumberBlock

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def plots(app) -> list[str]:
    """A plot of a cooperative that may issue, with a record of this season."""
    with db.connection_context():
        home = make.county()
        certificates.able_to_issue(home.coop)
        coop = home.actor("coop")
        plot = make.plot(coop, home, name="老屋背")
        values = activity_schemas.read("tend", {"on": business_date().isoformat(), "work": "irrigate"})
        record_activity(coop, plot_code=plot.code, activity="tend", on=values.pop("on"), values=values)
        return [plot.code]


def test_issued_without_signal_verified_after(phone, plots, port):
    page = phone.page
    page.locator(".tile.certificate").click()
    expect(page.locator(".note.stop")).to_contain_text("离线编号已用完，请联网领取。")
    page.locator(".note .btn", has_text="领取编号").click()
    expect(page.locator(".note.stop")).to_have_count(0)
    phone.network(False)
    phone.save_harvests(plots[0], "120.5")
    first = issue(page, phone, "100")
    second = issue(page, phone, "20.5")
    assert int(second[-4:]) == int(first[-4:]) + 1
    page.goto(f"{phone.address}/field/app#/certificate")
    expect(page.locator("main")).to_contain_text("没有可开证的鲜果、鲜叶批次。")
    phone.network(True)
    assert phone.sync() is True
    assert [row["state"] for row in phone.rows()] == ["done"] * 3
    with db.connection_context():
        assert {row.no for row in Certificate.select()} == {first, second}
        assert NumberBlock.select().count() == 1
    page.goto(f"{phone.address}/cert/{first}")
    expect(page.locator("body")).to_contain_text("有效")
    assert phone.problems == []


def issue(page, phone, quantity: str) -> str:
    page.goto(f"{phone.address}/field/app#/certificate")
    page.locator(".choice", has_text="待同步的采收").click()
    page.locator("#number").fill(quantity)
    page.locator("footer .primary", has_text="下一步").click()
    expect(page.locator(".facts")).to_contain_text("质量安全控制")
    page.locator("footer .primary", has_text="承诺并开具").click()
    expect(page.locator(".cert-paper h2")).to_have_text("承诺达标合格证")
    expect(page.locator(".note.todo")).to_contain_text("联网后扫码才能核验")
    return page.locator(".cert-paper .code").inner_text()
