"""Reading the trail."""

from __future__ import annotations

from typing import Any

from trace.audit.models import AuditEntry
from trace.core.actor import Actor, Permission


def visible_entries(actor: Actor) -> Any:
    """The trail, newest first, for those who may read it."""
    actor.require(Permission.AUDIT_READ)
    return AuditEntry.select().order_by(AuditEntry.id.desc())


def entries_about(subject: str) -> Any:
    """What happened to one record, oldest first (the caller has already checked that the record may be seen)."""
    return AuditEntry.select().where(AuditEntry.subject == subject, AuditEntry.refused == 0).order_by(AuditEntry.id)


def entries_by(actor: Actor, limit: int = 8) -> list[AuditEntry]:
    """What this person did last."""
    mine = AuditEntry.select().where(AuditEntry.actor_id == actor.user_id, AuditEntry.refused == 0)
    return list(mine.order_by(AuditEntry.id.desc()).limit(limit))
