"""The sheet of a run as people handle it: drawn at once or in the background, stopped, begun again, taken to the printer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from trace.audit import operation
from trace.ceilings.explaining import require_explained
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Busy, RuleBroken
from trace.jobs import queue
from trace.labels import queries, sheets
from trace.labels.balance import check_not_held, check_still_covered, live_labels
from trace.labels.models import LabelRun
from trace.labels.services import RENDER_AT_ONCE, own_run
from trace.layouts import press
from trace.quality.certificates import require_for_mixed


@dataclass(frozen=True)
class SheetState:
    """How far the sheet of a run is: ``at_once`` (drawn when asked for), ``queued``, ``running``, ``ready``, ``failed``, ``cancelled``."""

    state: str
    done: int = 0
    total: int = 0
    error: str = ""

    @property
    def waiting(self) -> bool:
        """Is somebody at work on it?"""
        return self.state in ("queued", "running")


def state_of(run: LabelRun, instance: Path) -> SheetState:
    """How far the sheet is."""
    if sheets.stored_sheet(instance, run).exists():
        return SheetState("ready", run.count, run.count)
    job = queue.find_job(run.job) if run.job else None
    if job is None:
        return SheetState("at_once" if run.count <= RENDER_AT_ONCE else "failed")
    return SheetState("failed" if job.state == "done" else job.state, job.done, job.total or run.count, job.error)


def draw(run: LabelRun, instance: Path, base_url: str, before_chunk: Callable[[int, int], None]) -> Path:
    """Draw a run, read every symbol back, release the file. The door for the worker."""
    return press.print_run(sheets.print_job(run, base_url), sheets.stored_sheet(instance, run), before_chunk)


def take_sheet(actor: Actor, no: str, instance: Path, base_url: str) -> Path:
    """The file to print from. Every time it is handed out is kept on record; a held lot, a void run, an uncovered label are not printed."""
    actor.require(Permission.LABEL_RUN)
    run = queries.get_run(actor, no)
    actor.require_party(run.lot.holder_id)
    _check_may_print(run)
    path = _drawn(run, instance, base_url)
    with operation(actor, Permission.LABEL_RUN) as op:
        run = own_run(actor, no)
        _check_may_print(run)
        if run.printed_at is None:
            run.printed_at = op.at
            run.save(only=[LabelRun.printed_at])
        op.record("label.print", run, count=run.count)
        return path


def _check_may_print(run: LabelRun) -> None:
    if run.state == "voided":
        raise RuleBroken("标签 %(run)s 已作废，不能打印。", code="RUN_STATE", run=run.no)
    check_not_held(run.lot)
    check_still_covered(run.lot)
    require_explained(run.lot, business_date(), live_labels(run.lot))
    require_for_mixed(run.lot, 1)


def _drawn(run: LabelRun, instance: Path, base_url: str) -> Path:
    """The finished file; a short run is drawn now, under a name of its own, for two people may ask at once. No transaction is open meanwhile."""
    path = sheets.stored_sheet(instance, run)
    if path.exists():
        return path
    if run.count > RENDER_AT_ONCE:
        raise Busy("标签正在后台生成，请稍后刷新。", code="SHEET_NOT_READY")
    own = path.with_name(f"{run.no}-{uuid4().hex}.pdf")
    try:
        press.print_run(sheets.print_job(run, base_url), own).replace(path)
    finally:
        press.forget(own)
    return path


def stop_sheet(actor: Actor, no: str) -> None:
    """Stop the background work on a sheet; what is done is kept, so that it can go on later."""
    with operation(actor, Permission.LABEL_RUN) as op:
        run = own_run(actor, no)
        job = queue.find_job(run.job) if run.job else None
        if job is None or job.state not in ("queued", "running"):
            raise RuleBroken("没有正在生成的标签。", code="NOT_DRAWING")
        queue.cancel(job)
        op.record("label.stop_sheet", run, done=job.done)


def draw_again(actor: Actor, no: str) -> None:
    """Go on with a sheet that was stopped or failed."""
    with operation(actor, Permission.LABEL_RUN) as op:
        run = own_run(actor, no)
        job = queue.find_job(run.job) if run.job else None
        if run.state == "voided" or (job is not None and job.state in ("queued", "running")):
            raise RuleBroken("标签已作废或正在生成。", code="RUN_STATE")
        check_not_held(run.lot)
        run.job = op.enqueue("labels.sheet", run=run.no)
        run.save(only=[LabelRun.job])
        op.record("label.draw_sheet", run)
