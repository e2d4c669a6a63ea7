"""One step of an application: is it legal, may this person, who did it. Every verb goes through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound, RuleBroken
from trace.core.text import N_
from trace.db import db, lock_row
from trace.funds import claims, queries, rules
from trace.funds.models import Application, ApplicationDuty, ApplicationStep
from trace.funds.rules import Action, Duty, State, Step

KEPT_REFUSALS = ("SAME_PERSON", "RECUSED")

SYSTEM = Actor(0, "", N_("系统"), frozenset())
"""Who stands in the file for a step that a date alone has taken."""


class SystemOperation(audit.Operation):
    """A write of the nightly job: the trail says that nobody did it."""

    def __init__(self) -> None:
        """Start at the present instant."""
        super().__init__(SYSTEM)

    def record(self, action: str, subject: object = None, **detail: Any) -> None:
        """Leave the trail without an actor."""
        audit.record_system(action, subject, **detail)
        self.recorded += 1


@contextmanager
def by_system() -> Iterator[audit.Operation]:
    """One transaction of the system's own steps."""
    with db.atomic():
        yield SystemOperation()


@contextmanager
def acting(actor: Actor, permissions: list[Permission], action: str, subject: str) -> Iterator[audit.Operation]:
    """An operation under the first permission the actor holds; refusals for reasons of person stay in the trail."""
    permission = next((p for p in permissions if actor.can(p)), permissions[0])
    try:
        with operation(actor, permission) as op:
            yield op
    except RuleBroken as error:
        if error.code in KEPT_REFUSALS:
            audit.record_refusal(actor, f"application.{action}", subject=subject, code=error.code)
        raise


def lock_application(actor: Actor, no: str) -> Application:
    """The application, visible to the actor, its row locked and read after the lock."""
    seen = queries.get_application(actor, no)
    locked = lock_row(Application.select(Application.id).where(Application.id == seen.id))
    list(locked)
    return queries.get_application(actor, no)


def require_step(op: audit.Operation, application: Application, action: Action, *, many: bool = False) -> Step:
    """The legal step for this action by this person; raises what is wrong otherwise. Takes the duty that goes with it."""
    step = rules.step_of(application.state, action)
    if step is None:
        raise illegal(application, action)
    if step.permission is None:
        raise NotFound()
    op.actor.require(step.permission)
    if step.permission == Permission.APPLICATION_SUBMIT:
        _require_own_side(op.actor, application)
    if step.duty is not None:
        _take_duty(op, application, step.duty, many)
    return step


def illegal(application: Application, action: Action) -> RuleBroken:
    """409 with what is possible instead."""
    possible = list(dict.fromkeys(step.action.label for step in queries.open_steps(application)))
    values = {"state": State(application.state).label, "action": action.label}
    if not possible:
        return RuleBroken("当前状态‘%(state)s’，不能执行‘%(action)s’。", code="ILLEGAL_STEP", **values)
    return RuleBroken(
        "当前状态‘%(state)s’，不能执行‘%(action)s’。可执行：%(possible)s。", code="ILLEGAL_STEP", allowed=possible,
        possible="、".join(possible), **values,
    )  # fmt: skip


def advance(
    op: audit.Operation,
    application: Application,
    step: Step,
    *,
    target: State | None = None,
    opinion: str = "",
    changes: dict[str, Any] | None = None,
    **detail: Any,
) -> None:
    """Move an application along a step, keep who did it, and leave the trail. The row must still be where the step starts."""
    to = target or step.target
    values = {"state": to.value, **(changes or {})}
    if to != step.source:
        values.setdefault("due_on", queries.due_on(to, business_date(op.at)))
    if to in rules.INACTIVE:
        values["active_key"] = None
        claims.release(application)
    moved = Application.update(values).where(Application.id == application.id, Application.state == step.source.value)
    if moved.execute() != 1:
        raise RuleBroken("该申请刚被他人处理，请刷新后再办理。", code="CHANGED")
    ApplicationStep.create(
        application=application, action=step.action.value, from_state=step.source.value, to_state=to.value,
        actor_id=op.actor.user_id, actor_name=op.actor.display_name, role=rules.acting_role(op.actor, step.permission),
        opinion=opinion, detail=detail, at=op.at,
    )  # fmt: skip
    for name, value in values.items():
        setattr(application, name, value)
    op.record(f"application.{step.action.value}", application, to=to.value, opinion=opinion, **detail)


def _require_own_side(actor: Actor, application: Application) -> None:
    """Applying and withdrawing are for the applicant, the organisation that applied for it, and the township's officers."""
    sides = {application.applicant_id, application.agent_id} - {None}
    if actor.party_id not in sides and application.plot.village.township.code not in actor.township_codes:
        raise NotFound()


def _take_duty(op: audit.Operation, application: Application, duty: Duty, many: bool) -> None:
    """Keep one part per person and application; a party never judges its own."""
    actor = op.actor
    if (
        duty != Duty.SUBMIT
        and actor.party_id is not None
        and actor.party_id in (application.applicant_id, application.agent_id)
    ):
        raise RuleBroken("您与申请人存在利害关系，系统已自动回避，请转交他人办理。", code="RECUSED")
    held = ApplicationDuty.get_or_none(
        ApplicationDuty.application == application.id, ApplicationDuty.user_id == actor.user_id
    )
    if held is None:
        ApplicationDuty.create(application=application, user_id=actor.user_id, duty=duty.value, taken_at=op.at)
    elif held.duty != duty.value:
        raise _same_person(application, held.duty, duty, many)


def _same_person(application: Application, held: str, duty: Duty, many: bool) -> RuleBroken:
    did, now = rules.duty_words(held, duty)
    if many:
        return RuleBroken(
            "您已参与申请 %(no)s 的%(did)s，不能再参加%(now)s。",
            code="SAME_PERSON",
            no=application.no,
            did=did,
            now=now,
        )
    return RuleBroken("您已参与该申请的%(did)s，不能再参加%(now)s。", code="SAME_PERSON", did=did, now=now)
