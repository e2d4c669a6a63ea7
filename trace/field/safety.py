"""P8 in the ledger: a harvest before the safety interval is kept as a fact and its lot is held by the rule; changed sprayings are judged again."""

from __future__ import annotations

from datetime import date

from trace.audit import Operation
from trace.core.text import Message
from trace.db.counters import take_turn
from trace.db.memo import remembered
from trace.field import activity_queries as queries
from trace.field.activity_models import Activity, IntervalJudgement
from trace.land.models import Plot
from trace.lots.models import Lot
from trace.lots.services import block
from trace.pesticides.rules import Use, Verdict, judge_harvest

RULE_NAME = "安全间隔期规则"


def judge_new_harvest(op: Operation, lot: Lot, plot: Plot, harvested_on: date) -> list[Message]:
    """Judge a harvest as it is recorded: hold its lot when it came too soon. Returns what the recorder is told."""
    verdict = judge_harvest(_uses_in_turn(plot), harvested_on)
    if verdict.outcome != "clear":
        _keep(op, lot, verdict, "harvest", None)
    return [verdict.message] if verdict.message else []


def judge_again(op: Operation, plot: Plot, cause: str) -> list[IntervalJudgement]:
    """Judge every harvest of a plot anew after a spraying was recorded, corrected or voided; keeps what came out differently.

    A lot that now comes too soon is held; one that no longer does keeps its hold until another person lifts it.
    """
    lots = queries.harvests_of(plot)
    uses, last = _uses(plot), queries.last_judgements([lot.id for lot in lots])
    found = []
    for lot in lots:
        verdict, before = judge_harvest(uses, lot.made_on), last.get(lot.id)
        if _differs(verdict, before):
            found.append(_keep(op, lot, verdict, cause, before))
    return found


def turn_of(plot: Plot) -> str:
    """Whoever records a spraying or a harvest of a plot passes here one at a time, so that neither misses the other."""
    return f"plot-{plot.id}"


@remembered
def _uses_in_turn(plot: Plot) -> list[Use]:
    """Many harvests of one plot in one transaction ask once: nobody sprays meanwhile, for the turn is kept to its end."""
    take_turn(turn_of(plot))
    return _uses(plot)


def _uses(plot: Plot) -> list[Use]:
    return [Use(item.day, item.phi_days, item.product, item.code) for item in queries.applied([plot])[plot.id]]


def _differs(verdict: Verdict, before: IntervalJudgement | None) -> bool:
    if before is None:
        return verdict.outcome != "clear"
    if before.outcome != verdict.outcome:
        return True
    if verdict.use is None:
        return False
    code = before.activity.code if before.activity_id else ""
    return (before.earliest, before.used_on, code) != (verdict.earliest, verdict.use.day, verdict.use.record)


def _keep(op: Operation, lot: Lot, verdict: Verdict, cause: str, before: IntervalJudgement | None) -> IntervalJudgement:
    reason = str(verdict.message) if verdict.message else ""
    hold = before.hold if before is not None and before.hold_id else None
    if verdict.outcome == "held" and (hold is None or hold.released_at is not None):
        hold = block(op, lot, reason, placer=RULE_NAME)
    made = IntervalJudgement.create(
        lot=lot, activity=_record(verdict), outcome=verdict.outcome, used_on=verdict.use.day if verdict.use else None,
        phi_days=verdict.use.phi_days if verdict.use else None, days=verdict.days, earliest=verdict.earliest, reason=reason, hold=hold,
        cause=cause, judged_at=op.at, judge_name=op.actor.display_name,
    )  # fmt: skip
    op.record("activity.judge", lot, outcome=verdict.outcome, cause=cause, hold=hold.code if hold else None)
    return made


def _record(verdict: Verdict) -> Activity | None:
    return Activity.get(Activity.code == verdict.use.record) if verdict.use else None
