"""Invariants of the trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trace.audit.models import AuditEntry
from trace.audit.operation import leaf_hash


def check_leaves() -> Iterator[str]:
    """Every entry still hashes to its leaf, and its readable columns still say what the hashed body says."""
    for entry in AuditEntry.select().order_by(AuditEntry.id).iterator():
        body = bytes(entry.body)
        if leaf_hash(body) != entry.leaf:
            yield f"audit_entry {entry.id}: body does not match its leaf"
            continue
        said = json.loads(body)
        for key, value in _shown(entry).items():
            if said[key] != value:
                yield f"audit_entry {entry.id}: {key} was altered"


def _shown(entry: AuditEntry) -> dict[str, Any]:
    """The readable columns, as the body writes them."""
    return {
        "at": entry.at.isoformat(timespec="milliseconds"),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "refused": bool(entry.refused),
    }


CHECKS = (check_leaves,)
