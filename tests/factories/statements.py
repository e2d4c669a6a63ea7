"""Statements of townships as clerks make them."""

from __future__ import annotations

from datetime import datetime

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import utcnow
from trace.registry import queries as register
from trace.statements import queries, rules, services
from trace.statements.models import Statement
from trace.statements.rules import Typed


def opened(actor: Actor, township: str, period: str, at: datetime | None = None) -> Statement:
    """Pre-filled from the register at an instant, what the register does not know filled with nought."""
    with operation(actor, Permission.STATEMENT_SUBMIT) as op:
        op.at = at or utcnow()
        row = services.write_open(op, register.get_township(township), period)
        hand = {line.key: Typed(0) for line in rules.lines_of(period) if not line.register}
        services.write_fill(op, row, hand, "")
        return queries.get_statement(actor, row.code)


def signed(actor: Actor, township: str, period: str, at: datetime | None = None) -> Statement:
    """The same, signed by the head on paper."""
    row = opened(actor, township, period, at)
    with operation(actor, Permission.STATEMENT_SUBMIT) as op:
        op.at = at or utcnow()
        return services.write_sign(op, row, "王镇长", "情况属实，同意上报。", "签字件1号")
