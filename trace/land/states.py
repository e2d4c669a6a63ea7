"""How a plot moves through its life: who may move it, on what evidence. Pure. Source: domain brief §6.2."""

from __future__ import annotations

from dataclasses import dataclass

from trace.core.actor import Permission
from trace.core.errors import RuleBroken
from trace.core.text import N_
from trace.land.rules import GONE_STATES, PLOT_STATES, STOCK_STATES

EVIDENCE = {
    "registration": N_("登记"),
    "visit": N_("成活率查验"),
    "correction": N_("查验更正"),
    "report": N_("情况说明"),
    "planting": N_("栽植日期"),
    "backfill": N_("启用时结转"),
    "cancellation": N_("撤销登记"),
}
"""What a change of state rests on."""


@dataclass(frozen=True)
class Step:
    """A legal change: whoever holds ``by`` may make it, resting on ``evidence``."""

    to: str
    by: Permission
    evidence: str


_REGISTER, _VERIFY = Permission.PLOT_REGISTER, Permission.PLOT_VERIFY
_GIVE_UP = (Step("converted", _VERIFY, "report"), Step("lost", _VERIFY, "report"))
_PLANT = Step("planted", _REGISTER, "planting")
_COUNTED = tuple(Step(state, _VERIFY, "visit") for state in ("survived", "established", "replant_needed", "failed"))

TRANSITIONS: dict[str, tuple[Step, ...]] = {
    "planned": (Step("prepared", _REGISTER, "report"), _PLANT, *_GIVE_UP),
    "prepared": (_PLANT, *_GIVE_UP),
    "planted": (*_COUNTED, *_GIVE_UP),
    "survived": (*_COUNTED, *_GIVE_UP),
    "established": (Step("bearing", _REGISTER, "report"), *_COUNTED, *_GIVE_UP),
    "bearing": (*_COUNTED, *_GIVE_UP),
    "replant_needed": (_PLANT, *_COUNTED, *_GIVE_UP),
    "failed": (Step("prepared", _REGISTER, "report"), _PLANT, *_GIVE_UP),
    "converted": (),
    "lost": (),
    "cancelled": (),
}
"""From each state, where one may go. What failed may be planted again; what was converted or lost stays so."""


def steps_by_hand(state: str) -> list[Step]:
    """The changes somebody may enter; those a visit makes are not among them."""
    return [step for step in TRANSITIONS[state] if step.evidence != "visit"]


def require_step(state: str, to: str) -> Step:
    """The step somebody enters by hand, or :class:`RuleBroken` (409) with what is allowed instead."""
    for step in steps_by_hand(state):
        if step.to == to:
            return step
    allowed = [step.to for step in steps_by_hand(state)]
    raise RuleBroken(
        "地块现为“%(state)s”，不能改为“%(to)s”。",
        code="STATE_STEP",
        field="to",
        allowed=allowed,
        state=PLOT_STATES[state],
        to=PLOT_STATES.get(to, to),
    )


def require_visitable(state: str) -> None:
    """Only ground with trees on it can be counted; else :class:`RuleBroken` with what is allowed instead."""
    if any(step.evidence == "visit" for step in TRANSITIONS[state]):
        return
    raise RuleBroken(
        "地块现为“%(state)s”，不能查成活率。",
        code="STATE_STEP",
        allowed=[step.to for step in steps_by_hand(state)],
        state=PLOT_STATES[state],
    )


def after_visit(state: str, outcome: str) -> str:
    """Where a visit with this outcome leaves a plot: trees already established or bearing do not fall back by surviving."""
    order = ("planted", *STOCK_STATES)
    if state in STOCK_STATES and outcome in STOCK_STATES:
        return max(state, outcome, key=order.index)
    return outcome


def is_final(state: str) -> bool:
    """Does nothing follow this state?"""
    return state in GONE_STATES
