"""One exchange at work: each operation is judged, applied in a savepoint, and kept with its receipt."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import OperationalError

from trace import audit
from trace.accounts import devices
from trace.accounts import queries as accounts
from trace.accounts.models import Device
from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.errors import Busy, Invalid, NotFound, TraceError
from trace.core.text import Message
from trace.db.counters import next_number, reserving
from trace.db.gather import NotTogether, step
from trace.db.memo import forget
from trace.db.rows import Line, made, put, put_lines, put_many
from trace.sync import kinds, photos, queries, receipts, rules
from trace.sync.conflicts import SERIES
from trace.sync.context import Conflict, Context
from trace.sync.envelope import Incoming, read_operation
from trace.sync.models import SyncConflict, SyncOp, SyncWait
from trace.sync.rules import Receipt, Status

log = structlog.get_logger("sync")


class Batch:
    """The state of one exchange: what is known of its operations, and what became of each."""

    def __init__(
        self, op: Operation, device: Device | None, owners: dict[str, Device], proven: set[str], skew: int | None
    ) -> None:
        """``owners``: phones by id; ``proven``: fingerprints rightly signed; ``skew``: of the sending phone's clock."""
        self._op, self._device, self._owners, self._proven, self.skew = op, device, owners, proven, skew
        self._actors: dict[int, Actor] = {}
        self._rows: dict[str, SyncOp] = {}
        self._numbers: dict[tuple[int, int], str] = {}
        self._old: set[str] = set()
        self._touched: set[str] = set()
        self._unwritten: list[Line] = []
        self._left = self._next = 0
        self._answers: dict[bytes, Receipt] = {}
        self._ends = time.monotonic() + rules.BUDGET_SECONDS

    def take(self, ops: list[Incoming]) -> None:
        """Judge all, then let through what waited for them."""
        self._turn(len(ops))
        self._rows = queries.by_ids([op.id for op in ops] + [needs for op in ops for needs in op.after])
        self._old = {name for name, row in self._rows.items() if row.status == Status.CREATED}
        ids = {op.device: self._owners[op.device].id for op in ops if op.device in self._owners}
        self._numbers = queries.sequence_taken(ids.values(), [op.seq for op in ops])
        self._expect(ops)
        with reserving(*kinds.numbers_for(op for op in ops if op.id not in self._rows)):
            for op in ops:
                self._take_one(op)
        self._flush()
        if queries.anything_held():
            self._release_waiting()
            self.release_overdue()

    def _take_one(self, op: Incoming) -> None:
        refused = self._refusal(op)
        if refused:
            self._answers[op.raw] = rules.refusal(op.id, refused)
        elif op.id not in self._rows and time.monotonic() > self._ends:
            self._answers[op.raw] = Receipt(op.id, Status.BUSY, "BUSY", "请稍后再传。")
        elif op.id not in self._rows:
            self._keep(op)

    def _expect(self, ops: list[Incoming]) -> None:
        by_owner: dict[str, list[Incoming]] = {}
        for op in ops:
            owner = self._owners.get(op.device)
            if owner is not None and op.id not in self._rows and owner.user.username == op.author:
                by_owner.setdefault(op.device, []).append(op)
        for name, own in by_owner.items():
            owner = self._owners[name]
            kinds.expect(self._actor(owner), [(op, self._noted_at(op, owner)) for op in own])

    def answer(self, op: Incoming) -> Receipt:
        """What to tell about one operation sent."""
        if op.raw in self._answers:
            return self._answers[op.raw]
        found = receipts.receipt_of(self._rows[op.id])
        if op.id in self._old:
            found.status = Status.EXISTS
        return found

    def tally(self) -> dict[str, int]:
        """How many operations are new, in which state, and how many were refused without a trace."""
        new = Counter(row.status for name, row in self._rows.items() if row.judged_at == self._op.at)
        return {**new, "turned_away": len(self._answers)}

    def _refusal(self, op: Incoming) -> str:
        """Why an operation is not even kept; empty when it may be judged."""
        owner, row = self._owners.get(op.device), self._rows.get(op.id)
        if owner is None:
            return "DEVICE_UNKNOWN"
        if owner.user.username != op.author:
            return "AUTHOR_MISMATCH"
        if not self._may_carry(owner):
            return "NOT_YOUR_COURIER"
        if row is not None and row.fingerprint != op.fingerprint:
            return "ID_REUSED"
        if op.fingerprint not in self._proven:
            return "BAD_SIGNATURE"
        if self._numbers.get((owner.id, op.seq), op.id) != op.id:
            return "SEQ_REUSED"
        return ""

    def _may_carry(self, owner: Device) -> bool:
        actor = self._op.actor
        return owner.user_id == actor.user_id or (actor.party_id is not None and owner.user.party_id == actor.party_id)

    def _keep(self, op: Incoming) -> None:
        """Judge an operation never seen before and keep it with its receipt."""
        owner = self._owners[op.device]
        waits = self._missing(op.after)
        status, told, more = self._judge(op, owner, waits, forced=False)
        values = dict(
            op_id=op.id, fingerprint=op.fingerprint, device=owner.id, seq=op.seq, author=owner.user,
            sender=self._op.actor.user_id, kind=op.kind, schema=op.schema, raw=op.raw, made_at=op.made_at, received_at=self._op.at,
            skew_seconds=self._skew_of(owner), judged_at=self._op.at, changed=self._next_change(), **_columns(status, told),
        )  # fmt: skip
        row, line = made(SyncOp, values)
        self._rows[op.id] = row
        self._numbers[owner.id, op.seq] = op.id
        if not (op.after or op.photos or more):
            self._unwritten.append(line)
            self._refresh()
            return
        row._pk = put(SyncOp, **values)
        put_many(SyncWait, [{"op": row.id, "needs": needs} for needs in op.after])
        photos.declare(row, owner.id, op.photos, self._op.at)
        self._open_conflict(row, more)
        self._refresh()

    def _flush(self) -> None:
        """Write the operations nothing else points to, together."""
        put_lines(self._unwritten)
        self._unwritten = []

    def let_in(self, row: SyncOp) -> bool:
        """A responsible person vouches for an operation of a revoked phone or a closed account: judge it as if it had come in time."""
        return self._again(row, forced=True, let_in=True)

    def _judge(
        self, op: Incoming, owner: Device, waits: bool, *, forced: bool, let_in: bool = False
    ) -> tuple[Status, dict, Any]:
        """Status, words of the receipt, and the conflict's versions where there is one."""
        flags = self._flags(op, owner) | ({"forced"} if forced else set())
        if not let_in and (owner.revoked_at is not None or owner.user.disabled):
            return Status.HELD, self._held(rules.QUARANTINED, flags), None
        if not kinds.is_known(op.kind, op.schema):
            return Status.HELD, self._held(rules.TOO_NEW, flags), None
        if waits and not forced:
            return Status.HELD, self._held(rules.WAITS, flags), None
        return self._apply(op, owner, flags, forced)

    def _apply(self, op: Incoming, owner: Device, flags: set[str], forced: bool) -> tuple[Status, dict, Any]:
        if not kinds.KINDS[op.kind].reads_alone:
            self._flush()  # before the savepoint: rolling it back must not take earlier operations along
        try:
            with step():  # also what a handler does after its service must not leave half an operation
                outcome = kinds.apply(self._context(op, owner, forced))
        except Conflict as conflict:
            return Status.CONFLICT, receipts.kept_back("CONFLICT", conflict.message, flags), conflict.values
        except Busy:
            raise
        except TraceError as error:
            forget()
            return Status.REFUSED, receipts.refused(error, dict(kinds.KINDS[op.kind].names), flags), None
        except (OperationalError, NotTogether):
            raise
        except Exception:
            forget()
            log.exception("sync.failed", operation=op.id, kind=op.kind)
            return Status.HELD, self._held(rules.SERVER_ERROR, flags), None
        told = receipts.told(outcome, flags)
        if "clock" in flags:
            told["warnings"].append(str(rules.skew_message(self._skew_of(owner) or 0)))
        return Status.CREATED, told, None

    def _context(self, op: Incoming, owner: Device, forced: bool) -> Context:
        skew = self._skew_of(owner) or 0
        try:
            body = kinds.todays_body(op.kind, op.schema, op.body)
        except (KeyError, TypeError, AttributeError) as error:
            raise Invalid("这条记录缺少内容，请重新填写。", code="BODY") from error
        return Context(
            actor=self._actor(owner), incoming=op, body=body, at=self._op.at,
            noted_at=self._noted_at(op, owner), clock_off=rules.is_off(skew), forced=forced,
            operation_at=lambda name: self._operation(owner, name),
        )  # fmt: skip

    def _noted_at(self, op: Incoming, owner: Device) -> datetime:
        return min(op.made_at - timedelta(seconds=self._skew_of(owner) or 0), self._op.at)

    def _operation(self, owner: Device, name: str) -> SyncOp:
        row = self._rows.get(name) or queries.by_ids([name]).get(name)
        same = row is not None and (
            row.author_id == owner.user_id
            or (owner.user.party_id is not None and row.author.party_id == owner.user.party_id)
        )
        if not same:
            raise NotFound()
        self._touched.add(name)
        return SyncOp.get(SyncOp.op_id == name)

    def _refresh(self) -> None:
        """Read again what a decision on another operation changed."""
        if self._touched:
            self._rows.update(queries.by_ids(self._touched))
            self._touched.clear()

    def _actor(self, owner: Device) -> Actor:
        if owner.user_id not in self._actors:
            self._actors[owner.user_id] = accounts.actor_of(owner.user)
        return self._actors[owner.user_id]

    def _skew_of(self, owner: Device) -> int | None:
        """The error of the clock that wrote it: just measured, or for carried operations as last measured."""
        if self._device is not None and owner.id == self._device.id and self.skew is not None:
            return self.skew
        return owner.skew_seconds

    def _flags(self, op: Incoming, owner: Device) -> set[str]:
        skew = self._skew_of(owner) or 0
        noted = op.made_at - timedelta(seconds=skew)
        late = self._op.at - noted > rules.LONG_ON_PHONE
        off = rules.is_off(skew) or noted - self._op.at > rules.SKEW_ALLOWED
        return ({"late"} if late else set()) | ({"clock"} if off else set())

    def _missing(self, after: tuple[str, ...] | list[str]) -> bool:
        """Is anything that is needed not in the books yet?"""
        return any(name not in self._rows or self._rows[name].status != Status.CREATED for name in after)

    def _held(self, code: str, flags: set[str]) -> dict:
        return receipts.kept_back(code, Message(rules.HELD[code]), flags)

    def _open_conflict(self, row: SyncOp, values: dict[str, Any] | None) -> None:
        if values is not None:
            SyncConflict.create(op=row.id, opened_at=self._op.at, **values)

    def _release_waiting(self) -> None:
        """What waited for operations that now are in the books is applied, and what waited for that, and so on."""
        fresh = {name for name, row in self._rows.items() if row.status == Status.CREATED and name not in self._old}
        while fresh:
            fresh = {row.op_id for row in queries.waiting_for(fresh) if self._again(row, forced=False)}

    def release_overdue(self, *, mistakes: bool = False) -> int:
        """What waited too long is applied without what it waited for, and marked; what was too new (or met a mistake of ours) is tried again."""
        due = queries.held_to_retry(self._op.at - rules.FORCE_AFTER, list(kinds.KINDS), mistakes=mistakes)
        return sum(self._again(row, forced=row.code == rules.WAITS) for row in due)

    def _again(self, row: SyncOp, *, forced: bool, let_in: bool = False) -> bool:
        """Judge a held operation anew; True when it went through."""
        op = read_operation(json.loads(bytes(row.raw)))
        assert isinstance(op, Incoming)
        owner = self._owners.get(op.device) or self._learn(op.device)
        needs = queries.by_ids(op.after)
        self._rows.update({name: found for name, found in needs.items() if name not in self._rows})
        status, told, more = self._judge(op, owner, self._missing(op.after), forced=forced, let_in=let_in)
        if status == Status.HELD and row.code == told["code"]:
            return False
        values = {"judged_at": self._op.at, "changed": self._next_change(), **_columns(status, told)}
        SyncOp.update(**values).where(SyncOp.id == row.id).execute()
        self._rows[op.id] = queries.by_ids([op.id])[op.id]
        self._open_conflict(row, more)
        if status == Status.CREATED:
            audit.record_system("sync.apply", row.op_id, record=told["record"]["code"], forced=forced)
        return status == Status.CREATED

    def _learn(self, name: str) -> Device:
        self._owners.update(devices.devices_named({name}))
        return self._owners[name]

    def _turn(self, count: int) -> None:
        """Take the numbers of this exchange; the series is locked from here, so exchanges pass one after another."""
        self._left = count + 1
        self._next = next_number(SERIES, self._left)

    def _next_change(self) -> int:
        if not self._left:
            self._turn(0)
        self._left -= 1
        self._next += 1
        return self._next - 1


def _columns(status: Status, told: dict) -> dict[str, Any]:
    """How a judgement stands in the table."""
    record = told["record"] or {"kind": "", "code": ""}
    return {
        "status": status.value, "code": told["code"][:40], "receipt": told, "record_kind": record["kind"], "record_code": record["code"]
    }  # fmt: skip
