"""Real servers, really interrupted: nothing acknowledged is lost, nothing is doubled, receipts agree with the database.

Full runs: ``TRACE_SYNC_KILLS=100`` and ``TRACE_SYNC_RECORDS=10000 TRACE_SYNC_CUTS=200``.
"""

from __future__ import annotations

import http.client
import os
import random
import threading
import time
from collections import Counter
from typing import Any

import pytest

from tests.conftest import SECRET
from tests.factories import county as make
from tests.sync.phone import Line, Phone, packed
from tests.sync.server import Forked, Server
from trace.db import db
from trace.lots.models import Lot
from trace.sync.models import SyncOp

KILLS = int(os.environ.get("TRACE_SYNC_KILLS", "5"))
RECORDS = int(os.environ.get("TRACE_SYNC_RECORDS", "600"))
CUTS = int(os.environ.get("TRACE_SYNC_CUTS", "20"))
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def plots(home):
    actor = home.actor("coop")
    return [make.plot(actor, home, geometry=make.square(112.5 + n * 0.004)).code for n in range(8)]


@pytest.fixture
def phone(app, plots):
    made = Phone("coop")
    Line(app, made)
    return made


@pytest.fixture
def server(app, database_url, tmp_path):
    made = Server(database_url, tmp_path / "instance", SECRET)
    yield made
    made.kill()


@pytest.fixture
def forked(app, database_url, tmp_path):
    made = Forked(database_url, tmp_path / "instance", SECRET)
    yield made
    made.end()


class Sender:
    """Sends what is not acknowledged, again and again; remembers every receipt ever read."""

    def __init__(self, server: Server, phone: Phone, ops: list[dict[str, Any]], seed: int, size: int) -> None:
        """``size``: operations in one exchange."""
        self.server, self.phone, self.size = server, phone, size
        self.waiting, self.receipts = list(ops), {}
        self.chance = random.Random(seed)
        self.broken = 0

    def body(self) -> bytes:
        """The next exchange."""
        return packed(self.phone.envelope(self.waiting[: self.size]))

    @property
    def headers(self) -> dict[str, str]:
        """With the phone's token."""
        return {**self.phone.headers, **JSON}

    def exchange(self) -> bool:
        """One exchange; False when the line broke."""
        try:
            status, answer = self.server.request("POST", "/api/v1/sync", self.body(), self.headers)
        except (OSError, http.client.HTTPException):
            self.broken += 1
            return False
        if status in (429, 503):
            time.sleep(1)
            return False
        assert status == 200, answer
        for one in answer["receipts"]:
            self.hear(one)
        self.waiting = [op for op in self.waiting if op["id"] not in self.receipts]
        return True

    def hear(self, one: dict[str, Any]) -> None:
        """A receipt must say the same for ever."""
        if one["status"] == "busy":
            return
        assert one["status"] in ("created", "exists"), one
        told = (one["record"]["code"], one["recorded_at"])
        assert self.receipts.setdefault(one["id"], told) == told


def everything_is_there_once(ops: list[dict[str, Any]], receipts: dict[str, Any]) -> None:
    """Every operation made exactly one lot, and each receipt names it."""
    db.connect(reuse_if_open=True)
    rows = {row.op_id: row for row in SyncOp.select()}
    assert rows.keys() == {op["id"] for op in ops}
    assert {name: row.record_code for name, row in rows.items()} == {name: told[0] for name, told in receipts.items()}
    lots = Counter(row.record_code for row in rows.values())
    assert set(lots.values()) == {1}
    assert {lot.code for lot in Lot.select(Lot.code)} == set(lots)


def test_kill_nine_at_any_moment(forked, phone, plots):
    server = forked
    ops = [phone.harvest(plots[n % 8], f"{1 + n % 7}") for n in range(KILLS * 30)]
    sender = Sender(server, phone, ops, seed=7, size=10)
    for _ in range(KILLS):
        server.start()
        client = threading.Thread(
            target=lambda: [None for _ in iter(lambda: bool(sender.waiting) and sender.exchange(), False)]
        )
        client.start()
        client.join(sender.chance.random() * 0.4)
        server.kill()
        client.join(60)
        assert not client.is_alive()
        acknowledged_is_there(sender.receipts)
    server.start()
    assert sender.broken, "no kill met an exchange"
    sender.size = 200
    while sender.waiting:
        sender.exchange()
    everything_is_there_once(ops, sender.receipts)


def acknowledged_is_there(receipts: dict[str, Any]) -> None:
    """What was acknowledged before a kill is in the database after it."""
    db.connect(reuse_if_open=True)
    kept = dict(SyncOp.select(SyncOp.op_id, SyncOp.record_code).tuples())
    assert {name: kept.get(name) for name in receipts} == {name: told[0] for name, told in receipts.items()}


def test_random_cuts_lose_and_double_nothing(server, phone, plots):
    ops = [phone.harvest(plots[n % 8], f"{1 + n % 7}") for n in range(RECORDS)]
    sender = Sender(server, phone, ops, seed=11, size=max(10, RECORDS * 2 // (3 * CUTS)))
    server.start()
    cuts = 0
    while sender.waiting:
        if cuts < CUTS and sender.chance.random() < 0.75:
            share = sender.chance.choice([0.0, sender.chance.random(), 1.0, 1.0])
            server.cut("/api/v1/sync", sender.body(), sender.headers, share, sender.chance.random() * 0.05)
            cuts += 1
        else:
            sender.exchange()
    assert cuts == CUTS
    everything_is_there_once(ops, sender.receipts)
