"""Invariants of payments: every paid line is posted once and every payment has its line; batches add up; nobody checked the own batch."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import fn

from trace.funds.ledger_models import Transfer
from trace.payments.models import PaymentBatch, PaymentLine


def check_posted_lines() -> Iterator[str]:
    """A line that was paid has one payment in the books, one that came back has its return, all others have none."""
    rows = Transfer.select(Transfer.key, Transfer.amount_fen).where(Transfer.kind.in_(("pay", "return")))
    posted = {key: amount for key, amount in rows.tuples()}
    for line in PaymentLine.select():
        paid, back = posted.pop(f"pay:{line.code}", None), posted.pop(f"return:{line.code}", None)
        wanted = (
            line.amount_fen if line.state in ("paid", "returned") else None,
            line.amount_fen if line.state == "returned" else None,
        )
        if (paid, back) != wanted:
            yield f"line {line.code}: {line.state}, but the books have {paid} paid and {back} returned"
    for key in posted:
        yield f"transfer {key}: no payment line stands behind it"


def check_batches() -> Iterator[str]:
    """The total of a batch is the sum of its lines, and two people stand behind every release."""
    rows = PaymentLine.select(PaymentLine.batch, fn.SUM(PaymentLine.amount_fen), fn.COUNT(PaymentLine.id))
    sums = {batch: (int(amount), int(count)) for batch, amount, count in rows.group_by(PaymentLine.batch).tuples()}
    for batch in PaymentBatch.select():
        if sums.get(batch.id) != (batch.total_fen, batch.line_count):
            yield f"batch {batch.no}: total {batch.total_fen} over {batch.line_count}, lines say {sums.get(batch.id)}"
        if batch.checker_id == batch.maker_id:
            yield f"batch {batch.no}: made and released by one person"


def check_paid_once() -> Iterator[str]:
    """No instalment of an application stands in two lines that count."""
    live = PaymentLine.select(PaymentLine.application, PaymentLine.instalment).where(
        PaymentLine.live_key.is_null(False)
    )
    rows = live.group_by(PaymentLine.application, PaymentLine.instalment).having(fn.COUNT(PaymentLine.id) > 1)
    for application, instalment in rows.tuples():
        yield f"application {application}: instalment {instalment} is paid twice"


CHECKS = (check_posted_lines, check_batches, check_paid_once)
