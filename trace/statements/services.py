"""Writing statements: open, fill, sign, return, draw, look, lock, amend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number
from trace.registry import queries as register
from trace.registry.models import Township
from trace.statements import prefill, queries, rules
from trace.statements.models import (
    Statement,
    StatementLate,
    StatementLine,
    StatementSnapshot,
    StatementStep,
)
from trace.statements.rules import State, Typed
from trace.targets import services as targets
from trace.targets.rules import quarter_end

P = Permission


def open_statement(actor: Actor, *, township: str, period: str) -> Statement:
    """Begin a township's statement of a period that is over, pre-filled from the register."""
    with operation(actor, P.STATEMENT_SUBMIT) as op:
        actor.require_township(township)
        return write_open(op, register.get_township(township), period)


def write_open(op: Operation, township: Township, period: str) -> Statement:
    """The statement and its lines, inside an operation."""
    if not queries.may_open(period, business_date(op.at)):
        raise Invalid("%(period)s 还没有结束，结束后再填报。", field="period", code="PERIOD_RUNNING", period=period)
    if Statement.get_or_none(Statement.township == township, Statement.period == period):
        raise RuleBroken("这一期的报表已经建立，请继续填报。", code="STATEMENT_EXISTS", field="period")
    row = _create(op, township, period, 0, "")
    known = prefill.figures(township.code, period)
    for line in rules.lines_of(period):
        value = known.get(line.key) if line.register else None
        StatementLine.create(statement=row, key=line.key, register=value, reported=value)
    step(op, row, "open")
    op.record("statement.open", row, township=township.code, period=period)
    return row


def _create(op: Operation, township: Township, period: str, amendment: int, reason: str) -> Statement:
    return Statement.create(
        code=f"BB{op.at.year % 100:02d}-{next_number(f'BB{op.at.year}'):04d}", township=township, period=period, amendment=amendment,
        amend_reason=reason, state=State.DRAFT.value, due_on=rules.due_on(period, queries.due_days()), register_at=op.at, opened_at=op.at,
        filled_by=op.actor.user_id, filler_name=op.actor.display_name,
    )  # fmt: skip


def refresh(actor: Actor, code: str) -> Statement:
    """Read the register again; figures that were left as the register had them follow it, changed ones keep their reason."""
    with operation(actor, P.STATEMENT_SUBMIT) as op:
        row = _open_row(actor, code)
        known = prefill.figures(row.township.code, row.period)
        for key, line in queries.lines_of(row).items():
            if rules.LINES[key].register:
                followed = line.reported == line.register
                line.register = known.get(key)
                line.reported = line.register if followed else line.reported
                line.reason = "" if line.reported == line.register else line.reason
                line.save()
        row.register_at = op.at
        row.save()
        op.record("statement.fill", row, refreshed=True)
        return row


def fill(actor: Actor, code: str, figures: Mapping[str, Typed], problems: str = "") -> Statement:
    """Keep what was typed; a figure that differs from the register needs its reason, an unlikely one a confirmation. All mistakes at once."""
    with operation(actor, P.STATEMENT_SUBMIT) as op:
        row = _open_row(actor, code)
        write_fill(op, row, figures, problems)
        return row


def write_fill(op: Operation, row: Statement, figures: Mapping[str, Typed], problems: str) -> None:
    """Check and keep the lines, inside an operation."""
    lines = queries.lines_of(row)
    last = queries.last_figures(row.township.code, row.period)
    errors: list[FieldError] = []
    for key, typed in figures.items():
        if key in lines:
            errors += rules.mistakes(rules.LINES[key], typed, lines[key].register, last.get(key))
    if errors:
        raise Invalid(errors=errors)
    changed = {}
    for key, typed in figures.items():
        line = lines.get(key)
        if line is None:
            continue
        if line.reported != typed.reported:
            changed[key] = [line.reported, typed.reported]
        line.reported, line.confirmed = typed.reported, typed.confirmed
        own = rules.LINES[key].register and line.register is not None and typed.reported == line.register
        line.reason = "" if own else typed.reason.strip()
        line.save()
    row.problems, row.filled_by, row.filler_name = problems.strip(), op.actor.user_id, op.actor.display_name
    row.save()
    step(op, row, "fill", "、".join(rules.LINES[key].name for key in changed))
    op.record("statement.fill", row, changed=changed)


def sign(actor: Actor, code: str, *, head_name: str, opinion: str, paper_ref: str = "") -> Statement:
    """The township's head signs: opinion, name and the day (L232). Who filled it in signs only with the number of the signed paper."""
    with operation(actor, P.STATEMENT_SUBMIT) as op:
        row = _open_row(actor, code)
        return write_sign(op, row, head_name, opinion, paper_ref)


def write_sign(op: Operation, row: Statement, head_name: str, opinion: str, paper_ref: str = "") -> Statement:
    """Sign inside an operation; the first signature after the due day leaves a mark that stays."""
    lines = queries.lines_of(row)
    empty = [
        FieldError(line.key, "MISSING", Message("“%(name)s”没有填写，没有的填 0。", {"name": line.name}))
        for line in rules.lines_of(row.period)
        if lines[line.key].reported is None and line.key != "survival_bp"
    ]
    if empty:
        raise Invalid(errors=empty)
    if row.filled_by == op.actor.user_id and not paper_ref.strip():
        raise Invalid("填报人代为登记签发的，请填写主要负责人签字件的编号。", field="paper_ref", code="SIGNED_PAPER")
    day = business_date(op.at)
    if row.amendment == 0 and day > row.due_on and not StatementLate.get_or_none(StatementLate.statement == row):
        if row.signed_at is None:
            StatementLate.create(
                statement=row, due_on=row.due_on, signed_on=day, days=(day - row.due_on).days, recorded_at=op.at
            )
    row.state, row.signed_at, row.signed_by = State.SIGNED.value, op.at, op.actor.user_id
    row.head_name, row.opinion, row.paper_ref = head_name.strip(), opinion.strip(), paper_ref.strip()
    row.save()
    step(op, row, "sign", f"{row.head_name}：{row.opinion}")
    op.record("statement.sign", row, head=row.head_name)
    return row


def send_back(actor: Actor, code: str, text: str) -> Statement:
    """The bureau returns a signed statement with what is to be looked at again."""
    with operation(actor, P.STATEMENT_CHECK) as op:
        row = queries.lock_statement(actor, code)
        _require(row, State.SIGNED, "退回")
        row.state = State.RETURNED.value
        row.save()
        step(op, row, "return", text.strip())
        op.record("statement.return", row, text=text.strip())
        return row


def lock(actor: Actor, code: str, note: str = "") -> Statement:
    """Lock a signed statement: a snapshot with its hash that never changes; a year's output values come into force with it."""
    with operation(actor, P.STATEMENT_CHECK) as op:
        row = queries.lock_statement(actor, code)
        return write_lock(op, row, note)


def write_lock(op: Operation, row: Statement, note: str = "") -> Statement:
    """Lock inside an operation; not by who signed, not before the drawn plots were looked at."""
    _require(row, State.SIGNED, "锁定")
    if row.signed_by == op.actor.user_id:
        raise RuleBroken("签发人不能自己锁定，请由林业局其他人员办理。", code="NOT_INDEPENDENT")
    drawn = queries.sample_of(row)
    waiting = [item.plot.code for item in drawn if not item.verdict]
    if waiting or (not drawn and row.amendment == 0 and _has_plots(row)):
        raise RuleBroken(
            "还有 %(n)s 块抽样地块没有核查，不能锁定。" if waiting else "还没有抽取核查样本，不能锁定。", code="SAMPLE_OPEN",
            n=len(waiting),
        )  # fmt: skip
    body = snapshot_body(row, op)
    sha256 = sha256_hex(canonical_bytes(body))
    StatementSnapshot.create(
        statement=row, body=body, sha256=sha256, locked_at=op.at, locker_name=op.actor.display_name
    )
    row.state = State.LOCKED.value
    row.save()
    if "Q" not in row.period:
        _values_in_force(op, row)
    targets.lock_period(op, row.township, row.period, row.code, sha256)
    step(op, row, "lock", note.strip())
    op.record("statement.lock", row, sha256=sha256)
    return row


def _has_plots(row: Statement) -> bool:
    line = queries.lines_of(row).get("registered_m2")
    return bool(line and line.register)


def snapshot_body(row: Statement, op: Operation) -> dict[str, Any]:
    """Everything that is locked, as plain JSON."""
    lines = queries.lines_of(row)
    mark = queries.late_mark(row)
    return {
        "v": 1, "code": row.code, "township": row.township.code, "name": row.township.name, "period": row.period, "amendment": row.amendment,
        "reason": row.amend_reason, "day": quarter_end(row.period).isoformat(), "locked_at": op.at.isoformat(timespec="seconds"),
        "lines": [
            {"key": line.key, "register": lines[line.key].register, "reported": lines[line.key].reported, "reason": lines[line.key].reason}
            for line in rules.lines_of(row.period)
        ],
        "problems": row.problems, "head": row.head_name, "opinion": row.opinion, "signed_at": row.signed_at.isoformat(timespec="seconds"),
        "late_days": mark.days if mark else 0,
        "sample": [{"plot": item.plot.code, "verdict": item.verdict, "note": item.note} for item in queries.sample_of(row)],
    }  # fmt: skip


def _values_in_force(op: Operation, row: Statement) -> None:
    """A year's stages as stated: the ledger's own figure needs no statement, a changed one is graded B with its reason."""
    lines = queries.lines_of(row)
    year = int(row.period)
    for stage, (key, off_key) in rules.STAGE_LINES.items():
        gross = lines[key].reported or 0
        off = min(lines[off_key].reported or 0, gross) if off_key else 0
        changed = lines[key].reason or (lines[off_key].reason if off_key else "")
        method = f"报表 {row.code}" + (f"：{changed}" if changed else "，与登记一致")
        targets.write_value(op, row.township, year, stage, max(gross, 0), max(off, 0), "B" if changed else "A", method)


def amend(actor: Actor, code: str, *, reason: str, doc_ref: str) -> Statement:
    """A numbered correction of a locked statement: a new statement that begins with the locked figures; the old one stays."""
    with operation(actor, P.STATEMENT_SUBMIT) as op:
        old = queries.lock_statement(actor, code)
        actor.require_township(old.township.code)
        _require(old, State.LOCKED, "更正")
        versions = queries.versions_of(old)
        if versions[-1].id != old.id:
            raise RuleBroken("已有第 %(n)s 号更正，请在其上办理。", code="AMENDED", n=versions[-1].amendment)
        row = _create(op, old.township, old.period, old.amendment + 1, f"{reason.strip()}（{doc_ref.strip()}）")
        for line in queries.lines_of(old).values():
            StatementLine.create(
                statement=row, key=line.key, register=line.register, reported=line.reported, reason=line.reason
            )
        step(op, row, "amend", row.amend_reason)
        op.record("statement.amend", row, of=old.code, reason=row.amend_reason)
        return row


def _open_row(actor: Actor, code: str) -> Statement:
    row = queries.lock_statement(actor, code)
    actor.require_township(row.township.code)
    if State(row.state) not in rules.OPEN:
        raise RuleBroken("报表现在是“%(state)s”，不能修改。", code="STATE", state=State(row.state).label)
    return row


def _require(row: Statement, state: State, action: str) -> None:
    if row.state != state:
        raise RuleBroken(
            "报表现在是“%(state)s”，不能“%(action)s”。", code="STATE", state=State(row.state).label, action=action
        )


def step(op: Operation, row: Statement, action: str, text: str = "") -> None:
    """What was done, for the page of the statement."""
    StatementStep.create(statement=row, action=action, text=text, at=op.at, actor_name=op.actor.display_name)
