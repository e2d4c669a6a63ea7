"""The plots drawn before a statement is locked, and what was found on them."""

from __future__ import annotations

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.land.models import Plot
from trace.statements import queries, rules, services
from trace.statements.models import Statement, StatementSample
from trace.statements.rules import State
from trace.targets import area
from trace.targets.rules import quarter_end


def draw(actor: Actor, code: str) -> list[StatementSample]:
    """Draw the plots of a signed statement's township: 5 % or ten, in an order that follows from its number."""
    with operation(actor, Permission.STATEMENT_CHECK) as op:
        return write_draw(op, queries.lock_statement(actor, code))


def write_draw(op: Operation, row: Statement) -> list[StatementSample]:
    """Draw inside an operation, once."""
    if row.state != State.SIGNED:
        raise RuleBroken(
            "报表现在是“%(state)s”，不能“%(action)s”。", code="STATE", state=State(row.state).label, action="抽样"
        )
    if queries.sample_of(row):
        raise RuleBroken("样本已经抽取，不能重抽。", code="SAMPLE_DRAWN")
    codes = [plot.code for plot in area.rows_behind("registered", row.township.code, quarter_end(row.period))]
    chosen = rules.sample(row.code, codes)
    for plot in Plot.select(Plot.id).where(Plot.code.in_(chosen or [""])).order_by(Plot.code):
        StatementSample.create(statement=row, plot=plot)
    services.step(op, row, "sample", f"{len(chosen)} / {len(codes)}")
    op.record("statement.sample", row, plots=len(chosen), of=len(codes))
    return queries.sample_of(row)


def look(actor: Actor, code: str, *, plot: str, verdict: str, note: str = "") -> StatementSample:
    """What was found on one of the drawn plots; a difference is described."""
    with operation(actor, Permission.STATEMENT_CHECK) as op:
        row = queries.lock_statement(actor, code)
        return write_look(op, row, plot, verdict, note)


def write_look(op: Operation, row: Statement, plot: str, verdict: str, note: str = "") -> StatementSample:
    """Keep the finding inside an operation."""
    item = next((item for item in queries.sample_of(row) if item.plot.code == plot), None)
    if item is None:
        raise NotFound()
    if row.state != State.SIGNED:
        raise RuleBroken(
            "报表现在是“%(state)s”，不能“%(action)s”。", code="STATE", state=State(row.state).label, action="核查"
        )
    if verdict == "mismatch" and not note.strip():
        raise Invalid("与登记不符的，请写明情况。", field="note", code="NOTE_MISSING")
    item.verdict, item.note, item.looked_at, item.looker_name = verdict, note.strip(), op.at, op.actor.display_name
    item.save()
    op.record("statement.look", row, plot=plot, verdict=verdict)
    return item
