"""The clock of an incident runs from the event, and what was late stays late (scenario M3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import IntegrityError, InternalError

from tests.recalls.conftest import at, incident_values
from trace.audit.models import AuditEntry
from trace.core.calendar import WorkingCalendar
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.db import db
from trace.recalls import incidents, inquiries, queries, rules
from trace.recalls.models import IncidentEntry

FOLLOW = ("已封存", "烘房受潮", "无人就医")


def test_m3_due_at_twelve_reminded_at_eleven_forty_five_minutes_late(home, clock):
    market = home.actor("market")
    clock.set(at(10, 20))
    found = incidents.open_incident(market, incident_values())
    assert rules.report_due(found.occurred_at) == at(12)
    assert incidents.remind_due(at(11, 39)) == 0
    assert incidents.remind_due(at(11, 40)) == 1
    assert incidents.remind_due(at(11, 41)) == 0, "once"
    clock.set(at(12, 5))
    with pytest.raises(Invalid, match="已超时 5 分钟，请填写原因。"):
        incidents.report(market, found.code, "县政府", "情况如下")
    entry = incidents.report(market, found.code, "县政府", "情况如下", "核实用时较长")
    assert (entry.late_minutes, entry.reason) == (5, "核实用时较长")
    with pytest.raises(RuleBroken, match="这件事已经上报"):
        incidents.report(market, found.code, "县政府", "再报")
    done = [row.action for row in AuditEntry.select().where(AuditEntry.subject == found.code).order_by(AuditEntry.id)]
    assert done == ["incident.open", "incident.remind", "incident.report"]


def test_m3_the_late_mark_cannot_be_set_back_not_even_in_the_database(home, clock):
    market = home.actor("market")
    clock.set(at(10, 20))
    found = incidents.open_incident(market, incident_values())
    clock.set(at(12, 5))
    entry = incidents.report(market, found.code, "县政府", "情况", "核实")
    for change in (
        lambda: IncidentEntry.update(late_minutes=0).where(IncidentEntry.id == entry.id).execute(),
        lambda: IncidentEntry.delete().where(IncidentEntry.id == entry.id).execute(),
        lambda: type(found).update(occurred_at=at(10, 19)).where(type(found).id == found.id).execute(),
    ):
        with pytest.raises((IntegrityError, InternalError)), db.atomic():
            change()
    assert queries.entry_of(found, "report").late_minutes == 5


def test_m3_a_follow_up_says_progress_cause_and_consequence(home, clock):
    market = home.actor("market")
    clock.set(at(10, 20))
    found = incidents.open_incident(market, incident_values())
    with pytest.raises(RuleBroken, match="请先上报"):
        incidents.follow(market, found.code, *FOLLOW)
    clock.set(at(11))
    assert incidents.report(market, found.code, "县政府", "情况").late_minutes == 0
    with pytest.raises(Invalid) as caught:
        incidents.follow(market, found.code, "已封存", "", " ")
    assert {error.field for error in caught.value.errors} == {"cause", "consequence"}
    incidents.follow(market, found.code, *FOLLOW)


def test_the_gravest_are_telephoned_and_nothing_closes_before_its_time(home, clock):
    market = home.actor("market")
    clock.set(at(10, 20))
    found = incidents.open_incident(market, incident_values(grade="grave"))
    clock.set(at(10, 30))
    incidents.report(market, found.code, "县政府", "情况")
    incidents.follow(market, found.code, *FOLLOW)
    with pytest.raises(RuleBroken, match="须立即电话报告"):
        incidents.close(market, found.code, "完")
    for wrong in (at(9, 59), at(10, 31)):
        with pytest.raises(Invalid, match="通话时间"):
            incidents.call(market, found.code, "县政府值班室", "要点", wrong)
    incidents.call(market, found.code, "县政府值班室", "要点", at(10, 25))
    incidents.close(market, found.code, "已处置")
    with pytest.raises(RuleBroken, match="已经结案"):
        incidents.follow(market, found.code, *FOLLOW)


def test_times_in_the_future_or_in_the_wrong_order_are_refused(home, clock):
    clock.set(at(10, 20))
    with pytest.raises(Invalid, match="发生时间不能晚于获知时间"):
        incidents.open_incident(home.actor("market"), incident_values(occurred_at=at(10, 20), known_at=at(10)))
    with pytest.raises(Invalid, match="获知时间不能晚于现在"):
        incidents.open_incident(home.actor("market"), incident_values(known_at=at(10, 21)))


def test_only_the_offices_handle_incidents(home):
    for name in ("coop", "plant", "township", "office", "leader"):
        with pytest.raises(Forbidden):
            incidents.open_incident(home.actor(name), incident_values())


def test_links_are_checked_and_kept_once(home, chain):
    market = home.actor("market")
    with pytest.raises(Invalid, match="没有编号 H26-9999，请核对。"):
        incidents.open_incident(market, incident_values(lot="H26-9999"))
    found = incidents.open_incident(market, incident_values(lot=f"{chain.harvest.code} {chain.dried.code}"))
    incidents.link(market, found.code, {"lot": chain.packs.code})
    with pytest.raises(Invalid):
        incidents.link(market, found.code, {"lot": chain.packs.code})
    assert [link.lot.code for link in queries.links_of(found)] == [
        chain.harvest.code,
        chain.dried.code,
        chain.packs.code,
    ]


def test_e3_a_question_is_forwarded_along_the_chain(home, chain):
    market, plant, coop = (home.actor(name) for name in ("market", "plant", "coop"))
    found = incidents.open_incident(market, incident_values(lot=chain.packs.code))
    due = date(2099, 1, 1)
    asked = inquiries.ask(market, chain.packs.code, "原料从哪来？", due, incident=found.code)
    assert asked.party.id == home.plant.id
    assert [lot.code for lot in inquiries.next_lots(asked)] == [chain.harvest.code]
    with pytest.raises(Exception, match="没有找到"):
        inquiries.answer(coop, asked.code, "不是我的")
    onward = inquiries.forward(plant, asked.code, chain.harvest.code, "")
    assert (onward.party.id, onward.question, onward.due_on) == (home.coop.id, "原料从哪来？", due)
    inquiries.answer(coop, onward.code, "松江镇自采。")
    with pytest.raises(RuleBroken, match="已经答复"):
        inquiries.answer(coop, onward.code, "再答")
    assert [q.code for q in queries.chain_of(market, asked)] == [asked.code, onward.code]
    assert [q.code for q in queries.chain_of(coop, onward)] == [onward.code], "a holder sees its own step only"
    incidents.report(market, found.code, "县政府", "情况", "补报")
    incidents.follow(market, found.code, *FOLLOW)
    with pytest.raises(RuleBroken, match="协查没有答复"):
        incidents.close(market, found.code, "完")
    inquiries.answer(plant, asked.code, "已转合作社。")
    incidents.close(market, found.code, "完")


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(INSTANTS, st.integers(0, 10**7))
def test_minutes_late_are_the_begun_minutes_after_the_term(occurred: datetime, seconds: int):
    due = rules.report_due(occurred)
    late = rules.minutes_late(due, occurred + timedelta(seconds=seconds))
    assert late == max(0, -(-(seconds - 7200) // 60))
    assert (late == 0) == (seconds <= 7200)
    assert due - rules.remind_at(occurred) == timedelta(minutes=20)


@given(INSTANTS, st.sampled_from([1, 2, 3]), st.sets(st.integers(0, 120), max_size=40))
def test_recall_terms_count_hours_after_knowing_and_working_days_after_starting(moment, level, holidays):
    assert rules.start_due(level, moment) - moment == timedelta(hours={1: 24, 2: 48, 3: 72}[level])
    first = moment.astimezone(rules.business_date.__globals__["SHANGHAI"]).date()
    days = WorkingCalendar({first + timedelta(days=n): False for n in holidays})
    finish = rules.finish_due(level, moment, days)
    worked = [first + timedelta(days=n) for n in range(1, (finish - first).days + 1)]
    assert sum(days.is_working(day) for day in worked) == {1: 10, 2: 20, 3: 30}[level]
    assert days.is_working(finish)
