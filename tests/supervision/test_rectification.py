"""§6.6: the way of a finding, deadlines in working days, late marks that stay, the second person, letters without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from peewee import DatabaseError

from tests.factories import county as make
from tests.supervision.conftest import AUTHORITY, START, fresh
from trace.core.actor import Permission
from trace.core.clock import SHANGHAI, utcnow
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.supervision import checks, queries, rules, services
from trace.supervision.models import Finding, FindingStep, LateMark

DUE = datetime(2026, 9, 21, 23, 59, 59, tzinfo=SHANGHAI)
LATE = DUE + timedelta(days=2)


def nothing_wrong() -> bool:
    return [text for check in checks.CHECKS for text in check()] == []


def test_the_whole_way_to_closed(home, found, demand, do):
    demand()
    assert fresh(found).due_at == DUE.astimezone(UTC)
    for action in ("submit_plan", "agree_plan", "start", "report", "begin_recheck"):
        do(action, at=START + timedelta(days=3))
    closed = do("pass", at=START + timedelta(days=4))
    assert closed.state == "closed" and closed.closed_at
    assert [s.action for s in queries.steps_of(closed)] == [
        "find", "draft", "issue", "submit_plan", "agree_plan", "start", "report", "begin_recheck", "pass",
    ]  # fmt: skip
    assert LateMark.select().count() == 0 and nothing_wrong()
    with pytest.raises(RuleBroken) as refused:
        do("report")
    assert refused.value.allowed == []


def test_working_days_skip_the_holidays(home, found, do):
    """15 working days from 18 September 2026 pass 中秋 and 国庆: the calendar table decides, not a constant."""
    start = datetime(2026, 9, 18, 1, tzinfo=UTC)
    do("draft", authority_ref=AUTHORITY)
    issued = do("issue", at=start)
    calendar = services.register.working_calendar(start.date(), datetime(2027, 12, 31, tzinfo=UTC).date())
    day = calendar.add_working_days(start.date(), 15)
    assert issued.due_at == rules.end_of(day).astimezone(UTC)
    assert (day - start.date()).days > 21, "three weeks without holidays"


@pytest.mark.parametrize(("urgency", "hours"), [("food_24h", 24), ("food_72h", 72)])
def test_food_safety_runs_by_the_hour(found, demand, urgency, hours):
    assert demand(urgency=urgency).due_at == START + timedelta(hours=hours)


def test_without_authority_only_a_letter_and_no_clock(home, found, do):
    """T5: a rectification without authority_ref is a 提示函; nothing about it is ever late, told or escalated."""
    with pytest.raises(Invalid, match="县政府授权文号") as refused:
        do("draft", paper="notice")
    assert refused.value.field == "authority_ref"
    assert do("draft").paper == "letter"
    do("issue")
    assert services.mark_late(LATE + timedelta(days=60)) == 0
    for action in ("submit_plan", "agree_plan", "start"):
        do(action, at=LATE)
    do("report", at=LATE)
    do("begin_recheck", at=LATE)
    do("fail", at=LATE)
    for action in ("circulate", "escalate"):
        with pytest.raises(RuleBroken, match="提示函不是指令性文件") as closed:
            do(action, at=LATE, escalated_to="vice_head")
        assert closed.value.code == "LETTER_ONLY" and set(closed.value.allowed) == {"resume", "convert"}
    assert LateMark.select().count() == 0 and nothing_wrong()


def test_a_letter_becomes_a_notice_only_under_an_authority(found, do):
    do("draft")
    do("issue")
    with pytest.raises(Invalid, match="县政府授权文号"):
        do("convert")
    notice = do("convert", at=LATE, authority_ref=AUTHORITY)
    assert notice.paper == "notice" and notice.due_at > LATE, "the clock begins with the demand, not with the advice"
    with pytest.raises(RuleBroken, match="已经是整改通知"):
        do("convert", authority_ref=AUTHORITY)


def test_late_is_marked_once_and_cannot_be_set_back(home, found, demand, do):
    demand()
    assert services.mark_late(DUE) == 0, "the last second still counts"
    assert services.mark_late(LATE) == 1
    assert services.mark_late(LATE + timedelta(days=1)) == 0
    extended = do("extend", at=LATE, days=10)
    assert extended.extended and extended.due_at > LATE
    for action in ("submit_plan", "agree_plan", "start", "report"):
        do(action, at=LATE + timedelta(days=1))
    mark = LateMark.get()
    assert mark.due_at == DUE.astimezone(UTC)
    for statement in (
        "UPDATE late_mark SET marked_at = '2026-09-01'",
        "DELETE FROM late_mark",
        "DELETE FROM finding_step",
    ):
        with pytest.raises(DatabaseError, match="append-only"), db.atomic():
            db.execute_sql(statement)
    assert nothing_wrong()


def test_an_answer_after_the_deadline_marks_itself(found, demand, do):
    """Nobody needs to have run the nightly job in between."""
    demand()
    for action in ("submit_plan", "agree_plan", "start"):
        do(action, at=START + timedelta(days=1))
    do("report", at=LATE)
    assert LateMark.select().count() == 1
    assert rules.days_late(DUE, LATE) == 2 and rules.days_late(DUE, DUE) == 0
    assert rules.days_late(DUE, DUE + timedelta(seconds=1)) == 1


def test_one_extension_counted_from_the_old_deadline(found, demand, do):
    demand()
    first = do("extend", at=START + timedelta(days=5), days=5).due_at
    assert first > DUE
    with pytest.raises(RuleBroken, match="只能延期一次"):
        do("extend", at=START + timedelta(days=6), days=5)


def test_finder_and_fixer_never_recheck(home, found, demand, do):
    demand()
    for action in ("submit_plan", "agree_plan", "start", "report"):
        do(action)
    with pytest.raises(RuleBroken, match="不能复核，请换一位同志") as refused:
        do("begin_recheck", by="office")
    assert refused.value.code == "SECOND_PERSON"
    with pytest.raises(Forbidden):
        do("begin_recheck", by="township")
    do("begin_recheck")
    with pytest.raises(RuleBroken, match="不能复核"):
        do("pass", by="office")
    assert "pass" not in [a.value for a in queries.allowed(home.actor("office"), fresh(found), utcnow())]


def test_failed_recheck_circular_and_again(found, demand, do):
    demand()
    for action in ("submit_plan", "agree_plan", "start", "report", "begin_recheck", "fail", "circulate"):
        do(action)
    again = do("resume", at=LATE, days=5)
    assert again.state == "fixing" and again.reported_at is None and again.due_at > LATE
    for action in ("report", "begin_recheck", "pass"):
        do(action, at=LATE)
    assert fresh(found).state == "closed" and nothing_wrong()


def test_escalation_needs_a_reason_in_the_facts(found, demand, do):
    demand()
    with pytest.raises(RuleBroken, match="未逾期"):
        do("escalate", escalated_to="vice_head")
    with pytest.raises(Invalid, match="哪一级"):
        do("escalate", at=LATE)
    assert do("escalate", at=LATE, escalated_to="supervision_office").escalated_to == "supervision_office"
    with pytest.raises(RuleBroken, match="已经提请"):
        do("escalate", at=LATE, escalated_to="vice_head")


def test_the_database_refuses_what_the_rules_forbid(found):
    for values in (
        {"paper": "notice"}, {"state": "issued"}, {"state": "closed"}, {"escalated_to": "vice_head"}, {"days": 0},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), db.atomic():
            Finding.update(**values).where(Finding.id == found.id).execute()
    assert FindingStep.select().count() == 1


def test_a_township_sees_its_own_and_only_after_issue(home, found, demand):
    mine, other = home.actor("township"), home.actor("township2")
    with pytest.raises(NotFound):
        queries.get_finding(mine, found.code)
    demand()
    assert queries.get_finding(mine, found.code).id == found.id
    with pytest.raises(NotFound):
        queries.get_finding(other, found.code)
    assert queries.visible_findings(home.actor("auditor")).count() == 1


def test_who_may_do_what(home):
    able = {
        name: {p.value for p in Permission if p.value.split(":")[0] in ("supervision", "rectification", "score") and home.actor(name).can(p)}
        for name in ("office", "bureau", "leader", "township", "auditor", "coop", "statistics")
    }  # fmt: skip
    assert able == {
        "office": {"supervision:read", "supervision:inspect", "supervision:issue", "rectification:recheck", "score:draft"},
        "bureau": {"supervision:read", "supervision:inspect", "rectification:recheck"}, "leader": {"supervision:read", "score:approve"},
        "township": {"supervision:read", "rectification:report", "score:answer"}, "auditor": {"supervision:read"}, "coop": set(),
        "statistics": set(),
    }  # fmt: skip


def test_inspections_are_visited_once_and_not_in_the_future(home):
    office = home.actor("office")
    row = services.plan_inspection(office, kind="special", title="督查", township=make.HOME, planned_on=utcnow().date())
    with pytest.raises(Invalid, match="不能晚于今天"):
        services.visit(office, row.no, visited_on=utcnow().date() + timedelta(days=3), people="甲", summary="情况")
    services.visit(office, row.no, visited_on=utcnow().date() - timedelta(days=1), people="甲", summary="情况")
    with pytest.raises(Invalid, match="已经登记过"):
        services.visit(office, row.no, visited_on=utcnow().date() - timedelta(days=1), people="甲", summary="情况")
    made = services.find(office, inspection=row.no, cause="data", facts="数据不实。")
    assert (made.source, made.township.code) == ("special", make.HOME)
    assert list(all_findings("supervision")) == []
