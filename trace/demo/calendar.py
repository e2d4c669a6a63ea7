"""The demo county's own present day and how a record of a past day is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from trace.audit import Operation
from trace.core.actor import Actor
from trace.db import db

TODAY = date(2026, 11, 20)
"""Fixed, so that two loads are equal."""


@contextmanager
def on(actor: Actor, day: date) -> Iterator[Operation]:
    """An operation that happened, and was recorded, on a past day."""
    with db.atomic():
        op = Operation(actor)
        op.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        yield op
