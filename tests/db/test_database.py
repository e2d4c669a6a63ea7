"""Both engines behave the same: types, keys, numbers, locks."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest
from peewee import IntegrityError, OperationalError, sqlite3

from trace.core.clock import utcnow
from trace.db import close_database, connect_database, db, is_postgres
from trace.db import engine as engine_module
from trace.db.counters import CodeCounter, next_number
from trace.db.fields import JsonField, UtcDateTimeField
from trace.jobs.models import Job
from trace.registry.models import SiteSetting, Township

pytestmark = pytest.mark.usefixtures("database")


def test_the_engine_is_the_one_asked_for(engine):
    assert is_postgres() == (engine == "postgres")


def test_instants_come_back_in_utc():
    noon_in_shanghai = datetime(2026, 7, 18, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    Job.create(public_id="a", kind="count", created_at=noon_in_shanghai)
    kept = Job.get(Job.public_id == "a").created_at
    assert kept == noon_in_shanghai
    assert kept.tzinfo is UTC
    assert kept.hour == 4


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="naive datetime"):
        UtcDateTimeField().db_value(datetime(2026, 7, 18))


def test_equal_details_are_equal_texts():
    field = JsonField()
    assert field.db_value({"b": 1, "a": "果"}) == field.db_value({"a": "果", "b": 1}) == '{"a":"果","b":1}'
    SiteSetting.create(key="x", value={"b": [1, None], "a": "果"})
    assert SiteSetting.get(SiteSetting.key == "x").value == {"a": "果", "b": [1, None]}


def test_nothing_that_is_referred_to_can_be_deleted():
    township = Township.get(Township.code == "430422122")
    with pytest.raises(IntegrityError), db.atomic():
        township.delete_instance()
    assert Township.get_or_none(Township.code == "430422122") is not None


def test_numbers_run_without_gap_or_repeat():
    assert [next_number("H2026"), next_number("H2026"), next_number("H2027")] == [1, 2, 1]
    assert next_number("H2026", 10) == 3
    assert next_number("H2026") == 13


def test_a_rolled_back_number_is_given_out_again():
    next_number("H2026")
    with pytest.raises(ZeroDivisionError), db.atomic():
        assert next_number("H2026") == 2
        raise ZeroDivisionError
    assert next_number("H2026") == 2


def test_many_writers_get_different_numbers(app):
    """Six real connections take twenty numbers each."""
    taken: list[int] = []
    gate = threading.Barrier(6)

    def take() -> None:
        with db.connection_context():
            gate.wait()
            for _ in range(20):
                with db.atomic():
                    taken.append(next_number("H2026"))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == list(range(1, 121))
    assert CodeCounter.get(CodeCounter.key == "H2026").value == 120


def test_a_reader_never_sees_half_a_transaction(app):
    seen: list[bool] = []

    def look() -> None:
        with db.connection_context():
            seen.append(SiteSetting.select().where(SiteSetting.key == "half").exists())

    with db.atomic():
        SiteSetting.create(key="half", value=1)
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(30)
    assert seen == [False]
    look_again = SiteSetting.select().where(SiteSetting.key == "half").exists()
    assert look_again


def test_sqlite_runs_with_the_safe_settings(engine):
    if engine != "sqlite":
        assert db.execute_sql("SHOW server_encoding").fetchone()[0] == "UTF8"
        return
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000, "trusted_schema": 0}
    assert {name: db.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


def test_a_corrupting_sqlite_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_module, "SAFE_SQLITE", (99, 0, 0))
    with pytest.raises(engine_module.UnsafeSqlite):
        engine_module._sqlite(f"sqlite:///{tmp_path}/x.db")


def test_the_address_of_a_server_is_read_in_full():
    bound = db.obj
    made = connect_database("postgresql://tr%40ce:p%3Aw@10.0.0.5:6543/county?sslmode=require")
    db.initialize(bound)
    assert made.database == "county"
    parameters = {key: made.connect_params[key] for key in ("host", "port", "user", "password", "sslmode")}
    assert parameters == {"host": "10.0.0.5", "port": 6543, "user": "tr@ce", "password": "p:w", "sslmode": "require"}


def test_writers_wait_for_each_other_instead_of_failing(app):
    """The second writer begins while the first still holds its transaction; both succeed, in order."""
    began, order = threading.Event(), []

    def second() -> None:
        with db.connection_context():
            began.wait()
            with db.atomic():
                next_number("gate")
                order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with db.atomic():
        next_number("gate")
        began.set()
        other.join(0.3)
        order.append("first")
    other.join(30)
    assert order == ["first", "second"]
    assert next_number("gate") == 3


def greedy(database_url: str, stop: Any) -> None:
    """A process that holds the lock, lets it go, and takes it again at once."""
    connect_database(database_url)
    with db.connection_context():
        while not stop.is_set():
            with db.atomic():
                next_number("greed")
                time.sleep(0.02)
    close_database()


def test_a_patient_writer_gets_its_turn_among_greedy_ones(app, database_url):
    """Each turn within seconds: a waiter that looks only ten times a second may never find the lock free."""
    fork = get_context("fork")
    stop = fork.Event()
    others = [fork.Process(target=greedy, args=(database_url, stop)) for _ in range(3)]
    for other in others:
        other.start()
    try:
        for turn in range(1, 16):
            began = time.monotonic()
            with db.atomic():
                assert next_number("patience") == turn
            assert time.monotonic() - began < 5, time.monotonic() - began
    finally:
        stop.set()
        for other in others:
            other.join(30)
    assert [other.exitcode for other in others] == [0, 0, 0]


def test_a_lock_that_never_comes_is_said_so(app, engine, monkeypatch, client):
    """A program is told to come again (503), never that we are broken."""
    if engine != "sqlite":
        pytest.skip("PostgreSQL locks rows, and waits for them")
    monkeypatch.setattr(engine_module, "TURN_SECONDS", 0.2)
    other = sqlite3.connect(db.obj.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(OperationalError, match="locked"), db.atomic():
            next_number("gate")
        ask = partial(client.post, "/api/v1/tokens", json={"username": "nobody", "password": "wrong-password"})
        with ThreadPoolExecutor(1) as elsewhere:
            answer = elsewhere.submit(ask).result()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json["code"] == "BUSY"
    finally:
        other.execute("ROLLBACK")
        other.close()
    with db.atomic():
        assert next_number("gate") == 1


@pytest.mark.parametrize(
    "values",
    [
        {"state": "sleeping"},
        {"done": -1},
    ],
)
def test_checks_live_in_the_database(values):
    with pytest.raises((IntegrityError, OperationalError)), db.atomic():
        Job.create(**{"public_id": "x", "kind": "count", "created_at": utcnow(), **values})
    assert not Job.select().exists()
