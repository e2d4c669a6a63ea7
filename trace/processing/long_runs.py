"""Runs over many days: fermenting, slow drying. What is in the vessel is a lot too, in grams of what went in, so trace and hold reach it.

Every filling is an operation of the ledger that turns the work in process and the new fruit into the next work in process; the outputs draw
it whole. Shares stay exact, and each step has its undo (domain brief §7.5 F5).
"""

from __future__ import annotations

from datetime import date

from trace.audit import Operation as Write
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.db.counters import next_number
from trace.lots import queries as lots
from trace.lots import services as ledger
from trace.lots.models import Lot, Operation
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, Make, draw_grams, perform
from trace.processing.models import LongRun, ProcessRun, RunStep
from trace.processing.services import Input, Output, check_part, draws_of, judge_outputs, make_output, own_party
from trace.registry import queries as register
from trace.registry.models import Process

OVERDUE_DAYS = 60
"""A run open longer is asked about."""


def open_run(
    actor: Actor, process_code: str, inputs: list[Input], *, on: date | None = None, vessel: str = ""
) -> LongRun:
    """Begin a run with its first filling. A process that keeps weight (grading) is done in one go and has none."""
    with operation(actor, Permission.RUN_RECORD) as op:
        process = register.get_process(process_code)
        if process.keeps_weight:
            raise RuleBroken(
                "%(process)s应一次完成，请用“登记加工”。", code="NOT_LONG", field="process", process=process.name
            )
        run = LongRun.create(
            code=f"JG{op.at.year % 100:02d}-{next_number(f'JG{op.at.year}'):04d}", process=process,
            holder=register.party_by_id(own_party(actor)), opened_on=_day(op, on), vessel=vessel.strip(),
        )  # fmt: skip
        filled = _fill(op, actor, run, None, inputs, _day(op, on))
        op.record("run.open", run, process=process.code, grams=lots.balance(filled.lots[0]))
        return run


def add_to_run(actor: Actor, code: str, inputs: list[Input], *, on: date | None = None) -> LongRun:
    """Fill more into an open run."""
    with operation(actor, Permission.RUN_RECORD) as op:
        run = _locked(actor, code)
        filled = _fill(op, actor, run, _contents(run), inputs, _day(op, on, run))
        op.record("run.add", run, grams=lots.balance(filled.lots[0]))
        return run


def close_run(
    actor: Actor, code: str, outputs: list[Output], *, loss: str = "", reason: str = "", on: date | None = None
) -> Done:
    """Take the outputs out; the yield is judged against everything that went in."""
    with operation(actor, Permission.RUN_RECORD) as op:
        run = _locked(actor, code)
        contents, day = _contents(run), _day(op, on, run)
        makes = [make_output(output, run.holder) for output in outputs]
        left = lots.balance(contents)
        loss_g, unusual = judge_outputs(run.process, left, makes, loss, reason)
        done = perform(
            op, OperationKind(run.process.step), run.holder, day, draws=[Draw(contents, left)], makes=makes, note=reason.strip(),
            detail={"loss_g": loss_g, "run": run.code}, wip=True,
        )  # fmt: skip
        ProcessRun.create(
            operation=done.operation, process=run.process, loss_g=loss_g, flagged=unusual, reason=reason.strip()
        )
        RunStep.create(run=run, operation=done.operation)
        run.state, run.closed_on = "closed", day
        run.save(only=[LongRun.state, LongRun.closed_on])
        op.record("run.close", run, lots=[lot.code for lot in done.lots], flagged=unusual)
        return done


def undo_step(actor: Actor, code: str, note: str) -> LongRun:
    """Undo the newest step of a run: the outputs, a filling, or the first filling and with it the run."""
    with operation(actor, Permission.RUN_RECORD) as op:
        run = _locked(actor, code, states=("open", "closed"))
        if not note.strip():
            raise Invalid("请填写撤销原因。", field="note", code="REASON_MISSING")
        standing = steps_of(run)
        ledger.undo(op, standing[-1].operation, note.strip())
        run.state, run.closed_on = "open" if len(standing) > 1 else "cancelled", None
        run.save(only=[LongRun.state, LongRun.closed_on])
        op.record("run.undo", run, of=standing[-1].operation.code, note=note.strip())
        return run


def steps_of(run: LongRun) -> list[RunStep]:
    """The steps of a run that were not undone, oldest first, operation and work in process joined."""
    return list(
        RunStep.select(RunStep, Operation)
        .join(Operation)
        .where(RunStep.run == run, RunStep.operation.not_in(lots.undone_operations()))
        .order_by(RunStep.id)
    )


def runs_of(actor: Actor) -> list[LongRun]:
    """The open runs of the actor's party, oldest first."""
    query = LongRun.select(LongRun, Process).join(Process)
    return list(
        query.where(LongRun.holder == (actor.party_id or 0), LongRun.state == "open").order_by(LongRun.opened_on)
    )


def get_run(actor: Actor, code: str) -> LongRun:
    """A run of the actor's party, or any for those who see the whole county."""
    found = LongRun.select(LongRun, Process).join(Process).where(LongRun.code == code).first()
    if found is None or not (actor.county_wide or found.holder_id == actor.party_id):
        raise NotFound()
    return found


def _fill(op: Write, actor: Actor, run: LongRun, contents: Lot | None, inputs: list[Input], on: date) -> Done:
    draws = draws_of(actor, inputs)
    check_part(run.process, draws)
    if any(d.lot.kind == "wip" for d in draws):
        raise RuleBroken("在制的批次不能当作原料投入。", code="LOT_IN_PROCESS", field="inputs")
    grams = sum(draw_grams(d.lot, d.quantity) for d in draws)
    if contents is not None:
        left = lots.balance(contents)
        draws, grams = [Draw(contents, left), *draws], grams + left
    first = draws[-1].lot
    product = register.product_in_process(first.product.taxon, run.process.input_part)
    done = perform(
        op, OperationKind(run.process.step), run.holder, on, draws=draws, makes=[Make(product, "wip", grams, run.holder)],
        detail={"run": run.code}, wip=True,
    )  # fmt: skip
    RunStep.create(run=run, operation=done.operation, lot=done.lots[0])
    return done


def _contents(run: LongRun) -> Lot:
    """The work in process of an open run."""
    return lots.lock_lots([steps_of(run)[-1].lot_id]).popitem()[1]


def _locked(actor: Actor, code: str, states: tuple[str, ...] = ("open",)) -> LongRun:
    run = get_run(actor, code)
    actor.require_party(run.holder_id)
    list(lock_row(LongRun.select(LongRun.id).where(LongRun.id == run.id)))
    run = get_run(actor, code)
    if run.state not in states:
        raise RuleBroken("加工记录 %(run)s 已经结束。", code="RUN_ENDED", run=code)
    return run


def _day(op: Write, on: date | None, run: LongRun | None = None) -> date:
    day = on or business_date(op.at)
    if day > business_date(op.at):
        raise Invalid("日期不能晚于今天。", field="on", code="DATE_FUTURE")
    if run is not None and day < run.opened_on:
        raise Invalid("日期不能早于开始日期 %(day)s。", field="on", code="DATE_ORDER", day=run.opened_on)
    return day
