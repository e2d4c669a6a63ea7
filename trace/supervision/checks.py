"""Invariants of supervision."""

from __future__ import annotations

from collections.abc import Iterator

from trace.supervision import queries, rules, scores
from trace.supervision.models import Finding, FindingStep, LateMark, ScoreRun, ScoreSnapshot


def check_states() -> Iterator[str]:
    """A finding stands where its last step led."""
    for finding in Finding.select():
        last = queries.steps_of(finding)[-1:]
        if not last or last[0].to_state != finding.state:
            yield f"finding {finding.code}: state {finding.state}, its steps say {last[0].to_state if last else 'nothing'}"


def check_rechecks() -> Iterator[str]:
    """Nobody rechecked what he or she found or fixed."""
    wanted = [action.value for action in rules.RECHECKS]
    for step in FindingStep.select(FindingStep, Finding).join(Finding).where(FindingStep.action.in_(wanted)):
        if step.actor_id == step.finding.finder_id or step.actor_id in queries.fixers(step.finding):
            yield f"finding {step.finding.code}: step {step.number} rechecked by its finder or fixer"


def check_late_marks() -> Iterator[str]:
    """Every answer after its deadline carries the mark of that deadline, and a letter carries none."""
    for finding in Finding.select().where(Finding.paper == "notice", Finding.reported_at > Finding.due_at):
        if not LateMark.select().where(LateMark.finding == finding, LateMark.due_at == finding.due_at).exists():
            yield f"finding {finding.code}: answered late without a mark"
    for mark in LateMark.select(LateMark, Finding).join(Finding).where(Finding.paper == "letter"):
        yield f"finding {mark.finding.code}: a letter with a late mark"


def check_scores() -> Iterator[str]:
    """Every locked input still has its hash and gives its locked result."""
    for snapshot in ScoreSnapshot.select(ScoreSnapshot, ScoreRun).join(ScoreRun):
        if not scores.recompute(snapshot):
            yield f"score_run {snapshot.run.code}: snapshot {snapshot.number} does not give its result"


CHECKS = (check_states, check_rechecks, check_late_marks, check_scores)
