"""A county of two cooperatives, a real server in its own processes, real browsers as phones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.factories import county as make
from tests.field.app.phone import Phone, Server
from trace.db import db


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One driver for all browsers."""
    with sync_playwright() as found:
        yield found


@pytest.fixture
def plots(app) -> list[str]:
    """Two plots of the first cooperative."""
    with db.connection_context():
        home = make.county()
        actor = home.actor("coop")
        return [
            make.plot(actor, home, name="老屋背").code,
            make.plot(actor, home, name="石坡", geometry=make.square(112.61)).code,
        ]


@pytest.fixture
def server(plots, database_url: str, tmp_path: Path) -> Iterator[Server]:
    """The platform on this database."""
    made = Server(database_url, tmp_path / "server")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def new_phone(playwright, server: Server, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Take phones out of the box; all are put away in the end."""
    taken: list[Phone] = []

    def take(**options: object) -> Phone:
        taken.append(Phone(playwright, server, tmp_path / f"phone-{len(taken)}", **options))
        return taken[-1]

    yield take
    for phone in taken:
        phone.close()


@pytest.fixture
def phone(new_phone) -> Phone:
    """The clerk's phone, signed in once with a network."""
    made = new_phone()
    made.open()
    made.enrol()
    return made
