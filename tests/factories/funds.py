"""Programmes and applications driven along their chain through the services."""

from __future__ import annotations

from datetime import date, timedelta

from tests.factories.county import County, plot, square
from trace.core.clock import business_date
from trace.funds import actions, budgets, payments, services
from trace.funds.models import Application, PaymentBatch
from trace.funds.rules import Action, State
from trace.programmes import services as programmes
from trace.programmes.models import Programme
from trace.registry.models import Party
from trace.registry.vault import vault

RATE_FEN = 60_000
ACCOUNT = "6217995560012345678"
CHAIN = (
    (State.SUBMITTED, "coop", Action.SUBMIT), (State.TOWNSHIP_ACCEPTED, "township", Action.ACCEPT),
    (State.TOWNSHIP_PASSED, "township", Action.PASS_TOWNSHIP),
    (State.FIELD_SCHEDULED, "bureau", Action.SCHEDULE), (None, "verifier_forestry", Action.VERIFY_FORESTRY),
    (State.FIELD_PASSED, "verifier_finance", Action.VERIFY_FINANCE), (State.BUREAU_REVIEWED, "bureau", Action.REVIEW),
    (State.PUBLICITY, "office", Action.PUBLICISE), (State.PUBLICITY_PASSED, "office", Action.END_PUBLICITY),
    (State.APPROVING, "office", Action.CONVENE),
    (State.APPROVED, "leader", Action.APPROVE),
)  # fmt: skip
"""The straight way to approval: state reached, who, by what."""


def give_account(party: Party, number: str = ACCOUNT) -> None:
    """Register a bank account as the register does."""
    party.account_sealed, party.account_hash = vault().seal(number), vault().search_hash(number)
    party.account_last4 = number[-4:]
    party.save()


def programme(county: County, *, money_fen: int = 100_000_000, publish: bool = True, **values: object) -> Programme:
    """A published programme of 600 元 per 亩 with money, its window around today."""
    today = business_date()
    body = {
        "name": "2026年土枇杷新造奖补", "basis": "南财农〔2026〕12号", "kind": "per_area", "purpose": "planting", "rate_fen": RATE_FEN,
        "opens_on": today - timedelta(days=30), "closes_on": today + timedelta(days=30), "min_area_m2": 3333, "year": 2026,
        "finance_ref": "财函〔2026〕3号", "contact": "县林业局 0734-8551234", **values,
    }  # fmt: skip
    rate, award = body.pop("rate_fen", None), body.pop("award_fen", None)
    body.setdefault(
        "params", {"award_fen": award} if award else {"tiers": [[0, rate]], "tier_mode": "whole"} if rate else {}
    )
    made = programmes.draft_programme(county.actor("office"), body)
    if publish:
        programmes.publish_programme(county.actor("office"), made.code)
    if money_fen:
        budgets.appropriate(county.actor("finance_maker"), made.code, money_fen, "财指〔2026〕8号")
    return made


def draft(county: County, scheme: Programme, *, number: int = 0, **values: object) -> Application:
    """A draft of the cooperative for a plot of its own; ``number`` moves the plot away from the others."""
    actor = county.actor("coop")
    geometry = square(112.60 + 0.004 * (number % 10), 26.70 + 0.004 * (number // 10))
    own = plot(actor, county, geometry=geometry)
    return services.create_application(actor, scheme.code, own.code, **values)


def past_start() -> date:
    """A day whose period of seven working days is over by now, whatever the holidays."""
    return business_date() - timedelta(days=25)


def step(county: County, no: str, username: str, action: Action, **values: object) -> Application:
    """One action by one user with everything it may need."""
    filled = {
        "opinion": "同意。",
        "companion": "同行甲",
        "minutes_ref": "〔2026〕第5次",
        "starts_on": past_start(),
        **values,
    }
    return actions.act(county.actor(username), no, action.value, filled)


def drive(county: County, application: Application, target: State) -> Application:
    """Take an application along the straight way until it stands in a state."""
    current = application
    for state, username, action in CHAIN:
        if current.state == target:
            break
        current = step(county, application.no, username, action)
        assert state is None or current.state == state, (action, current.state)
    if target in (State.PAY_PREPARED, State.PAY_RELEASED, State.PAID, State.PAY_FAILED):
        pay(county, [application.no], target)
    return Application.get_by_id(application.id)


def pay(county: County, nos: list[str], target: State = State.PAID) -> PaymentBatch:
    """Prepare, release and book a batch as far as a state."""
    give_account(Party.get_by_id(county.coop.id))
    batch = payments.make_batch(county.actor("finance_maker"), nos)
    if target == State.PAY_PREPARED:
        return batch
    batch = payments.release_batch(county.actor("finance_checker"), batch.no)
    if target == State.PAY_RELEASED:
        return batch
    paid = target == State.PAID
    results = [payments.Result(no, paid, "B001", "" if paid else "账户已销户") for no in nos]
    return payments.record_result(county.actor("finance_maker"), batch.no, results)
