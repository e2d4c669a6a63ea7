"""Invariants of statements."""

from __future__ import annotations

from collections.abc import Iterator

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.statements import queries
from trace.statements.models import Statement, StatementLate, StatementSnapshot


def check_locked_statements_keep_their_hash() -> Iterator[str]:
    """Every locked statement has a snapshot whose hash is right and whose lines are those of the statement."""
    locked = {row.id: row for row in Statement.select().where(Statement.state == "locked")}
    for snapshot in StatementSnapshot.select():
        row = locked.pop(snapshot.statement_id, None)
        if row is None:
            yield f"snapshot of a statement that is not locked: {snapshot.statement_id}"
            continue
        if sha256_hex(canonical_bytes(snapshot.body)) != snapshot.sha256:
            yield f"statement {row.code}: its snapshot does not have its hash"
        lines = queries.lines_of(row)
        for line in snapshot.body["lines"]:
            kept = lines[line["key"]]
            if (kept.register, kept.reported, kept.reason) != (line["register"], line["reported"], line["reason"]):
                yield f"statement {row.code}: line {line['key']} differs from what was locked"
    for row in locked.values():
        yield f"statement {row.code}: locked without a snapshot"


def check_late_statements_are_marked() -> Iterator[str]:
    """An original first signed after its day carries the mark."""
    marked = {row.statement_id for row in StatementLate.select(StatementLate.statement)}
    for row in Statement.select().where(Statement.amendment == 0, Statement.signed_at.is_null(False)):
        first = queries.first_signed(row, None)
        if (first is not None and first > row.due_on) != (row.id in marked):
            yield f"statement {row.code}: the mark of lateness is wrong"


CHECKS = (check_locked_statements_keep_their_hash, check_late_statements_are_marked)
