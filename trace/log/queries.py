"""Reading the log: checkpoints, proofs, and the entries that are public."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from trace.audit.models import AuditEntry
from trace.audit.words import PUBLIC_ACTIONS
from trace.core import merkle
from trace.core.errors import NotFound
from trace.log import tiles
from trace.log.models import LogCheckpoint, LogLeaf


@dataclass(frozen=True)
class Inclusion:
    """That a leaf stands in a signed tree: its place, the tree's size and note, and the hashes between."""

    number: int
    size: int
    hashes: list[bytes]
    note: str


def tree_size() -> int:
    """How many entries have their place."""
    found = LogLeaf.select(fn.MAX(LogLeaf.number)).scalar()
    return 0 if found is None else found + 1


def latest_checkpoint() -> LogCheckpoint | None:
    """The newest signed root."""
    return LogCheckpoint.select().order_by(LogCheckpoint.size.desc()).first()


def is_signed() -> bool:
    """Does the newest signed root cover the whole tree?"""
    checkpoint = latest_checkpoint()
    return tree_size() == (checkpoint.size if checkpoint else 0)


def checkpoints(limit: int = 20) -> list[LogCheckpoint]:
    """The newest signed roots."""
    return list(LogCheckpoint.select().order_by(LogCheckpoint.size.desc()).limit(limit))


def inclusion(leaf: str) -> Inclusion:
    """Proof that the entry with this leaf hash (hex) is in the newest signed tree; NotFound for strangers and for those still waiting."""
    row = LogLeaf.select(LogLeaf.number).join(AuditEntry).where(AuditEntry.leaf == leaf).first()
    checkpoint = latest_checkpoint()
    if row is None or checkpoint is None or row.number >= checkpoint.size:
        raise NotFound("日志里没有这条记录，或还在收录中。")
    hashes = merkle.inclusion_proof(tiles.stored_nodes(), row.number, checkpoint.size)
    return Inclusion(row.number, checkpoint.size, hashes, checkpoint.note)


def consistency(old: int, size: int) -> list[bytes]:
    """Proof that the tree of ``old`` leaves is the beginning of the tree of ``size``."""
    if not 0 < old <= size <= tree_size():
        raise NotFound("日志没有这样大小的树。")
    return merkle.consistency_proof(tiles.stored_nodes(), old, size)


def public_entry(leaf: str) -> AuditEntry:
    """The exact bytes behind a leaf, for entries written to be public."""
    found = AuditEntry.get_or_none(AuditEntry.leaf == leaf, AuditEntry.action.in_(PUBLIC_ACTIONS))
    if found is None:
        raise NotFound("这条记录不公开，日志里只有它的指纹。")
    return found


def newest_public_entry(subject: str) -> AuditEntry | None:
    """What was last published about a record."""
    return (
        AuditEntry.select()
        .where(AuditEntry.subject == subject, AuditEntry.action.in_(PUBLIC_ACTIONS))
        .order_by(AuditEntry.id.desc())
        .first()
    )
