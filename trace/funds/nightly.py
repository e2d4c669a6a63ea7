"""What dates alone do, once a day: what was not put right is withdrawn, periods end, the next instalment is waited for, lists expire.

Each application is one transaction of its own; running it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from trace import audit
from trace.core.calendar import months_after
from trace.core.clock import business_date
from trace.db import lock_row
from trace.funds import postings, queries, rules, workflow
from trace.funds.models import Application, NoticeItem
from trace.funds.rules import Action, State


def run(today: date) -> dict[str, int]:
    """All of it; returns how many of each."""
    return {
        "lapsed": _each(_overdue(State.RETURNED, today), Action.LAPSE, _nothing),
        "publicity_over": _each(_periods_over(today), Action.END_PUBLICITY, _nothing),
        "instalments": _each(_with_next_instalment(), Action.AWAIT_INSTALMENT, _next_instalment),
        "expired": postings.expire(today),
    }


def end_period(op: audit.Operation, application: Application) -> None:
    """Move one application whose period is over, as the nightly run does, when somebody is waiting for it now."""
    step = rules.step_of(application.state, Action.END_PUBLICITY)
    if step is not None:
        workflow.advance(op, application, step, by="calendar")


def instalment_plan(application: Application) -> list[int]:
    """Months after the first acceptance at which each instalment falls due; one entry, 0, where there is a single payment."""
    params = getattr(application.programme, "params", None) or {}
    return [int(row[1]) for row in params.get("instalments", [])] or [0]


def next_due(application: Application) -> date | None:
    """The day from which the next instalment can be verified; None when there is none."""
    plan = instalment_plan(application)
    if application.instalment >= len(plan):
        return None
    accepted = [step for step in queries.steps(application) if step.to_state == State.FIELD_PASSED]
    first = business_date(accepted[0].at) if accepted else business_date(application.created_at)
    return months_after(first, plan[application.instalment])


def _each(nos: Iterable[str], action: Action, changes_of: Callable[[Application], dict[str, object]]) -> int:
    done = 0
    for no in nos:
        with workflow.by_system() as op:
            application = _locked(no)
            step = rules.step_of(application.state, action)
            if step is None:  # somebody was quicker
                continue
            workflow.advance(op, application, step, changes=changes_of(application))
            done += 1
    return done


def _locked(no: str) -> Application:
    list(lock_row(Application.select(Application.id).where(Application.no == no)))
    return queries.applications_joined().where(Application.no == no).get()


def _nothing(application: Application) -> dict[str, object]:
    return {}


def _next_instalment(application: Application) -> dict[str, object]:
    return {"instalment": application.instalment + 1, "due_on": next_due(application)}


def _overdue(state: State, today: date) -> list[str]:
    rows = Application.select(Application.no).where(Application.state == state.value, Application.due_on < today)
    return [no for (no,) in rows.order_by(Application.id).tuples()]


def _periods_over(today: date) -> list[str]:
    rows = (
        Application.select(Application.no)
        .join(NoticeItem)
        .where(Application.state == State.PUBLICITY.value, NoticeItem.ends_on < today)
    )
    return [no for (no,) in rows.order_by(Application.id).tuples()]


def _with_next_instalment() -> list[str]:
    """Paid applications of which another instalment is to come."""
    paid = queries.applications_joined().where(Application.state == State.PAID.value).order_by(Application.id)
    return [row.no for row in paid if next_due(row) is not None]
