"""The rows of an exchange are written together; one the database refuses costs only its own operation."""

from __future__ import annotations

from dataclasses import replace

from trace.field import weighing
from trace.field.models import Harvest
from trace.invariants import all_findings
from trace.lots.models import Operation
from trace.sync.models import SyncOp


def test_a_row_the_database_refuses_costs_only_its_own_operation(line, plot, monkeypatch):
    """A mistake of ours that only a CHECK finds: the others are booked, this one is held with its bytes."""
    real = weighing.keep

    def careless(op, harvest, lot, plot, weigh):
        return real(op, harvest, lot, plot, replace(weigh, destination="moon") if harvest.note == "坏" else weigh)

    monkeypatch.setattr(weighing, "keep", careless)
    ops = [line.phone.harvest(plot.code, str(10 + n), body={"note": "坏" if n == 2 else ""}) for n in range(5)]
    receipts = line.sync(*ops)
    assert [one["status"] for one in receipts] == ["created", "created", "held", "created", "created"]
    assert receipts[2]["code"] == "SERVER_ERROR"
    assert (Harvest.select().count(), Operation.select().count(), SyncOp.select().count()) == (4, 4, 5)
    monkeypatch.undo()
    assert line.sync(*ops)[2]["status"] == "held"
    assert list(all_findings()) == []


def test_a_refused_record_between_good_ones_leaves_nothing_of_itself(line, plot):
    """Stopped by a rule after others were held back: their rows stay, its own do not."""
    good = [line.phone.harvest(plot.code, str(10 + n)) for n in range(3)]
    bad = line.phone.harvest(plot.code, "10", on="2026-07-01")
    receipts = line.sync(good[0], bad, good[1], good[2])
    assert [one["status"] for one in receipts] == ["created", "refused", "created", "created"]
    assert Harvest.select().count() == 3 and Operation.select().count() == 3
    assert list(all_findings()) == []
