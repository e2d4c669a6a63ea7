"""The kinds of records that may be drawn: how their facts are read, and where each is looked at.

Another kind of production record joins by one more entry here; its name already stands in ``RECORD_KINDS`` and in the database's CHECK.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trace.field import duplicates
from trace.field import queries as field
from trace.quality.sampling_rules import Facts

FIRST = 10
"""So many first records of a recorder can be told apart; more never matter."""


@dataclass(frozen=True)
class RecordKind:
    """``facts``: everything written down from one instant to before another; ``page``: the endpoint that shows one by its code."""

    facts: Callable[[datetime, datetime], list[Facts]]
    page: str


def harvest_facts(first: datetime, before: datetime) -> list[Facts]:
    """Harvests written down in a span, undone ones left out."""
    rows = field.harvests_recorded(first, before)
    suspected = duplicates.suspected_among([row.id for row in rows])
    ranks = field.first_harvests({row.lot.made_by.recorded_by for row in rows}, FIRST)
    return [
        Facts(
            kind="harvest", record=row.lot.code, plot_id=row.lot.plot_id, party_id=row.lot.holder_id, recorder_id=row.lot.made_by.recorded_by,
            recorder_name=row.lot.made_by.recorder_name, happened_on=row.lot.made_on, late_days=row.late_days, flagged=row.flagged,
            duplicate=row.id in suspected, distance_m=row.weighing.distance_m if row.weighing else None,
            earlier=ranks.get(row.lot.made_by_id, FIRST),
        )
        for row in rows
    ]  # fmt: skip


KINDS: dict[str, RecordKind] = {"harvest": RecordKind(harvest_facts, "field.scales.show")}
