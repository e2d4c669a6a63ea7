"""Reading funds: applications within one's scope, programmes with their budgets, payment batches, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor, Permission
from trace.core.calendar import WorkingCalendar
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.funds import limits, rules
from trace.funds.models import (
    Application,
    ApplicationDuty,
    ApplicationStep,
    Budget,
    FieldRecord,
    NoticeItem,
    Objection,
    PaymentBatch,
    PaymentLine,
    Transfer,
)
from trace.funds.rules import Action, State, Step
from trace.land.models import Plot
from trace.programmes.models import Programme
from trace.registry import queries as register
from trace.registry.models import Party, Township, Village

P = Permission


def applications_joined() -> Any:
    """Applications with programme, plot, village, township and applicant joined."""
    return (
        Application.select(Application, Programme, Plot, Village, Township, Party)
        .join(Programme)
        .switch(Application)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Application)
        .join(Party, on=Application.applicant)
    )


def visible_applications(actor: Actor) -> Any:
    """County-wide roles see all but drafts, townships those on their plots, others their own and those they applied for."""
    query = applications_joined()
    if actor.county_wide:
        return query.where(Application.state != State.DRAFT.value)
    mine = Township.code.in_(list(actor.township_codes))
    if actor.party_id is not None:
        mine = mine | (Application.applicant == actor.party_id) | (Application.agent == actor.party_id)
    return query.where(mine)


def get_application(actor: Actor, no: str) -> Application:
    """An application the actor may see."""
    found = visible_applications(actor).where(Application.no == no).first()
    if found is None:
        raise NotFound()
    return found


def lock_ground(application: Application) -> None:
    """One submission at a time among the programmes of one year: two neighbours who claim the same ground at once see each other."""
    year = Programme.year == application.programme.year
    list(lock_row(Programme.select(Programme.id).where(year).order_by(Programme.id)))


def filtered_applications(
    actor: Actor, *, states: Iterable[str] = (), programme: str = "", township: str = "", text: str = ""
) -> Any:
    """Visible applications narrowed by states, programme, township, and a piece of the number, applicant or plot."""
    query = visible_applications(actor)
    wanted = list(states)
    if wanted:
        query = query.where(Application.state.in_(wanted))
    if programme:
        query = query.where(Programme.code == programme)
    if township:
        query = query.where(Township.code == township)
    if text:
        query = query.where(Application.no.contains(text) | Party.name.contains(text) | Plot.code.contains(text))
    return query


def totals(query: Any) -> tuple[int, int, int]:
    """Number, accepted m² and fen of an application query."""
    count, area, amount = (
        query.select(
            fn.COUNT(Application.id),
            fn.COALESCE(fn.SUM(Application.accepted_m2), 0),
            fn.COALESCE(fn.SUM(Application.amount_fen), 0),
        )
        .tuples()
        .get()
    )
    return int(count), int(area), int(amount)


def steps(application: Application) -> list[ApplicationStep]:
    """What was done to an application, oldest first."""
    rows = ApplicationStep.select().where(ApplicationStep.application == application.id)
    return list(rows.order_by(ApplicationStep.id))


def field_records(application: Application) -> list[FieldRecord]:
    """The signatures of the present verification round."""
    rows = FieldRecord.select().where(
        FieldRecord.application == application.id, FieldRecord.round == application.field_round
    )
    return list(rows.order_by(FieldRecord.id))


def objections(application: Application) -> list[Objection]:
    """Objections to an application, oldest first."""
    return list(Objection.select().where(Objection.application == application.id).order_by(Objection.id))


def notice_item(application: Application) -> NoticeItem | None:
    """The publicity of an application, its period included."""
    return NoticeItem.get_or_none(NoticeItem.application == application.id)


def held_duty(actor: Actor, application: Application) -> str | None:
    """The part the actor already takes in an application."""
    found = ApplicationDuty.get_or_none(
        ApplicationDuty.application == application.id, ApplicationDuty.user_id == actor.user_id
    )
    return found.duty if found else None


def open_steps(application: Application) -> list[Step]:
    """The steps that are possible now, whoever takes them: not a second signature, not the end of an unfinished period."""
    signed = {f"verify_{record.side}" for record in field_records(application)}
    over = True
    if application.state == State.PUBLICITY:
        item = notice_item(application)
        over = item is not None and business_date() > item.ends_on
    return [
        step
        for step in rules.steps_from(application.state)
        if step.permission is not None
        and step.action.value not in signed
        and (over or step.action != Action.END_PUBLICITY)
    ]


def calendar_for(start: date, days: int) -> WorkingCalendar:
    """The working calendar over a period of so many working days, however long its holidays."""
    return register.working_calendar(start, start + timedelta(days=days * 4 + 40))


def state_limits() -> dict[State, limits.Limit]:
    """How long each state may last, as the county has set it or as assumed."""
    return limits.limits_of(register.site_setting(limits.LIMITS_KEY))


def due_on(state: State, today: date) -> date | None:
    """The last day of a state entered today."""
    known = state_limits()
    days = known[state].days if state in known else 0
    return limits.due_on(state, today, calendar_for(today, days), known)


def budgets(programme_ids: Iterable[int]) -> dict[int, Budget]:
    """The budget of each programme; an empty one where nothing was appropriated yet."""
    wanted = list(programme_ids)
    empty = {programme_id: Budget(programme=programme_id) for programme_id in wanted}
    return empty | {row.programme_id: row for row in Budget.select().where(Budget.programme.in_(wanted))}


def transfers(programme: Programme) -> list[Transfer]:
    """The latest entries of a programme's books."""
    rows = (
        Transfer.select(Transfer, Application)
        .join(Application, JOIN.LEFT_OUTER)
        .where(Transfer.programme == programme.id)
    )
    return list(rows.order_by(Transfer.id.desc()).limit(100))


def applications_on(plot_ids: list[int]) -> list[Application]:
    """Applications for these plots (the caller has checked that the plots may be seen)."""
    return list(Application.select(Application, Plot).join(Plot).where(Plot.id.in_(plot_ids)).order_by(Application.id))


def visible_batches(actor: Actor) -> Any:
    """All payment batches, for those who may read them; an applicant sees its own payment on the application."""
    actor.require(P.PAYMENT_READ)
    return PaymentBatch.select()


def get_batch(actor: Actor, no: str) -> PaymentBatch:
    """A payment batch the actor may see."""
    found = visible_batches(actor).where(PaymentBatch.no == no).first()
    if found is None:
        raise NotFound()
    return found


def lines(batch: PaymentBatch) -> list[PaymentLine]:
    """The lines of a batch with application and programme joined."""
    rows = PaymentLine.select(PaymentLine, Application, Programme).join(Application).join(Programme)
    return list(rows.where(PaymentLine.batch == batch.id).order_by(PaymentLine.id))


def payments_of(application: Application) -> list[PaymentLine]:
    """The payments of one application with their batches."""
    rows = PaymentLine.select(PaymentLine, PaymentBatch).join(PaymentBatch)
    return list(rows.where(PaymentLine.application == application.id).order_by(PaymentLine.id))


WAITING: tuple[tuple[Permission, str, tuple[State, ...]], ...] = (
    (P.APPLICATION_SUBMIT, "待提交或补正的申报", (State.DRAFT, State.RETURNED)),
    (P.APPLICATION_SUBMIT, "待整改补植的申报", (State.FIELD_FAILED, State.RECTIFYING)),
    (P.APPLICATION_ACCEPT, "待乡镇受理的申报", (State.SUBMITTED,)),
    (P.APPLICATION_ACCEPT, "待乡镇初审的申报", (State.TOWNSHIP_ACCEPTED, State.TOWNSHIP_PUBLICITY)),
    (P.APPLICATION_REVIEW, "待安排验收的申报", (State.TOWNSHIP_PASSED, State.RECTIFYING)),
    (P.APPLICATION_REVIEW, "待林业复核的申报", (State.FIELD_PASSED,)),
    (P.APPLICATION_PUBLICISE, "待公示的申报", (State.BUREAU_REVIEWED,)),
    (P.APPLICATION_PUBLICISE, "待处理的公示异议", (State.OBJECTION,)),
    (P.APPLICATION_PUBLICISE, "公示期满、待提交审定的申报", (State.PUBLICITY_PASSED,)),
    (P.APPLICATION_APPROVE, "待审定的申报", (State.APPROVING,)),
    (P.PAYMENT_MAKE, "待制单的申报", (State.APPROVED, State.PAY_FAILED)),
)
PAGES = {P.APPLICATION_APPROVE: "/funds/approvals", P.PAYMENT_MAKE: "/funds/payments/new"}


def waiting_for(actor: Actor) -> list[tuple[str, int, str]]:
    """What waits for the actor: the words, how many, and the page to deal with it."""
    found = []
    for permission, label, states in WAITING:
        if actor.can(permission):
            wanted = visible_applications(actor).where(Application.state.in_([state.value for state in states]))
            page = PAGES.get(permission) or "/funds/applications?" + "&".join(
                f"state={state.value}" for state in states
            )
            found.append((label, wanted.count(), page))
    for side in ("forestry", "finance"):
        if actor.can(P(f"application:verify_{side}")):
            found.append(
                ("待现场验收签字的申报", unsigned(actor, side).count(), "/funds/applications?state=FIELD_SCHEDULED")
            )
    if actor.can(P.APPLICATION_PUBLICISE):
        over = visible_applications(actor).join_from(Application, NoticeItem)
        over = over.where(Application.state == State.PUBLICITY.value, NoticeItem.ends_on < business_date())
        found.append(("公示期满、待结束公示的申报", over.count(), "/funds/publicity"))
    for permission, label, state in (
        (P.PAYMENT_CHECK, "待复核的支付批次", "prepared"),
        (P.PAYMENT_MAKE, "待登记银行回单的支付批次", "released"),
    ):
        if actor.can(permission):
            count = visible_batches(actor).where(PaymentBatch.state == state).count()
            found.append((label, count, f"/funds/payments?state={state}"))
    return found


def unsigned(actor: Actor, side: str) -> Any:
    """Applications under verification that lack this side's signature."""
    signed = FieldRecord.select(FieldRecord.application).where(
        FieldRecord.side == side, FieldRecord.round == Application.field_round
    )
    scheduled = visible_applications(actor).where(Application.state == State.FIELD_SCHEDULED.value)
    return scheduled.where(Application.id.not_in(signed))
