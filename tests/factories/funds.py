"""Programmes and applications driven along their chain through the services."""

from __future__ import annotations

import base64
from datetime import date, timedelta

from tests.factories.county import County, plot, square
from trace.accounts import factors, otp
from trace.accounts.factor_models import SecondFactor
from trace.core.actor import Actor
from trace.core.clock import business_date, utcnow
from trace.files.rules import Upload
from trace.funds import actions, budgets, documents, services
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.land import queries as land
from trace.land.models import PlotBoundary
from trace.payments import batches
from trace.payments.models import PaymentBatch, PaymentLine
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
    }
    counts = action == Action.VERIFY_FORESTRY and "sampled" not in values and values.get("passed", True)
    if counts and not _counted_today(no):
        filled["sample_plots"] = [[34, 31], [33, 31], [33, 32]]
    filled |= values
    return actions.act(county.actor(username), no, action.value, filled)


def _counted_today(no: str) -> bool:
    """One plot is counted once a day: a second application of it goes by what was counted for the first."""
    plot = Application.get(Application.no == no).plot
    return any(visit.visited_on == business_date() for visit in land.visits(plot))


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGMMqLBhYGBgYmBgYGBgAAAMbgEIK9KhpgAAAABJRU5ErkJggg=="
)


def paper(county: County, no: str, username: str, kind: str, **values: object) -> None:
    """One paper of an application: a picture of two by two points."""
    documents.add_document(county.actor(username), no, kind, Upload(f"{kind}.png", PNG), **values)  # type: ignore[arg-type]


def photographs(county: County, no: str, count: int = 4) -> None:
    """Photographs of the verification, with time and place, on the plot."""
    application = Application.get(Application.no == no)
    row = PlotBoundary.get(PlotBoundary.plot == application.plot_id)
    taken = documents.Taken(utcnow(), round((row.west + row.east) / 2, 6), round((row.south + row.north) / 2, 6))
    for _ in range(count):
        paper(county, no, "verifier_forestry", "field_photo", taken=taken)


def prove(county: County, no: str, action: Action) -> None:
    """The evidence an honest person has at hand before an action of the straight way."""
    if action == Action.SUBMIT and Application.get(Application.no == no).state == State.DRAFT:
        paper(county, no, "coop", "seedling")
    elif action == Action.PASS_TOWNSHIP:
        paper(county, no, "township", "site_photo")
    elif action == Action.VERIFY_FINANCE:
        photographs(county, no)


def drive(county: County, application: Application, target: State) -> Application:
    """Take an application along the straight way until it stands in a state."""
    current = application
    for state, username, action in CHAIN:
        if current.state == target:
            break
        prove(county, application.no, action)
        current = step(county, application.no, username, action)
        assert state is None or current.state == state, (action, current.state)
    if target in (State.PAY_PREPARED, State.PAY_RELEASED, State.PAID, State.PAY_FAILED):
        pay(county, [application.no], target)
    return Application.get_by_id(application.id)


def otp_of(actor: Actor) -> str:
    """A code of the actor's authenticator that is good now, however often it is asked for at a standing clock."""
    if not factors.is_enrolled(actor.user_id):
        secret = secret_of(factors.enrol(actor).secret)
        factors.confirm(actor, otp.code_at(secret, otp.step_of(utcnow().timestamp())))
    found = SecondFactor.get(SecondFactor.user == actor.user_id)
    SecondFactor.update(last_step=0, failures=0).where(SecondFactor.id == found.id).execute()
    return otp.code_at(bytes.fromhex(vault().unseal(found.secret_sealed)), otp.step_of(utcnow().timestamp()))


def secret_of(text: str) -> bytes:
    """The secret behind what an authenticator is given."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


def release(county: County, no: str) -> PaymentBatch:
    """The second person releases a batch."""
    checker = county.actor("finance_checker")
    return batches.release_batch(checker, no, otp_of(checker))


def pay(county: County, nos: list[str], target: State = State.PAID) -> PaymentBatch:
    """Prepare, release and book a batch as far as a state."""
    give_account(Party.get_by_id(county.coop.id))
    batch = batches.make_batch(county.actor("finance_maker"), nos)
    if target == State.PAY_PREPARED:
        return batch
    batch = release(county, batch.no)
    if target == State.PAY_RELEASED:
        return batch
    state = "paid" if target == State.PAID else "failed"
    results = [
        batches.Result(line.code, state, "B001", "" if state == "paid" else "账户已销户")
        for line in PaymentLine.select().where(PaymentLine.batch == batch)
    ]
    return batches.record_results(county.actor("finance_maker"), batch.no, results)
