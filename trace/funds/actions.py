"""From the name of an action, as addresses and buttons carry it, to the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound, RuleBroken
from trace.funds import payments, publicity, queries, services, workflow
from trace.funds.models import Application
from trace.funds.rules import BATCHED, Action, State, permissions_for, step_of

Values = dict[str, Any]


def act(actor: Actor, no: str, action: str, values: Values) -> Application:
    """Do one action with one application and return it as it is afterwards."""
    if action not in {item.value for item in Action}:
        raise NotFound()
    wanted = Action(action)
    if not any(actor.can(permission) for permission in permissions_for(wanted)):
        actor.require(permissions_for(wanted)[0])
    if wanted in BATCHED:
        _refuse_single(actor, no, wanted)
    VERBS[wanted](actor, no, values)
    return queries.get_application(actor, no)


def _refuse_single(actor: Actor, no: str, action: Action) -> None:
    """Payments are made in batches, never one by one; the state is named first when the step would be illegal anyway."""
    application = queries.get_application(actor, no)
    if step_of(application.state, action) is None:
        raise workflow.illegal(application, action)
    raise RuleBroken("支付须按批次办理，请到“支付批次”中操作。", code="BATCH_NEEDED")


def _verification(values: Values) -> services.Verification:
    return services.Verification(
        passed=values.get("passed", True), verified_m2=values.get("verified_m2"), sampled=values.get("sampled"),
        alive=values.get("alive"), visited_on=values.get("visited_on"), note=values.get("opinion", ""),
    )  # fmt: skip


def _reject(actor: Actor, no: str, values: Values) -> Application:
    """An upheld objection is settled in the same stroke."""
    if queries.get_application(actor, no).state == State.OBJECTION:
        return publicity.settle(actor, no, values.get("opinion", ""), upheld=True)
    return services.reject(actor, no, values.get("opinion", ""))


def _opinion(verb: Callable[..., Any]) -> Callable[[Actor, str, Values], Any]:
    return lambda actor, no, values: verb(actor, no, values.get("opinion", ""))


VERBS: dict[Action, Callable[[Actor, str, Values], Any]] = {
    Action.SUBMIT: _opinion(services.submit),
    Action.WITHDRAW: _opinion(services.withdraw),
    Action.RETURN: _opinion(services.return_application),
    Action.PASS_TOWNSHIP: _opinion(services.pass_township),
    Action.SCHEDULE: _opinion(services.schedule),
    Action.VERIFY_FORESTRY: lambda actor, no, values: services.verify(actor, no, "forestry", _verification(values)),
    Action.VERIFY_FINANCE: lambda actor, no, values: services.verify(actor, no, "finance", _verification(values)),
    Action.REVIEW: _opinion(services.review),
    Action.PUBLICISE: lambda actor, no, values: publicity.publicise(actor, [no], values.get("starts_on")),
    Action.OBJECT: _opinion(publicity.object_to),
    Action.DISMISS: lambda actor, no, values: publicity.settle(actor, no, values.get("opinion", ""), upheld=False),
    Action.END_PUBLICITY: lambda actor, no, values: publicity.end_publicity(actor, [no]),
    Action.APPROVE: lambda actor, no, values: payments.approve(
        actor, [no], values.get("opinion", ""), values.get("minutes_ref", "")
    ),
    Action.REJECT: _reject,
}
