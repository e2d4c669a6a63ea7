"""A process that approves or pays on one budget until it is told to stop or is killed: ``python -m tests.payments.payer ROLE SECONDS SEED``.

It prints one line for every thing it has got an answer to. Every step is repeated now and then, as an impatient clerk or a lost connection would.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from tests.factories import funds
from trace.accounts import queries as accounts
from trace.app import create_app
from trace.core.errors import TraceError
from trace.db import db
from trace.funds import approvals
from trace.funds.models import Application
from trace.payments import batches
from trace.payments.models import PaymentBatch, PaymentLine
from trace.settings import load_settings


def main() -> None:
    """Work as one of the roles for so many seconds."""
    role, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    create_app(
        load_settings(
            testing=True, instance=Path(os.environ["TRACE_INSTANCE"]), database_url=os.environ["TRACE_DATABASE_URL"],
            secret_key=os.environ["TRACE_SECRET_KEY"],
        )
    )  # fmt: skip
    rng = random.Random(seed)
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with db.connection_context():
            try:
                done = WORK[role](rng)
            except TraceError:
                done = ""
        if done:
            print(done, flush=True)
        elif role != "reader":
            time.sleep(0.02)


def who(name: str):
    """The actor of an account."""
    return accounts.actor_of(accounts.user_named(name))


def numbers(*states: str) -> list[str]:
    """Numbers of applications in these states."""
    return [no for (no,) in Application.select(Application.no).where(Application.state.in_(states)).tuples()]


def convene(rng: random.Random) -> str:
    """Lay a few before the leading group."""
    found = numbers("PUBLICITY_PASSED")
    chosen = rng.sample(found, min(len(found), rng.randint(1, 3)))
    return "convened " + ",".join(chosen) if chosen and approvals.convene(who("office"), chosen) else ""


def approve(rng: random.Random) -> str:
    """Approve a few, or send one back."""
    found = numbers("APPROVING")
    chosen = rng.sample(found, min(len(found), rng.randint(1, 3)))
    return (
        "approved " + ",".join(chosen) if chosen and approvals.approve(who("leader"), chosen, "同意。", "纪要") else ""
    )


def make(rng: random.Random) -> str:
    """Put a few into a batch."""
    found = numbers("APPROVED", "PAY_FAILED")
    chosen = rng.sample(found, min(len(found), rng.randint(1, 4)))
    return "made " + batches.make_batch(who("finance_maker"), chosen).no if chosen else ""


def release(rng: random.Random) -> str:
    """Release a batch, sometimes one that is released already."""
    rows = [no for (no,) in PaymentBatch.select(PaymentBatch.no).where(PaymentBatch.state != "cancelled").tuples()]
    waiting = [no for (no,) in PaymentBatch.select(PaymentBatch.no).where(PaymentBatch.state == "prepared").tuples()]
    chosen = rng.choice(waiting if waiting and rng.random() < 0.8 else rows) if rows else ""
    checker = who("finance_checker")
    return "released " + batches.release_batch(checker, chosen, funds.otp_of(checker)).no if chosen else ""


def answer(rng: random.Random) -> str:
    """Book the bank's answers, some failed; a batch answered already is answered again."""
    rows = [
        no
        for (no,) in PaymentBatch.select(PaymentBatch.no).where(PaymentBatch.state.in_(("released", "done"))).tuples()
    ]
    if not rows:
        return ""
    no = rng.choice(rows)
    results = []
    lines = PaymentLine.select(PaymentLine.code, PaymentLine.state).join(PaymentBatch).where(PaymentBatch.no == no)
    for code, state in lines.tuples():
        if state == "pending":
            state = "failed" if random.Random(code).random() < 0.2 else "paid"
        results.append(batches.Result(code, state, "B", "" if state == "paid" else "销户"))
    batches.record_results(who("finance_maker"), no, results)
    return "answered " + no


WORK = {"convene": convene, "approve": approve, "make": make, "release": release, "answer": answer}

if __name__ == "__main__":
    main()
