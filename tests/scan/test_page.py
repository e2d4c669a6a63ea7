"""The consumer page: a different answer for each state, nothing personal, counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.scan.conftest import flush, heading
from trace.core.clock import business_date, utcnow
from trace.db import db
from trace.labels import services as labels
from trace.labels import sheets
from trace.labels.models import LabelRun
from trace.lots.services import place_hold, release_hold
from trace.quality.services import open_recall
from trace.scan import queries
from trace.scan.models import UnitScan


def test_first_scan_tells_the_story(client, run):
    answer = client.get(f"/t/{sheets.code_at(run, 0)}")
    assert answer.status_code == 200
    for words in (
        "首次查询",
        "土枇杷干果",
        "青岭食品厂",
        "松江镇",
        "烘干",
        "采收",
        "Ehretia dicksonii",
        "食品属性待主管部门确认",
    ):
        assert words in answer.text, words
    assert len(answer.data) < 20_000
    # The certificate is called by its name; nothing is called passed that was not tested against a limit.
    assert "合格" not in answer.text.replace("合格证", "").replace("没有检测不等于不合格", "")


def test_nothing_personal_leaves_the_house(client, run):
    text = client.get(f"/t/{sheets.code_at(run, 0)}").text
    for secret in ("王喆", "13800001234", "112.6", "26.7", "演示", "<script"):
        assert secret not in text, secret


def test_scans_are_counted_and_many_of_them_are_said(client, run):
    code = sheets.code_at(run, 1)
    for _ in range(4):
        client.get(f"/t/{code}")
        flush()
    answer = client.get(f"/t/{code}")
    assert "多次查询" in answer.text
    assert f"该码已被查询 5 次，首次 {business_date()}，如非您本人查询请谨防假冒。" in answer.text
    flush()
    with db.connection_context():
        assert UnitScan.get().count == 5


def test_an_altered_or_invented_code_is_unknown_and_asks_no_database(client, run, monkeypatch):
    code = sheets.code_at(run, 0)
    altered = code[:-1] + ("0" if code[-1] != "0" else "1")
    monkeypatch.setattr(queries, "find", lambda serial: pytest.fail("the database was asked"))
    for wrong in (altered, "X" * 20, "1" * 20, "abc"):
        answer = client.get(f"/t/{wrong}")
        assert answer.status_code == 404
        assert heading(answer) == "追溯码不存在或有误，请核对或重新扫描。"


def test_guessing_is_slowed_down(client, run):
    statuses = [client.get(f"/t/{'Z' * 20}").status_code for _ in range(35)]
    assert statuses[:30] == [404] * 30
    assert statuses[-1] == 429
    assert "查询过于频繁" in client.get(f"/t/{'Z' * 20}").text


def test_recall_reaches_the_page_through_every_step_and_release_restores_it(client, home, run):
    code = sheets.code_at(run, 0)
    with db.connection_context():
        hold = open_recall(home.actor("bureau"), run.harvest_code, "农残超标", "农药残留超标", "0734-8555555")
    answer = client.get(f"/t/{code}")
    assert heading(answer).startswith("本批次已召回，请停止食用，联系电话 ") and "0734-8555555" in heading(answer)
    assert "农药残留超标" in answer.text and "0734-8555555" in answer.text and "一路走来" in answer.text
    with db.connection_context():
        release_hold(home.actor("market"), hold.code, "复检合格")
    assert heading(client.get(f"/t/{code}")) == "土枇杷干果"


def test_hold_void_inactive_and_expired_each_say_so(client, home, run):
    code = sheets.code_at(run, 0)
    with db.connection_context():
        hold = place_hold(home.actor("bureau"), run.lot.code, "待检")
    assert heading(client.get(f"/t/{code}")) == "本批次正在核查，请暂缓食用"
    with db.connection_context():
        release_hold(home.actor("market"), hold.code, "合格")
        labels.void_unit(home.actor("plant"), sheets.code_at(run, 2), "破损")
    assert heading(client.get(f"/t/{sheets.code_at(run, 2)}")) == "该标签已作废"
    with time_machine.travel(utcnow() + timedelta(days=400), tick=False):
        assert heading(client.get(f"/t/{code}")).startswith("已过保质期")
    with db.connection_context():
        LabelRun.update(state="made", activated_at=None).execute()
    assert heading(client.get(f"/t/{code}")) == "该码尚未启用"


def test_english_by_switch(client, run):
    answer = client.get(f"/t/{sheets.code_at(run, 0)}?lang=en")
    assert 'lang="en"' in answer.text
    assert "Tupipa (Ehretia dicksonii)" in answer.text
