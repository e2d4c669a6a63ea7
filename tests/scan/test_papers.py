"""Certificates, tests, visits and cartons on the consumer page; what is kept of a page follows them at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import pesticides as table
from trace.core.clock import utcnow
from trace.db import db
from trace.labels import services as labels
from trace.labels import sheets
from trace.labels.models import LabelRun
from trace.land.services import record_visit
from trace.lots.models import Lot
from trace.lots.services import release_hold
from trace.pesticides import queries as pesticides
from trace.quality.certificate_models import Certificate
from trace.quality.testing import Line, Paper, record_report
from trace.registry.models import Party
from trace.scan import express


def words(text: str, name: str) -> str:
    """The plain words of one section of the page."""
    section = text.split(f'id="{name}"')[1].split(">", 1)[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def report(actor, run, *lines: Line, no: str = "R1", **more: object):
    """A laboratory's report on the fruit of the pack."""
    lot = Lot.get(Lot.code == run.harvest_code)
    paper = Paper(
        lot.code, "示例检测中心", no, "S" + no, lot.made_on, "采样员", more.pop("method", "quant"), lines,
        entrusted=True, cma="180012345678", **more,
    )  # fmt: skip
    return record_report(actor, paper)


def limits(bureau: object) -> None:
    """A limit for imidacloprid in the fruit; none for anything else."""
    table.row(bureau, "food_paths", taxon=pesticides.taxon_named("土枇杷"), part="fruit", food_path="水果")
    table.row(
        bureau, "residue_limits", food_path="水果", active="吡虫啉", ng_kg=500_000, typed="0.5", std_version="测试标准"
    )


def test_certificates_of_organisations_are_linked_and_those_of_households_counted(client, home, run):
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    with db.connection_context():
        numbers = [row.no for row in Certificate.select()]
    said = words(page, "papers")
    assert len(numbers) == 2 and "承诺：青坡合作社" in said and "质量安全控制" in said
    for no in numbers:
        assert f'<a href="/cert/{no}">' in page and client.get(f"/cert/{no}").status_code == 200
    with db.connection_context():
        Party.update(kind="household").where(Party.id == home.coop.id).execute()
    client.application.extensions["scan_pages"].forget()
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert not any(no in page for no in numbers) and "农户开具的 2 张" in words(page, "papers")


def test_a_result_without_a_limit_is_never_called_a_pass(client, home, run):
    code = sheets.code_at(run, 0)
    assert "没有登记。" in words(client.get(f"/t/{code}").text, "tests")
    with db.connection_context():
        limits(home.actor("bureau"))
        report(home.actor("coop"), run, Line("多菌灵", "0.02", "0.01"), Line("阿维菌素", "未检出", "0.01"))
    said = words(client.get(f"/t/{code}").text, "tests")
    assert "未检出 1 项。" in said and "没有限量的 1 项，只供参考，不作判定。" in said and "合格" not in said
    assert "示例检测中心" in said and "多菌灵、阿维菌素" in said and "采收批" in said
    with db.connection_context():
        report(home.actor("coop"), run, Line("吡虫啉", "0.5", "0.01"), no="R2")
    said = words(client.get(f"/t/{code}").text, "tests")
    assert "检出但不超过限量、合格 1 项。" in said


def test_a_report_that_holds_the_pack_is_told_when_the_hold_is_decided(client, home, run):
    code = sheets.code_at(run, 0)
    with db.connection_context():
        limits(home.actor("bureau"))
        bad = report(home.actor("coop"), run, Line("吡虫啉", "0.6", "0.01"))
    held = client.get(f"/t/{code}").text
    assert "正在核查" in held and "结果未定" in words(held, "tests") and "超过限量" not in held
    with db.connection_context():
        release_hold(home.actor("market"), bad.hold.code, "复检符合")
    assert "超过限量、不合格 1 项：吡虫啉。" in words(client.get(f"/t/{code}").text, "tests")


def test_what_is_kept_follows_certificates_and_tests_at_once(client, home, run, app, monkeypatch):
    code = sheets.code_at(run, 0)
    for _ in range(2):
        client.get(f"/t/{code}")
    with db.connection_context():
        report(home.actor("coop"), run, Line("阿维菌素", "未检出", "0.01"))
    assert "未检出 1 项。" in client.get(f"/t/{code}").text
    with db.connection_context():
        row = Certificate.select().where(Certificate.lot == Lot.get(Lot.code == run.harvest_code)).get()
        Certificate.update(state="cancelled", cancelled_at=utcnow(), cancelled_by="测试员", cancel_reason="写错").where(
            Certificate.id == row.id
        ).execute()
    assert f"{row.no}</a> <strong>已作废</strong>" in client.get(f"/t/{code}").text
    monkeypatch.setattr(express.Express, "_learn", lambda *_: pytest.fail("asked again without a change"))
    assert client.get(f"/t/{code}").status_code == 200


def test_visits_say_how_much_of_the_pack_they_cover(client, home, run):
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert "还没有到现场查验" in page and "全部来自同一个村。" in page
    with db.connection_context():
        plot = Lot.get(Lot.code == run.harvest_code).plot
        verifier = home.actor("verifier_forestry")
        record_visit(
            verifier, plot.code, kind="year1", visited_on=plot.planted_on + timedelta(days=400), sampled=100, alive=90
        )
    client.application.extensions["scan_pages"].forget()
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert "县林业部门到地块查验过的占 50.0%，最近一次" in page


def test_every_section_says_who_recorded_and_who_verified(client, run):
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    sections = re.findall(r'<section class="part.*?</section>', page, re.S)
    for section in sections[:3]:
        plain = re.sub(r"<[^>]+>", "", section)
        assert "登记：" in plain and "核实：" in plain, plain[:80]


def test_a_carton_says_what_it_holds_and_counts_no_suspicion(client, home, run):
    with db.connection_context():
        plant = home.actor("plant")
        cartons = labels.make_cartons(plant, run.no, 24)
        labels.activate_run(plant, cartons.no)
    first, last = (client.get(f"/t/{sheets.code_at(cartons, n)}").text for n in (0, 1))
    assert "本箱装 24 件，包装序号 1—24。" in first and "× 24" in first
    assert "本箱装 16 件，包装序号 25—40。" in last
    for text in (first, last):
        assert text.split('class="mark">')[1].startswith("箱码") and "谨防假冒" not in text
        assert len(text.encode()) < 50_000
    with db.connection_context():
        LabelRun.update(state="made", activated_at=None).where(LabelRun.id == cartons.id).execute()
    assert "该码尚未启用" in client.get(f"/t/{sheets.code_at(cartons, 0)}").text
