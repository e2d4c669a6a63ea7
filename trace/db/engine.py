"""One handle, two engines: SQLite in WAL mode with immediate transactions, PostgreSQL through psycopg 3 with a pool."""

from __future__ import annotations

import time
from pathlib import Path
from random import uniform
from typing import Any
from urllib.parse import unquote, urlsplit

from peewee import Database, DatabaseProxy, OperationalError, sqlite3
from playhouse.pool import PooledSqliteDatabase
from playhouse.postgres_ext import PooledPsycopg3Database

db = DatabaseProxy()

SAFE_SQLITE = (3, 51, 3)
"""First SQLite release without the WAL-reset corruption."""

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 10_000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "cache_size": -16_000,
}


TURN_SECONDS = 15
"""A writer waits so long for its turn; then the web layer answers 503 and says when to come again."""


class PatientSqlite(PooledSqliteDatabase):
    """SQLite whose writers take turns.

    The library's own waiting looks again every tenth of a second at last; beside writers that come back at once such a waiter may miss every
    free moment until its patience ends ("database is locked"). Here all look again after a few milliseconds, each after its own while, so
    that every one of them is soon lucky. Only the beginning of a transaction waits: once begun (IMMEDIATE) it holds the one lock.
    """

    def begin(self, lock_type: str | None = None) -> None:
        """Begin when the lock is free; raises OperationalError after :data:`TURN_SECONDS`."""
        until = time.monotonic() + TURN_SECONDS
        connection = self.connection()
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begun(lock_type, last=time.monotonic() > until):
                time.sleep(uniform(0.001, 0.008))
        finally:
            connection.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")

    def _begun(self, lock_type: str | None, *, last: bool) -> bool:
        try:
            super().begin(lock_type)
        except OperationalError as error:
            if last or "locked" not in str(error):
                raise
            return False
        return True


class UnsafeSqlite(RuntimeError):
    """The SQLite library in use may corrupt a WAL database."""


def connect_database(url: str) -> Database:
    """Build the database of a URL (``sqlite:///path`` or ``postgresql://…``) and bind it to every model."""
    database = _postgres(url) if url.startswith(("postgres://", "postgresql://")) else _sqlite(url)
    db.initialize(database)
    return database


def close_database() -> None:
    """Give back this thread's connection and drop the idle ones."""
    if not db.is_closed():
        db.close()
    db.obj.close_idle()


def is_postgres() -> bool:
    """True when the bound engine is PostgreSQL."""
    return isinstance(db.obj, PooledPsycopg3Database)


def lock_row(query: Any) -> Any:
    """Take the row locks of a query until the transaction ends (SQLite's immediate transaction already holds the one lock)."""
    return query.for_update() if is_postgres() else query


def _sqlite(url: str) -> Database:
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        raise UnsafeSqlite(f"SQLite {sqlite3.sqlite_version} < 3.51.3")
    path = Path(unquote(url.removeprefix("sqlite:///")))
    path.parent.mkdir(parents=True, exist_ok=True)
    return PatientSqlite(
        str(path),
        pragmas=PRAGMAS,
        lock_type="IMMEDIATE",
        autoconnect=False,
        max_connections=64,
        check_same_thread=False,
        timeout=10,
    )


def _postgres(url: str) -> Database:
    parts = urlsplit(url)
    options: dict[str, Any] = {
        key: value for key, _, value in (p.partition("=") for p in parts.query.split("&")) if key
    }
    options = {key: unquote(value) for key, value in options.items()}
    host = options.pop("host", None) or parts.hostname or "127.0.0.1"
    return PooledPsycopg3Database(
        unquote(parts.path.lstrip("/")),
        host=host,
        port=parts.port or 5432,
        user=unquote(parts.username or "postgres"),
        password=unquote(parts.password or ""),
        autoconnect=False,
        max_connections=32,
        **options,
    )
