"""Publicity: lists with a period in working days, objections that stop it, and what outsiders may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.identifiers import mask_name
from trace.db.counters import next_number
from trace.funds import queries, rules, workflow
from trace.funds.models import Application, Notice, NoticeItem, Objection
from trace.funds.rules import NOTICE_KEPT_DAYS, Action, State
from trace.land.models import Plot
from trace.programmes.models import Programme
from trace.registry.models import Party, Township, Village


@dataclass(frozen=True)
class Row:
    """One line of a list, with only what its readers may see."""

    no: str
    township: str
    village: str
    name: str
    area_m2: int
    amount_fen: int
    starts_on: date
    ends_on: date
    state: str


def publicise(actor: Actor, nos: list[str], starts_on: date | None = None) -> Notice:
    """Put reviewed applications of one programme on a public list for the programme's number of working days."""
    with workflow.acting(actor, rules.permissions_for(Action.PUBLICISE), Action.PUBLICISE, ",".join(nos)[:80]) as op:
        if not nos:
            raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
        applications = lock_all(actor, nos)
        programme = applications[0].programme
        if any(item.programme_id != programme.id for item in applications):
            raise Invalid("一份公示只能包含同一项目的申请。", field="applications", code="PROGRAMMES_MIXED")
        start = starts_on or business_date(op.at)
        ends = period_end(start, programme.publicity_days, business_date(op.at))
        many = len(applications) > 1
        steps = [workflow.require_step(op, item, Action.PUBLICISE, many=many) for item in applications]
        notice = Notice.create(
            no=f"GS{start.year % 100:02d}-{next_number(f'GS{start.year}'):04d}", programme=programme, title=programme.name,
            contact=programme.contact, published_at=op.at, published_by=actor.user_id, publisher_name=actor.display_name,
        )  # fmt: skip
        for item, step in zip(applications, steps, strict=True):
            NoticeItem.create(notice=notice, application=item, starts_on=start, ends_on=ends)
            workflow.advance(op, item, step, notice=notice.no, starts_on=start.isoformat(), ends_on=ends.isoformat())
        op.record(
            "notice.publish",
            notice,
            applications=len(applications),
            starts_on=start.isoformat(),
            ends_on=ends.isoformat(),
        )
        return notice


def object_to(actor: Actor, no: str, text: str) -> Application:
    """Take down an objection; until it is settled nothing is approved or paid."""
    with workflow.acting(actor, rules.permissions_for(Action.OBJECT), Action.OBJECT, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.OBJECT)
        if not text.strip():
            raise Invalid("请写明异议内容。", field="opinion", code="MISSING")
        Objection.create(application=application, text=text.strip(), received_at=op.at, received_by=actor.user_id)
        workflow.advance(op, application, step, opinion=text.strip())
        return application


def settle(actor: Actor, no: str, result: str, *, upheld: bool, rectify: bool = False) -> Application:
    """Settle the open objection: upheld ends the application or sends it to be put right, groundless starts its period again."""
    action = (Action.ORDER_RECTIFY if rectify else Action.REJECT) if upheld else Action.DISMISS
    with workflow.acting(actor, rules.permissions_for(action), action, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, action)
        if not result.strip():
            raise Invalid("请填写异议调查结果。", field="opinion", code="MISSING")
        Objection.update(handled_at=op.at, handled_by=actor.user_id, result=result.strip(), upheld=upheld).where(
            Objection.application == application.id, Objection.handled_at.is_null()
        ).execute()
        if not upheld:
            today = business_date(op.at)
            ends = period_end(today, application.programme.publicity_days, today)
            NoticeItem.update(starts_on=today, ends_on=ends).where(NoticeItem.application == application.id).execute()
        workflow.advance(op, application, step, opinion=result.strip(), upheld=upheld)
        return application


def take_down(actor: Actor, no: str, opinion: str) -> Application:
    """Take one item off its list, because something on it is wrong; it is publicised anew with a period of its own."""
    with workflow.acting(actor, rules.permissions_for(Action.TAKE_DOWN), Action.TAKE_DOWN, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.TAKE_DOWN)
        if not opinion.strip():
            raise Invalid("请写明撤回公示的原因。", field="opinion", code="MISSING")
        NoticeItem.delete().where(NoticeItem.application == application.id).execute()
        workflow.advance(op, application, step, opinion=opinion.strip())
        return application


def end_publicity(actor: Actor, nos: list[str]) -> list[Application]:
    """Send applications whose period has passed without open objection to the leading group."""
    with workflow.acting(
        actor, rules.permissions_for(Action.END_PUBLICITY), Action.END_PUBLICITY, ",".join(nos)[:80]
    ) as op:
        if not nos:
            raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
        applications = lock_all(actor, nos)
        for application in applications:
            step = workflow.require_step(op, application, Action.END_PUBLICITY, many=len(nos) > 1)
            require_period_over(application, business_date(op.at))
            workflow.advance(op, application, step)
        return applications


def lock_all(actor: Actor, nos: list[str]) -> list[Application]:
    """Lock several applications in one order, so that two writers never wait for each other."""
    found = [queries.get_application(actor, no) for no in dict.fromkeys(nos)]
    return [workflow.lock_application(actor, item.no) for item in sorted(found, key=lambda item: item.id)]


def period_end(start: date, days: int, today: date) -> date:
    """The last day of a period: so many working days after the day it starts, by the county's calendar."""
    if start > today:
        raise Invalid("公示开始日期不能晚于今天。", field="starts_on", code="DATE_FUTURE")
    return queries.calendar_for(start, days).add_working_days(start, days)


def require_period_over(application: Application, today: date) -> None:
    """Refuse to go on while the period runs, with its end and what is left of it."""
    item = queries.notice_item(application)
    if item is None or today > item.ends_on:
        return
    left = queries.calendar_for(today, (item.ends_on - today).days).working_days_between(today, item.ends_on)
    if left == 0:
        raise RuleBroken(
            "公示期至 %(day)s（当日满期），不能提交审定。", code="PERIOD_OPEN", day=item.ends_on.isoformat()
        )
    raise RuleBroken(
        "公示期至 %(day)s（还差 %(days)s 个工作日），不能提交审定。",
        code="PERIOD_OPEN",
        day=item.ends_on.isoformat(),
        days=left,
    )


def public_notices(today: date) -> list[tuple[Notice, date, date, int]]:
    """Lists the public may see: number of rows, first day and last day of each; old ones are gone."""
    ends = fn.MAX(NoticeItem.ends_on)
    query = (
        NoticeItem.select(NoticeItem.notice, fn.MIN(NoticeItem.starts_on), ends, fn.COUNT(NoticeItem.id))
        .group_by(NoticeItem.notice)
        .having(ends >= today - timedelta(days=NOTICE_KEPT_DAYS))
    )
    found = {row[0]: row[1:] for row in query.tuples()}
    notices = (
        Notice.select(Notice, Programme).join(Programme).where(Notice.id.in_(list(found))).order_by(Notice.id.desc())
    )
    return [(notice, _day(found[notice.id][0]), _day(found[notice.id][1]), found[notice.id][2]) for notice in notices]


def public_notice(no: str, today: date) -> tuple[Notice, date, date]:
    """One list the public may see, with its period."""
    for notice, starts, ends, _count in public_notices(today):
        if notice.no == no:
            return notice, starts, ends
    raise NotFound()


def get_notice(no: str) -> Notice:
    """A list by its number, for signed-in readers; kept in the file after it has left the public pages."""
    found = Notice.select(Notice, Programme).join(Programme).where(Notice.no == no).first()
    if found is None:
        raise NotFound()
    return found


def notices() -> Any:
    """All lists, newest first."""
    return Notice.select(Notice, Programme).join(Programme)


def rows(notice: Notice, *, masked: bool = True) -> list[Row]:
    """The rows of a list. On the web only the first character of a name; the village's own board may carry it in full."""
    query = (
        NoticeItem.select(NoticeItem, Application, Plot, Village, Township, Party)
        .join(Application)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Application)
        .join(Party, on=Application.applicant)
        .where(NoticeItem.notice == notice.id)
        .order_by(Village.code, NoticeItem.id)
    )
    return [
        Row(
            item.application.no, item.application.plot.village.township.name, item.application.plot.village.name,
            mask_name(item.application.applicant.name) if masked else item.application.applicant.name,
            item.application.accepted_m2, item.application.amount_fen, item.starts_on, item.ends_on, item.application.state,
        )
        for item in query
        if item.application.state != State.REJECTED
    ]  # fmt: skip


def _day(value: Any) -> date:
    """SQLite gives the aggregate of a date column as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
