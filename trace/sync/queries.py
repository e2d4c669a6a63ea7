"""Reading operations of phones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from trace.accounts.models import Device, User
from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import db
from trace.db.among import among, not_among
from trace.files.models import StoredFile
from trace.files.voices import EXTENSIONS
from trace.registry.models import Party
from trace.sync.models import SyncConflict, SyncOp, SyncOpPhoto, SyncPhoto, SyncWait

AT_A_TIME = 100
"""Held operations tried again in one exchange."""


def visible_operations(actor: Actor) -> Any:
    """Operations by people of the own party (all for county-wide roles), newest first; never the raw bytes."""
    columns = [column for column in SyncOp._meta.sorted_fields if column.name != "raw"]
    query = (
        SyncOp.select(*columns, Device, User, Party)
        .join(Device)
        .switch(SyncOp)
        .join(User, on=SyncOp.author)
        .join(Party, JOIN.LEFT_OUTER)
        .order_by(SyncOp.id.desc())
    )
    if actor.county_wide:
        return query
    mine = SyncOp.author == actor.user_id
    return query.where(mine | (User.party == actor.party_id) if actor.party_id else mine)


def get_operation(actor: Actor, op_id: str) -> SyncOp:
    """An operation the actor may see."""
    found = visible_operations(actor).where(SyncOp.op_id == op_id).first()
    if found is None:
        raise NotFound()
    return found


def by_ids(ids: Iterable[str]) -> dict[str, SyncOp]:
    """Operations by their ids, author joined."""
    wanted = sorted(set(ids))
    if not wanted or not _any_known(wanted):
        return {}
    found = SyncOp.select(SyncOp, User).join(User, on=SyncOp.author).where(among(SyncOp.op_id, wanted))
    return {row.op_id: row for row in found}


def _any_known(ids: list[str]) -> bool:
    """Most exchanges bring what was never seen: then the rows need not be asked for."""
    marks = ", ".join([db.obj.param] * len(ids))
    return db.execute_sql(f"SELECT 1 FROM sync_op WHERE op_id IN ({marks}) LIMIT 1", ids).fetchone() is not None


def sequence_taken(device_ids: Iterable[int], numbers: Iterable[int]) -> dict[tuple[int, int], str]:
    """Which of these numbers these phones used before, and for what."""
    ids, wanted = sorted(set(device_ids)), sorted(set(numbers))
    if not ids:
        return {}
    rows = SyncOp.select(SyncOp.device, SyncOp.seq, SyncOp.op_id).where(
        among(SyncOp.device, ids) & among(SyncOp.seq, wanted)
    )
    return {(device, seq): op_id for device, seq, op_id in rows.tuples()}


def waiting_for(ids: Iterable[str]) -> list[SyncOp]:
    """Held operations that need one of these, in the order they came."""
    needed = SyncWait.select(SyncWait.op).where(among(SyncWait.needs, sorted(ids)))
    return list(
        SyncOp.select()
        .where(SyncOp.status == "held", SyncOp.code == "WAITS_FOR", SyncOp.id.in_(needed))
        .order_by(SyncOp.id)
    )


def anything_held() -> bool:
    """Does any operation wait at all? Asked at every exchange, and nearly always none does."""
    return db.execute_sql("SELECT 1 FROM sync_op WHERE status = 'held' LIMIT 1").fetchone() is not None


def held_to_retry(waits_since: datetime, kinds: list[str], *, mistakes: bool = False) -> list[SyncOp]:
    """Held operations that waited since before an instant, or were too new for a kind now known; the oldest first, a bounded number."""
    overdue = (SyncOp.code == "WAITS_FOR") & (SyncOp.received_at < waits_since)
    understood = (SyncOp.code == "SCHEMA_TOO_NEW") & SyncOp.kind.in_(kinds)
    which = overdue | understood | (SyncOp.code == "SERVER_ERROR") if mistakes else overdue | understood
    return list(SyncOp.select().where(SyncOp.status == "held", which).order_by(SyncOp.id).limit(AT_A_TIME))


def newest_change(device_id: int) -> int:
    """The number of the last change among a phone's operations, 0 for none."""
    return SyncOp.select(fn.COALESCE(fn.MAX(SyncOp.changed), 0)).where(SyncOp.device == device_id).scalar()


def needs_of(op: SyncOp) -> list[str]:
    """The ids an operation waits for."""
    return [needs for (needs,) in SyncWait.select(SyncWait.needs).where(SyncWait.op == op.id).tuples()]


def changed_since(where: Any, cursor: int, limit: int, *, without: Iterable[str] = ()) -> tuple[list[SyncOp], bool]:
    """Operations changed after a cursor, oldest change first, and whether there are more."""
    query = SyncOp.select().where(where, SyncOp.changed > cursor).order_by(SyncOp.changed).limit(limit + 1)
    skipped = list(without)
    if skipped:
        query = query.where(not_among(SyncOp.op_id, skipped))
    rows = list(query)
    return rows[:limit], len(rows) > limit


def last_seq(device_id: int) -> int:
    """The highest number kept of a phone, 0 for none."""
    return SyncOp.select(fn.COALESCE(fn.MAX(SyncOp.seq), 0)).where(SyncOp.device == device_id).scalar()


def conflict_of(op: SyncOp) -> SyncConflict | None:
    """The conflict an operation ran into."""
    return SyncConflict.get_or_none(SyncConflict.op == op.id)


def counts(actor: Actor) -> dict[str, int]:
    """How many operations in the actor's charge stand in each status (thrown away ones not counted)."""
    query = visible_operations(actor).where(SyncOp.discarded_at.is_null()).order_by()
    rows = query.select(SyncOp.status, fn.COUNT(SyncOp.id)).group_by(SyncOp.status)
    return dict(rows.tuples())


@dataclass(frozen=True)
class Attached:
    """A picture or a spoken note of an operation, and how far it has come."""

    sha256: str
    size: int
    received: int
    state: str
    voice: bool
    file: StoredFile | None


def attached_to(op: SyncOp) -> list[Attached]:
    """What hangs on an operation, in the order it was told."""
    rows = (
        SyncPhoto.select(SyncPhoto, StoredFile)
        .join(SyncOpPhoto)
        .switch(SyncPhoto)
        .join(StoredFile, JOIN.LEFT_OUTER)
        .where(SyncOpPhoto.op == op.id)
        .order_by(SyncOpPhoto.id)
    )
    return [
        Attached(row.sha256, row.size, row.received, row.state, row.file is not None and row.file.mime in EXTENSIONS, row.file)
        for row in rows
    ]  # fmt: skip


def operation_of(actor: Actor, record_code: str) -> SyncOp:
    """The operation that made a record, when a phone did."""
    found = visible_operations(actor).where(SyncOp.record_code == record_code, SyncOp.status == "created")
    row = found.order_by(SyncOp.id).first()
    if row is None:
        raise NotFound()
    return row


def raw_of(op: SyncOp) -> dict[str, Any]:
    """The operation as it was signed."""
    return json.loads(bytes(SyncOp.select(SyncOp.raw).where(SyncOp.id == op.id).tuples().get()[0]))
