"""Money on its way: a programme with approved applications of a cooperative and of households, on a fixed working day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine

from tests.factories import county as make
from tests.factories import funds
from trace.funds import services
from trace.funds.models import Application
from trace.funds.rules import State
from trace.programmes.models import Programme
from trace.registry.models import Party


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
def scheme(home) -> Programme:
    """A programme of 600 元 per 亩 with 100 万元."""
    return funds.programme(home)


@dataclass
class Payable:
    """Approved applications of the cooperative, and what is needed to move them."""

    home: make.County
    scheme: Programme
    applications: list[Application]

    @property
    def nos(self) -> list[str]:
        """Their numbers."""
        return [item.no for item in self.applications]

    def actor(self, name: str):
        """Somebody of the county."""
        return self.home.actor(name)


def approved(home, scheme, count: int, m2: int = 10_000, to: State = State.APPROVED) -> list[Application]:
    """Applications of the cooperative of exactly 15 亩, 9 000 元 each."""
    funds.give_account(Party.get_by_id(home.coop.id))
    drafts = [funds.draft(home, scheme, number=number, applied_m2=m2) for number in range(count)]
    return [funds.drive(home, item, to) for item in drafts]


@pytest.fixture
def payable(home, scheme) -> Payable:
    """Three approved applications."""
    return Payable(home, scheme, approved(home, scheme, 3))


@pytest.fixture
def household(home, scheme) -> Application:
    """An approved application of a household with personal numbers on file."""
    member = make.party("household", "王小满", home.village, belongs_to=home.coop)
    funds.give_account(member, "6217995560099887766")
    plot = make.plot(home.actor("coop"), home, operator=member, geometry=make.square(112.8))
    draft = services.create_application(home.actor("coop"), scheme.code, plot.code, applied_m2=10_000)
    return funds.drive(home, draft, State.APPROVED)
