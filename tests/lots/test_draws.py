"""Eight processes draw from the same fifty lots: no balance below zero, no lost draw, no error but a plain refusal (P7).

``TRACE_DRAW_SECONDS`` (30 in the full run).
"""

from __future__ import annotations

import os
import time
from multiprocessing import get_context
from random import Random
from typing import Any

from tests.factories import county as make
from trace.core.errors import RuleBroken
from trace.db import close_database, connect_database, db
from trace.invariants import all_findings
from trace.lots import queries
from trace.lots.models import Lot, Movement, Operation
from trace.processing.services import record_operation

SECONDS = float(os.environ.get("TRACE_DRAW_SECONDS", "3"))
PROCESSES, LOTS, EACH_G = 8, 50, 1000 * max(1, int(SECONDS // 3))


def draw(database_url: str, seed: int, codes: list[str], gate: Any, told: Any) -> None:
    """One process: merge or take out of up to three lots until the time is over; tell how much it took of each."""
    connect_database(database_url)
    rng, taken, refused, wrong = Random(seed), dict.fromkeys(codes, 0), 0, []
    with db.connection_context():
        actor = make.accounts.actor_of(make.accounts.user_named("coop"))
        gate.wait(60)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            wanted = {code: rng.randint(1, 900) for code in rng.sample(codes, rng.randint(1, 3))}
            lines = [{"lot": code, "quantity": f"{grams}克"} for code, grams in wanted.items()]
            kind = "merge" if len(lines) > 1 else rng.choice(("loss", "sample", "ship"))
            try:
                record_operation(actor, {"kind": kind, "inputs": lines, "outputs": [], "loss": "", "reason": "并发"})
            except RuleBroken:
                refused += 1
            except Exception as error:
                wrong.append(repr(error))
            else:
                for code, grams in wanted.items():
                    taken[code] += grams
    told.put((taken, refused, wrong))
    close_database()


def test_eight_processes_draw_from_the_same_fifty_lots(database, database_url):
    home = make.county()
    actor = home.actor("coop")
    plot = make.plot(actor, home)
    codes = [make.harvest(actor, plot, f"{EACH_G // 1000}").code for _ in range(LOTS)]
    fork = get_context("fork")
    gate, told = fork.Barrier(PROCESSES), fork.Queue()
    racers = [fork.Process(target=draw, args=(database_url, n, codes, gate, told)) for n in range(PROCESSES)]
    for racer in racers:
        racer.start()
    answers = [told.get(timeout=SECONDS + 120) for _ in racers]
    for racer in racers:
        racer.join(60)
        assert racer.exitcode == 0
    assert [wrong for _, _, wrong in answers if wrong] == []
    done = Operation.select().where(Operation.kind.in_(["merge", "loss", "sample", "ship"])).count()
    print(f"{done} operations, {sum(refused for _, refused, _ in answers)} refused for want of fruit")
    assert done > PROCESSES
    lots = {lot.code: lot.id for lot in Lot.select().where(Lot.code.in_(codes))}
    left = queries.balances(list(lots.values()))
    for code in codes:
        assert left[lots[code]] == EACH_G - sum(taken[code] for taken, _, _ in answers) >= 0, code
    taken_out = -sum(row.quantity for row in Movement.select().where(Movement.quantity < 0))
    assert taken_out == sum(sum(taken.values()) for taken, _, _ in answers)
    assert list(all_findings()) == []
