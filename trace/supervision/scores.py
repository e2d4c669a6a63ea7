"""Writing year-end scores: scheme, deductions, computation from a locked snapshot, the way to the standing meeting (§6.8, L194, L227)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from peewee import fn

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.text import N_
from trace.db import lock_row
from trace.db.counters import next_number
from trace.registry import queries as register
from trace.registry.models import Township
from trace.supervision import scoring, snapshots
from trace.supervision.models import (
    ScoreDeduction,
    ScoreFeedback,
    ScoreRun,
    ScoreScheme,
    ScoreSnapshot,
)
from trace.supervision.scoring import RunState

P = Permission
OPEN = (RunState.DRAFT, RunState.FEEDBACK)
WORDS = {
    "consult": N_("征求乡镇意见"), "recompute": N_("重新计算"), "close_feedback": N_("结束征求意见"), "agree": N_("领导小组审核同意"),
    "send_back": N_("退回办公室"),
    "fix": N_("登记常务会议审定"), "publish": N_("公布"),
}  # fmt: skip
STEPS: dict[str, tuple[tuple[RunState, ...], Permission]] = {
    "consult": ((RunState.DRAFT,), P.SCORE_DRAFT), "recompute": (OPEN, P.SCORE_DRAFT), "close_feedback": ((RunState.FEEDBACK,), P.SCORE_DRAFT),
    "agree": ((RunState.HANDLED,), P.SCORE_APPROVE), "send_back": ((RunState.HANDLED, RunState.AGREED), P.SCORE_APPROVE),
    "fix": ((RunState.AGREED,), P.SCORE_DRAFT), "publish": ((RunState.FIXED,), P.SCORE_DRAFT),
}  # fmt: skip
"""Action → the states it starts from, and who may take it."""


def set_scheme(actor: Actor, *, year: int, doc_ref: str, content: dict[str, Any], reason: str = "") -> ScoreScheme:
    """A new version of a year's scheme; the first needs its paper, every later one a reason as well."""
    with operation(actor, P.SCORE_DRAFT) as op:
        return write_scheme(op, year=year, doc_ref=doc_ref, content=content, reason=reason)


def write_scheme(op: Operation, *, year: int, doc_ref: str, content: dict[str, Any], reason: str = "") -> ScoreScheme:
    """Check and keep the scheme, inside an operation."""
    scoring.check_scheme(content)
    last = ScoreScheme.select(fn.COALESCE(fn.MAX(ScoreScheme.version), 0)).where(ScoreScheme.year == year).scalar()
    if last and not reason.strip():
        raise Invalid("本年度已有考核方案，调整须填写原因。", field="reason", code="REASON_MISSING")
    row = ScoreScheme.create(
        code=f"FA{year}-{last + 1}", year=year, version=last + 1, doc_ref=doc_ref.strip(), content=content, reason=reason.strip(),
        recorded_at=op.at, recorded_by=op.actor.user_id, recorder_name=op.actor.display_name,
    )  # fmt: skip
    op.record("scheme.set", row, year=year, version=row.version)
    return row


def deduct(actor: Actor, *, township: str, year: int, kind: str, points_centi: int, evidence: str) -> ScoreDeduction:
    """Take points from a township for a year, with evidence; counted at the next computation."""
    with operation(actor, P.SCORE_DRAFT) as op:
        run = ScoreRun.get_or_none(ScoreRun.year == year)
        if run is not None and run.state not in OPEN:
            raise RuleBroken("本年度得分已定稿，不能再扣分。", code="RUN_CLOSED")
        row = ScoreDeduction.create(
            township=register.get_township(township), year=year, kind=kind, points_centi=points_centi, evidence=evidence.strip(),
            recorded_at=op.at, recorded_by=actor.user_id, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("score.deduct", township, year=year, kind=kind, points_centi=points_centi)
        return row


def draft(actor: Actor, *, year: int) -> ScoreRun:
    """Compute the scores of a year for the first time."""
    with operation(actor, P.SCORE_DRAFT) as op:
        return write_draft(op, year)


def write_draft(op: Operation, year: int) -> ScoreRun:
    """The run and its first snapshot, inside an operation."""
    if ScoreRun.get_or_none(ScoreRun.year == year):
        raise RuleBroken("%(year)s年的得分已经拟定，请在原表上重新计算。", code="RUN_EXISTS", year=year)
    run = ScoreRun.create(
        code=f"KH{year % 100:02d}-{next_number(f'KH{year}'):04d}",
        year=year,
        scheme=scheme_in_force(year),
        made_at=op.at,
        changed_at=op.at,
    )
    _compute(op, run, "")
    op.record("score.draft", run, year=year)
    return run


def act(actor: Actor, code: str, action: str, values: dict[str, Any]) -> ScoreRun:
    """One step of a run on its way; raises :class:`RuleBroken` with the allowed ones when it is not open."""
    if action not in STEPS:
        raise Invalid("没有这种操作。", field="action", code="ACTION_UNKNOWN")
    sources, permission = STEPS[action]
    with operation(actor, permission) as op:
        run = lock_run(actor, code)
        if RunState(run.state) not in sources:
            raise RuleBroken(
                "考核得分现在是“%(state)s”，不能“%(action)s”。", code="STATE", allowed=allowed(actor, run), state=RunState(run.state).label,
                action=WORDS[action],
            )  # fmt: skip
        DOINGS[action](op, run, values)
        run.changed_at = op.at
        run.save()
        op.record("score.act", run, step=action, state=run.state)
        return run


def allowed(actor: Actor, run: ScoreRun) -> list[str]:
    """What this person may do with the run now."""
    return [name for name, (sources, need) in STEPS.items() if RunState(run.state) in sources and actor.can(need)]


def give_feedback(actor: Actor, code: str, *, township: str, text: str, objects: bool) -> ScoreFeedback:
    """A township's opinion, once, within its working days."""
    with operation(actor, P.SCORE_ANSWER) as op:
        run = lock_run(actor, code)
        actor.require_township(township)
        if run.state != RunState.FEEDBACK or business_date(op.at) > run.feedback_due_on:
            raise RuleBroken("征求意见已经结束，逾期未回复视为无不同意见。", code="FEEDBACK_OVER")
        row = register.get_township(township)
        if ScoreFeedback.select().where(ScoreFeedback.run == run, ScoreFeedback.township == row).exists():
            raise RuleBroken("贵乡镇（街道）已经回复过意见。", code="FEEDBACK_GIVEN")
        given = ScoreFeedback.create(
            run=run, township=row, text=text.strip(), objects=objects, at=op.at, actor_name=actor.display_name
        )
        op.record("score.feedback", run, township=township, objects=objects)
        return given


def answer(actor: Actor, code: str, *, township: str, text: str, upheld: bool) -> ScoreFeedback:
    """What the office makes of an objection; when it is upheld the scores are computed again."""
    with operation(actor, P.SCORE_DRAFT) as op:
        run = lock_run(actor, code)
        row = ScoreFeedback.get_or_none(
            ScoreFeedback.run == run, ScoreFeedback.township == register.get_township(township)
        )
        if row is None:
            raise NotFound()
        if row.answered_at is not None or run.state != RunState.FEEDBACK:
            raise RuleBroken("这条意见已经处理。", code="ANSWERED")
        row.answer, row.upheld, row.answered_at, row.answerer_name = text.strip(), upheld, op.at, actor.display_name
        row.save()
        op.record("score.answer", run, township=township, upheld=upheld)
        return row


def recompute(snapshot: ScoreSnapshot) -> bool:
    """Does the locked input still have its hash, and does it still give the locked result?"""
    if scoring.snapshot_hash(snapshot.body) != snapshot.sha256:
        return False
    return (
        scoring.snapshot_hash(scoring.score(snapshot.body))
        == snapshot.result_sha256
        == scoring.snapshot_hash(snapshot.result)
    )


def scheme_in_force(year: int) -> ScoreScheme:
    """The newest version of a year's scheme."""
    found = newest_scheme(year)
    if found is None:
        raise Invalid("%(year)s年还没有考核方案，请先登记方案和文号。", field="year", code="SCHEME_MISSING", year=year)
    return found


def visible_runs(actor: Actor) -> Any:
    """Runs: a township sees them once its opinion is asked."""
    query = ScoreRun.select(ScoreRun, ScoreScheme).join(ScoreScheme)
    return query if actor.county_wide else query.where(ScoreRun.state != RunState.DRAFT)


def get_run(actor: Actor, code: str) -> ScoreRun:
    """One run the actor may see."""
    found = visible_runs(actor).where(ScoreRun.code == code).first()
    if found is None:
        raise NotFound()
    return found


def lock_run(actor: Actor, code: str) -> ScoreRun:
    """The same, locked until the transaction ends."""
    found = get_run(actor, code)
    lock_row(ScoreRun.select().where(ScoreRun.id == found.id)).get()
    return get_run(actor, code)


def latest(run: ScoreRun) -> ScoreSnapshot:
    """The snapshot that counts."""
    return ScoreSnapshot.select().where(ScoreSnapshot.run == run).order_by(ScoreSnapshot.number.desc()).first()


def _compute(op: Operation, run: ScoreRun, reason: str) -> None:
    run.scheme = scheme_in_force(run.year)
    run.save()
    body = snapshots.take(run.scheme, run.year, op.at)
    result = scoring.score(body)
    number = ScoreSnapshot.select().where(ScoreSnapshot.run == run).count() + 1
    ScoreSnapshot.create(
        run=run, number=number, reason=reason, body=body, sha256=scoring.snapshot_hash(body), result=result,
        result_sha256=scoring.snapshot_hash(result), at=op.at, actor_name=op.actor.display_name,
    )  # fmt: skip


def _recompute(op: Operation, run: ScoreRun, values: dict[str, Any]) -> None:
    reason = str(values.get("text", "")).strip()
    if not reason:
        raise Invalid("请填写重新计算的原因。", field="text", code="REASON_MISSING")
    _compute(op, run, reason)


def _consult(op: Operation, run: ScoreRun, _values: dict[str, Any]) -> None:
    today = business_date(op.at)
    calendar = register.working_calendar(today, date(today.year + 1, 12, 31))
    run.state, run.feedback_due_on = RunState.FEEDBACK.value, calendar.add_working_days(today, scoring.FEEDBACK_DAYS)


def _close_feedback(op: Operation, run: ScoreRun, _values: dict[str, Any]) -> None:
    """After the last day; who kept silent has no objection, and every objection has its answer."""
    if business_date(op.at) <= run.feedback_due_on:
        raise RuleBroken(
            "征求意见到 %(day)s 止，期满后再结束。", code="FEEDBACK_RUNS", day=run.feedback_due_on.isoformat()
        )
    waiting = ScoreFeedback.select().where(
        ScoreFeedback.run == run, ScoreFeedback.objects, ScoreFeedback.answered_at.is_null()
    )
    if waiting.exists():
        raise RuleBroken("还有 %(n)s 条异议没有处理。", code="OBJECTIONS_OPEN", n=waiting.count())
    upheld = ScoreFeedback.select().where(ScoreFeedback.run == run, ScoreFeedback.upheld)
    last = upheld.order_by(ScoreFeedback.answered_at.desc()).first()
    if last is not None and latest(run).at < last.answered_at:
        raise RuleBroken("有异议成立，请先更正数据并重新计算。", code="RECOMPUTE_NEEDED")
    run.state = RunState.HANDLED.value


def _agree(_op: Operation, run: ScoreRun, values: dict[str, Any]) -> None:
    opinion = str(values.get("text", "")).strip()
    if not opinion:
        raise Invalid("请填写审核意见。", field="text", code="TEXT_MISSING")
    run.state, run.leader_opinion = RunState.AGREED.value, opinion


def _send_back(_op: Operation, run: ScoreRun, values: dict[str, Any]) -> None:
    """The leading group or the standing meeting wants it done again: the office may correct, compute and close anew."""
    opinion = str(values.get("text", "")).strip()
    if not opinion:
        raise Invalid("请填写审核意见。", field="text", code="TEXT_MISSING")
    run.state, run.leader_opinion = RunState.FEEDBACK.value, opinion


def _fix(_op: Operation, run: ScoreRun, values: dict[str, Any]) -> None:
    """Only the standing meeting of the county government fixes scores (L194)."""
    reference = str(values.get("minutes_ref", "")).strip()
    if not reference:
        raise Invalid("得分由县政府常务会议审定，请填写会议纪要文号。", field="minutes_ref", code="MINUTES_MISSING")
    run.state, run.minutes_ref = RunState.FIXED.value, reference


def _publish(_op: Operation, run: ScoreRun, _values: dict[str, Any]) -> None:
    run.state = RunState.PUBLISHED.value


DOINGS: dict[str, Callable[[Operation, ScoreRun, dict[str, Any]], None]] = {
    "consult": _consult, "recompute": _recompute, "close_feedback": _close_feedback, "agree": _agree, "send_back": _send_back, "fix": _fix, "publish": _publish,
}  # fmt: skip


def newest_scheme(year: int) -> ScoreScheme | None:
    """The scheme in force for a year, or nothing yet."""
    return ScoreScheme.select().where(ScoreScheme.year == year).order_by(ScoreScheme.version.desc()).first()


def deductions(actor: Actor, year: int) -> list[ScoreDeduction]:
    """What was taken from whom in a year, township joined; a township sees its own."""
    query = ScoreDeduction.select(ScoreDeduction, Township).join(Township)
    if not actor.county_wide:
        query = query.where(Township.code.in_(list(actor.township_codes)))
    return list(query.where(ScoreDeduction.year == year).order_by(ScoreDeduction.id))


def feedback_of(run: ScoreRun) -> list[ScoreFeedback]:
    """Opinions on a run, township joined."""
    query = ScoreFeedback.select(ScoreFeedback, Township).join(Township)
    return list(query.where(ScoreFeedback.run == run).order_by(ScoreFeedback.id))


def snapshots_of(run: ScoreRun) -> list[ScoreSnapshot]:
    """All computations of a run, newest first."""
    return list(ScoreSnapshot.select().where(ScoreSnapshot.run == run).order_by(ScoreSnapshot.number.desc()))
