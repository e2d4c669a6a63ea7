"""Receiving operations: judge each by itself, in a savepoint of its own, and answer each with the receipt that stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from trace import audit
from trace.accounts import devices
from trace.accounts.models import Device
from trace.audit import Operation, operation
from trace.core import p256
from trace.core.actor import Actor, Permission
from trace.core.clock import utcnow
from trace.core.errors import RuleBroken
from trace.db import db
from trace.db.gather import NotTogether, gathering
from trace.db.memo import remembering
from trace.sync import queries, rules
from trace.sync.batch import Batch
from trace.sync.envelope import MAX_FILE, Envelope, Incoming, Malformed, read_envelope
from trace.sync.models import SyncOp
from trace.sync.receipts import receipt_of
from trace.sync.rules import Receipt

log = structlog.get_logger("sync")

SYSTEM = Actor(0, "", "系统", frozenset())
"""Nobody in particular: what is applied is applied for its author."""


@dataclass
class Exchange:
    """The answer to one exchange."""

    at: datetime
    skew_seconds: int | None
    receipts: list[Receipt]
    updates: list[Receipt] = field(default_factory=list)
    cursor: int = 0
    more: bool = False
    last_seq: int = 0


def receive(actor: Actor, device: Device | None, envelope: Envelope) -> Exchange:
    """Take in what a phone (or a courier with a person's token) brings. One transaction; a broken operation costs no other one anything.

    Operations are judged in the order of their phone (``seq``), whatever the order sent; receipts come back in the order sent.
    """
    actor.require(Permission.SYNC_SEND)
    skew = _skew(device, envelope, utcnow())
    good = [op for op in envelope.ops if isinstance(op, Incoming)]
    owners = devices.devices_named({op.device for op in good})
    proven = _proven(good, owners)
    try:
        with operation(actor, Permission.SYNC_SEND) as op, remembering(), gathering(len(good)):
            return _taken(op, device, envelope, Batch(op, device, owners, proven, skew))
    except NotTogether:  # some row is refused by the database: only row by row it costs no other operation anything
        log.exception("sync.not_together")
    with operation(actor, Permission.SYNC_SEND) as op, remembering():
        return _taken(op, device, envelope, Batch(op, device, owners, proven, skew))


def let_in(actor: Actor, op_id: str) -> None:
    """Somebody of the author's own party vouches for an operation of a revoked phone or a closed account; it is applied and marked."""
    with operation(actor, Permission.SYNC_SEND) as op, remembering():
        row = queries.get_operation(actor, op_id)
        if (row.status, row.code) != ("held", rules.QUARANTINED):
            raise RuleBroken("这条记录不需要补入。", code="NOT_QUARANTINED")
        Batch(op, None, {}, set(), None).let_in(SyncOp.get_by_id(row.id))
        op.record("sync.let_in", op_id, kind=row.kind)


def bring(actor: Actor, text: bytes) -> Exchange:
    """Take in a queue that a dying phone wrote into a file, however long; the courier is whoever uploads it."""
    envelope = read_envelope(text, MAX_FILE)
    done = Exchange(utcnow(), None, [])
    for start in range(0, len(envelope.ops), rules.MAX_OPS):
        part = replace(envelope, ops=envelope.ops[start : start + rules.MAX_OPS])
        done.receipts += receive(actor, None, part).receipts
    return done


def try_again() -> int:
    """For the worker: what stumbled over a mistake of ours, waited too long or was too new is judged anew; returns how many went through."""
    if not queries.anything_held():
        return 0
    with db.atomic(), remembering():
        batch = Batch(audit.Operation(SYSTEM), None, {}, set(), None)
        return batch.release_overdue(mistakes=True)


def receipts_since(actor: Actor, device: Device | None, since: int) -> Exchange:
    """All receipts after a cursor again: of this phone, or with a person's token of all the person's phones."""
    actor.require(Permission.SYNC_SEND)
    exchange = Exchange(utcnow(), None, [])
    where = SyncOp.device == device.id if device is not None else SyncOp.author == actor.user_id
    rows, exchange.more = queries.changed_since(where, since, rules.UPDATES)
    exchange.receipts = [receipt_of(row) for row in rows]
    exchange.cursor = rows[-1].changed if rows else since
    exchange.last_seq = queries.last_seq(device.id) if device is not None else 0
    return exchange


def _skew(device: Device | None, envelope: Envelope, at: datetime) -> int | None:
    """Seconds by which the sending phone's clock is ahead; unknown for a courier's computer."""
    if device is None or envelope.sent_at is None:
        return None
    return round((envelope.sent_at - at).total_seconds())


def _proven(good: list[Incoming], owners: dict[str, Device]) -> set[str]:
    """Fingerprints whose signature is right; checked before the transaction begins, for it costs time and needs no lock.

    What is on file with the same fingerprint was proven then.
    """
    known = queries.by_ids(op.id for op in good)
    keys = {name: p256.public_key(device.x, device.y) for name, device in owners.items()}
    found = set()
    for op in good:
        fingerprint = op.fingerprint
        earlier = known.get(op.id)
        if (earlier is not None and earlier.fingerprint == fingerprint) or (
            op.device in keys and p256.is_signed(keys[op.device], op.sig, op.signed)
        ):
            found.add(fingerprint)
    return found


def _taken(op: Operation, device: Device | None, envelope: Envelope, batch: Batch) -> Exchange:
    """Judge everything within the open transaction, and answer."""
    good = [one for one in envelope.ops if isinstance(one, Incoming)]
    batch.take(sorted(good, key=lambda one: (one.device, one.seq)))
    if device is not None:
        devices.heard_from(device.id, op.at, batch.skew, envelope.waiting)
    op.record("sync.receive", device or op.actor.username, **batch.tally())
    exchange = Exchange(op.at, batch.skew, [_answer(batch, item) for item in envelope.ops])
    if device is not None:
        _add_updates(exchange, device, envelope.since, [one.id for one in good])
    return exchange


def _answer(batch: Batch, item: Incoming | Malformed) -> Receipt:
    if isinstance(item, Malformed):
        return rules.refusal(item.id, "MALFORMED")
    return batch.answer(item)


def _add_updates(exchange: Exchange, device: Device, since: int, sent: list[str]) -> None:
    rows, exchange.more = queries.changed_since(SyncOp.device == device.id, since, rules.UPDATES, without=sent)
    exchange.updates = [receipt_of(row) for row in rows]
    newest = [*(row.changed for row in rows)] if exchange.more else [queries.newest_change(device.id)]
    exchange.cursor = max([since, *newest])
    exchange.last_seq = queries.last_seq(device.id)
