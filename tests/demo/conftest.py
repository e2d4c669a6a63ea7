"""Small demo counties on fresh databases. Loading takes seconds, so the tests of one engine share one county."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask

from tests.conftest import PASSWORD, SECRET, renamed
from trace.app import create_app
from trace.db import close_database, db
from trace.demo.commands import SEED, build
from trace.settings import load_settings

SCALE = 0.05

Fresh = Callable[[str], AbstractContextManager[Flask]]


@pytest.fixture(scope="session")
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Opens the application on a new migrated database of an engine, for as long as the block lasts."""

    @contextmanager
    def opened(engine: str) -> Iterator[Flask]:
        place = tmp_path_factory.mktemp("demo")
        with _database(engine, place, request) as url:
            settings = load_settings(testing=True, instance=place / "instance", database_url=url, secret_key=SECRET)
            made = create_app(settings)
            try:
                yield made
            finally:
                close_database()

    return opened


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def county(request: pytest.FixtureRequest, fresh: Fresh) -> Iterator[Flask]:
    """A loaded demo county; its tests leave it consistent."""
    with fresh(request.param) as app:
        load(app)
        yield app


@pytest.fixture
def opened(county: Flask) -> Iterator[None]:
    """A connection to the loaded county."""
    with db.connection_context():
        yield


def load(app: Flask, seed: int = SEED) -> list[str]:
    """Load a small county; returns the sign-in names."""
    with db.connection_context(), app.test_request_context():
        return build(seed, SCALE, PASSWORD)


@contextmanager
def _database(engine: str, place: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), place / "trace.db")
        yield f"sqlite:///{place / 'trace.db'}"
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    name = f"demo_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield renamed(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
