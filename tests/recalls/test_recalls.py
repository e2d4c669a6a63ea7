"""A recall finds its lots by the graph, tells every holder, and ends when every kilogram is explained (M4, M5)."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from peewee import IntegrityError, InternalError

from tests.conftest import post
from tests.recalls.conftest import case_values
from trace.core.clock import utcnow
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.lots import queries as lots
from trace.lots.models import Hold, Operation
from trace.processing.outflows import take_out
from trace.quality.services import open_recall
from trace.recalls import pack, queries, rules, services
from trace.recalls.models import Recall, RecallStatement


def by_lot(case) -> dict:
    return {row.row.lot.code: row.sums for holder in queries.holders_of(case) for row in holder.rows}


def explain(home, chain, case) -> None:
    """Everything found but the five kilograms sold."""
    coop, plant = home.actor("coop"), home.actor("plant")
    services.confirm(coop, case.code)
    services.confirm(plant, case.code)
    services.state(coop, case.code, chain.harvest.code, {"located": "700"})
    services.state(plant, case.code, chain.dried.code, {"located": "60", "sold": "5"})
    services.state(plant, case.code, chain.packs.code, {"located": "10"})


def test_m4_affected_lots_notices_and_quantities_come_from_the_graph(home, chain):
    case = services.start_recall(home.actor("market"), chain.harvest.code, case_values())
    sums = by_lot(case)
    assert {code: one.total_g for code, one in sums.items()} == {
        chain.harvest.code: 700_000, chain.arrived.code: 0, chain.dried.code: 65_000, chain.packs.code: 10_000,
    }  # fmt: skip
    assert [holder.notice.party.name for holder in queries.holders_of(case)] == sorted(["青坡合作社", "青岭食品厂"])
    assert set(lots.open_holds([lot.id for lot in vars(chain).values()])) == {lot.id for lot in vars(chain).values()}
    assert (case.late_minutes, case.level, case.code[:2]) == (0, 1, "ZH")


def test_m4_a_late_start_says_why_and_nothing_is_left_of_a_refused_one(home, chain):
    late = case_values(known_at=utcnow() - timedelta(hours=24, minutes=7))
    with pytest.raises(Invalid, match="启动已超过 24 小时期限，请填写原因。"):
        services.start_recall(home.actor("market"), chain.harvest.code, late)
    assert Hold.select().count() == 0, "order and case are one transaction"
    case = services.start_recall(home.actor("market"), chain.harvest.code, late | {"late_reason": "等复检"})
    assert case.late_minutes in (7, 8) and case.late_reason == "等复检"
    assert services.start_recall(home.actor("market"), chain.arrived.code, late | {"level": 2}).late_minutes == 0


def test_m4_it_closes_when_every_kilogram_is_explained(home, chain):
    market = home.actor("market")
    case = services.start_recall(market, chain.harvest.code, case_values())
    with pytest.raises(RuleBroken, match="还有 775.00 公斤去向不明") as caught:
        services.close(market, case.code)
    assert caught.value.code == "UNEXPLAINED"
    explain(home, chain, case)
    sums = queries.sums_of(case)
    assert (sums.unexplained_g, sums.effectiveness) == (0, rules.Fraction(770, 775))
    assert services.close(market, case.code).unexplained_g == 0
    assert Hold.get().released_at is None, "closing the case does not put the goods back on sale"
    assert list(all_findings("recalls")) == []


def test_m4_what_nobody_can_explain_needs_a_reason(home, chain):
    market = home.actor("market")
    case = services.start_recall(market, chain.harvest.code, case_values())
    closed = services.close(market, case.code, "合作社仓库失火，账册烧毁")
    assert (closed.state, closed.unexplained_g) == ("closed", 775_000)
    with pytest.raises(IntegrityError), db.atomic():
        Recall.update(end_reason="").where(Recall.id == case.id).execute()


def test_m4_destroying_recalled_goods_has_a_witness_and_is_in_the_ledger(home, chain):
    plant = home.actor("plant")
    case = services.start_recall(home.actor("market"), chain.harvest.code, case_values())
    services.confirm(plant, case.code)
    services.state(plant, case.code, chain.packs.code, {"located": "10"})
    how = {"cause": "召回", "place": "县垃圾处理场", "witness": ""}
    with pytest.raises(Invalid, match="销毁须有见证人"):
        services.destroy(plant, case.code, chain.packs.code, "16", how)
    said = services.destroy(plant, case.code, chain.packs.code, "16", how | {"witness": "市场监管所周所"})
    assert (said.located_g, said.destroyed_g, said.operation.kind) == (6_000, 4_000, "destroy")
    assert lots.balance(chain.packs) == 24
    with pytest.raises(RuleBroken, match="账上已销毁 4"):
        services.state(plant, case.code, chain.packs.code, {"located": "10"})
    with pytest.raises(RuleBroken, match="剩余 24 件，不足 25 件"):
        services.destroy(plant, case.code, chain.packs.code, "25", how | {"witness": "周所"})
    with pytest.raises(RuleBroken, match="已召回"):
        take_out(plant, chain.packs.code, "destroy", "1", details=how | {"witness": "周所"})
    assert Operation.select().where(Operation.kind == "destroy").count() == 1
    assert list(all_findings("recalls")) == []


def test_statements_are_versions_within_what_there_was(home, chain):
    coop = home.actor("coop")
    case = services.start_recall(home.actor("market"), chain.harvest.code, case_values())
    with pytest.raises(RuleBroken, match="请先确认收到通知"):
        services.state(coop, case.code, chain.harvest.code, {"located": "1"})
    services.confirm(coop, case.code)
    with pytest.raises(RuleBroken, match="已经确认过"):
        services.confirm(coop, case.code)
    with pytest.raises(RuleBroken, match="各项合计超过应说明的 700.00 公斤"):
        services.state(coop, case.code, chain.harvest.code, {"located": "700.001"})
    with pytest.raises(Invalid, match="退回或销毁须有见证人"):
        services.state(coop, case.code, chain.harvest.code, {"returned": "1"})
    services.state(coop, case.code, chain.harvest.code, {"located": "500"})
    services.state(coop, case.code, chain.harvest.code, {"located": "600", "returned": "1", "witness": "周所"})
    assert by_lot(case)[chain.harvest.code].unexplained_g == 99_000
    assert [row.version for row in queries.statements_of(case)] == [2, 1]
    with pytest.raises((IntegrityError, InternalError)), db.atomic():
        RecallStatement.update(located_g=0).execute()


def test_holders_see_and_answer_their_own_notice_only(home, chain):
    case = services.start_recall(home.actor("market"), chain.dried.code, case_values())
    plant, coop, coop2 = (home.actor(name) for name in ("plant", "coop", "coop2"))
    for stranger in (coop, coop2):
        for knock in (
            lambda who=stranger: queries.own_case(who, case.code),
            lambda who=stranger: services.confirm(who, case.code),
            lambda who=stranger: services.state(who, case.code, chain.dried.code, {"located": "1"}),
        ):
            with pytest.raises(NotFound):
                knock()
    services.confirm(plant, case.code)
    with pytest.raises(NotFound):
        services.state(plant, case.code, chain.harvest.code, {"located": "1"})
    with pytest.raises(Forbidden):
        services.close(plant, case.code, "完")
    with pytest.raises(Forbidden):
        services.start_recall(plant, chain.packs.code, case_values())


def test_m5_a_recall_opened_in_error_loses_the_banner_and_keeps_its_history(home, chain, sign_in):
    market, bureau = home.actor("market"), home.actor("bureau")
    case = services.start_recall(market, chain.harvest.code, case_values())
    with pytest.raises(RuleBroken, match="须由另一人办理"):
        services.mistaken(market, case.code, "样品弄错")
    with pytest.raises(Invalid, match="请写明为什么是误发"):
        services.mistaken(bureau, case.code, " ")
    services.mistaken(bureau, case.code, "样品弄错")
    assert lots.open_holds([chain.packs.id]) == {}
    page = sign_in("market").get(f"/recalls/{case.code}").text
    assert "误发召回" in page and "样品弄错" in page and "农残超标" in page
    with pytest.raises(RuleBroken, match="已经结案"):
        services.close(market, case.code, "完")
    assert list(all_findings("recalls")) == []


def test_a_recall_in_force_gets_its_case_once(home, chain):
    hold = open_recall(home.actor("bureau"), chain.dried.code, "黄曲霉毒素超标", "质量不合格", "0734-1")
    assert [row.code for row in queries.without_case(home.actor("market"))] == [hold.code]
    case = services.take_up(home.actor("market"), hold.code, case_values())
    assert (case.code, case.started_at) == (hold.code, hold.placed_at)
    assert queries.without_case(home.actor("market")) == []
    with pytest.raises(RuleBroken, match="已经立案"):
        services.take_up(home.actor("market"), hold.code, case_values())


def test_e5_the_pack_has_a_sheet_per_event_that_can_be_sorted(app, home, chain):
    case = services.start_recall(home.actor("market"), chain.dried.code, case_values())
    services.confirm(home.actor("plant"), case.code)
    services.state(home.actor("plant"), case.code, chain.dried.code, {"located": "60"})
    with app.test_request_context():
        book = openpyxl.load_workbook(BytesIO(pack.take_pack(home.actor("market"), case.code)))
    assert book.sheetnames == ["数量", "采收", "预冷入库", "初次包装", "发货", "收货", "加工", "联系人"]
    assert all(sheet.auto_filter.ref for sheet in book)
    rows = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] for sheet in book}
    (harvest,) = [row for row in rows["采收"] if row[0]]
    assert harvest[0] == chain.harvest.code and harvest[3] == 1000 and harvest[9] == "青岭食品厂"
    quantities = {row[1]: row[3:9] for row in rows["数量"]}
    assert quantities[chain.dried.code] == [65, 60, 0, 0, 0, 5] and quantities[chain.packs.code] == [10, 0, 0, 0, 0, 10]
    assert [(row[0], row[7], row[8]) for row in rows["初次包装"]] == [(chain.packs.code, chain.dried.code, 10)]
    assert [(row[0], row[2], row[3]) for row in rows["加工"]] == [(chain.arrived.code, 300, chain.dried.code)]
    assert [(row[0], row[2], row[7]) for row in rows["收货"]] == [(chain.arrived.code, 300, chain.harvest.code)]
    assert {(row[0], row[2], row[4]) for row in rows["发货"]} == {
        (chain.harvest.code, 300, "青岭食品厂"), (chain.dried.code, 5, "零售"),
    }  # fmt: skip
    assert {row[0] for row in rows["联系人"]} == {"青坡合作社", "青岭食品厂"}


def test_the_whole_way_through_the_pages(app, home, chain, sign_in):
    """An officer recalls, the plant confirms and states, the officer closes; papers come as PDF."""
    market, plant = sign_in("market"), sign_in("plant")
    known = (utcnow() + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")
    form = {"level": "1", "known_at": known, "reason": "农残", "contact": "0734-1", "plan": "停售", "notice": "请停用"}
    answer = post(market, f"/recalls/new/{chain.packs.code}", **form | {"plan": ""})
    assert answer.status_code == 422 and "请填写召回计划。" in answer.text and "0734-1" in answer.text
    answer = post(market, f"/recalls/new/{chain.packs.code}", **form)
    assert answer.status_code == 302, answer.text
    code = re.search(r"ZH\d\d-\d{4}", answer.headers["Location"])[0]
    assert "召回通知，待确认" in plant.get("/desk").text
    place = f"/recalls/notices/{code}"
    assert post(plant, f"{place}/confirm", page=place).status_code == 302
    answer = post(plant, f"{place}/state", page=place, lot=chain.packs.code, located="11")
    assert answer.status_code == 409 and "超过应说明的 10.00 公斤" in answer.text
    assert post(plant, f"{place}/state", page=place, lot=chain.packs.code, located="10").status_code == 302
    assert "100" in market.get(f"/recalls/{code}").text
    assert post(market, f"/recalls/{code}/close", page=f"/recalls/{code}").status_code == 302
    for paper in (f"/recalls/{code}/report.pdf",):
        assert market.get(paper).data.startswith(b"%PDF-")
    assert market.get(f"/recalls/{code}/pack.xlsx").data.startswith(b"PK")
    for stranger in ("coop", "coop2"):
        browser = sign_in(stranger)
        assert browser.get(place).status_code == 404
        assert browser.get(f"/recalls/{code}").status_code == 403


def test_the_offices_read_cases_through_the_interface(home, chain, client, token):
    case = services.start_recall(home.actor("market"), chain.harvest.code, case_values())
    explain(home, chain, case)
    (row,) = client.get("/api/v1/recalls", headers=token("market")).json["items"]
    assert (row["code"], row["lot"], row["level"], row["state"]) == (case.code, chain.harvest.code, 1, "open")
    assert (row["quantities"]["sold_g"], row["quantities"]["unexplained_g"]) == (5_000, 0)
    shown = client.get(f"/api/v1/recalls/{case.code}", headers=token("market")).json
    assert sum(one["quantities"]["total_g"] for one in shown["holders"]) == shown["quantities"]["total_g"]
    assert {lot["lot"] for one in shown["holders"] for lot in one["lots"]} >= {chain.harvest.code, chain.dried.code}
    assert client.get("/api/v1/recalls/ZH26-9999", headers=token("market")).status_code == 404
    assert client.get("/api/v1/recalls", headers=token("coop")).status_code == 403
