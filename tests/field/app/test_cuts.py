"""Thousands of records through a network that breaks at random bytes, both ways: none lost, none doubled, every receipt the platform's.

The full run is ``TRACE_TEST_FIELD_RECORDS=10000 TRACE_TEST_FIELD_CUTS=200``; the platform's limit of requests a minute makes it last minutes.
"""

from __future__ import annotations

import os
import random
import time

from trace.db import db
from trace.field.models import Harvest
from trace.lots.models import Lot, Movement
from trace.sync.models import SyncOp

RECORDS = int(os.environ.get("TRACE_TEST_FIELD_RECORDS", "200"))
CUTS = int(os.environ.get("TRACE_TEST_FIELD_CUTS", "8"))

SAVE = """async ({ops, canonical}, [plots, first, count]) => ops.saveOperations(Array.from({length: count}, (_, n) => ({kind: "harvest.record",
    body: {plot: plots[n % plots.length], part: "fruit", on: canonical.countyDay(), quantity: `${1 + ((first + n) % 7)}.${first + n}`.slice(0, 5), unit: "公斤"}})))"""


def test_records_through_cuts(phone, plots):
    chance = random.Random(20260718)
    saved: list[str] = []
    patience = 60 + CUTS * 8
    until = time.monotonic() + patience
    share = RECORDS // CUTS
    while phone.wire.cuts < CUTS or len(saved) < RECORDS:
        assert time.monotonic() < until, f"{phone.wire.cuts} cuts, {len(saved)} records after {patience} s"
        if len(saved) < RECORDS:
            saved += phone.ask(SAVE, [plots, len(saved), min(share, RECORDS - len(saved))])
        elif phone.counts()["waiting"] == 0:
            break
        if not phone.wire.is_armed and phone.wire.cuts < CUTS:
            direction = chance.choice(["up", "down"])
            phone.wire.cut_after(chance.randint(1, 60 * share), direction)
        if not phone.sync():
            be_patient(phone)
    assert phone.wire.cuts >= CUTS - 1
    while not phone.sync():
        assert time.monotonic() < until
        be_patient(phone)
    agrees(phone, saved)


def be_patient(phone) -> None:
    """The platform may ask to slow down; a phone does so by itself, here the test does. Nothing else went wrong but the network."""
    said = phone.ask("({engine}) => engine.status")
    assert "broken" not in said, said
    if said["after"]:
        time.sleep(3)


def agrees(phone, saved: list[str]) -> None:
    rows = {row["id"]: row for row in phone.rows()}
    assert rows.keys() == set(saved) and len(saved) == RECORDS
    with db.connection_context():
        kept = dict(SyncOp.select(SyncOp.op_id, SyncOp.record_code).tuples())
        made = {
            code: grams
            for code, grams in Lot.select(Lot.code, Movement.quantity)
            .join(Movement, on=((Movement.lot == Lot.id) & (Movement.operation == Lot.made_by)))
            .tuples()
        }
        assert Harvest.select().count() == RECORDS
    assert kept.keys() == set(saved)
    assert sorted(kept.values()) == sorted(made)
    for op_id, row in rows.items():
        assert row["state"] == "done", row
        assert row["receipt"]["record"]["code"] == kept[op_id]
        assert made[kept[op_id]] == round(float(row["op"]["body"]["quantity"]) * 1000), row
