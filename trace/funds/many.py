"""Steps of many applications at once: the same rules as :mod:`trace.funds.workflow`, with a handful of statements for a whole batch.

A payment batch holds thousands of lines. Locking, duties, moves, file and trail of each go in sets; one application that may not take the step
stops all of them, and every one that may not is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from trace import audit
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db import lock_row
from trace.db.rows import put_rows
from trace.funds import interests, queries, rules, workflow
from trace.funds.models import Application, ApplicationDuty, ApplicationStep
from trace.funds.rules import Action, Duty, State, Step

CHUNK = 500
MOST_TOLD = 20
"""So many faults are spelled out; a clerk mends those and asks again."""
Item = TypeVar("Item")


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Pieces small enough for one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def lock_many(actor: Actor, nos: Iterable[str]) -> list[Application]:
    """Applications the actor may see, their rows locked in one order and read after the lock, in that order."""
    wanted = list(dict.fromkeys(nos))
    keys: list[int] = []
    for names in chunks(wanted):
        rows = queries.visible_applications(actor).where(Application.no.in_(names)).select(Application.id)
        keys.extend(key for (key,) in rows.tuples())
    if len(keys) != len(wanted):
        raise NotFound()
    found: list[Application] = []
    for part in chunks(sorted(keys)):
        list(lock_row(Application.select(Application.id).where(Application.id.in_(part)).order_by(Application.id)))
        found.extend(queries.applications_joined().where(Application.id.in_(part)).order_by(Application.id))
    return found


def require_all(items: Iterable[tuple[Application, RuleBroken | None]]) -> None:
    """Raise what is wrong: a single fault as itself, several together, each with the number of its application."""
    faults = [(application, error) for application, error in items if error is not None]
    if not faults:
        return
    if len(faults) == 1:
        raise faults[0][1]
    told = [
        FieldError("applications", error.code, Message("%(no)s：%(text)s", {"no": application.no, "text": str(error)}))
        for application, error in faults[:MOST_TOLD]
    ]
    if len(faults) > MOST_TOLD:
        rest = Message("另有 %(n)s 份申请也不符合条件。", {"n": len(faults) - MOST_TOLD})
        told.append(FieldError("applications", "MORE", rest))
    raise Invalid(errors=told)


def require_legal(applications: Sequence[Application], action: Action) -> None:
    """The action is legal in the state of each; those in which it is not are told together."""
    steps = [(one, rules.step_of(one.state, action)) for one in applications]
    require_all((one, workflow.illegal(one, action) if step is None else None) for one, step in steps)


def require_steps(op: audit.Operation, applications: Sequence[Application], action: Action) -> list[Step]:
    """The legal step of each; takes the duties that go with them. All faults are told together."""
    many = len(applications) > 1
    require_legal(applications, action)
    steps = [rules.step_of(application.state, action) for application in applications]
    pairs = list(zip(applications, steps, strict=True))
    for permission in {step.permission for step in steps if step is not None}:
        if permission is None:
            raise NotFound()
        op.actor.require(permission)
    for duty in {step.duty for step in steps if step is not None and step.duty is not None}:
        _take_duties(op, [one for one, step in pairs if step is not None and step.duty == duty], duty, many)
    return [step for step in steps if step is not None]


def advance_all(
    op: audit.Operation,
    applications: Sequence[Application],
    steps: Sequence[Step],
    *,
    target: State | None = None,
    opinion: str = "",
    changes: Callable[[Application], dict[str, Any]] | None = None,
    detail: Callable[[Application], dict[str, Any]] | None = None,
) -> None:
    """Move them along their steps; files and trail are written for each. One that was moved meanwhile undoes all."""
    for application, step in zip(applications, steps, strict=True):
        workflow.prove(op, application, step)
    by_move: dict[tuple[str, str], list[Application]] = {}
    for application, step in zip(applications, steps, strict=True):
        by_move.setdefault((step.source.value, (target or step.target).value), []).append(application)
    today = business_date(op.at)
    for (source, to), group in by_move.items():
        values: dict[str, Any] = {"state": to, "due_on": queries.due_on(State(to), today)}
        if to in rules.INACTIVE:
            values["active_key"] = None
        moved = 0
        for part in chunks(group):
            mine = Application.id.in_([one.id for one in part])
            moved += Application.update(values).where(mine, Application.state == source).execute()
        if moved != len(group):
            raise RuleBroken("该申请刚被他人处理，请刷新后再办理。", code="CHANGED")
        for one in group:
            one.state, one.due_on = to, values["due_on"]
    for application in applications if changes else ():
        change(application, changes(application))  # type: ignore[misc]
    _write_steps(op, list(zip(applications, steps, strict=True)), target, opinion, detail or (lambda _one: {}))


def change(application: Application, values: dict[str, Any]) -> None:
    """Give an application other values, in the table and in hand."""
    if values:
        Application.update(values).where(Application.id == application.id).execute()
        for name, value in values.items():
            setattr(application, name, value)


def _write_steps(
    op: audit.Operation,
    pairs: list[tuple[Application, Step]],
    target: State | None,
    opinion: str,
    detail: Callable[[Application], dict[str, Any]],
) -> None:
    rows, entries = [], []
    for application, step in pairs:
        to, facts = (target or step.target).value, detail(application)
        rows.append({
            "application": application.id, "action": step.action.value, "from_state": step.source.value, "to_state": to,
            "actor_id": op.actor.user_id, "actor_name": op.actor.display_name,
            "role": rules.acting_role(op.actor, step.permission), "opinion": opinion, "detail": facts, "at": op.at,
        })  # fmt: skip
        entries.append((f"application.{step.action.value}", application.no, {"to": to, "opinion": opinion, **facts}))
    put_rows(ApplicationStep, rows)
    op.record_many(entries)


def _take_duties(op: audit.Operation, applications: Sequence[Application], duty: Duty, many: bool) -> None:
    together = interests.hands(op.actor.user_id, business_date(op.at))
    held: dict[int, dict[int, str]] = {}
    for part in chunks(list(applications)):
        rows = ApplicationDuty.select(ApplicationDuty.application, ApplicationDuty.user_id, ApplicationDuty.duty).where(
            ApplicationDuty.user_id.in_(together), ApplicationDuty.application.in_([one.id for one in part])
        )
        for application, user, did in rows.tuples():
            held.setdefault(application, {})[user] = did
    for one in applications:
        fault = workflow.duty_fault(together, one, held.get(one.id, {}).values(), duty, many)
        if fault is not None:
            raise fault  # the first alone: a refusal for reasons of person stays in the trail by its code
    fresh = [
        {"application": one.id, "user_id": op.actor.user_id, "duty": duty.value, "taken_at": op.at}
        for one in applications
        if op.actor.user_id not in held.get(one.id, {})
    ]
    put_rows(ApplicationDuty, fresh)


def field_error(field: str, code: str, template: str, values: dict[str, Any]) -> FieldError:
    """One mistake of many, in the form :class:`Invalid` takes."""
    return FieldError(field, code, Message(template, values))
