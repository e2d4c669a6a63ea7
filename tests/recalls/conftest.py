"""A chain across two parties, a clock that can be set, and the forms the services read."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.factories import county as make
from tests.factories.certificates import receive
from trace.processing.outflows import take_out
from trace.processing.services import Input, Output, dispatch_lot, pack, record_run
from trace.recalls import jobs


@pytest.fixture(autouse=True)
def fresh_round():
    """The worker looks at every round."""
    jobs.forget()
    yield
    jobs.forget()


@pytest.fixture
def chain(home) -> SimpleNamespace:
    """1000 kg picked: 300 sold to the plant and dried to 75 there, 10 of those packed (40 × 250 g), 5 sold retail; 700 left at the cooperative."""
    coop, plant = home.actor("coop"), home.actor("plant")
    harvest = make.harvest(coop, make.plot(coop, home))
    arrived = receive(plant, dispatch_lot(coop, harvest.code, home.plant.code, "300").code, "300").lots[0]
    dried = record_run(plant, "drying", [Input(arrived.code, "300")], [Output("TD", "75")]).lots[0]
    packs = pack(plant, [Input(dried.code, "10")], pieces=40, piece="250克").lots[0]
    take_out(plant, dried.code, "ship", "5", details={"buyer": "零售"})
    return SimpleNamespace(harvest=harvest, arrived=arrived, dried=dried, packs=packs)


class Clock:
    """The instant at which operations happen."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def set(self, at: datetime) -> datetime:
        """From now on it is ``at``."""
        self._patch.setattr(sys.modules["trace.audit.operation"], "utcnow", lambda: at)
        return at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the time of what is written."""
    return Clock(monkeypatch)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A time of the test's day in Shanghai."""
    return datetime(2026, 8, 3, hour, minute, tzinfo=UTC) - timedelta(hours=8) + timedelta(days=days)


def incident_values(**changes) -> dict:
    return {
        "kind": "food", "grade": "common", "title": "果干霉变", "text": "三户反映霉变。", "occurred_at": at(10), "known_at": at(10, 20), "lot": "",
        "complaint": "", "field_incident": "",
    } | changes  # fmt: skip


def case_values(**changes) -> dict:
    now = datetime.now(UTC)
    return {
        "level": 1, "known_at": now - timedelta(hours=1), "reason": "农残超标", "public_reason": "农药残留超标", "contact": "0734-8500000",
        "plan": "停售、封存、清点。", "notice": "请停止食用。", "late_reason": "", "incident": "",
    } | changes  # fmt: skip
