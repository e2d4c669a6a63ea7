"""``operation()``: permission, one transaction and the trail in one ``with`` statement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from uuid6 import uuid7

from trace.audit.models import AuditEntry, LogPending
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes
from trace.core.clock import utcnow
from trace.db import db
from trace.db.gather import step
from trace.db.rows import put, put_rows
from trace.jobs import queue


class NothingRecorded(AssertionError):
    """A write ended without leaving a trail; that is a mistake of ours, never of the user."""


class Operation:
    """A write in progress: keeps the actor, the instant, and what was recorded."""

    def __init__(self, actor: Actor) -> None:
        """Start at the present instant; all rows of one operation share it."""
        self.actor = actor
        self.at = utcnow()
        self.recorded = 0

    def record(self, action: str, subject: object = None, **detail: Any) -> None:
        """Leave the trail: ``action`` is ``subject.verb``, ``subject`` a row with a code (or its code)."""
        _write(self.actor, self.at, action, subject_code(subject), detail, refused=False)
        self.recorded += 1

    def record_many(self, entries: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Leave the trail of a whole batch by few statements: (action, public code, detail) of each, in this order."""
        rows = [
            _entry(self.actor, self.at, action, subject, detail, refused=False) for action, subject, detail in entries
        ]
        put_rows(LogPending, [{"entry": key} for key in put_rows(AuditEntry, rows)])
        self.recorded += len(rows)

    def publish(self, action: str, subject: object, **facts: Any) -> None:
        """Put facts about a record into the public log. ``facts`` may be read by anybody: no names of persons, no places below the village."""
        _write(None, self.at, action, subject_code(subject), facts, refused=False)

    def enqueue(self, kind: str, **arguments: Any) -> str:
        """Put work for the background into the same transaction; returns the public id of the job."""
        return queue.enqueue(kind, arguments, owner_id=self.actor.user_id, at=self.at)


@contextmanager
def operation(actor: Actor, permission: Permission) -> Iterator[Operation]:
    """Require the permission, open the one transaction, and refuse to end with nothing recorded.

    Nested operations become savepoints of the outer one.
    """
    actor.require(permission)
    with step():
        current = Operation(actor)
        yield current
        if not current.recorded:
            raise NothingRecorded(permission)


def record_refusal(actor: Actor, action: str, **detail: Any) -> None:
    """Keep an attempt that was refused (own transaction: the business one was rolled back)."""
    with db.atomic():
        _write(actor, utcnow(), action, "", detail, refused=True)


def record_system(action: str, subject: object = None, **detail: Any) -> None:
    """Keep something the system did by itself: a sign-in tried, a key made, demo data loaded."""
    with step():
        _write(None, utcnow(), action, subject_code(subject), detail, refused=False)


def subject_code(subject: object) -> str:
    """The public name of a row: its code, number or username; texts stand for themselves."""
    if subject is None or isinstance(subject, str):
        return subject or ""
    for name in ("code", "no", "username", "public_id"):
        if hasattr(subject, name):
            return str(getattr(subject, name))
    raise TypeError(f"{type(subject).__name__} has no public code")


def _write(actor: Actor | None, at: Any, action: str, subject: str, detail: dict[str, Any], *, refused: bool) -> None:
    put(LogPending, entry=put(AuditEntry, **_entry(actor, at, action, subject, detail, refused=refused)))


def _entry(
    actor: Actor | None, at: Any, action: str, subject: str, detail: dict[str, Any], *, refused: bool
) -> dict[str, Any]:
    entry = {
        "v": 1,
        "id": str(uuid7()),
        "at": at.isoformat(timespec="milliseconds"),
        "actor": actor.username if actor else "",
        "actor_id": actor.user_id if actor else None,
        "actor_name": actor.display_name if actor else "",
        "action": action,
        "subject": subject,
        "detail": detail,
        "refused": refused,
    }
    body = canonical_bytes(entry)
    return {
        "at": at, "actor_id": entry["actor_id"], "actor_name": entry["actor_name"], "action": action, "subject": subject,
        "detail": detail, "refused": int(refused), "body": body, "leaf": leaf_hash(body),
    }  # fmt: skip


def leaf_hash(body: bytes) -> str:
    """RFC 6962 leaf hash of a canonical entry, in hex."""
    return hashlib.sha256(b"\x00" + bytes(body)).hexdigest()
