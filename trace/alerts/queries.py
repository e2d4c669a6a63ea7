"""Reading one's inbox."""

from __future__ import annotations

from typing import Any

from peewee import JOIN, fn

from trace.alerts import rules
from trace.alerts.models import Alert, AlertRead
from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.registry.models import Township


def visible_alerts(actor: Actor) -> Any:
    """Alerts of the kinds these roles read: all for the county's roles, else of the own party or townships."""
    query = (
        Alert.select(Alert, Township)
        .join(Township, JOIN.LEFT_OUTER)
        .where(Alert.kind.in_(rules.kinds_for(actor.roles)))
    )
    if actor.county_wide:
        return query
    return query.where((Alert.party == (actor.party_id or 0)) | Township.code.in_(list(actor.township_codes)))


def open_alerts(actor: Actor) -> Any:
    """What is not settled."""
    return visible_alerts(actor).where(Alert.closed_at.is_null())


def unread(actor: Actor) -> Any:
    """Open alerts the person has not seen since they last changed."""
    seen = AlertRead.select(AlertRead.alert).where(
        AlertRead.alert == Alert.id, AlertRead.user_id == actor.user_id, AlertRead.at >= Alert.changed_at
    )
    return open_alerts(actor).where(~fn.EXISTS(seen))


def unread_ids(actor: Actor) -> set[int]:
    """Their keys, for marking rows of a page."""
    return {row[0] for row in unread(actor).select(Alert.id).tuples()}


def get_alert(actor: Actor, code: str) -> Alert:
    """One alert the actor may see."""
    found = visible_alerts(actor).where(Alert.code == code).first()
    if found is None:
        raise NotFound()
    return found


def nearest() -> tuple[Any, ...]:
    """The order in which matters come due; those without a day last."""
    return Alert.due_on.is_null(), Alert.due_on
