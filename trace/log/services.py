"""Growing the log: entries waiting in the trail get their place, the tiles grow, the new root is signed."""

from __future__ import annotations

from trace.audit.models import AuditEntry, LogPending
from trace.core.clock import utcnow
from trace.db import db
from trace.db.counters import take_turn
from trace.log import queries, tiles
from trace.log.models import LogCheckpoint, LogLeaf
from trace.log.signer import Signer

AT_ONCE = 1_000


def grow(signer: Signer) -> int:
    """Place what waits and sign what is new; returns how many entries were placed. Signing comes after the commit: a signed tree must exist."""
    placed = integrate()
    publish_checkpoint(signer)
    return placed


def integrate() -> int:
    """Give up to a thousand waiting entries their places, in one transaction; returns how many.

    One integrator at a time passes (the turn is a locked row). Waiting entries are found by their presence, never by “larger than the last”:
    on PostgreSQL a smaller number may commit later.
    """
    with db.atomic():
        if not LogPending.select().exists():
            return 0
        take_turn("log")
        waiting = list(
            LogPending.select(LogPending.id, AuditEntry.id, AuditEntry.leaf)
            .join(AuditEntry)
            .order_by(AuditEntry.id)
            .limit(AT_ONCE)
            .tuples()
        )
        size = queries.tree_size()
        for start in range(0, len(waiting), 200):
            part = waiting[start : start + 200]
            places = [{"number": size + start + place, "entry": row[1]} for place, row in enumerate(part)]
            LogLeaf.insert_many(places).execute()
            LogPending.delete().where(LogPending.id.in_([row[0] for row in part])).execute()
        tiles.append([bytes.fromhex(row[2]) for row in waiting], size)
    return len(waiting)


def publish_checkpoint(signer: Signer) -> LogCheckpoint | None:
    """Sign the tree as it stands, unless that was done; TreeChanged when it does not continue what was signed last."""
    if queries.is_signed():
        return None
    with db.atomic():
        take_turn("log")
        if queries.is_signed():
            return None
        size = queries.tree_size()
        root, note = signer.sign(tiles.stored_nodes(), size)
        return LogCheckpoint.create(size=size, root=root.hex(), note=note, at=utcnow())
