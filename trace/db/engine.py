"""One handle, two engines: SQLite in WAL mode with immediate transactions, PostgreSQL through psycopg 3 with a pool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from peewee import Database, DatabaseProxy, sqlite3
from playhouse.pool import PooledSqliteDatabase
from playhouse.postgres_ext import PooledPsycopg3Database

db = DatabaseProxy()
AT_CLOSE: list[Callable[[], None]] = []
"""What else has to let go of the database."""

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
    for end in AT_CLOSE:
        end()


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
    return PooledSqliteDatabase(
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
