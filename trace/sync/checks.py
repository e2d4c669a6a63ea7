"""Invariants of the exchange with phones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from peewee import JOIN, fn

from trace.core.canonical import canonical_bytes
from trace.lots.models import Lot
from trace.sync.models import SyncConflict, SyncOp

SINGLE = ("harvest.record", "activity.record")
"""Kinds of which each operation makes a record of its own."""


def check_records_made_once() -> Iterator[str]:
    """No record was made by two operations, and each harvest that a receipt names is there."""
    rows = (
        SyncOp.select(SyncOp.record_code, fn.COUNT(SyncOp.id))
        .where(SyncOp.kind.in_(SINGLE), SyncOp.status == "created")
        .group_by(SyncOp.record_code)
    )
    for code, count in rows.having(fn.COUNT(SyncOp.id) > 1).tuples():
        yield f"record {code}: made by {count} operations"
    lost = SyncOp.select(SyncOp.op_id, SyncOp.record_code).join(
        Lot, JOIN.LEFT_OUTER, on=(SyncOp.record_code == Lot.code)
    )
    for op_id, code in lost.where(SyncOp.record_kind == "harvest", Lot.id.is_null()).tuples():
        yield f"sync_op {op_id}: lot {code} is not there"


def check_fingerprints() -> Iterator[str]:
    """The bytes kept are those that were signed."""
    for op_id, fingerprint, raw in SyncOp.select(SyncOp.op_id, SyncOp.fingerprint, SyncOp.raw).tuples().iterator():
        bare = {key: value for key, value in json.loads(bytes(raw)).items() if key != "sig"}
        if hashlib.sha256(canonical_bytes(bare)).hexdigest() != fingerprint:
            yield f"sync_op {op_id}: bytes do not match the fingerprint"


def check_conflicts_are_open_or_chosen() -> Iterator[str]:
    """An operation in conflict has its versions on file and nobody's choice yet."""
    rows = SyncOp.select(SyncOp.op_id, SyncConflict.keep).join(SyncConflict, JOIN.LEFT_OUTER)
    for op_id, keep in rows.where(SyncOp.status == "conflict").tuples():
        if keep != "":
            yield f"sync_op {op_id}: conflict without open versions"


CHECKS = (check_records_made_once, check_fingerprints, check_conflicts_are_open_or_chosen)
