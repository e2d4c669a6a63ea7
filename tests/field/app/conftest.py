"""A county of two cooperatives, a real server on a real port, real browsers as phones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.factories import county as make
from tests.field.app.phone import Phone, Server
from trace.db import db


class Quiet(WSGIRequestHandler):
    """Says nothing about requests."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: object) -> None:
        """Keep silent."""


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
    """The platform as it is served to people, in processes that can be killed."""
    made = Server(database_url, tmp_path / "server")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def port(app, plots) -> Iterator[int]:
    """The platform in a thread of the test: there at once, for what needs no killing."""
    made = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made.server_port
    made.shutdown()
    made.server_close()


@pytest.fixture
def new_phone(playwright, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Take phones out of the box; all are put away in the end."""
    taken: list[Phone] = []

    def take(port: int, **options: object) -> Phone:
        taken.append(Phone(playwright, port, tmp_path / f"phone-{len(taken)}", **options))
        return taken[-1]

    yield take
    for phone in taken:
        phone.close()


@pytest.fixture
def phone(new_phone, port: int) -> Phone:
    """The clerk's phone, signed in once with a network."""
    made = new_phone(port)
    made.open()
    made.enrol()
    return made
