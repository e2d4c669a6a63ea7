"""What the application page offers a person: the possible actions, and for each blocked one the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.core.actor import GRANTS, Actor, Permission, Role
from trace.core.errors import RuleBroken
from trace.core.text import Message
from trace.funds import gate, publicity, queries, rules
from trace.funds.models import Application
from trace.funds.rules import BATCHED, BY_CASE, Action, State, Step


@dataclass(frozen=True)
class Offer:
    """An action of the actor's role, and why it cannot be taken now (None: it can)."""

    action: Action
    blocked: Message | None


def offers(actor: Actor, application: Application, today: date) -> list[Offer]:
    """The actions of the actor's role in this state, those that can be taken first."""
    found = [
        Offer(step.action, _why_not(actor, application, step, today))
        for step in rules.steps_from(application.state)
        if step.permission is not None and actor.can(step.permission) and step.action not in (*BATCHED, *BY_CASE)
    ]
    found += _too_early(actor, application, today)
    return sorted(found, key=lambda offer: offer.blocked is not None)


def awaited(application: Application) -> list[tuple[str, str]]:
    """Who must act next: the role and the action, in the order of the table."""
    found = []
    for step in queries.open_steps(application):
        roles = [role.label for role in Role if step.permission in GRANTS[role]]
        if step.permission != Permission.APPLICATION_SUBMIT and step.action not in (
            Action.OBJECT,
            Action.REJECT,
            Action.RETURN,
        ):
            found.append(("、".join(roles), step.action.label))
    return list(dict.fromkeys(found))


def _why_not(actor: Actor, application: Application, step: Step, today: date) -> Message | None:
    held = queries.held_duty(actor, application)
    if step.duty is not None and held not in (None, step.duty.value):
        did, now = rules.duty_words(str(held), step.duty)
        return Message("您已参与该申请的%(did)s，不能再参加%(now)s。", {"did": did, "now": now})
    if step.action in (Action.VERIFY_FORESTRY, Action.VERIFY_FINANCE):
        side = step.action.value.removeprefix("verify_")
        signed = {record.side for record in queries.field_records(application)}
        return Message("您这一方已经签字，等待另一方签字。") if side in signed else None
    if step.action == Action.SUBMIT:
        return next((check.message for check in gate.checks(application, today) if not check.ok), None)
    if step.action == Action.END_PUBLICITY:
        return _period(application, today)
    return None


def _too_early(actor: Actor, application: Application, today: date) -> list[Offer]:
    """Actions people look for one step too soon, shown with what is missing."""
    if application.state == State.FIELD_SCHEDULED and actor.can(Permission.APPLICATION_REVIEW):
        signed = {record.side for record in queries.field_records(application)}
        missing = "、".join(rules.missing_signatures(signed))
        return [Offer(Action.REVIEW, Message("缺少%(who)s签字。", {"who": missing}))]
    if application.state == State.PUBLICITY and actor.can(Permission.APPLICATION_APPROVE):
        return [Offer(Action.APPROVE, _period(application, today) or Message("等待领导小组办公室提交审定。"))]
    return []


def _period(application: Application, today: date) -> Message | None:
    try:
        publicity.require_period_over(application, today)
    except RuleBroken as error:
        return error.message
    return None
