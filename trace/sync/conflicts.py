"""What people decide about operations that did not simply go through: choose a version, throw one away, let a quarantined one in."""

from __future__ import annotations

from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.db.counters import next_number
from trace.sync import records
from trace.sync.context import Outcome
from trace.sync.models import SyncConflict, SyncOp
from trace.sync.rules import Status

SERIES = "sync-changes"
"""The running number of changes; whoever takes one is alone until the transaction ends, so a cursor never skips one still being written."""
REASON = "手机与办公室的修改有冲突，选定后更正"


def resolve(actor: Actor, target: SyncOp, keep: str, fields: dict[str, str]) -> Outcome:
    """Choose what stands: the phone's version, the office's, or field by field. Both stay on file; refused when the office's changed again."""
    with operation(actor, Permission.SYNC_SEND) as op:
        conflict = lock_row(SyncConflict.select().where(SyncConflict.op == target.id)).first()
        if conflict is None:
            raise NotFound()
        if conflict.keep:
            raise RuleBroken("这个冲突已由%(name)s选定。", code="ALREADY_RESOLVED", name=conflict.resolver_name)
        chosen = _chosen(conflict, keep, fields)
        version = conflict.office_version
        if chosen:
            version = records.correct(actor, conflict.record_code, version, chosen, REASON)
        _close(conflict, keep, chosen, op)
        changed = Outcome(conflict.record_kind, conflict.record_code, version)
        settle(target, Status.CREATED, changed, op.at, message="")
        op.record("sync.resolve", target.op_id, record=conflict.record_code, keep=keep, fields=sorted(chosen))
        return changed


def discard(actor: Actor, target: SyncOp, reason: str) -> Outcome:
    """Throw a refused, waiting or quarantined operation away, for a reason; what was signed stays on file."""
    with operation(actor, Permission.SYNC_SEND) as op:
        if target.status not in ("refused", "held") or target.discarded_at is not None:
            raise RuleBroken("这条记录不能丢弃：已入账、有冲突或已丢弃。", code="NOT_DISCARDABLE")
        if not reason.strip():
            raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
        receipt = {**target.receipt, "code": "DISCARDED", "message": "已丢弃。"}
        SyncOp.update(
            status="refused", code="DISCARDED", receipt=receipt, discarded_at=op.at, judged_at=op.at, changed=next_number(SERIES)
        ).where(SyncOp.id == target.id).execute()  # fmt: skip
        op.record("sync.discard", target.op_id, kind=target.kind, reason=reason.strip())
        return Outcome("operation", target.op_id)


def settle(target: SyncOp, status: Status, outcome: Outcome, at: Any, *, message: str) -> None:
    """Write what became of an operation judged earlier, with its new receipt; the phone hears of it at its next contact."""
    receipt = {
        **target.receipt, "code": "", "message": message, "errors": [],
        "record": {"kind": outcome.kind, "code": outcome.code, "version": outcome.version},
    }  # fmt: skip
    SyncOp.update(
        status=status.value, code="", receipt=receipt, record_kind=outcome.kind, record_code=outcome.code, judged_at=at,
        changed=next_number(SERIES),
    ).where(SyncOp.id == target.id).execute()  # fmt: skip


def _chosen(conflict: SyncConflict, keep: str, fields: dict[str, str]) -> dict[str, Any]:
    """The values to write over the office's version: all of the phone's, none, or those of the fields given to the phone."""
    if keep not in ("mine", "office", "merged"):
        raise Invalid("请选择保留哪一版。", field="keep", code="KEEP_UNKNOWN")
    names = [name for name in conflict.phone if name not in records.FOLLOWERS]
    if keep == "merged":
        if not fields or set(fields) - set(names):
            raise Invalid("请逐项选择要保留的内容。", field="fields", code="FIELDS")
        names = [name for name, side in fields.items() if side == "mine"]
    if keep == "office":
        names = []
    wanted = records.grouped(conflict.phone, names)
    return {name: value for name, value in wanted.items() if value is not None}


def _close(conflict: SyncConflict, keep: str, chosen: dict[str, Any], op: Any) -> None:
    conflict.keep, conflict.chosen, conflict.resolved_at = keep, chosen, op.at
    conflict.resolver_name = op.actor.display_name
    conflict.save(only=[SyncConflict.keep, SyncConflict.chosen, SyncConflict.resolved_at, SyncConflict.resolver_name])
