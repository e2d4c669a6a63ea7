"""Placing and releasing, as people do it."""

from __future__ import annotations

from trace.core.actor import Actor
from trace.core.errors import Invalid
from trace.lots import services as lots
from trace.lots.models import Hold


def place_hold(actor: Actor, lot: str, reason: str) -> Hold:
    """Block a lot and everything made from it."""
    return lots.place_hold(actor, lot, reason)


def open_recall(actor: Actor, lot: str, reason: str, public_reason: str, contact: str) -> Hold:
    """Recall a lot and everything made from it; consumers see the public reason and the number to call."""
    if not contact.strip():
        raise Invalid("请填写消费者联系电话。", field="contact", code="CONTACT_MISSING")
    return lots.place_hold(actor, lot, reason, kind="recall", public_reason=public_reason or reason, contact=contact)


def release(actor: Actor, code: str, note: str) -> Hold:
    """Lift a hold or recall; by a second person."""
    return lots.release_hold(actor, code, note)
