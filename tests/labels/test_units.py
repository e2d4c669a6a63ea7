"""What happens to single labels: printed, activated by range, voided, reprinted, in cartons; marks, GTINs and balance."""

from __future__ import annotations

import os
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any

import pytest

from tests.factories import county as make
from trace.accounts import queries as accounts
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import connect_database, db
from trace.gs1.services import register_article, register_prefix
from trace.invariants import all_findings
from trace.jobs import queue
from trace.labels import balance, printing, queries, services, sheets
from trace.labels.models import LabelRun, LabelUnit
from trace.labels.rules import UnitState
from trace.land.models import Plot
from trace.layouts import press
from trace.lots.services import place_hold, release_hold
from trace.processing.services import Input, Output, pack, record_operation, record_run
from trace.registry.models import SiteSetting, Title


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def packs(home, coop):
    lot = make.harvest(coop, make.plot(coop, home))
    dried = record_run(coop, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    return pack(coop, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]


@pytest.fixture(autouse=True)
def sound(database):
    """Every story ends with every invariant true."""
    yield
    assert list(all_findings("labels")) == []


def state(run: LabelRun, number: int) -> UnitState:
    return queries.unit_at(queries.run_by_no(run.no), number).state


def test_a_label_goes_from_made_to_printed_to_activated(app, coop, packs):
    run = services.make_run(coop, packs.code, 40)
    assert state(run, 1) == UnitState.MADE
    settings = app.config["TRACE"]
    printing.take_sheet(coop, run.no, settings.instance, settings.base_url)
    assert state(run, 1) == UnitState.PRINTED
    services.activate_run(coop, run.no, 1, 25)
    assert (state(run, 25), state(run, 26)) == (UnitState.ACTIVATED, UnitState.PRINTED)
    with pytest.raises(RuleBroken, match="第 20 至 30 枚中有的已经启用"):
        services.activate_run(coop, run.no, 20, 30)
    with pytest.raises(Invalid, match="这批标签编号为第 1 至 40 枚"):
        services.activate_run(coop, run.no, 26, 41)
    assert services.activate_run(coop, run.no, 26, 40).state == "activated"
    assert state(run, 40) == UnitState.ACTIVATED


def test_a_reprint_needs_a_reason_and_voids_the_old_serials(coop, packs):
    run = services.make_run(coop, packs.code, 40)
    with pytest.raises(Invalid, match="请填写原因"):
        services.reprint(coop, run.no, 3, 5, "  ")
    new = services.reprint(coop, run.no, 3, 5, "卡纸印坏")
    assert (new.count, new.replaces_id, new.reason) == (3, run.id, "卡纸印坏")
    assert [state(run, n) for n in (2, 3, 5, 6)] == [
        UnitState.MADE,
        UnitState.REPRINTED,
        UnitState.REPRINTED,
        UnitState.MADE,
    ]
    assert [unit.replaced_by for unit in LabelUnit.select().order_by(LabelUnit.serial)] == [
        new.first_serial + n for n in range(3)
    ]
    assert balance.live_labels(packs) == 40, "as many as before"
    again = services.reprint(coop, run.no, 4, 7, "又卡纸")
    assert again.count == 2, "those void already are not printed a second time"
    with pytest.raises(RuleBroken, match="这些标签都已作废"):
        services.reprint(coop, run.no, 3, 5, "再来")
    old, fresh = sheets.code_at(run, 2), sheets.code_at(new, 0)
    assert (
        queries.find_unit(coop, old).state == UnitState.REPRINTED
        and queries.find_unit(coop, f"https://x/t/{fresh}").state == UnitState.MADE
    )


def test_voiding_a_range_gives_back_and_needs_rows_only_for_what_is_void(coop, packs):
    run = services.make_run(coop, packs.code, 40)
    assert services.void_range(coop, run.no, 11, 20, "淋湿") == 10
    assert services.void_range(coop, run.no, 15, 22, "淋湿") == 2
    assert LabelUnit.select().count() == 12
    assert services.make_run(coop, packs.code, 12).count == 12
    with pytest.raises(RuleBroken, match="已有有效标签 40 枚，最多还能制 0 枚"):
        services.make_run(coop, packs.code, 1)


def test_packs_destroyed_since_stop_printing_and_activation_until_labels_are_voided(app, coop, packs):
    run, settings = services.make_run(coop, packs.code, 40), app.config["TRACE"]
    record_operation(
        coop,
        {
            "kind": "destroy",
            "inputs": [{"lot": packs.code, "quantity": "5"}],
            "outputs": [],
            "loss": "",
            "reason": "摔碎",
        },
    )
    assert any("40 live labels for 35 packs" in text for text in all_findings("labels"))
    for attempt in (
        lambda: services.activate_run(coop, run.no),
        lambda: printing.take_sheet(coop, run.no, settings.instance, settings.base_url),
    ):
        with pytest.raises(RuleBroken, match="本批现在只有 35 件，有效标签却有 40 枚，请先作废多出的 5 枚"):
            attempt()
    services.void_range(coop, run.no, 36, 40, "包装已毁")
    assert services.activate_run(coop, run.no).state == "activated"


def test_cartons_hold_units_in_order(coop, packs):
    run = services.make_run(coop, packs.code, 40)
    cartons = services.make_cartons(coop, run.no, 12)
    assert (cartons.kind, cartons.count, balance.live_labels(packs)) == ("carton", 4, 40)
    last = queries.find_unit(coop, sheets.code_at(cartons, 3))
    assert (last.number, last.inside) == (4, (37, 40))
    around = queries.find_unit(coop, sheets.code_at(run, 12)).carton
    assert (around[0].no, around[1]) == (cartons.no, 2)
    with pytest.raises(RuleBroken, match="已有箱码，先作废再重做"):
        services.make_cartons(coop, run.no, 10)
    services.void_run(coop, cartons.no, "换箱")
    assert services.make_cartons(coop, run.no, 10).count == 4


def test_a_batch_has_one_code_on_all_its_labels(coop, packs):
    run = services.make_run(coop, packs.code, 40, kind="batch")
    (code,) = {sheets.code_at(run, n) for n in range(40)}
    assert code[0] == "B" and queries.run_of_code(code)[0].no == run.no
    assert balance.live_labels(packs) == 40, "they weigh what their packs weigh"
    with pytest.raises(RuleBroken, match="这是批次码"):
        services.void_unit(coop, sheets.code_at(run, 0), "x")
    assert services.activate_run(coop, run.no).state == "activated"


def test_a_label_with_words_of_cures_is_refused(coop, packs):
    packs.name = "土枇杷止咳糖"
    packs.save()
    with pytest.raises(Invalid, match="^普通食品不得宣称疾病预防、治疗功能，请删除‘止咳’。$"):
        services.make_run(coop, packs.code, 1)


def title(home, kind: str, days: int = 30) -> Title:
    today = business_date()
    return Title.create(
        party=home.coop, kind=kind, doc_no=f"{kind}-1", issuer="县局", valid_from=today - timedelta(days=100), valid_to=today + timedelta(days=days)
    )  # fmt: skip


def test_marks_need_a_document_in_force(home, coop, packs):
    for kind in ("brand_user", "gi_user", "organic", "green_food"):
        with pytest.raises(RuleBroken, match="没有有效期内的‘.*’证书或授权，不能印这个标志"):
            services.make_run(coop, packs.code, 1, wanted_marks=[kind])
        found = title(home, kind, days=-1)
        with pytest.raises(RuleBroken, match="不能印这个标志"):
            services.make_run(coop, packs.code, 1, wanted_marks=[kind])
        found.valid_to = business_date()
        found.save()
        run = services.make_run(coop, packs.code, 1, wanted_marks=[kind])
        assert f"{kind}-1" in run.facts["marks"]
        assert any(f"{kind}-1" in line for line in sheets.lines_of(run))


def test_marks_of_the_county_are_not_printed_on_fruit_from_elsewhere(home, coop, packs, monkeypatch):
    title(home, "brand_user")
    title(home, "organic")
    plot = Plot.get()
    plot.code = plot.code.replace("430422", "430407")
    plot.save()
    with pytest.raises(RuleBroken, match="本批有外县或来源不明的原料，不能印‘“清泉农夫”品牌授权’。"):
        services.make_run(coop, packs.code, 1, wanted_marks=["brand_user"])
    assert services.make_run(coop, packs.code, 1, wanted_marks=["organic"]).count == 1


def test_without_a_prefix_no_gtin_is_made_up(coop, packs):
    words = "^该主体未登记厂商识别代码，请使用平台编码或先向中国物品编码中心申请。$"
    with pytest.raises(RuleBroken, match=words):
        services.make_run(coop, packs.code, 1, use_gtin=True)


def test_with_a_prefix_labels_carry_the_gtin_and_old_ones_keep_their_address(home, coop, packs):
    old = services.make_run(coop, packs.code, 10)
    SiteSetting.create(key="demo", value=True)
    held = {"valid_from": date(2020, 1, 1), "valid_to": date(2030, 1, 1)}
    register_prefix(coop, prefix="9521234", certificate="演示-1", **held)
    with pytest.raises(Invalid, match="一个代码只属于一个主体"):
        register_prefix(home.actor("coop2"), prefix="95212340", certificate="演示-2", **held)
    with pytest.raises(RuleBroken, match="还没有登记 土枇杷干果（每件 250 克）的商品条码"):
        services.make_run(coop, packs.code, 1, use_gtin=True)
    register_article(coop, gtin="9521234000013", lot=packs.code)
    new = services.make_run(coop, packs.code, 10, use_gtin=True)
    assert (
        sheets.address_prefix(new.gtin, packs.code, "https://h") == f"https://h/01/09521234000013/10/{packs.code}/21/"
    )
    assert len(sheets.code_at(new, 0)) == 20, "the limit of AI 21"
    assert queries.find_unit(coop, sheets.code_at(old, 3)).number == 4
    assert sheets.address_prefix(old.gtin, packs.code, "https://h") == "https://h/t/"


def test_a_code_of_somebody_else_is_not_there(home, coop, packs):
    run = services.make_run(coop, packs.code, 10)
    with pytest.raises(NotFound):
        queries.find_unit(home.actor("coop2"), sheets.code_at(run, 0))
    with pytest.raises(Invalid, match="^追溯码不存在或有误，请核对或重新扫描。$"):
        queries.find_unit(coop, "1" * 20)
    assert queries.find_unit(home.actor("market"), sheets.code_at(run, 0)).number == 1


def race(url: str, code: str, gate: Any, told: Any) -> None:
    """One of the processes that all want the last labels; it has a connection of its own."""
    connect_database(url)
    gate.wait(30)
    with db.connection_context():
        actor = accounts.actor_of(accounts.user_named("coop"))
        for _ in range(8):
            try:
                told.put(services.make_run(actor, code, 3).count)
            except RuleBroken as error:
                told.put(error.code)
    told.close()
    told.join_thread()
    os._exit(0)


def test_two_processes_never_make_more_labels_than_packs(app, coop, packs, database_url):
    fork = get_context("fork")
    gate, told = fork.Barrier(2), fork.Queue()
    racers = [fork.Process(target=race, args=(database_url, packs.code, gate, told)) for _ in range(2)]
    for racer in racers:
        racer.start()
    answers = [told.get(timeout=60) for _ in range(16)]
    for racer in racers:
        racer.join(30)
    assert answers.count(3) == 13 and answers.count("LABELS_EXCEED_PACKS") == 3, answers
    assert balance.live_labels(packs) == 39


def test_a_hold_stops_the_job_that_draws_and_a_release_lets_it_go_on(app, home, coop, packs, monkeypatch):
    monkeypatch.setattr(services, "RENDER_AT_ONCE", 10)
    monkeypatch.setattr(printing, "RENDER_AT_ONCE", 10)
    monkeypatch.setattr(press, "LABELS_A_CHUNK", 24)
    run, instance = services.make_run(coop, packs.code, 40), app.config["TRACE"].instance
    pages, held = [], []
    real = press._page

    def page(job: press.Job, number: int) -> bytes:
        pages.append(number)
        if not held:
            held.append(place_hold(home.actor("bureau"), packs.code, "待检"))
        return real(job, number)

    monkeypatch.setattr(press, "_page", page)
    with app.app_context():
        assert queue.run_next()
    stopped = printing.state_of(queries.run_by_no(run.no), instance)
    assert (stopped.state, pages) == ("failed", [0]) and "已锁定（待检）" in stopped.error
    release_hold(home.actor("market"), held[0].code, "合格")
    printing.draw_again(coop, run.no)
    with app.app_context():
        assert queue.run_next()
    assert printing.state_of(queries.run_by_no(run.no), instance).state == "ready" and pages == [0, 1], (
        "the first page was not drawn twice"
    )


def test_a_job_can_be_stopped(app, coop, packs, monkeypatch):
    monkeypatch.setattr(services, "RENDER_AT_ONCE", 10)
    run = services.make_run(coop, packs.code, 40)
    printing.stop_sheet(coop, run.no)
    assert printing.state_of(queries.run_by_no(run.no), app.config["TRACE"].instance).state == "cancelled"
    with pytest.raises(RuleBroken, match="没有正在生成的标签"):
        printing.stop_sheet(coop, run.no)
