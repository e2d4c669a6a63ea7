"""Invariants of the log: every entry has a place or waits, tiles and roots follow from the entries."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.audit.models import AuditEntry, LogPending
from trace.core import merkle
from trace.core.notes import BadNote, open_note
from trace.log import queries, tiles
from trace.log.models import LogCheckpoint, LogLeaf
from trace.log.signer import Signer, checkpoint_text


def check_places() -> Iterator[str]:
    """Every entry has a place or waits for one, never neither or both, and places have no gaps.

    Each in one statement: the worker may be placing entries meanwhile.
    """
    astray = (
        AuditEntry.select(AuditEntry.id)
        .join(LogLeaf, JOIN.LEFT_OUTER)
        .switch(AuditEntry)
        .join(LogPending, JOIN.LEFT_OUTER)
        .where(LogLeaf.id.is_null() == LogPending.id.is_null())
    )
    for (entry,) in astray.tuples():
        yield f"audit_entry {entry}: neither waiting for its place in the log nor placed, or both"
    placed, last = LogLeaf.select(fn.COUNT(LogLeaf.id), fn.MAX(LogLeaf.number)).tuples().get()
    if placed != (0 if last is None else last + 1):
        yield f"log: {placed} leaves, but the last has number {last}"


def check_tiles() -> Iterator[str]:
    """The lowest tiles hold exactly the leaf hashes of the entries, in their order."""
    rows = LogLeaf.select(LogLeaf.number, AuditEntry.leaf).join(AuditEntry).order_by(LogLeaf.number).tuples().iterator()
    number, kept = -1, b""
    for place, leaf in rows:
        if place // tiles.WIDTH != number:
            number = place // tiles.WIDTH
            kept = tiles.tile(0, number)
        at = place % tiles.WIDTH * merkle.HASH_BYTES
        if kept[at : at + merkle.HASH_BYTES].hex() != leaf:
            yield f"log_leaf {place}: the tile says otherwise"


def check_roots() -> Iterator[str]:
    """Each kept root is the root of the leaves as they are now, computed from the lowest tiles alone."""
    size = queries.tree_size()
    hashes = b"".join(tiles.tile(0, number) for number in range(-(-size // tiles.WIDTH)))
    leaves = [hashes[at : at + merkle.HASH_BYTES] for at in range(0, len(hashes), merkle.HASH_BYTES)]
    peaks = tiles.stored_nodes()
    newest = queries.latest_checkpoint()
    for checkpoint in LogCheckpoint.select().order_by(LogCheckpoint.size):
        if checkpoint.size > size or merkle.root(peaks, checkpoint.size).hex() != checkpoint.root:
            yield f"log_checkpoint {checkpoint.size}: not the root of the tiles"
    if newest is not None and newest.size <= len(leaves):
        if merkle.root(merkle.nodes_of(leaves), newest.size).hex() != newest.root:
            yield f"log_checkpoint {newest.size}: not the root of the leaves"


def check_memory(signer: Signer) -> Iterator[str]:
    """Checkpoints carry our signature, and the tree still begins with the one the signer remembers."""
    for checkpoint in queries.checkpoints():
        try:
            text = open_note(checkpoint.note, [signer.verifier]).text
        except BadNote as error:
            yield f"log_checkpoint {checkpoint.size}: {error}"
            continue
        if text != checkpoint_text(signer.origin, checkpoint.size, bytes.fromhex(checkpoint.root)):
            yield f"log_checkpoint {checkpoint.size}: the note says otherwise"
    last = signer.last_signed()
    if last is not None:
        size, root = last
        if size > queries.tree_size() or merkle.root(tiles.stored_nodes(), size) != root:
            yield f"log: the tree does not begin with the {size} leaves signed last"


CHECKS = (check_places, check_tiles, check_roots)
