"""Sync of 10 000 harvests from a phone against inserting the very same rows bare into the same engine, and its growth from 10³ to 10⁵.

Ours is the whole door: HTTP body to receipts, signatures checked, batches of 200. Bare means one prepared INSERT per row through the driver's
cursor, a commit every 200 records, the same tables with the same constraints, indexes and triggers.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from bench.harness import Ratio, Skipped, compare, made, postgres
from tests.factories import county as make
from tests.sync.phone import Line, Phone
from trace.app import create_app
from trace.db import close_database, connect_database, db, migrate
from trace.registry.reference import load_reference
from trace.settings import load_settings
from trace.web.limits import limiter

RECORDS, BATCH, PLOTS = 10_000, 200, 1000
TABLES = ("operation", "lot", "movement", "harvest", "weighing", "audit_entry", "log_pending", "sync_op")
SECRET = "bench-secret-" + "0" * 32


class Ground:
    """A county with plots in a database of its own, and copies of it at will."""

    def __init__(self, engine: str, folder: Path, server: str | None) -> None:
        """Make the original."""
        self.engine, self.folder, self.server, self.number = engine, folder, server, 0
        self.url = self._new("")
        connect_database(self.url)
        with db.connection_context():
            migrate.upgrade(db.obj)
            load_reference()
        app = self._app(self.url)
        with db.connection_context():
            home = make.county()
            coop = home.actor("coop")
            self.plots = [
                make.plot(coop, home, geometry=make.square(112.5 + n % 40 * 0.004, 26.65 + n // 40 * 0.004)).code
                for n in range(PLOTS)
            ]
        self.phone = Phone("coop")
        Line(app, self.phone)
        close_database()

    def batches(self, count: int) -> list[bytes]:
        """Signed harvests in bodies as a phone posts them: one phone, numbered on, eight weighings a plot, 25 plots an exchange."""
        self.phone.seq = 0
        ops = [self.phone.harvest(self.plots[n // 8 % PLOTS], f"{1 + n % 9}.5") for n in range(count)]
        return [
            json.dumps(
                self.phone.envelope(ops[start : start + BATCH], receipts_since=start + start // BATCH),
                ensure_ascii=False,
            ).encode()
            for start in range(0, count, BATCH)
        ]

    def sync(self, batches: list[bytes]) -> float:
        """Seconds to bring all into a fresh copy."""
        client = self._app(self._copy()).test_client()
        headers = {**self.phone.headers, "Content-Type": "application/json"}
        took = 0.0
        for body in batches:
            began = time.perf_counter()
            answer = client.post("/api/v1/sync", data=body, headers=headers)
            took += time.perf_counter() - began
            assert answer.status_code == 200, answer.text[:300]
            bad = [one for one in answer.json["receipts"] if one["status"] != "created"]
            assert not bad, bad[0]
        return took

    def rows(self, first_audit: int = 0) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
        """What the last sync wrote, table by table."""
        found = {}
        with db.connection_context():
            for table in TABLES:
                extra = " WHERE action = 'harvest.record'" if table == "audit_entry" else ""
                extra = (
                    " WHERE entry_id IN (SELECT id FROM audit_entry WHERE action = 'harvest.record')"
                    if table == "log_pending"
                    else extra
                )
                cursor = db.execute_sql(f'SELECT * FROM "{table}"{extra} ORDER BY id')
                found[table] = ([column[0] for column in cursor.description], cursor.fetchall())
        return found

    def bare(self, rows: dict[str, tuple[list[str], list[tuple[Any, ...]]]]) -> float:
        """Seconds to insert the same rows, record by record, into a fresh copy."""
        connect_database(self._copy())
        mark = "?" if self.engine == "SQLite" else "%s"
        statements = [
            (f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{c}{chr(34)}" for c in columns)}) VALUES ({", ".join([mark] * len(columns))})', found)
            for table, (columns, found) in rows.items()
        ]  # fmt: skip
        with db.connection_context():
            cursor = db.cursor()
            count = len(rows["lot"][1])
            began = time.perf_counter()
            for start in range(0, count, BATCH):
                with db.atomic():
                    for n in range(start, min(start + BATCH, count)):
                        for statement, found in statements:
                            cursor.execute(statement, found[n])
            took = time.perf_counter() - began
        return took

    def _app(self, url: str) -> Flask:
        close_database() if db.obj is not None else None
        app = create_app(
            load_settings(testing=True, instance=self.folder / "instance", database_url=url, secret_key=SECRET)
        )
        limiter.enabled = False  # 10⁵ records are 500 exchanges; a phone may send 120 a minute
        return app

    def _new(self, suffix: str) -> str:
        if self.engine == "SQLite":
            return f"sqlite:///{self.folder}/sync{suffix}.db"
        with psycopg.connect(self.server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE sync{suffix or '_0'}" + (" TEMPLATE sync_0" if suffix else ""))
        head, _, query = self.server.partition("?")
        return f"{head.rpartition('/')[0]}/sync{suffix or '_0'}" + (f"?{query}" if query else "")

    def _copy(self) -> str:
        close_database()
        self._drop()
        self.number += 1
        url = self._new(f"_c{self.number}")
        if self.engine == "SQLite":
            shutil.copy(self.folder / "sync.db", self.folder / f"sync_c{self.number}.db")
        return url

    def _drop(self) -> None:
        for path in self.folder.glob("sync_c*"):
            path.unlink()
        if self.engine != "SQLite" and self.number:
            with psycopg.connect(self.server, autocommit=True) as admin:
                admin.execute(f"DROP DATABASE sync_c{self.number} WITH (FORCE)")


def run(rounds: int) -> list[Ratio | Skipped]:
    """Both engines: the ratio at 10 000, and seconds per record at the top against 1 000."""
    quick = "--quick" in sys.argv
    found: list[Ratio | Skipped] = []
    for engine, ground in grounds():
        if ground is None:
            found.append(Skipped(f"sync of 10 000 harvests, {engine}", "no server here"))
            continue
        found.append(against_bare(ground, engine, rounds))
        found.append(growth(ground, engine, 10_000 if quick else 100_000, 1 if quick else min(rounds, 3)))
    return found


def against_bare(ground: Ground, engine: str, rounds: int) -> Ratio:
    """The whole door against bare inserts."""
    batches = ground.batches(RECORDS)
    ground.sync(batches)
    rows = ground.rows()
    return compare(
        f"sync of 10 000 harvests, {engine}", "the same rows inserted bare", theirs=lambda: ground.bare(rows),
        ours=lambda: ground.sync(batches), at_most=5, rounds=rounds,
    )  # fmt: skip


def growth(ground: Ground, engine: str, top: int, rounds: int) -> Ratio:
    """Seconds per record at the top ÷ at 1 000; linear growth is 1."""
    small, large = ground.batches(1000), ground.batches(top)
    ground.sync(small)
    ratios = [(ground.sync(large) / top) / (sum(ground.sync(small) for _ in range(3)) / 3000) for _ in range(rounds)]
    return made(
        f"sync per record at {top}, {engine}", "per record at 1 000", "≤ 1.3", ratios, lambda value: value <= 1.3
    )


def grounds() -> Iterator[tuple[str, Ground | None]]:
    """Each engine's ground; None where there is no server."""
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        for engine in ("SQLite", "PostgreSQL"):
            if engine == "PostgreSQL" and server is None:
                yield engine, None
                continue
            (Path(folder) / engine).mkdir()
            yield engine, Ground(engine, Path(folder) / engine, server)
            close_database()
