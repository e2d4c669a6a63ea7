"""A county with one published programme, on a fixed working day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import county as make
from tests.factories import funds


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Thursday 24 September 2026, noon in Hengnan; tests travel from there."""
    with time_machine.travel("2026-09-24T04:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def home(clock, database) -> make.County:
    """Parties and one user per role."""
    return make.county()


@pytest.fixture
def scheme(home):
    """A programme of 600 元 per 亩 with 100 万元."""
    return funds.programme(home)


@pytest.fixture
def draft(home, scheme):
    """A draft application of the cooperative."""
    return funds.draft(home, scheme)
