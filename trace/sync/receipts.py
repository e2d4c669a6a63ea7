"""Receipts: written once with the operation, read again as they were."""

from __future__ import annotations

from trace.core.errors import Invalid, TraceError
from trace.core.text import Message
from trace.sync.context import Outcome
from trace.sync.models import SyncOp
from trace.sync.rules import Receipt, Status


def receipt_of(row: SyncOp) -> Receipt:
    """The receipt on file."""
    return Receipt(
        id=row.op_id, status=Status(row.status), recorded_at=row.judged_at.isoformat(timespec="milliseconds"), **row.receipt
    )  # fmt: skip


def told(outcome: Outcome, flags: set[str]) -> dict:
    """What a receipt says of an operation that went through."""
    return {
        "code": "", "message": "", "errors": [], "warnings": [str(message) for message in outcome.warnings],
        "record": {"kind": outcome.kind, "code": outcome.code, "version": outcome.version},
        "flags": sorted(outcome.flags | flags),
    }  # fmt: skip


def refused(error: TraceError, names: dict, flags: set[str]) -> dict:
    """What a receipt says of an operation that a rule or a mistake stopped; fields are called as in the operation's body."""
    if isinstance(error, Invalid):
        found = [(item.field, item.code, item.message) for item in error.errors]
    else:
        found = [(error.field or "", error.code, error.message)]
    errors = [{"field": names.get(name, name), "code": code, "message": str(message)} for name, code, message in found]
    return _plain(error.code, str(error.message), flags) | {"errors": errors}


def kept_back(code: str, message: Message, flags: set[str]) -> dict:
    """What a receipt says of an operation that waits, or ran into a conflict."""
    return _plain(code, str(message), flags)


def _plain(code: str, message: str, flags: set[str]) -> dict:
    return {
        "code": code, "message": message, "errors": [], "warnings": [], "record": None, "flags": sorted(flags)
    }  # fmt: skip
