"""Two phones, one office editor, one revoked phone, and a network that loses, repeats and reorders: whatever they do, each acknowledged
operation is in the books once, receipts agree with the database, and no version disappears.

``TRACE_SYNC_EXAMPLES`` and ``TRACE_SYNC_STEPS`` make the run longer.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories import county as make
from tests.sync.phone import Line, Phone
from trace.accounts.devices import revoke_device
from trace.core.actor import Role
from trace.core.errors import Conflict
from trace.db import db
from trace.field import activity_queries
from trace.field.activities import correct_activity
from trace.field.activity_models import Activity, ActivityVersion
from trace.invariants import all_findings
from trace.lots.models import Lot
from trace.sync.models import SyncConflict, SyncOp

EXAMPLES = int(os.environ.get("TRACE_SYNC_EXAMPLES", "3"))
STEPS = int(os.environ.get("TRACE_SYNC_STEPS", "25"))
WORKS = ["prune", "weed", "soil", "irrigate"]
PHONES = st.sampled_from([0, 1, 2])
"""The third is revoked at some moment."""


class Exchange(RuleBasedStateMachine):
    """The phones' queues are the model: what was made, what was acknowledged and with which words."""

    app: Any
    home: Any
    plot: Any

    @initialize()
    def begin(self) -> None:
        """Empty queues. Devices are made anew for each example; the database goes on, which only makes it harder."""
        self.lines = [Line(self.app, Phone(name)) for name in ("coop", "second", "coop")]
        self.queues: list[list[dict[str, Any]]] = [[], [], []]
        self.records: list[dict[str, Any]] = []
        self.receipts: dict[str, dict[str, Any]] = {}
        self.cursors = [0, 0, 0]
        self.conflicts: list[tuple[int, str]] = []
        self.revoked = False
        self.versions = dict(self._versions())

    @rule(who=PHONES, kilos=st.integers(1, 9), chained=st.booleans())
    def harvest(self, who: int, kilos: int, chained: bool) -> None:
        """A harvest, perhaps after the last thing recorded on this phone."""
        queue, phone = self.queues[who], self.lines[who].phone
        after = [queue[-1]["id"]] if chained and queue else []
        queue.append(phone.harvest(self.plot.code, str(kilos), after=after))

    @rule(who=PHONES, work=st.sampled_from(WORKS))
    def tend(self, who: int, work: str) -> None:
        """Work in the orchard."""
        op = self.lines[who].phone.op(
            "activity.record", {"activity": "tend", "plot": self.plot.code, "on": "2026-07-20", "work": work}
        )
        self.queues[who].append(op)
        self.records.append(op)

    @precondition(lambda self: self.records)
    @rule(
        who=PHONES,
        which=st.integers(0, 99),
        work=st.sampled_from(WORKS),
        note=st.sampled_from("甲乙丙丁"),
        base=st.integers(1, 3),
    )
    def correct(self, who: int, which: int, work: str, note: str, base: int) -> None:
        """A correction of any record, on whichever version this phone happens to believe in."""
        op = self.records[which % len(self.records)]
        fields = {"record": op["id"], "reason": "改", "work": work, "note": note}
        self.queues[who].append(self.lines[who].phone.op("activity.correct", fields, base=base, after=[op["id"]]))

    @rule(which=st.integers(0, 99), work=st.sampled_from(WORKS))
    def office(self, which: int, work: str) -> None:
        """The office corrects what it sees."""
        made = [self.receipts[op["id"]]["record"]["code"] for op in self.records if self._is(op, "created", "exists")]
        if not made:
            return
        actor, code = self.home.actor("coop"), made[which % len(made)]
        now = activity_queries.versions_of(activity_queries.get_record(actor, code))[0]
        if now.content["work"] != work:
            correct_activity(actor, code=code, base_version=now.version, reason="核对", values={"work": work})

    @rule(
        who=PHONES,
        first=st.integers(0, 6),
        count=st.integers(1, 12),
        backwards=st.booleans(),
        lost=st.booleans(),
        since=st.booleans(),
    )
    def send(self, who: int, first: int, count: int, backwards: bool, lost: bool, since: bool) -> None:
        """Any stretch of a queue, in either order, new or sent before; the answer may be lost after the server had committed."""
        ops = self.queues[who][first : first + count]
        answer = self.lines[who].post(ops[::-1] if backwards else ops, receipts_since=self.cursors[who] if since else 0)
        if who == 2 and self.revoked:
            assert (answer.status_code, answer.json["code"]) == (403, "DEVICE_REVOKED")
            return
        assert answer.status_code == 200, answer.text
        if not lost:
            self._hear(answer.json["receipts"] + answer.json["updates"])
            self.cursors[who] = answer.json["cursor"]

    @rule(who=st.sampled_from([0, 1]), count=st.integers(1, 12))
    def carry(self, who: int, count: int) -> None:
        """A colleague of the same cooperative brings the revoked (or not yet revoked) phone's records."""
        answer = self.lines[who].post(self.queues[2][:count])
        assert answer.status_code == 200, answer.text
        self._hear(answer.json["receipts"])

    @precondition(lambda self: self.conflicts)
    @rule(which=st.integers(0, 99), keep=st.sampled_from(["mine", "office"]))
    def choose(self, which: int, keep: str) -> None:
        """Somebody chooses on the phone where the conflict is shown."""
        who, op_id = self.conflicts[which % len(self.conflicts)]
        self.queues[who].append(self.lines[who].phone.op("conflict.resolve", {"operation": op_id, "keep": keep}))

    @precondition(lambda self: not self.revoked)
    @rule()
    def revoke(self) -> None:
        """The third phone is lost."""
        revoke_device(self.home.actor("coop"), self.lines[2].phone.id, "丢失")
        self.revoked = True

    @rule(who=st.sampled_from([0, 1]))
    def forge(self, who: int) -> None:
        """Somebody sends a used id with other contents."""
        sent = [op for op in self.queues[who] if op["id"] in self.receipts]
        if sent:
            op = sent[-1]
            forged = self.lines[who].phone.sign({**op, "body": {**op["body"], "note": "伪造"}})
            assert self.lines[who].post([forged]).status_code == 409

    @invariant()
    def receipts_agree_with_the_database(self) -> None:
        """What was acknowledged is there once, with the same words, and the raw bytes."""
        rows = {row.op_id: row for row in SyncOp.select().where(SyncOp.op_id.in_(list(self.receipts)))}
        assert rows.keys() == {name for name, one in self.receipts.items() if one["recorded_at"]}
        for name, row in rows.items():
            told = self.receipts[name]
            if told["status"] in ("created", "exists"):
                assert (row.status, row.record_code) == ("created", told["record"]["code"])
        made = [
            row.record_code
            for row in SyncOp.select().where(SyncOp.kind == "harvest.record", SyncOp.status == "created")
        ]
        assert len(made) == len(set(made)) == Lot.select().where(Lot.kind == "harvest").count()

    @invariant()
    def no_version_disappears(self) -> None:
        """Versions are only ever added: nothing is overwritten."""
        now = dict(self._versions())
        assert all(now.get(key) == value for key, value in self.versions.items())
        self.versions = now
        for conflict in SyncConflict.select():
            assert conflict.phone != conflict.office

    def teardown(self) -> None:
        """All that is left is sent; then every invariant of the platform holds."""
        for who in (0, 1) if getattr(self, "revoked", True) else (0, 1, 2):
            if hasattr(self, "lines"):
                self._hear(self.lines[who].sync(*self.queues[who][:200]))
        assert list(all_findings("sync")) + list(all_findings("field")) == []

    def _hear(self, told: list[dict[str, Any]]) -> None:
        for one in told:
            before = self.receipts.get(one["id"])
            if before and before["status"] in ("created", "exists", "refused") and before["recorded_at"]:
                same = ("code", "record", "recorded_at", "errors")
                assert {key: one[key] for key in same} == {key: before[key] for key in same}
            self.receipts[one["id"]] = one
            if one["status"] == "conflict":
                owner = next(n for n, queue in enumerate(self.queues) if any(op["id"] == one["id"] for op in queue))
                self.conflicts.append((owner, one["id"]))

    def _is(self, op: dict[str, Any], *statuses: str) -> bool:
        return self.receipts.get(op["id"], {}).get("status") in statuses

    @staticmethod
    def _versions() -> Any:
        rows = ActivityVersion.select(Activity.code, ActivityVersion.version, ActivityVersion.content).join(Activity)
        return [((code, version), content) for code, version, content in rows.tuples()]


def test_the_protocol_as_a_state_machine(app, home, plot):
    make.user("second", Role.COOP, home.coop)
    machine = type("Machine", (Exchange,), {"app": app, "home": home, "plot": plot})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate],
        ),
    )  # fmt: skip


def test_two_versions_at_once_never_overwrite(home, line, plot):
    """The office's service itself refuses a stale base; the machine above relies on it."""
    op = line.phone.op("activity.record", {"activity": "tend", "plot": plot.code, "on": "2026-07-20", "work": "prune"})
    code = line.sync(op)[0]["record"]["code"]
    actor = home.actor("coop")
    correct_activity(actor, code=code, base_version=1, reason="x", values={"work": "weed"})
    with pytest.raises(Conflict), db.atomic():
        correct_activity(actor, code=code, base_version=1, reason="x", values={"work": "soil"})
