"""A fermentation over days: one number, several fillings, outputs at the end, and every step can be taken back (F5)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from tests.conftest import post
from tests.factories import county as make
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.invariants import all_findings
from trace.lots import queries, tracing
from trace.lots import services as ledger
from trace.lots.models import Lot
from trace.processing import long_runs
from trace.processing.models import LongRun, ProcessRun
from trace.processing.outflows import take_out
from trace.processing.services import Input, Output, dispatch_lot, pack, record_run

FIRST, SECOND, END = date(2026, 7, 20), date(2026, 7, 22), date(2026, 8, 30)


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def fruit(home, coop):
    return [
        make.harvest(coop, make.plot(coop, home, geometry=make.square(112.6 + n / 10)), kg)
        for n, kg in enumerate(("300", "500"))
    ]


@pytest.fixture
def run(coop, fruit):
    return long_runs.open_run(coop, "fermenting", [Input(fruit[0].code, "100")], on=FIRST, vessel="3号罐")


def contents(run) -> Lot:
    return long_runs.steps_of(run)[-1].lot


def test_two_fillings_and_the_wine_has_exact_shares(home, coop, fruit, run):
    long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "200")], on=SECOND)
    assert queries.balance(contents(run)) == 300_000
    done = long_runs.close_run(coop, run.code, [Output("TJ", "270")], on=END)
    wine = done.lots[0]
    assert (queries.balance(wine), wine.unit, wine.made_on) == (270_000, "ml", END)
    assert [queries.balance(lot) for lot in fruit] == [200_000, 300_000]
    answer = tracing.trace_lot(coop, wine.code, "back")
    assert {s.lot: s.fraction for s in answer.shares} == {fruit[0].code: Fraction(1, 3), fruit[1].code: Fraction(2, 3)}
    assert answer.complete
    assert LongRun.get().state == "closed" and ProcessRun.get().operation_id == done.operation.id
    assert list(all_findings()) == []


def test_the_yield_is_judged_against_all_that_went_in(coop, fruit, run):
    long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "100")])
    with pytest.raises(RuleBroken, match="投入 200 公斤最多可产出果酒 340 升"):
        long_runs.close_run(coop, run.code, [Output("TJ", "341")])
    with pytest.raises(Invalid, match="得率超出参考范围"):
        long_runs.close_run(coop, run.code, [Output("TJ", "310")])
    assert LongRun.get().state == "open"
    long_runs.close_run(coop, run.code, [Output("TJ", "310")], reason="加水复榨，已留样")
    assert ProcessRun.get().flagged


def test_every_step_is_taken_back_in_turn_and_balances_return(coop, fruit, run):
    long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "200")])
    long_runs.close_run(coop, run.code, [Output("TJ", "270")])
    states = []
    for _ in range(3):
        long_runs.undo_step(coop, run.code, "填错了")
        states.append(LongRun.get().state)
    assert states == ["open", "open", "cancelled"]
    assert [queries.balance(lot) for lot in fruit] == [300_000, 500_000]
    assert all(queries.balance(lot) == 0 for lot in Lot.select().where(Lot.kind.in_(["wip", "batch"])))
    with pytest.raises(RuleBroken, match="已经结束"):
        long_runs.undo_step(coop, run.code, "再撤")
    assert list(all_findings()) == []


def test_a_step_taken_back_can_be_done_again(coop, fruit, run):
    long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "200")])
    long_runs.undo_step(coop, run.code, "多填了")
    long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "50")])
    assert queries.balance(contents(run)) == 150_000
    assert len(long_runs.steps_of(run)) == 2


def test_wine_already_used_keeps_the_run_closed(coop, fruit, run):
    wine = long_runs.close_run(coop, run.code, [Output("TJ", "90")]).lots[0]
    pack(coop, [Input(wine.code, "45")], pieces=90, piece="500毫升")
    with pytest.raises(RuleBroken, match="已被使用"):
        long_runs.undo_step(coop, run.code, "填错了")
    assert LongRun.get().state == "closed"


def test_what_is_in_the_vessel_is_for_its_run_only(home, coop, run):
    lot = contents(run)
    assert lot.code not in [row.code for row, _ in queries.drawable_lots(coop)]
    for act in (
        lambda: dispatch_lot(coop, lot.code, home.plant.code, "1"),
        lambda: take_out(coop, lot.code, "loss", "1", details={"cause": "漏"}),
        lambda: record_run(coop, "drying", [Input(lot.code, "10")], [Output("TD", "2.5")]),
        lambda: long_runs.open_run(coop, "fermenting", [Input(lot.code, "10")]),
    ):
        with pytest.raises(RuleBroken) as caught:
            act()
        assert caught.value.code == "LOT_IN_PROCESS"
    with pytest.raises(RuleBroken, match="加工记录页撤销"):
        ledger.undo_operation(coop, long_runs.steps_of(run)[0].operation.code, "撤")
    assert queries.balance(lot) == 100_000


def test_a_hold_reaches_what_is_in_the_vessel(home, coop, fruit, run):
    ledger.place_hold(home.actor("bureau"), fruit[0].code, "农残待查")
    with pytest.raises(RuleBroken, match="已锁定"):
        long_runs.close_run(coop, run.code, [Output("TJ", "90")])
    with pytest.raises(RuleBroken, match="已锁定"):
        long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "10")])


def test_scope_process_and_days(home, coop, fruit, run):
    with pytest.raises(NotFound):
        long_runs.close_run(home.actor("coop2"), run.code, [Output("TJ", "90")])
    with pytest.raises(Forbidden):
        long_runs.undo_step(home.actor("bureau"), run.code, "不该")
    with pytest.raises(RuleBroken, match="应一次完成"):
        long_runs.open_run(coop, "grading", [Input(fruit[0].code, "10")])
    with pytest.raises(Invalid, match="日期不能早于开始日期"):
        long_runs.add_to_run(coop, run.code, [Input(fruit[1].code, "10")], on=date(2026, 7, 19))
    with pytest.raises(RuleBroken, match="不能用批次"):
        long_runs.open_run(coop, "leaf_tea", [Input(fruit[0].code, "10")])


def test_the_pages_walk_a_run_from_filling_to_wine(sign_in, coop, fruit):
    browser = sign_in("coop")
    page = "/processing/long/new"
    answer = post(
        browser,
        page,
        **{
            "process": "fermenting",
            "vessel": "3号罐",
            "on": "2026-07-20",
            "lots[]": fruit[0].code,
            "quantities[]": "100",
        },
    )
    assert answer.status_code == 302
    run = LongRun.get()
    here = f"/processing/long/{run.code}"
    assert answer.headers["Location"] == here
    assert "3号罐" in browser.get(here).text
    more = {"lots[]": fruit[1].code, "quantities[]": "abc", "on": "2026-07-22"}
    wrong = post(browser, f"{here}/add", page=here, **more)
    assert wrong.status_code == 422 and "重量只能填数字。" in wrong.text
    assert post(browser, f"{here}/add", page=here, **{**more, "quantities[]": "200"}).status_code == 302
    out = {"products[]": "TJ", "amounts[]": "270", "on": "2026-08-30"}
    assert post(browser, f"{here}/close", page=here, **out).status_code == 302
    assert LongRun.get().state == "closed"
    assert post(browser, f"{here}/undo", page=here, note="填错了").status_code == 302
    assert LongRun.get().state == "open"
    assert run.code in browser.get("/processing").text
