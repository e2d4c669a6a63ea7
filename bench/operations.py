"""Recording an operation in the ledger against two bare inserts in one transaction (P7), on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from bench.harness import Ratio, Skipped, compare, engines, timed
from trace.audit import operation
from trace.core.actor import Actor, Permission, Role
from trace.db import db
from trace.db.rows import put
from trace.lots import queries
from trace.lots.models import Lot, Movement, Operation
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform
from trace.registry.models import Party, Product, Village

NOW, DAY = datetime(2026, 7, 1, tzinfo=UTC), date(2026, 7, 1)
CLERK = Actor(1, "bench", "bench", frozenset({Role.ADMIN, Role.COOP}))
PASSES = 20


def run(rounds: int) -> list[Ratio | Skipped]:
    """A merge (one draw, one lot made, its edge, trail and log) against two bare inserts."""
    return [found for engine, skipped in engines("recording an operation") for found in _on(engine, skipped, rounds)]


def _on(engine: str, skipped: Skipped | None, rounds: int) -> Iterator[Ratio | Skipped]:
    if skipped is not None:
        yield skipped
        return
    party = Party.create(
        code="B1", kind="enterprise", name="bench", village=Village.select().first(), registered_at=NOW
    )
    product = Product.get(Product.code == "TF")
    stock = _record(party, product, [], 10**9)
    bare = lambda: timed(lambda: _bare(party, stock), PASSES)  # noqa: E731
    yield compare(
        f"operation with trail and log, {engine}", "two bare inserts, one transaction", theirs=bare,
        ours=lambda: timed(lambda: _record(party, product, [Draw(stock, 10)], 10), PASSES), at_most=3, rounds=rounds,
    )  # fmt: skip


_number = iter(range(1, 10**9))


def _bare(party: Party, stock: Lot) -> None:
    """An operation and a movement, nothing checked, nothing traced."""
    with db.atomic():
        event = put(
            Operation, code=f"BARE{next(_number)}", kind="loss", party=party, business_date=DAY, recorded_at=NOW, recorded_by=1,
            recorder_name="bench", note="", detail={},
        )  # fmt: skip
        put(Movement, operation=event, lot=stock.id, quantity=-1)


def _record(party: Party, product: Product, draws: list[Draw], quantity: int) -> Lot:
    kind = OperationKind.MERGE if draws else OperationKind.PURCHASE
    with operation(CLERK, Permission.LOT_OPERATE) as op:
        done = perform(
            op, kind, party, DAY, draws=draws,
            makes=[Make(product, "blend" if draws else "outside", quantity, party)],
        )  # fmt: skip
        op.record("lot.merge", done.operation)
    return queries.lock_lots([done.lots[0].id])[done.lots[0].id] if not draws else done.lots[0]
