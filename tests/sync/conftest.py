"""A summer day, a plot, two phones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from tests.factories import county as make
from tests.sync.phone import Line, Phone


@pytest.fixture
def summer():
    """20 July 2026, ten in the morning in Hengnan."""
    with time_machine.travel(datetime(2026, 7, 20, 2, 0, tzinfo=UTC), tick=True) as clock:
        yield clock


@pytest.fixture
def plot(summer, home):
    """66 亩 of the first cooperative."""
    return make.plot(home.actor("coop"), home)


@pytest.fixture
def line(app, plot):
    """The phone of the cooperative's clerk."""
    return Line(app, Phone("coop"))
