"""Eleven answers, each its own; what is kept of a page; nothing personal on any of them."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine

from tests.scan.conftest import HOUSEHOLD, TELEPHONE, flush
from tests.scan.test_counting import scan
from trace.app import create_app
from trace.core.clock import utcnow
from trace.db import close_database, db
from trace.labels import services as labels
from trace.labels import sheets
from trace.labels.codes import batch_book
from trace.labels.models import LabelRun
from trace.land.models import Plot
from trace.lots.services import place_hold, release_hold
from trace.quality.services import open_recall
from trace.registry.models import Party
from trace.scan import express

PERSONAL = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]|1(?:09|1[0-4])\.\d{2,}|\b2[4-9]\.\d{3,}|430422\d{6}-\d{4}")
"""Mobiles, ID numbers, longitudes and latitudes of the county, codes of plots."""


def pages_of_all_states(client, home, run) -> dict[str, str]:
    """One page per answer."""
    found = {"unknown": client.get("/t/" + "W" * 20).text, "first": client.get(f"/t/{sheets.code_at(run, 0)}").text}
    flush()
    found["valid"] = client.get(f"/t/{sheets.code_at(run, 0)}").text
    scan(run, ["203.0.113.1"] * 6, index=1)
    found["many"] = client.get(f"/t/{sheets.code_at(run, 1)}").text
    scan(run, [f"{60 + n}.2.3.4" for n in range(12)], utcnow(), timedelta(seconds=1), index=2)
    found["suspect"] = client.get(f"/t/{sheets.code_at(run, 2)}").text
    found["batch"] = client.get(f"/t/{batch_book().write(run.lot_id)}").text
    with db.connection_context():
        labels.void_unit(home.actor("plant"), sheets.code_at(run, 3), "破损")
    found["voided"] = client.get(f"/t/{sheets.code_at(run, 3)}").text
    with time_machine.travel(utcnow() + timedelta(days=400), tick=False):
        found["expired"] = client.get(f"/t/{sheets.code_at(run, 0)}").text
    with db.connection_context():
        hold = place_hold(home.actor("bureau"), run.lot.code, "待检")
    found["held"] = client.get(f"/t/{sheets.code_at(run, 0)}").text
    with db.connection_context():
        release_hold(home.actor("market"), hold.code, "合格")
        recall = open_recall(home.actor("bureau"), run.harvest_code, "农残超标", "农药残留超标", "0734-8555555")
    found["recalled"] = client.get(f"/t/{sheets.code_at(run, 0)}").text
    with db.connection_context():
        release_hold(home.actor("market"), recall.code, "复检合格")
        LabelRun.update(state="made", activated_at=None).execute()
    found["not_active"] = client.get(f"/t/{sheets.code_at(run, 0)}").text
    return found


def test_eleven_answers_each_with_its_own_advice(client, home, run):
    pages = pages_of_all_states(client, home, run)
    banners = {
        name: re.sub(r"<[^>]+>", " ", text.split('class="verdict')[1].split("</section>")[0])
        for name, text in pages.items()
    }
    assert len(pages) == 11 and len({re.sub(r"\s+", " ", text) for text in banners.values()}) == 11
    for name, words in {
        "unknown": "不是本平台赋码的产品", "recalled": "这是正品，但这一批有问题", "voided": "请勿食用", "held": "核查不等于不合格", "expired": "请不要食用",
        "not_active": "请向销售方核实", "suspect": "标签可能被人复印", "batch": "不能凭查询次数辨别真假", "many": "查询次数多不等于假冒",
        "first": "首次查询", "valid": "第 2 次查询",
    }.items():  # fmt: skip
        assert words in banners[name], name
    assert not any("假冒" in banners[name] or "伪" in banners[name] for name in ("recalled", "held", "expired"))
    for name, text in pages.items():
        assert len(text.encode()) < 50_000, name
        assert "<script" not in text and "style=" not in text, name
        assert text.count("<h1") == 1, name


def test_nothing_personal_on_any_of_them(client, home, run):
    pages = pages_of_all_states(client, home, run)
    with db.connection_context():
        secrets = {HOUSEHOLD, TELEPHONE, *(plot.code for plot in Plot.select())}
        people = {party.name for party in Party.select().where(Party.kind == "household")}
    pages["form"] = client.get(f"/t/{sheets.code_at(run, 0)}/complaint").text
    pages["links"] = client.get(f"/t/{sheets.code_at(run, 0)}", headers={"Accept": "application/linkset+json"}).text
    for name, text in pages.items():
        plain = re.sub(r"\?v=[0-9a-f]+|csrf_token\" value=\"[^\"]+|\b[0-9a-f]{32,}\b", "", text)
        assert not {word for word in secrets | people if word in plain}, name
        assert PERSONAL.findall(plain) == [], name


def test_a_household_that_packs_is_not_named(client, home, run):
    with db.connection_context():
        Party.update(kind="household").where(Party.id == home.plant.id).execute()
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert "青岭食品厂" not in page and "<dd>农户</dd>" in page


def test_each_step_says_who_recorded_and_who_verified(client, run):
    story = client.get(f"/t/{sheets.code_at(run, 0)}").text.split('id="story"')[1].split("</section>")[0]
    steps = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)) for part in story.split("<li>")[1:]]
    assert [step.split()[0] for step in steps] == ["栽植", "采收", "收购", "烘干", "包装"]
    assert "登记：青坡合作社 核实：收货单位过磅 交接双方都登记" in steps[1]
    assert "登记：青岭食品厂 核实：平台 单方登记，平台核对数量" in steps[3]
    assert "核实：无 单方登记，未查验" in steps[0]


def test_the_second_scan_is_answered_before_flask(app, client, run, monkeypatch):
    first = client.get(f"/t/{sheets.code_at(run, 0)}")
    monkeypatch.setattr(express.Express, "_learn", lambda *_: (_ for _ in ()).throw(AssertionError("went to Flask")))
    other = client.get(f"/t/{sheets.code_at(run, 5)}")
    assert (other.status_code, dict(other.headers)) == (200, dict(first.headers))
    one, two = (sheets.code_at(run, n) for n in (0, 5))
    assert other.text == first.text.replace(one, two).replace(
        "-".join(one[n : n + 4] for n in range(0, 20, 4)), "-".join(two[n : n + 4] for n in range(0, 20, 4))
    )
    again = client.get(f"/t/{two}?from=timeline")
    assert "Set-Cookie" not in again.headers and again.headers["X-Robots-Tag"] == "noindex"


def test_another_process_sees_a_recall_at_once(app, client, home, run, database_url):
    """A second application with its own kept pages, as another process has them."""
    code = sheets.code_at(run, 0)
    close_database()
    other = create_app(app.config["TRACE"]).test_client()
    for browser in (client, other, client, other):
        assert "登记信息有效" in browser.get(f"/t/{code}").text
    with db.connection_context():
        recall = open_recall(home.actor("bureau"), run.harvest_code, "农残超标", "农药残留超标", "0734-8555555")
    assert all("本批次已召回" in browser.get(f"/t/{code}").text for browser in (client, other))
    with db.connection_context():
        release_hold(home.actor("market"), recall.code, "复检合格")
        labels.void_unit(home.actor("plant"), code, "破损")
    assert all("该标签已作废" in browser.get(f"/t/{code}").text for browser in (client, other))
    assert "登记信息有效" in other.get(f"/t/{sheets.code_at(run, 1)}").text


def test_languages_and_people_signed_in_have_pages_of_their_own(client, run, sign_in):
    code = sheets.code_at(run, 0)
    for _ in range(2):
        assert 'lang="zh-CN"' in client.get(f"/t/{code}").text
        assert 'lang="en"' in client.get(f"/t/{code}?lang=en").text
        assert 'lang="zh-CN"' in client.get(f"/t/{code}?lang=xx").text
    assert sign_in("plant").get(f"/t/{code}").headers["Cache-Control"] == "private, no-store"
    assert client.get(f"/t/{code}").headers["Cache-Control"] == "no-cache"
    client.set_cookie("lang", "en")
    assert 'lang="en"' in client.get(f"/t/{code}").text
