"""A county with loaded pesticide tables, a summer day, and a plot of two 亩."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.factories import county as make
from tests.factories import pesticides as tables
from trace.field import activities, activity_schemas

TODAY = date(2026, 7, 20)
RING = [[112.6, 26.7], [112.600348, 26.7], [112.600348, 26.7003475], [112.6, 26.7003475], [112.6, 26.7]]


@pytest.fixture
def july():
    """20 July 2026, ten in the morning in Hengnan; the clock can be moved."""
    with time_machine.travel(datetime(2026, 7, 20, 2, 0, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def loaded(home):
    """The pesticide tables of the factories."""
    tables.load_all(home.actor("bureau"))
    return home


@pytest.fixture
def plot(home):
    """2.00 亩, planted 2018."""
    geometry = json.dumps({"type": "Polygon", "coordinates": [RING]})
    return make.plot(home.actor("coop"), home, geometry=geometry, declared_m2=1333)


def record(
    actor, plot, activity: str, on: date = TODAY, *, via: str = "office", written_on: date | None = None, **body: Any
):
    """A record as a phone or the interface would bring it."""
    values = activity_schemas.read(activity, {"on": on.isoformat(), **body})
    day = values.pop("on")
    return activities.record_activity(
        actor, plot_code=plot.code, activity=activity, on=day, values=values, via=via, written_on=written_on
    )


def spray(actor, plot, on: date = TODAY, **changes: Any):
    """A spraying; an entry more than a week late says why."""
    body = tables.spray_body(**changes)
    if (TODAY - on).days > 7:
        body.setdefault("late_reason", "测试补录")
    return record(actor, plot, "spray", on, **body)


def correct(
    actor, code: str, base: int, reason: str = "抄错了", *, via: str = "office", activity: str = "spray", **body: Any
):
    """A correction of some fields."""
    values = activity_schemas.read(activity, body, partial=True)
    return activities.correct_activity(actor, code=code, base_version=base, reason=reason, values=values, via=via)


def days_ago(days: int) -> date:
    """A day before the summer day."""
    return TODAY - timedelta(days)
