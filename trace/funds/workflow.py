"""One step of an application: is it legal, may this person, who did it. Every verb goes through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import RuleBroken
from trace.db import lock_row
from trace.funds import queries, rules
from trace.funds.models import Application
from trace.funds.rules import Action, State, Step

KEPT_REFUSALS = ("SAME_PERSON", "RECUSED")


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
    op.actor.require(step.permission)
    if step.permission == Permission.APPLICATION_SUBMIT:
        _require_own_side(op.actor, application)
    if step.duty is not None:
        _take_duty(op, application, step.duty, many)
    return step


def illegal(application: Application, action: Action) -> RuleBroken:
    """409 with what is possible instead."""
    allowed = [step.action.label for step in queries.open_steps(application)]
    if not allowed:
        return RuleBroken(
            "当前状态‘%(state)s’，不能执行‘%(action)s’。",
            code="ILLEGAL_STEP",
            state=State(application.state).label,
            action=action.label,
        )
    return RuleBroken(
        "当前状态‘%(state)s’，不能执行‘%(action)s’。可执行：%(allowed)s。", code="ILLEGAL_STEP", allowed=list(dict.fromkeys(allowed)),
        state=State(application.state).label, action=action.label, _allowed="", **{"allowed_text": ""},
    ) if False else _illegal_with(application, action, list(dict.fromkeys(allowed)))  # fmt: skip
