"""Many at once, and killed without warning: never more than was appropriated at any instant, no instalment paid twice, each line once.

``TRACE_TEST_PAY_SECONDS`` (1) and ``TRACE_TEST_PAY_KILLS`` (3) make it longer: the issue asks for 30 seconds and 100 kills.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import SECRET
from tests.factories import funds
from tests.payments.conftest import approved
from trace.funds import checks as fund_checks
from trace.funds.ledger_models import Budget, Transfer
from trace.funds.models import Application
from trace.funds.rules import State
from trace.payments import batches
from trace.payments import checks as payment_checks
from trace.payments.models import PaymentBatch, PaymentLine

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("TRACE_TEST_PAY_SECONDS", "1"))
KILLS = int(os.environ.get("TRACE_TEST_PAY_KILLS", "3"))
COUNT = int(os.environ.get("TRACE_TEST_PAY_APPLICATIONS", "12"))
ROLES = ("convene",) * 3 + ("approve",) * 3 + ("make",) * 4 + ("release",) * 3 + ("answer",) * 3
"""Sixteen at once."""


def findings() -> list[str]:
    return [found for module in (fund_checks, payment_checks) for check in module.CHECKS for found in check()]


@pytest.fixture
def environment(database_url, tmp_path) -> dict[str, str]:
    """What a process needs to work on this test's database."""
    return {
        **os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(tmp_path / "instance"), "TRACE_SECRET_KEY": SECRET,
    }  # fmt: skip


def start(role: str, seconds: float, seed: int, environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.payments.payer", role, str(seconds), str(seed)], cwd=ROOT, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_sixteen_at_once_never_oversell_and_never_pay_twice(home, environment):
    """The budget reaches for two thirds; a reader looks at every instant it can."""
    scheme = funds.programme(home, money_fen=900_000 * (COUNT * 2 // 3))
    approved(home, scheme, COUNT, to=State.PUBLICITY_PASSED)
    funds.otp_of(home.actor("finance_checker"))
    workers = [start(role, SECONDS, seed, environment) for seed, role in enumerate(ROLES)]
    for worker in workers:
        assert worker.stdout.readline().strip() == "ready"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    looked = 0
    while any(worker.poll() is None for worker in workers):
        row = Budget.select().where(Budget.programme == scheme).dicts().get()
        assert (
            row["committed_fen"] + row["paid_fen"] - row["recovered_fen"] + row["reserved_fen"]
            <= row["appropriated_fen"]
        )
        looked += 1
        time.sleep(0.005)
    told = [line for worker in workers for line in worker.communicate()[0].splitlines()]
    assert {worker.returncode for worker in workers} == {0}
    assert looked > 20 and any(line.startswith("convened") for line in told)
    paid = Counter(Transfer.select(Transfer.application).where(Transfer.kind == "pay").tuples())
    assert max(paid.values(), default=0) <= 1
    assert findings() == []


def test_killed_while_releasing_and_booking_each_line_is_paid_once(home, environment):
    """A process that makes, releases and answers is killed at random instants; whoever comes after finishes the work."""
    scheme = funds.programme(home)
    items = approved(home, scheme, 6)
    rng = random.Random(20260924)
    maker = home.actor("finance_maker")
    funds.otp_of(home.actor("finance_checker"))
    batches.make_batch(maker, [item.no for item in items[:3]])
    for kill in range(KILLS):
        role = ("release", "answer", "make")[kill % 3]
        worker = start(role, 30, kill, environment)
        assert worker.stdout.readline().strip() == "ready"
        worker.stdin.write("go\n")
        worker.stdin.flush()
        time.sleep(rng.random() * 0.06)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        worker.stdout.close()
        worker.stdin.close()
        assert findings() == [], f"after kill {kill}"
    finish(home, items)
    assert {row.state for row in Application.select()} == {State.PAID}
    paid = Counter(row.application_id for row in Transfer.select().where(Transfer.kind == "pay"))
    assert set(paid.values()) == {1} and len(paid) == len(items)
    assert PaymentLine.select().where(PaymentLine.state == "paid").count() == len(items)
    assert findings() == []


def finish(home, items) -> None:
    """Do by hand what the killed processes left undone; failed payments are made again until all are paid."""
    maker = home.actor("finance_maker")
    for _ in range(4):
        left = [row.no for row in Application.select().where(Application.state.in_(("APPROVED", "PAY_FAILED")))]
        if left:
            batches.make_batch(maker, left)
        for batch in PaymentBatch.select().where(PaymentBatch.state == "prepared"):
            funds.release(home, batch.no)
        for batch in PaymentBatch.select().where(PaymentBatch.state == "released"):
            rows = PaymentLine.select().where(PaymentLine.batch == batch, PaymentLine.state == "pending")
            batches.record_results(maker, batch.no, [batches.Result(row.code, "paid") for row in rows])
