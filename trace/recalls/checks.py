"""Invariants of recalls and drills."""

from __future__ import annotations

from collections.abc import Iterator

from trace.lots.models import HoldLot
from trace.recalls import drills, queries, rules, services
from trace.recalls.models import IncidentEntry, MockRecall, Recall


def check_reports() -> Iterator[str]:
    """The minutes a report was late are those between its term and its entry."""
    for entry in IncidentEntry.select().where(IncidentEntry.kind == "report"):
        if entry.late_minutes != rules.minutes_late(rules.report_due(entry.incident.occurred_at), entry.at):
            yield f"incident {entry.incident.code}: late minutes do not fit"


def check_recalls() -> Iterator[str]:
    """A case has the lots of its order; nobody explains more than there was, nor less than the ledger destroyed; a mistaken order is lifted."""
    for case in Recall.select():
        reached = {row[0] for row in HoldLot.select(HoldLot.lot).where(HoldLot.hold == case.hold_id).tuples()}
        rows = [row for holder in queries.holders_of(case) for row in holder.rows]
        if not {row.row.lot_id for row in rows} <= reached:
            yield f"recall {case.code}: lots outside its order"
        for row in rows:
            if row.sums.unexplained_g < 0 or row.sums.destroyed_g < services.destroyed_in_ledger(row.row):
                yield f"recall {case.code}: quantities of {row.row.lot.code} do not fit"
        if case.state == "mistaken" and case.hold.released_at is None:
            yield f"recall {case.code}: mistaken, yet in force"


def check_drills() -> Iterator[str]:
    """A sealed drill is what it was when it was sealed."""
    for row in MockRecall.select().where(MockRecall.state == "sealed"):
        for fault in drills.faults(row):
            yield f"mock_recall {row.code}: {fault}"


CHECKS = (check_reports, check_recalls, check_drills)
