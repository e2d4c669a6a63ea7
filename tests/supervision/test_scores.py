"""§6.8: scores from a locked snapshot, exact, reproducible, on their way to the standing meeting."""

from __future__ import annotations

import copy
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import DatabaseError

from tests.factories import county as make
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.supervision import scores, scoring
from trace.supervision.models import ScoreRun, ScoreSnapshot
from trace.targets import services as targets

YEAR = business_date().year
SCHEME = scoring.DEFAULT_SCHEME


def snapshot(*townships: dict) -> dict:
    rows = [
        {
            "code": f"{n}",
            "name": f"乡{n}",
            "ranked": True,
            "deductions": [],
            **t,
            "inputs": {k: [0, 0] for k in scoring.INPUTS} | t["inputs"],
        }
        for n, t in enumerate(townships)
    ]
    return {"scheme": SCHEME, "townships": rows}


def test_points_by_hand():
    """area 1/3 of 25, survival 1/2 of 15, statements 3/3 of 10, rectification nothing due = 10, brand nothing = 0; output and trace without data."""
    body = snapshot(
        {
            "inputs": {"area": [1, 3], "survival": [1, 2], "statements": [3, 3]},
            "deductions": [{"kind": "fund", "points_centi": 250}],
        }
    )
    (row,) = scoring.score(body)["townships"]
    assert {line["key"]: line["points_centi"] for line in row["lines"]} == {
        "area": 833, "survival": 750, "output": None, "brand": 0, "trace": None, "statements": 1000, "rectification": 1000,
    }  # fmt: skip
    assert (row["raw_centi"], row["counted"]) == (3583, 70)
    assert row["total_centi"] == scoring.half_up(Fraction(3583 * 100, 70)) - 250 == 4869


def test_more_than_all_is_all_and_a_food_event_takes_all():
    full = {key: [3, 2] for key in scoring.INPUTS}
    first, second = scoring.score(
        snapshot({"inputs": full}, {"inputs": full, "deductions": [{"kind": "food_safety", "points_centi": 0}]})
    )["townships"]
    assert first["total_centi"] == 10_000 and second["total_centi"] == 0 and second["veto"]


def test_ties_share_a_rank_and_townships_without_task_have_none():
    assert scoring.ranks([9, None, 9, 7, 10]) == [2, None, 2, 4, 1]


@given(
    st.lists(
        st.tuples(st.integers(-5, 10**15), st.integers(0, 10**15)),
        min_size=len(scoring.INPUTS),
        max_size=len(scoring.INPUTS),
    )
)
def test_any_input_gives_points_within_the_weights(pairs):
    inputs = {key: list(pair) for key, pair in zip(scoring.INPUTS, pairs, strict=True)}
    (row,) = scoring.score(snapshot({"inputs": inputs}))["townships"]
    weights = {i["key"]: i["weight"] * 100 for i in SCHEME["indicators"]}
    assert all(
        line["points_centi"] is None or 0 <= line["points_centi"] <= weights[line["key"]] for line in row["lines"]
    )
    assert 0 <= row["total_centi"] <= 10_000


@pytest.mark.parametrize("change", [{"weight": 24}, {"key": "brand"}, {"key": "made_up"}, {"weight": -25}])
def test_a_scheme_sums_to_a_hundred(change):
    broken = copy.deepcopy(SCHEME)
    broken["indicators"][0] |= change
    with pytest.raises(Invalid):
        scoring.check_scheme(broken)


@pytest.fixture
def run(home: make.County) -> ScoreRun:
    office = home.actor("office")
    targets.plan(office, indicator="area", township=make.HOME, year=YEAR, value=1_000_000, doc_no="演示〔2026〕1号")
    with pytest.raises(Invalid, match="还没有考核方案"):
        scores.draft(office, year=YEAR)
    scores.set_scheme(office, year=YEAR, doc_ref="演示方案1号", content=SCHEME)
    return scores.draft(office, year=YEAR)


def test_the_same_snapshot_gives_the_same_score_whatever_happens_later(home, run):
    before = scores.latest(run)
    assert scores.recompute(before)
    make.plot(home.actor("coop"), home)
    targets.plan(
        home.actor("office"), indicator="area", township=make.HOME, year=YEAR, value=5, doc_no="演示2号", reason="调整"
    )
    again = scores.latest(ScoreRun.get())
    assert scores.recompute(again) and scoring.score(again.body) == before.result
    changed = copy.deepcopy(before.body)
    changed["townships"][0]["inputs"]["statements"][0] += 1
    before.body = changed
    assert not scores.recompute(before), "an altered input is found"
    with pytest.raises(DatabaseError, match="append-only"), db.atomic():
        ScoreSnapshot.update(result={"townships": []}).execute()
    assert list(all_findings("supervision")) == []


def test_only_the_standing_meeting_fixes_scores(home, run, monkeypatch):
    office, leader, township = home.actor("office"), home.actor("leader"), home.actor("township")
    with pytest.raises(NotFound):
        scores.get_run(township, run.code)
    asked = scores.act(office, run.code, "consult", {})
    assert asked.feedback_due_on > business_date()
    scores.give_feedback(township, run.code, township=make.HOME, text="面积有出入。", objects=True)
    with pytest.raises(RuleBroken, match="已经回复"):
        scores.give_feedback(township, run.code, township=make.HOME, text="再说一次", objects=False)
    with pytest.raises(NotFound):
        scores.give_feedback(township, run.code, township=make.AWAY, text="替别人说", objects=False)
    with pytest.raises(RuleBroken, match="期满后再结束"):
        scores.act(office, run.code, "close_feedback", {})
    monkeypatch.setattr(scores, "business_date", lambda at=None: asked.feedback_due_on + timedelta(days=1))
    with pytest.raises(RuleBroken, match="1 条异议没有处理"):
        scores.act(office, run.code, "close_feedback", {})
    with pytest.raises(RuleBroken, match="逾期未回复视为无不同意见"):
        scores.give_feedback(home.actor("township2"), run.code, township=make.AWAY, text="晚了", objects=True)
    scores.answer(office, run.code, township=make.HOME, text="属实，更正。", upheld=True)
    with pytest.raises(RuleBroken, match="重新计算"):
        scores.act(office, run.code, "close_feedback", {})
    scores.act(office, run.code, "recompute", {"text": "更正面积"})
    scores.act(office, run.code, "close_feedback", {})
    with pytest.raises(RuleBroken) as early:
        scores.act(office, run.code, "fix", {"minutes_ref": "〔2027〕第1次"})
    assert early.value.allowed == []
    with pytest.raises(Forbidden):
        scores.act(office, run.code, "agree", {"text": "同意"})
    with pytest.raises(Invalid, match="审核意见"):
        scores.act(leader, run.code, "send_back", {})
    assert scores.act(leader, run.code, "send_back", {"text": "产值再核一次。"}).state == "feedback"
    scores.act(office, run.code, "recompute", {"text": "按领导小组意见复核产值"})
    scores.act(office, run.code, "close_feedback", {})
    scores.act(leader, run.code, "agree", {"text": "同意。"})
    with pytest.raises(Invalid, match="会议纪要文号"):
        scores.act(office, run.code, "fix", {})
    fixed = scores.act(office, run.code, "fix", {"minutes_ref": "清政常〔2027〕第1次"})
    assert fixed.state == "fixed"
    with pytest.raises(RuleBroken, match="不能“重新计算”"):
        scores.act(office, run.code, "recompute", {"text": "再算"})
    with pytest.raises(RuleBroken, match="已定稿"):
        scores.deduct(office, township=make.HOME, year=YEAR, kind="fund", points_centi=100, evidence="审计意见")
    assert scores.act(office, run.code, "publish", {}).state == "published"
    with pytest.raises(DatabaseError), db.atomic():
        ScoreRun.update(minutes_ref="").execute()


def test_deductions_count_from_the_next_computation(home, run):
    office = home.actor("office")
    scores.deduct(office, township=make.HOME, year=YEAR, kind="food_safety", points_centi=0, evidence="事件报告 1 号")
    row = next(r for r in scores.latest(run).result["townships"] if r["code"] == make.HOME)
    assert not row["veto"]
    with pytest.raises(Invalid, match="重新计算的原因"):
        scores.act(office, run.code, "recompute", {})
    scores.act(office, run.code, "recompute", {"text": "登记事件"})
    row = next(r for r in scores.latest(run).result["townships"] if r["code"] == make.HOME)
    assert row["veto"] and row["total_centi"] == 0 and row["rank"] == 1, "the only ranked township"
    assert ScoreSnapshot.select().count() == 2
