"""Programmes, the conditions of a submission, and publicity."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from tests.factories import county as make
from tests.factories import funds
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.funds import publicity, services
from trace.funds.models import Application, NoticeItem, Objection
from trace.funds.rules import Action, State
from trace.land.models import Plot
from trace.programmes import services as programmes

NATIONAL_DAY_END = date(2026, 10, 15)
"""Seven working days after 30 September 2026: 8, 9, 10 (调休), 12, 13, 14, 15 October."""


def test_no_publishing_without_the_finance_bureau(home):
    made = funds.programme(home, publish=False, money_fen=0, finance_ref="")
    with pytest.raises(RuleBroken, match="^尚未征求县财政局意见，不能发布。$"):
        programmes.publish_programme(home.actor("office"), made.code)
    assert programmes.publish_programme(home.actor("office"), made.code, "财函〔2026〕7号").state == "published"
    with pytest.raises(RuleBroken, match="已经发布过"):
        programmes.publish_programme(home.actor("office"), made.code)


def test_drafts_are_not_for_applicants(home):
    made = funds.programme(home, publish=False, money_fen=0)
    with pytest.raises(NotFound):
        services.create_application(home.actor("coop"), made.code, make.plot(home.actor("coop"), home).code)


def test_a_closed_programme_takes_nothing_more(home, draft, scheme):
    programmes.close_programme(home.actor("office"), scheme.code)
    with pytest.raises(RuleBroken, match="未在申报中"):
        services.submit(home.actor("coop"), draft.no)


@pytest.mark.parametrize(
    ("opens", "closes", "text"),
    [
        (date(2026, 3, 1), date(2026, 4, 30), "‘2026年土枇杷新造奖补’申报期为 3月1日—4月30日，现已截止。"),
        (date(2026, 10, 1), date(2026, 10, 31), "‘2026年土枇杷新造奖补’申报期为 10月1日—10月31日，尚未开始。"),
    ],
)
def test_outside_the_window(home, opens, closes, text):
    scheme = funds.programme(home, opens_on=opens, closes_on=closes)
    with pytest.raises(RuleBroken) as refused:
        services.submit(home.actor("coop"), funds.draft(home, scheme).no)
    assert str(refused.value) == text


def test_the_last_day_of_the_window_counts(home):
    scheme = funds.programme(home, opens_on=date(2026, 9, 1), closes_on=date(2026, 9, 24))
    assert services.submit(home.actor("coop"), funds.draft(home, scheme).no).state == State.SUBMITTED


def test_what_was_sent_back_may_come_again_after_the_window(home, draft, clock):
    funds.drive(home, draft, State.SUBMITTED)
    with pytest.raises(Invalid, match="请一次写清"):
        services.return_application(home.actor("township"), draft.no, " ")
    services.return_application(home.actor("township"), draft.no, "缺合同。")
    clock.move_to("2026-12-01T04:00:00+00:00")
    assert services.submit(home.actor("coop"), draft.no).state == State.SUBMITTED


def test_below_the_least_area(home, scheme):
    small = funds.draft(home, scheme, applied_m2=3_067)
    with pytest.raises(RuleBroken, match="^集中连片面积 4.60 亩，低于最低要求 5.00 亩。$"):
        services.submit(home.actor("coop"), small.no)


def test_basic_farmland(home, draft):
    Plot.update(land_class="basic_farmland").execute()
    with pytest.raises(RuleBroken) as refused:
        services.submit(home.actor("coop"), draft.no)
    short = Plot.get().code[-5:]
    assert str(refused.value) == f"地块 …{short} 位于永久基本农田，依法不得种植林果，不能申报。"


def test_one_plot_one_purpose_one_year(home, draft, scheme):
    coop = home.actor("coop")
    twin = services.create_application(coop, scheme.code, draft.plot.code)
    services.submit(coop, draft.no)
    with pytest.raises(RuleBroken, match="同一地块同一用途一年只能申报一次"):
        services.submit(coop, twin.no)
    services.withdraw(coop, draft.no)
    assert services.submit(coop, twin.no).active_key == f"{draft.plot.code}:planting:2026"


def test_two_submissions_at_once_let_one_pass(home, draft, scheme, app):
    coop = home.actor("coop")
    twins = [draft, *(services.create_application(coop, scheme.code, draft.plot.code) for _ in range(3))]
    outcomes: list[str] = []
    start = threading.Barrier(len(twins))

    def submit(no: str) -> None:
        with db.connection_context():
            start.wait()
            try:
                outcomes.append(services.submit(coop, no).state)
            except RuleBroken as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=submit, args=(item.no,)) for item in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["DUPLICATE"] * 3 + ["SUBMITTED"]


def test_a_refused_direct_submission_leaves_nothing(home, scheme):
    plot = make.plot(home.actor("coop"), home)
    with pytest.raises(RuleBroken):
        services.create_application(home.actor("coop"), scheme.code, plot.code, applied_m2=100, send=True)
    assert Application.select().count() == 0


def test_a_member_s_plot_is_applied_for_by_the_cooperative_and_paid_to_the_member(home, scheme):
    member = make.party("household", "王小满", home.village, belongs_to=home.coop)
    plot = make.plot(home.actor("coop"), home, operator=member)
    made = services.create_application(home.actor("coop"), scheme.code, plot.code)
    assert (made.applicant_id, made.agent_id) == (member.id, home.coop.id)


def test_publicity_over_national_day(home, draft, clock):
    funds.drive(home, draft, State.BUREAU_REVIEWED)
    clock.move_to("2026-09-30T04:00:00+00:00")
    funds.step(home, draft.no, "office", Action.PUBLICISE, starts_on=date(2026, 9, 30))
    assert NoticeItem.get().ends_on == NATIONAL_DAY_END
    clock.move_to("2026-10-13T04:00:00+00:00")
    for username, action in (("office", Action.END_PUBLICITY), ("leader", Action.APPROVE)):
        with pytest.raises(RuleBroken) as refused:
            funds.step(home, draft.no, username, action)
        assert str(refused.value) == "公示期至 2026-10-15（还差 2 个工作日），不能提交审定。"
    clock.move_to("2026-10-15T12:00:00+00:00")
    with pytest.raises(RuleBroken, match="当日满期"):
        funds.step(home, draft.no, "office", Action.END_PUBLICITY)
    clock.move_to("2026-10-15T16:01:00+00:00")
    assert funds.step(home, draft.no, "office", Action.END_PUBLICITY).state == State.PUBLICITY_PASSED


def test_publicity_does_not_start_tomorrow(home, draft):
    funds.drive(home, draft, State.BUREAU_REVIEWED)
    with pytest.raises(Invalid, match="公示开始日期不能晚于今天"):
        funds.step(home, draft.no, "office", Action.PUBLICISE, starts_on=date(2026, 9, 25))


def test_a_groundless_objection_starts_the_period_again(home, draft, clock):
    funds.drive(home, draft, State.PUBLICITY)
    funds.step(home, draft.no, "office", Action.OBJECT, opinion="面积不对。")
    with pytest.raises(RuleBroken, match="当前状态‘异议处理中’，不能执行‘公示期满’"):
        funds.step(home, draft.no, "office", Action.END_PUBLICITY)
    clock.move_to("2026-09-30T04:00:00+00:00")
    again = funds.step(home, draft.no, "office", Action.DISMISS, opinion="现场复测，面积无误。")
    assert again.state == State.PUBLICITY
    item = NoticeItem.get()
    assert (item.starts_on, item.ends_on) == (date(2026, 9, 30), NATIONAL_DAY_END)
    assert Objection.get().upheld is False


def test_an_upheld_objection_ends_the_application_and_frees_the_plot(home, draft):
    funds.drive(home, draft, State.PUBLICITY)
    funds.step(home, draft.no, "office", Action.OBJECT, opinion="去年领过。")
    ended = funds.step(home, draft.no, "office", Action.REJECT, opinion="查实。")
    assert (ended.state, ended.active_key, Objection.get().upheld) == (State.REJECTED, None, True)


def test_public_lists_mask_names_and_disappear(home, scheme, clock):
    member = make.party("household", "王小满", home.village, belongs_to=home.coop)
    plot = make.plot(home.actor("coop"), home, operator=member)
    made = services.create_application(home.actor("coop"), scheme.code, plot.code)
    funds.drive(home, made, State.PUBLICITY)
    notice, _starts, ends, count = publicity.public_notices(date(2026, 9, 24))[0]
    assert count == 1
    assert [row.name for row in publicity.rows(notice)] == ["王**"]
    assert [row.name for row in publicity.rows(notice, masked=False)] == ["王小满"]
    assert publicity.public_notice(notice.no, ends + timedelta(days=30))[0].no == notice.no
    with pytest.raises(NotFound):
        publicity.public_notice(notice.no, ends + timedelta(days=31))


def test_one_list_is_one_programme(home, scheme):
    other = funds.programme(home, name="2026年抚育奖补", purpose="tending", money_fen=0)
    both = [funds.draft(home, scheme, number=0), funds.draft(home, other, number=1)]
    for item in both:
        funds.drive(home, item, State.BUREAU_REVIEWED)
    with pytest.raises(Invalid, match="一份公示只能包含同一项目的申请"):
        publicity.publicise(home.actor("office"), [item.no for item in both])
