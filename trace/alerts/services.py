"""Collecting alerts, and having seen them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from trace.alerts import queries
from trace.alerts.models import Alert, AlertRead
from trace.alerts.rules import PERMISSION, Found
from trace.alerts.sources import POLICY_BASES, POLICY_KEY, SOURCES
from trace.audit import operation, record_system
from trace.core.actor import Actor
from trace.db import db
from trace.db.counters import next_number, take_turn
from trace.registry import queries as register
from trace.registry.models import SiteSetting


def collect(today: date, at: datetime) -> dict[str, int]:
    """Bring the inbox to what the sources say today: open what is new, change what moved, close what is settled.

    Run by the daily digest; running it twice changes nothing. One writer at a time.
    """
    with db.atomic():
        take_turn("alerts")
        known = {(row.kind, row.subject): row for row in Alert.select()}
        found = {(item.kind, item.subject): item for source in SOURCES for item in source(today)}
        opened = sum(_keep(known.get(key), item, at) for key, item in found.items())
        gone = [row.id for key, row in known.items() if key not in found and row.closed_at is None]
        for start in range(0, len(gone), 500):
            Alert.update(closed_at=at).where(Alert.id.in_(gone[start : start + 500])).execute()
        if opened or gone:
            record_system("alert.collect", "", opened=opened, closed=len(gone))
    return {"open": len(found), "opened": opened, "closed": len(gone)}


def _keep(row: Alert | None, item: Found, at: datetime) -> bool:
    """Write what a source found; True when it is news."""
    values: dict[str, Any] = {
        "href": item.href, "due_on": item.due_on, "party": item.party_id, "township": item.township_id, "facts": item.facts,
    }  # fmt: skip
    if row is None:
        Alert.create(
            code=f"TX{next_number('TX'):07d}",
            kind=item.kind,
            subject=item.subject,
            opened_at=at,
            changed_at=at,
            **values,
        )
        return True
    same = (row.href, row.due_on, row.party_id, row.township_id, row.facts) == tuple(values.values())
    if same and row.closed_at is None:
        return False
    Alert.update(changed_at=at, closed_at=None, **values).where(Alert.id == row.id).execute()
    return row.closed_at is not None


def read(actor: Actor, code: str) -> Alert:
    """Mark one alert as seen by this person."""
    with operation(actor, PERMISSION) as op:
        row = queries.get_alert(actor, code)
        _mark(actor, [row.id], op.at)
        op.record("alert.read", row)
        return row


def read_all(actor: Actor) -> int:
    """Mark everything in the inbox as seen."""
    with operation(actor, PERMISSION) as op:
        ids = sorted(queries.unread_ids(actor))
        _mark(actor, ids, op.at)
        op.record("alert.read", "", count=len(ids))
        return len(ids)


def _mark(actor: Actor, ids: list[int], at: datetime) -> None:
    for alert_id in ids:
        AlertRead.insert(alert=alert_id, user_id=actor.user_id, at=at).on_conflict(
            conflict_target=[AlertRead.alert, AlertRead.user_id], preserve=[AlertRead.at]
        ).execute()


def set_policy(doc: str, until: date) -> None:
    """Say until when a document is in force; said by the installation's operator, kept in the trail."""
    with db.atomic():
        bases = [row for row in register.site_setting(POLICY_KEY, POLICY_BASES) if row[0] != doc]
        value = [*bases, [doc, until.isoformat()]]
        SiteSetting.insert(key=POLICY_KEY, value=value).on_conflict(
            conflict_target=[SiteSetting.key], preserve=[SiteSetting.value]
        ).execute()
        record_system("alert.policy", "", doc=doc, until=until.isoformat())
