"""The ledger keeps its promises on both engines."""

from __future__ import annotations

import threading

import pytest
from peewee import IntegrityError, OperationalError

from tests.factories import county as make
from trace.core.errors import RuleBroken
from trace.db import db
from trace.lots import queries, services
from trace.lots.models import Edge, Movement
from trace.processing.services import Input, Output, record_operation, record_run

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def home():
    return make.county()


@pytest.fixture
def lot(home):
    actor = home.actor("coop")
    return make.harvest(actor, make.plot(actor, home))


def test_undo_restores_exactly(home, lot):
    actor = home.actor("coop")
    done = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")])
    assert queries.balance(lot) == 600_000
    services.undo_operation(actor, done.operation.code, "填错了")
    assert queries.balance(lot) == 1_000_000
    assert queries.balance(done.lots[0]) == 0
    with pytest.raises(RuleBroken, match="这条记录已经撤销过"):
        services.undo_operation(actor, done.operation.code, "再来一次")


def test_undo_is_refused_once_the_output_was_used(home, lot):
    actor = home.actor("coop")
    first = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")])
    record_operation(
        actor,
        {
            "kind": "sample",
            "inputs": [{"lot": first.lots[0].code, "quantity": "1"}],
            "outputs": [],
            "reason": "",
            "loss": "",
        },
    )
    with pytest.raises(RuleBroken, match="已被使用，请先撤销后面的记录"):
        services.undo_operation(actor, first.operation.code, "填错了")


def test_a_gram_more_than_the_balance_is_refused(home, lot):
    with pytest.raises(RuleBroken, match="不足"):
        record_run(home.actor("coop"), "drying", [Input(lot.code, "1000.001")], [Output("TD", "250")])
    assert queries.balance(lot) == 1_000_000
    assert not Edge.select().exists()


def test_hold_blocks_descendants_and_needs_a_second_person(home, lot):
    coop, bureau = home.actor("coop"), home.actor("bureau")
    dried = record_run(coop, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    hold = services.place_hold(bureau, lot.code, "农残待查")
    with pytest.raises(RuleBroken, match="已锁定（农残待查），不能使用"):
        record_operation(
            coop,
            {"kind": "loss", "inputs": [{"lot": dried.code, "quantity": "1"}], "outputs": [], "reason": "", "loss": ""},
        )
    with pytest.raises(RuleBroken, match="须由两人办理"):
        services.release_hold(bureau, hold.code, "合格")
    services.release_hold(home.actor("market"), hold.code, "合格")
    record_operation(
        coop,
        {"kind": "loss", "inputs": [{"lot": dried.code, "quantity": "1"}], "outputs": [], "reason": "", "loss": ""},
    )
    assert queries.balance(dried) == 99_000


def test_history_cannot_be_changed_by_sql(lot):
    for statement in (
        "UPDATE movement SET quantity = 5",
        "DELETE FROM movement",
        "UPDATE operation SET note = 'x'",
        "DELETE FROM audit_entry",
    ):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(statement)
    assert queries.balance(lot) == 1_000_000


def test_the_database_itself_refuses_a_negative_balance(lot):
    with pytest.raises((IntegrityError, OperationalError)), db.atomic():
        Movement.insert(operation=lot.made_by_id, lot=lot.id, quantity=-2_000_000).execute()


def test_two_writers_never_draw_more_than_there_is(app, home, lot):
    """Eight real connections want 200 kg each of 1 000 kg: exactly five get it."""
    actor = home.actor("coop")
    code, results, gate = lot.code, [], threading.Barrier(8)

    def draw() -> None:
        with db.connection_context():
            gate.wait()
            try:
                record_operation(
                    actor,
                    {
                        "kind": "loss",
                        "inputs": [{"lot": code, "quantity": "200"}],
                        "outputs": [],
                        "reason": "",
                        "loss": "",
                    },
                )
                results.append("ok")
            except RuleBroken:
                results.append("refused")

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["ok"] * 5 + ["refused"] * 3
    assert queries.balance(lot) == 0
