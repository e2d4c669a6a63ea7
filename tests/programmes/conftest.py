"""A county on a fixed working day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import county as make


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Thursday 24 September 2026, noon in Hengnan; tests travel from there."""
    with time_machine.travel("2026-09-24T04:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def home(clock, database) -> make.County:
    """Parties and one user per role."""
    return make.county()
