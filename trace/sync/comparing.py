"""Two versions of one record side by side, for the phone that wrote one of them."""

from __future__ import annotations

from dataclasses import dataclass

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.core.text import N_
from trace.sync import queries, records
from trace.sync.models import SyncConflict

HEAD_LABELS = {"on": N_("日期"), "started": N_("开始时间"), "ended": N_("结束时间"), "note": N_("说明")}


@dataclass(frozen=True)
class Comparison:
    """A conflict with the fields that differ in reading order: name and label; what belongs to another figure is not named apart."""

    conflict: SyncConflict
    fields: list[tuple[str, str]]


def conflict_for(actor: Actor, op_id: str) -> Comparison:
    """The conflict an operation of one's own party ran into; :class:`NotFound` when there is none or it is not yours."""
    conflict = queries.conflict_of(queries.get_operation(actor, op_id))
    if conflict is None:
        raise NotFound()
    named = [
        (name, item.label if item else HEAD_LABELS[name])
        for name, item in records.fields_of(conflict.record_code, actor)
        if name in conflict.phone and name not in records.FOLLOWERS
    ]
    return Comparison(conflict, named)
