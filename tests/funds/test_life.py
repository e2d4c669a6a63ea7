"""The whole life of applications with random actors: whoever tries whatever, the money is safe.

Bounded by ``TRACE_LIFE_RUNS`` and ``TRACE_LIFE_STEPS`` (small by default; a night's run takes 200 and 60).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import funds
from trace.audit.models import AuditEntry
from trace.core.actor import Role
from trace.core.errors import TraceError
from trace.db import db
from trace.funds import actions, checks, documents, evidence, nightly, queries
from trace.funds.ledger_models import Budget
from trace.funds.models import Application, ApplicationDuty, ApplicationStep
from trace.funds.rules import Action, State, step_of
from trace.payments import batches
from trace.payments import checks as payment_checks
from trace.payments.models import PaymentBatch, PaymentLine

RUNS, STEPS = int(os.environ.get("TRACE_LIFE_RUNS", "3")), int(os.environ.get("TRACE_LIFE_STEPS", "24"))
USERS = (
    "coop", "coop2", "township", "bureau", "verifier_forestry", "verifier_finance", "office", "leader", "finance_maker",
    "finance_checker", "auditor", "admin", "security",
)  # fmt: skip
SINGLE = [action for action in Action if action not in (Action.RELEASE, Action.PAY)]
MONEY = (
    State.APPROVED,
    State.PAY_PREPARED,
    State.PAY_RELEASED,
    State.PAID,
    State.PAY_FAILED,
    State.CLOSED,
    State.ARCHIVED,
)


class Undo(Exception):
    """Leaves the database as it was before a run."""


def one_move(home, items: list[Application], draw) -> None:
    """Somebody does something with some application: sometimes the sensible thing, often not."""
    item = Application.get_by_id(draw(st.sampled_from(items)).id)
    if draw(st.integers(0, 3)):
        straight(home, item)
        return
    user, action = draw(st.sampled_from(USERS)), draw(st.sampled_from(SINGLE))
    values = {
        "opinion": "试一试。",
        "companion": "同行乙",
        "minutes_ref": "〔2026〕第9次",
        "starts_on": funds.past_start(),
    }
    actions.act(home.actor(user), item.no, action.value, values)


def straight(home, item: Application) -> None:
    """The next honest step of an application."""
    if item.state in (State.APPROVED, State.PAY_FAILED):
        batches.make_batch(home.actor("finance_maker"), [item.no])
        return
    batch = PaymentBatch.select().order_by(PaymentBatch.id.desc()).first()
    if item.state == State.PAY_PREPARED and batch:
        funds.release(home, batch.no)
    elif item.state == State.PAY_RELEASED and batch:
        lines = PaymentLine.select().where(PaymentLine.batch == batch, PaymentLine.state == "pending")
        batches.record_results(
            home.actor("finance_maker"), batch.no, [batches.Result(line.code, "paid") for line in lines]
        )
    else:
        for _, username, action in funds.CHAIN:
            if step_of(item.state, action) and not signed(item, action):
                funds.prove(home, item.no, action)
                funds.step(home, item.no, username, action)
                return


def signed(item: Application, action: Action) -> bool:
    """Has this side of the verification signed already?"""
    return any(f"verify_{row.side}" == action.value for row in queries.field_records(item))


def must_hold(before: dict[int, str]) -> None:
    """What is true after every move."""
    duties: dict[tuple[int, int], set[str]] = {}
    for row in ApplicationDuty.select():
        duties.setdefault((row.application_id, row.user_id), set()).add(row.duty)
    assert all(len(found) == 1 for found in duties.values()), "somebody took two parts"
    for row in Application.select():
        if row.state in MONEY:
            bundle = evidence.bundle_of(row)
            assert bundle is not None and len(bundle.hash) == 64, "money without evidence"
        if before.get(row.id, "DRAFT") != row.state:
            last = (
                ApplicationStep.select()
                .where(ApplicationStep.application == row.id)
                .order_by(ApplicationStep.id.desc())
                .get()
            )
            assert last.to_state == row.state and step_of(last.from_state, last.action), "a transition without a step"
            entry = AuditEntry.select().where(
                AuditEntry.action == f"application.{last.action}", AuditEntry.subject == row.no, AuditEntry.refused == 0
            )
            assert entry.exists(), "a transition the trail does not know"
    for budget in Budget.select():
        assert budget.committed_fen + budget.paid_fen <= budget.appropriated_fen, "oversold"
    assert [finding for module in (checks, payment_checks) for check in module.CHECKS for finding in check()] == []


@pytest.fixture
def field(home):
    """Three applications on a budget that is enough for two, and everybody's account."""
    scheme = funds.programme(home, money_fen=2 * 900_000)
    funds.give_account(home.coop)
    return home, [funds.draft(home, scheme, number=n, applied_m2=10_000) for n in range(3)]


def test_whoever_tries_whatever(field, clock):
    home, items = field

    @settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def lives(data) -> None:
        try:
            with db.atomic():
                live(home, items, data.draw)
                raise Undo
        except Undo:
            return

    lives()


def live(home, items: list[Application], draw) -> None:
    """One run: so many moves, each judged."""
    for _ in range(STEPS):
        before = {row.id: row.state for row in Application.select()}
        try:
            one_move(home, items, draw)
        except TraceError:
            pass
        must_hold(before)
    nightly.run(funds.business_date())
    must_hold({row.id: row.state for row in Application.select()})


def test_the_administrators_can_do_nothing_with_money(home, draft):
    funds.drive(home, draft, State.SUBMITTED)
    for username in (Role.ADMIN.value, Role.SECURITY.value, Role.AUDITOR.value):
        for action in SINGLE:
            if action in (Action.OPEN_AUDIT, Action.CLEAR_AUDIT):
                continue
            with pytest.raises(TraceError):
                actions.act(home.actor(username), draft.no, action.value, {"opinion": "同意。"})
    assert Application.get_by_id(draft.id).state == State.SUBMITTED
    assert documents.kinds_for(home.actor("admin"), draft) == []
