"""A payment batch of 10 000 lines, made and answered by the bank's file, against nothing but the bare inserts and updates of the same rows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any

from bench.harness import Ratio, Skipped, compare, engines, timed
from trace.audit.models import AuditEntry, LogPending
from trace.core.actor import Actor, Role
from trace.core.clock import utcnow
from trace.db import db
from trace.db.rows import put_rows
from trace.funds import ledger
from trace.funds.ledger import Posting
from trace.funds.ledger_models import Transfer
from trace.funds.models import Application, ApplicationDuty, ApplicationStep
from trace.land.models import Plot
from trace.payments import batches, returns
from trace.payments.models import BankFile, PaymentBatch, PaymentLine
from trace.programmes.models import Programme
from trace.registry.models import Party, Taxon, Village
from trace.registry.vault import open_vault, vault

LINES = 10_000
FEN = 90_000
MAKER = Actor(1, "maker", "制单", frozenset({Role.FINANCE_MAKER}))
CHECKER = Actor(2, "checker", "复核", frozenset({Role.FINANCE_CHECKER}))


def run(rounds: int) -> list[Ratio | Skipped]:
    """Both engines; every round makes and answers the batch anew."""
    found: list[Ratio | Skipped] = []
    for engine, skipped in engines(f"payment batch of {LINES}"):
        if skipped:
            found.append(skipped)
            continue
        found += measure(engine, rounds)
    return found


def measure(engine: str, rounds: int) -> list[Ratio | Skipped]:
    """Making and answering on one engine."""
    open_vault("bench")
    nos = approved()
    return [
        compare(
            f"payment batch of {LINES:,} lines made, {engine}",
            "bare inserts of the same rows",
            theirs=lambda: bare(answered=False),
            ours=lambda: making(nos),
            at_most=12,
            rounds=rounds,
        ),
        compare(
            f"return file of {LINES:,} lines booked, {engine}",
            "bare inserts and updates",
            theirs=lambda: bare(answered=True),
            ours=lambda: answering(nos),
            at_most=12,
            rounds=rounds,
        ),
    ]


def undone(work: Callable[[], float]) -> float:
    """Seconds of the work; what it wrote is taken back."""
    with db.atomic() as transaction:
        seconds = work()
        transaction.rollback()
    return seconds


def making(nos: list[str]) -> float:
    """Lock, check, seal into lines, move every application, leave the trail."""
    return undone(lambda: timed(lambda: batches.make_batch(MAKER, nos)))


def answering(nos: list[str]) -> float:
    """Read the bank's csv, check every row, book all payments."""

    def work() -> float:
        batch = batches.make_batch(MAKER, nos)
        now = utcnow()
        batch.state, batch.released_at, batch.checker_id, batch.checker_name = "released", now, 2, "复核"
        batch.save()
        Application.update(state="PAY_RELEASED").where(Application.state == "PAY_PREPARED").execute()
        body = answer(batch.no)
        return timed(lambda: returns.apply_return(MAKER, batch.no, "回单.csv", body))

    return undone(work)


def answer(no: str) -> bytes:
    """The bank says yes to everything."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["明细号", "收款户名", "金额（元）", "处理结果", "流水号"])
    writer.writerows(
        [[f"{no}-{n:05d}", "青坡合作社", f"{FEN / 100:.2f}", "成功", f"B{n}"] for n in range(1, LINES + 1)]
    )
    return out.getvalue().encode("utf-8")


def bare(*, answered: bool) -> float:
    """The same rows written straight: lines or payments, steps, duties, trail, and the states of the applications."""
    return undone(lambda: timed(lambda: _bare(answered)))


def _bare(answered: bool) -> None:
    keys = [key for (key,) in Application.select(Application.id).order_by(Application.id).tuples()]
    now = utcnow()
    step = {
        "action": "prepare", "from_state": "APPROVED", "to_state": "PAY_PREPARED", "actor_id": 1, "actor_name": "制单",
        "role": "财政支付制单", "opinion": "", "detail": {"batch": "X"}, "at": now,
    }  # fmt: skip
    entry = {
        "at": now,
        "actor_id": 1,
        "actor_name": "制单",
        "action": "application.prepare",
        "subject": "SB",
        "detail": {},
        "refused": 0,
    }
    if answered:
        with db.atomic():
            accounts = ledger._accounts({1})
            put_rows(Transfer, [_transfer(key, accounts, now) for key in keys])
    else:
        batch = PaymentBatch.create(
            no="X",
            kind="corporate",
            state="prepared",
            total_fen=1,
            line_count=1,
            digest="0" * 64,
            maker_id=1,
            maker_name="x",
            made_at=now,
        )
        put_rows(PaymentLine, [_line(batch.id, key) for key in keys])
    put_rows(ApplicationStep, [{**step, "application": key} for key in keys])
    put_rows(ApplicationDuty, [{"application": key, "user_id": 1, "duty": "pay_make", "taken_at": now} for key in keys])
    placed = put_rows(AuditEntry, [{**entry, "body": b"x" * 300, "leaf": f"{key:064d}"} for key in keys])
    put_rows(LogPending, [{"entry": key} for key in placed])
    Application.update(state="PAY_PREPARED").execute()


def _line(batch: int, key: int) -> dict[str, Any]:
    return {
        "batch": batch, "application": key, "code": f"X-{key}", "instalment": 1, "live_key": f"X-{key}", "payee_name": "x", "holder_name": "x",
        "bank_name": "", "account_sealed": "x" * 60, "account_hash": "0" * 64, "account_last4": "0000", "amount_fen": FEN, "evidence": "0" * 64,
        "state": "pending",
    }  # fmt: skip


def _transfer(key: int, accounts: dict[tuple[int, str], int], now: Any) -> dict[str, Any]:
    return {
        "key": f"bare:{key}", "kind": "pay", "programme": 1, "debit": accounts[1, "paid"], "credit": accounts[1, "committed"],
        "amount_fen": FEN, "application": key, "doc_kind": "batch", "doc_no": "X", "actor_id": 1, "actor_name": "x", "at": now,
    }  # fmt: skip


def approved() -> list[str]:
    """So many approved applications of one cooperative, each on a plot of its own, with the money committed for them."""
    now, day = utcnow(), date(2026, 3, 1)
    village, taxon = Village.select().first(), Taxon.select().first()
    number = "6217995560012345678"
    party = Party.create(
        code="T1", kind="cooperative", name="青坡合作社", village=village, township=village.township, registered_at=now,
        account_sealed=vault().seal(number), account_hash=vault().search_hash(number), account_last4=number[-4:],
    )  # fmt: skip
    programme = Programme.create(
        code="XM26-01", name="新造", basis="文", kind="per_area", purpose="planting", year=2026, opens_on=day,
        closes_on=day, publicity_days=7, finance_ref="函", state="published", drafted_by=1, drafter_name="x", drafted_at=now,
    )  # fmt: skip
    plot = {
        "village": village.id, "operator": party.id, "taxon": taxon.id, "state": "planted", "land_class": "forest",
        "management": "conventional", "area_m2": 10_000, "registered_at": now,
    }  # fmt: skip
    with db.atomic():
        plots = put_rows(Plot, [{**plot, "code": f"430422122246-{n:04d}"} for n in range(LINES)])
        application = {
            "programme": programme.id, "applicant": party.id, "state": "APPROVED", "applied_m2": 1_000, "verified_m2": 1_000,
            "accepted_m2": 1_000, "amount_fen": FEN, "sheet": {"amount_fen": FEN}, "minutes_ref": "纪要", "created_by": 9, "created_at": now,
        }  # fmt: skip
        rows = [
            {**application, "no": f"SB26-{n:05d}", "plot": key, "active_key": str(n)} for n, key in enumerate(plots, 1)
        ]
        keys = put_rows(Application, rows)
        op = _Op()
        postings = [Posting("appropriate", programme.id, FEN * LINES, "a", "paper", "文")]
        postings += [
            Posting(kind, programme.id, FEN, f"{kind}:{key}", "list", "SD", key)
            for kind in ("reserve", "commit")
            for key in keys
        ]
        for posting in (postings[:1], postings[1 : LINES + 1], postings[LINES + 1 :]):
            ledger.post_all(op, posting)  # type: ignore[arg-type]
    assert BankFile.select().count() == 0
    return [row["no"] for row in rows]


class _Op:
    """Who posts, for the preparation."""

    actor = MAKER
    at = utcnow()
