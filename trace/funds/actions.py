"""From the name of an action, as addresses and buttons carry it, to the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound, RuleBroken
from trace.funds import fieldwork, payments, publicity, queries, services, workflow
from trace.funds.models import Application
from trace.funds.rules import BATCHED, BY_CASE, BY_SYSTEM, Action, State, permissions_for, step_of

Values = dict[str, Any]


def act(actor: Actor, no: str, action: str, values: Values) -> Application:
    """Do one action with one application and return it as it is afterwards."""
    if action not in {item.value for item in Action}:
        raise NotFound()
    wanted = Action(action)
    if wanted in BY_SYSTEM:
        raise NotFound()
    if not any(actor.can(permission) for permission in permissions_for(wanted)):
        actor.require(permissions_for(wanted)[0])
    if wanted in (*BATCHED, *BY_CASE):
        _refuse_single(actor, no, wanted)
    VERBS[wanted](actor, no, values)
    return queries.get_application(actor, no)


def _refuse_single(actor: Actor, no: str, action: Action) -> None:
    """Payments go by batch and audits by case; the state is named first when the step would be illegal anyway."""
    application = queries.get_application(actor, no)
    if step_of(application.state, action) is None:
        raise workflow.illegal(application, action)
    if action in BY_CASE:
        raise RuleBroken("核查和追缴须按案件办理，请到“核查与追缴”中操作。", code="CASE_NEEDED")
    raise RuleBroken("支付须按批次办理，请到“支付批次”中操作。", code="BATCH_NEEDED")


def _verification(values: Values) -> fieldwork.Verification:
    return fieldwork.Verification(
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
    Action.ACCEPT: _opinion(services.accept),
    Action.POST_TOWNSHIP: _opinion(services.post_township),
    Action.PASS_TOWNSHIP: lambda actor, no, values: services.pass_township(
        actor, no, values.get("opinion", ""), values.get("companion", "")
    ),
    Action.SCHEDULE: _opinion(fieldwork.schedule),
    Action.VERIFY_FORESTRY: lambda actor, no, values: fieldwork.verify(actor, no, "forestry", _verification(values)),
    Action.VERIFY_FINANCE: lambda actor, no, values: fieldwork.verify(actor, no, "finance", _verification(values)),
    Action.RECTIFY: _opinion(fieldwork.rectify),
    Action.RECHECK: _opinion(services.recheck),
    Action.REVIEW: _opinion(services.review),
    Action.PUBLICISE: lambda actor, no, values: publicity.publicise(actor, [no], values.get("starts_on")),
    Action.OBJECT: _opinion(publicity.object_to),
    Action.DISMISS: lambda actor, no, values: publicity.settle(actor, no, values.get("opinion", ""), upheld=False),
    Action.TAKE_DOWN: _opinion(publicity.take_down),
    Action.ORDER_RECTIFY: lambda actor, no, values: publicity.settle(
        actor, no, values.get("opinion", ""), upheld=True, rectify=True
    ),
    Action.CONVENE: _opinion(services.convene),
    Action.SEND_BACK: _opinion(services.send_back),
    Action.CLOSE: _opinion(services.close),
    Action.ARCHIVE: _opinion(services.archive),
    Action.END_PUBLICITY: lambda actor, no, values: publicity.end_publicity(actor, [no]),
    Action.APPROVE: lambda actor, no, values: payments.approve(
        actor, [no], values.get("opinion", ""), values.get("minutes_ref", "")
    ),
    Action.REJECT: _reject,
}
