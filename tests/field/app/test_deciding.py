"""What the phone decides and warns of besides recording: suspected duplicates, planting, and the rules P6, P7 and P9."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.factories import pesticides as tables
from tests.factories.scales import weigh
from trace.accounts import queries as accounts
from trace.core.clock import business_date, utcnow
from trace.db import db
from trace.field import activities
from trace.field.weigh_models import SuspectedDuplicate
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def test_deciding_planting_and_warnings(phone, plots):
    """One phone, one day."""
    the_clerk_decides_without_network(phone, plots)
    a_receipt_leads_to_the_decision(phone, plots)
    planting_is_recorded(phone)
    the_phone_warns_as_the_platform_does(phone, plots)
    assert phone.problems == []


def written_twice(plots) -> list[tuple[str, str]]:
    """Two pairs of harvests that look alike, of two plots."""
    with db.connection_context():
        coop, now = accounts.actor_of(accounts.user_named("coop")), utcnow()
        made = []
        for code in plots:
            plot = Plot.get(Plot.code == code)
            pair = [
                weigh(coop, plot, (kg,), on=date(2026, 7, 18), made_at=at, device=device, late_reason="测试").lot.code
                for kg, at, device in (("420.5", now - timedelta(minutes=20), "a"), ("418", now, "b"))
            ]
            made.append((pair[0], pair[1]))
    return made


def the_clerk_decides_without_network(phone, plots):
    """One pair is merged, the other kept; decided on the phone it is asked no more, and the platform hears of it later."""
    page, twice = phone.page, written_twice(plots)
    phone.ask("({pack}) => pack.refreshPack(null, true)")
    phone.network(False)
    for (_, second), choice, ready in (
        (twice[0], "一批，合并", "同一批称了两遍"),
        (twice[1], "两批，都留", "各称了一批"),
    ):
        page.goto(f"{phone.address}/field/app#/duplicate/{second}")
        expect(page.locator(".clash")).to_have_count(2)
        expect(page.locator(".note.todo")).to_contain_text("疑似重复：20 分钟前演某已登记同一地块 420.5 公斤。")
        page.locator("footer .btn", has_text=choice).click()
        page.locator("footer .primary").click()
        expect(page.locator(".said .note.stop")).to_have_text("请先填写原因。")
        page.locator(".chip", has_text=ready).click()
        page.locator("footer .primary").click()
        expect(page.locator(".saved")).to_be_visible()
    page.goto(f"{phone.address}/field/app#/duplicates")
    expect(page.locator("main .nothing")).to_have_text("没有要判定的。")
    phone.network(True)
    assert phone.sync()
    with db.connection_context():
        rows = [row.outcome for row in SuspectedDuplicate.select().order_by(SuspectedDuplicate.id)]
        left = {lot.code: lots.balance(lot) for lot in Lot.select()}
    assert rows == ["merged", "both"]
    assert [left[code] for pair in twice for code in pair] == [420_500, 0, 420_500, 418_000]


def a_receipt_leads_to_the_decision(phone, plots):
    """The flag on the receipt opens both records; the pack is fetched for them when it does not know them yet."""
    (saved,) = phone.save_harvests(plots[0], "420.5")
    with db.connection_context():
        coop = accounts.actor_of(accounts.user_named("coop"))
        weigh(coop, Plot.get(Plot.code == plots[0]), ("420",), on=business_date(), made_at=utcnow(), device="b")
    assert phone.sync()
    page = phone.page
    page.goto(f"{phone.address}/field/app#/one/{saved}")
    page.locator("footer .btn", has_text="判定").click()
    expect(page.locator(".clash")).to_have_count(2)
    expect(page.locator(".clash").first).to_contain_text("420 公斤")


def planting_is_recorded(phone):
    page = phone.page
    phone.network(False)
    page.goto(f"{phone.address}/field/app#/home")
    page.locator(".tile.planting").click()
    page.locator(".choice", has_text="老屋背").click()
    page.locator(".search input").fill("自育")
    page.locator(".choice", has_text="自育").click()
    page.fill("#number", "20")
    page.locator("footer .primary").click()
    page.locator(".choice", has_text="3×4").click()
    page.locator(".choice", has_text="容器苗").click()
    page.fill("#number", "2")
    page.locator("footer .primary").click()
    page.locator(".choice", has_text="今天").click()
    for _ in range(2):
        page.locator("footer .btn", has_text="跳过").click()
    expect(page.locator(".answers")).to_contain_text("3×4")
    expect(page.locator("main")).to_contain_text("没有关联苗木出圃单")
    expect(page.locator("main")).to_contain_text("每亩 10 株，不在常见的")
    page.locator("footer .primary").click()
    expect(page.locator(".said .note.stop")).to_have_text("请先填写原因。")
    page.fill("#reason-density_reason", "补植")
    page.locator("footer .primary").click()
    expect(page.locator(".saved")).to_be_visible()
    phone.network(True)
    assert phone.sync()
    row = phone.rows()[-1]
    assert row["state"] == "done" and row["receipt"]["record"]["code"].startswith("DA26-")
    assert {"source": "自育", "count": 20, "area": "2", "density_reason": "补植"}.items() <= row["op"]["body"].items()


def spray(actor, plot: str, day: date) -> list[str]:
    """What the platform says of a spraying of that day, in the words people read."""
    content = tables.spray_body(dose_milli=45_000, area_m2=1333)
    content.pop("area")
    kept = activities.record_activity(actor, plot_code=plot, activity="spray", on=day, values=content)
    return [message.template % message.values for message in kept.warnings]


def the_phone_warns_as_the_platform_does(phone, plots):
    """P6, P7 and P9, without network, in the very words of the platform; three sprayings on the phone itself count too."""
    today = business_date()
    with db.connection_context():
        coop = accounts.actor_of(accounts.user_named("coop"))
        tables.load_all(accounts.actor_of(accounts.user_named("bureau")))
        Plot.update(management="organic").where(Plot.code == plots[0]).execute()
        spray(coop, plots[0], today - timedelta(days=3))
    phone.ask("({pack}) => pack.refreshPack(null, true)")
    phone.network(False)
    body = {
        **tables.spray_body(),
        "activity": "spray",
        "plot": plots[0],
        "on": today.isoformat(),
        "product": "示例吡虫啉",
    }
    warn = """async ({pack}, [form, values]) => {
        const {FORMS} = await import('/static/field/forms.js');
        const known = await pack.pack();
        const plot = known.plots.find((one) => one.code === values.plot);
        const found = await FORMS[form].warnings({values, pack: {...known, pesticides: pack.pesticidesFor(known, plot)}, draft: {}});
        return found.map((one) => one.words);
    }"""
    first = phone.ask(warn, ["spray", body])
    said = f"距上次使用同一有效成分吡虫啉（{(today - timedelta(days=3)).month}月{(today - timedelta(days=3)).day}日）仅 3 天，标签规定间隔 10 天。"
    assert said in first and not [words for words in first if "本季第" in words]
    assert [
        words for words in first if words.startswith("该地块为有机或有机转换地块，所用产品不在有机生产允许清单内。")
    ]
    phone.ask(
        """async ({ops, pack}, body) => { const ids = await ops.saveOperations([{kind: "activity.record", body}]); await pack.remember(ids[0], body, "activity.record"); }""",
        body,
    )
    third = phone.ask(warn, ["spray", body])
    assert "本季第 3 次使用该产品，标签规定每季最多 2 次。" in third
    with db.connection_context():
        spray(coop, plots[0], today - timedelta(days=1))
        there = spray(coop, plots[0], today)
    assert "本季第 3 次使用该产品，标签规定每季最多 2 次。" in there
    other = phone.ask(warn, ["spray", {**body, "plot": plots[1]}])
    assert not [words for words in other if "有机" in words or "间隔" in words and "距上次" in words]
    compound = {"plot": plots[0], "on": today.isoformat(), "product": "复合肥", "fertiliser": "compound"}
    manure = {**compound, "product": "栏粪", "fertiliser": "manure"}
    assert ["有机" in " ".join(phone.ask(warn, ["fertilise", values])) for values in (compound, manure)] == [
        True,
        False,
    ]
