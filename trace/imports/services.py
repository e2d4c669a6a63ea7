"""Receiving a file, checking it, importing it, giving it up, undoing it.

A check is the import itself, rolled back: what it says is what would happen. An import is one transaction: all of it or nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor
from trace.core.clock import utcnow
from trace.core.errors import Invalid, RuleBroken, TraceError
from trace.core.text import Message
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.imports import cells, queries, rules, undoing
from trace.imports.check import Checked, Column, Mistake, blame, plain, read_rows
from trace.imports.gauge import Gauge
from trace.imports.kinds import KINDS, Kind
from trace.imports.maps import read_map
from trace.imports.models import ImportRow, ImportRun
from trace.imports.sheets import Table, read_table

SILENT = Gauge(None, "")


class _RolledBack(Exception):
    """Nothing of this is to be kept."""


def receive(actor: Actor, kind_key: str, file_name: str, data: bytes) -> ImportRun:
    """Keep an uploaded file until its run has ended. What cannot be a table of this kind is refused at once."""
    kind = kind_of(kind_key)
    with operation(actor, kind.permission) as op:
        table, _ = _table(kind, file_name, data)
        run = ImportRun.create(
            code=f"DR{op.at.year % 100:02d}-{next_number(f'import{op.at.year}'):04d}", kind=kind.key, state="received",
            file_name=clean_name(file_name), sha256=hashlib.sha256(data).hexdigest(), data=data, rows=max(len(table.rows) - 1, 0),
            user_id=actor.user_id, user_name=actor.display_name, made_at=op.at,
        )  # fmt: skip
        op.record("import.receive", run, kind=kind.key, sha256=run.sha256)
        return run


def check(actor: Actor, run: ImportRun, gauge: Gauge = SILENT) -> ImportRun:
    """Try the whole import, keep nothing but the report."""
    kind = kind_of(run.kind)
    try:
        checked, columns = read(kind, run.file_name, bytes(run.data))
        _, mistakes = _rehearse(actor, kind, checked, columns, gauge)
    except Invalid as error:
        _finish(run, "unusable", message=_spoken(error.errors[0].message))
        return run
    bad = {mistake.row for mistake in mistakes}
    run.rows, run.good, run.mistakes = checked.total, checked.total - len(bad), len(mistakes)
    run.report = [mistake.as_json() for mistake in mistakes[: rules.SHOWN_MISTAKES]]
    run.state, run.job = "checked", ""
    run.save(
        only=[ImportRun.job, ImportRun.rows, ImportRun.good, ImportRun.mistakes, ImportRun.report, ImportRun.state]
    )
    return run


def mistakes_of(actor: Actor, run: ImportRun) -> list[Mistake]:
    """All mistakes of a file, found again: the report keeps only the first."""
    kind = kind_of(run.kind)
    checked, columns = read(kind, run.file_name, bytes(run.data or b""))
    return _rehearse(actor, kind, checked, columns, SILENT)[1]


def apply(actor: Actor, code: str, mode: str, gauge: Gauge = SILENT) -> ImportRun:
    """Import a checked file: ``all`` rows or none, or the ``valid`` ones. The file itself is deleted with it."""
    run = queries.own_run(actor, code)
    kind = kind_of(run.kind)
    checked, columns = read(kind, run.file_name, bytes(run.data or b""))
    with operation(actor, kind.permission) as op:
        run = _locked(run, "checked")
        made, mistakes = write(op, kind, checked, columns, gauge)
        if mistakes and mode != "valid":
            raise RuleBroken("还有 %(count)s 处错误，没有导入任何一行。", code="IMPORT_MISTAKES", count=len(mistakes))
        if not made:
            raise RuleBroken("没有可以导入的行。", code="IMPORT_EMPTY")
        keep_rows(run, made)
        run.good = len(made)
        _finish(run, "done")
        op.record("import.apply", run, kind=run.kind, rows=len(made), mode=mode, left_out=len(mistakes))
    return run


def told(mistake: Mistake) -> str:
    """A mistake as one line: 第 37 行 C 列：日期 2026-02-30 不存在。"""
    place = f"第 {mistake.row} 行" + (f" {mistake.letters} 列" if mistake.letters else "")
    return f"{place}：{mistake.message}"


def note(code: str, template: str, values: dict[str, Any] | None = None) -> None:
    """Leave word on a run that stands as it was; it waits for its owner again."""
    with db.atomic():
        said = _spoken(Message(template, values or {}))
        ImportRun.update(message=said, job="").where(ImportRun.code == code, ImportRun.state == "checked").execute()


def hand_over(actor: Actor, code: str, job_kind: str, **arguments: Any) -> ImportRun:
    """Let the worker do the long part; pressed twice, it is done once."""
    run = queries.own_run(actor, code)
    if queries.is_waiting(run):
        return run
    with operation(actor, kind_of(run.kind).permission) as op:
        run.job, run.message = op.enqueue(job_kind, run=run.code, **arguments), None
        run.save(only=[ImportRun.job, ImportRun.message])
        op.record("import.queue", run, work=job_kind)
    return run


def discard(actor: Actor, code: str) -> ImportRun:
    """Give up a file that was not imported; it is deleted."""
    run = queries.own_run(actor, code)
    with operation(actor, kind_of(run.kind).permission) as op:
        if run.state not in ("received", "checked"):
            raise RuleBroken("这次导入已经结束。", code="IMPORT_ENDED")
        _finish(run, "discarded")
        op.record("import.discard", run)
    return run


def undo(actor: Actor, code: str) -> ImportRun:
    """Take back everything an import made, while nothing depends on it; otherwise say what does, and change nothing."""
    run = queries.own_run(actor, code)
    with operation(actor, kind_of(run.kind).permission) as op:
        run = _locked(run, "done")
        subjects = [row.subject for row in ImportRow.select().where(ImportRow.run == run.id).order_by(ImportRow.number)]
        undoing.take_back(op, run, subjects)
        _finish(run, "undone")
        op.record("import.undo", run, rows=len(subjects))
    return run


def read(kind: Kind, file_name: str, data: bytes) -> tuple[Checked, list[Column]]:
    """Every cell of a file read, villages found; mistakes of cells collected."""
    columns = kind.columns()
    table, geometries = _table(kind, file_name, data)
    if geometries:
        columns = [column for column in columns if column.name != "geometry"]
    checked = read_rows(table, columns)
    for row in checked.rows:
        if geometries:
            row.values["geometry"] = geometries[row.number]
    _locate(checked, columns)
    return checked, columns


def write(
    op: Operation, kind: Kind, checked: Checked, columns: list[Column], gauge: Gauge = SILENT
) -> tuple[list[tuple[int, str]], list[Mistake]]:
    """Make the records of all rows that will do; returns (row, subject) and every mistake by its place."""
    gauge.begin(len(checked.rows))
    made, failures = kind.write(op, checked.rows, gauge.step)
    rows = {row.number: row for row in checked.rows}
    mistakes = [mistake for number, error in failures for mistake in blame(rows[number], columns, error)]
    for row in checked.flawed:
        if further := kind.judge(op, row.values):
            mistakes += blame(row, columns, Invalid(errors=further))
    return made, sorted([*checked.mistakes, *mistakes], key=lambda mistake: mistake.place)


def keep_rows(run: ImportRun, made: list[tuple[int, str]]) -> None:
    """What each row became."""
    for start in range(0, len(made), 200):
        part = made[start : start + 200]
        ImportRow.insert_many([{"run": run.id, "number": number, "subject": code} for number, code in part]).execute()


def kind_of(key: str) -> Kind:
    """A kind by its key."""
    if key not in KINDS:
        raise Invalid("请选择导入的种类。", field="kind", code="KIND")
    return KINDS[key]


def clean_name(name: str) -> str:
    """The last part of a file's name, short, without what could mislead."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(sign for sign in last if sign.isprintable())[-100:] or "file"


def _table(kind: Kind, file_name: str, data: bytes) -> tuple[Table, dict[int, Any]]:
    if kind.maps:
        found = read_map(file_name, data)
        if found is not None:
            return found
    return read_table(data), {}


def _rehearse(
    actor: Actor, kind: Kind, checked: Checked, columns: list[Column], gauge: Gauge
) -> tuple[list[tuple[int, str]], list[Mistake]]:
    found: tuple[list[tuple[int, str]], list[Mistake]] = ([], [])
    try:
        with db.atomic():
            actor.require(kind.permission)
            found = write(Operation(actor), kind, checked, columns, gauge)
            raise _RolledBack
    except _RolledBack:
        return found


def _locate(checked: Checked, columns: list[Column]) -> None:
    """Village names and codes become codes; rows whose village is not found move to the mistakes."""
    if not any(column.name == "village" for column in columns):
        return
    places, lost = cells.Places(), []
    for row in [*checked.rows, *checked.flawed]:
        if "village" not in row.values:
            continue
        try:
            row.values["village"] = places.village_code(row.values["village"], row.values.pop("township", ""))
        except TraceError as error:
            checked.mistakes += blame(row, columns, Invalid(errors=[_at_village(error)]))
            del row.values["village"]
            lost.append(row.number)
    checked.flawed += [row for row in checked.rows if row.number in lost]
    checked.rows[:] = [row for row in checked.rows if row.number not in lost]


def _at_village(error: TraceError) -> Any:
    problem = Invalid(error.message.template, field="village", code=error.code, **error.message.values)
    return problem.errors[0]


def _locked(run: ImportRun, state: str) -> ImportRun:
    fresh = lock_row(ImportRun.select().where(ImportRun.id == run.id)).get()
    if fresh.state != state:
        raise RuleBroken(
            "这次导入的状态已变为“%(state)s”，页面已更新。", code="IMPORT_STATE", state=rules.RUN_STATES[fresh.state]
        )
    return fresh


def _finish(run: ImportRun, state: str, message: Any = None) -> None:
    run.state, run.message, run.data, run.ended_at = state, message, None, utcnow()
    run.save(only=[ImportRun.state, ImportRun.message, ImportRun.data, ImportRun.ended_at, ImportRun.good])


def _spoken(message: Message) -> dict[str, Any]:
    return {"template": message.template, "values": plain(message.values)}
