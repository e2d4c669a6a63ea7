"""Splitting, merging, taking out, undoing: quantities are conserved and the past stays readable."""

from __future__ import annotations

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.lots import checks, queries, services
from trace.lots.models import Edge, Lot, Movement, Operation
from trace.lots.rules import OperationKind
from trace.lots.services import Make, perform
from trace.processing.services import record_operation
from trace.registry.queries import get_product


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def lot(home, coop):
    return make.harvest(coop, make.plot(coop, home), "1000")


def operate(actor, kind: str, inputs: list[tuple[str, str]], outputs: list[str] | None = None):
    return record_operation(
        actor,
        {
            "kind": kind, "reason": "", "loss": "",
            "inputs": [{"lot": code, "quantity": quantity} for code, quantity in inputs],
            "outputs": [{"product": "TF", "quantity": quantity} for quantity in outputs or []],
        },
    )  # fmt: skip


def total(*lots: Lot) -> int:
    return sum(queries.balances([lot.id for lot in lots]).values())


def test_a_split_leaves_the_rest_in_the_parent(coop, lot):
    made = services.split_lot(coop, lot.code, ["100", "２００．５", "300斤"])
    assert [queries.balance(part) for part in made] == [100_000, 200_500, 150_000]
    assert queries.balance(lot) == 549_500
    typed = [
        (m.typed_quantity, m.typed_unit) for m in Movement.select().where(Movement.lot.in_(made)).order_by(Movement.id)
    ]
    assert typed == [("100", "公斤"), ("200.5", "公斤"), ("300", "斤")]
    assert list(all_findings()) == []


def test_a_split_is_all_or_nothing(coop, lot):
    with pytest.raises(RuleBroken, match="不足"):
        services.split_lot(coop, lot.code, ["600", "600"])
    with pytest.raises(Invalid, match="重量只能填数字。"):
        services.split_lot(coop, lot.code, ["600", "abc"])
    assert queries.balance(lot) == 1_000_000
    assert Lot.select().count() == 1


def test_merging_keeps_weight_and_taking_out_makes_nothing(home, coop, lot):
    other = make.harvest(coop, make.plot(coop, home, geometry=make.square(112.7)), "500")
    merged = operate(coop, "merge", [(lot.code, "100"), (other.code, "50")]).lots[0]
    assert (merged.kind, queries.balance(merged), total(lot, other, merged)) == ("blend", 150_000, 1_500_000)
    for kind in ("sample", "loss", "ship", "destroy"):
        assert operate(coop, kind, [(merged.code, "10")]).lots == []
    assert queries.balance(merged) == 110_000
    with pytest.raises(Invalid, match="这项操作没有产出批次。"):
        operate(coop, "loss", [(merged.code, "10")], ["5"])
    assert list(all_findings()) == []


def test_a_split_by_the_interface_must_come_out_even(coop, lot):
    with pytest.raises(RuleBroken, match="拆分前后数量不等，请核对。"):
        operate(coop, "split", [(lot.code, "100")], ["60", "39.999"])
    made = operate(coop, "split", [(lot.code, "100")], ["60", "40"]).lots
    assert [queries.balance(part) for part in made] == [60_000, 40_000]


def test_only_a_harvest_makes_something_out_of_nothing(home, coop, lot):
    with (
        pytest.raises(RuleBroken, match="没有投入批次，不能产生新批次。"),
        operation(coop, Permission.LOT_OPERATE) as op,
    ):
        made = Make(get_product("TD"), "batch", 5, home.coop)
        perform(op, OperationKind.DRYING, home.coop, business_date(), draws=[], makes=[made])
    assert Lot.select().count() == 1


@pytest.mark.parametrize("kind", ["sample", "split", "merge"])
def test_an_undone_operation_leaves_every_balance_as_it_was(coop, lot, kind):
    services.split_lot(coop, lot.code, ["100"])
    before = {row.id: queries.balance(row) for row in Lot.select()}
    done = operate(coop, kind, [(lot.code, "250.123")], ["250.123"] if kind == "split" else [])
    services.undo_operation(coop, done.operation.code, "填错了")
    after = {row.id: queries.balance(row) for row in Lot.select()}
    assert {key: after[key] for key in before} == before
    assert all(left == 0 for key, left in after.items() if key not in before)
    assert list(all_findings()) == []


def test_undoing_keeps_both_records(coop, lot):
    done = operate(coop, "loss", [(lot.code, "10")])
    reverse = services.undo_operation(coop, done.operation.code, "重复登记")
    assert reverse.reverses_id == done.operation.id
    assert [(event.kind, quantity) for event, quantity in queries.events_of(lot)] == [
        ("harvest", 1_000_000), ("loss", -10_000), ("undo", 10_000),
    ]  # fmt: skip
    with pytest.raises(RuleBroken, match="撤销记录不能再撤销，请重新登记。"):
        services.undo_operation(coop, reverse.code, "再撤")


def test_undoing_needs_a_reason_and_ones_own_record(home, coop, lot):
    done = operate(coop, "loss", [(lot.code, "10")])
    with pytest.raises(Invalid, match="请填写撤销原因。"):
        services.undo_operation(coop, done.operation.code, " ")
    with pytest.raises(NotFound):
        services.undo_operation(home.actor("coop2"), done.operation.code, "别人的")
    with pytest.raises(NotFound):
        services.undo_operation(coop, "OP26-999999", "没有")
    with pytest.raises(Forbidden):
        services.undo_operation(home.actor("bureau"), done.operation.code, "不该")
    assert queries.balance(lot) == 990_000


def test_the_database_undoes_an_operation_once(coop, lot):
    done = operate(coop, "loss", [(lot.code, "10")])
    services.undo_operation(coop, done.operation.code, "填错了")
    copy = Operation.get(Operation.reverses == done.operation.id)
    values = {**copy.__data__, "code": "OP26-000099"}
    values.pop("id")
    with pytest.raises(IntegrityError), db.atomic():
        Operation.insert(values).execute()


def test_history_is_append_only_in_the_database(home, coop, lot):
    services.split_lot(coop, lot.code, ["100"])
    services.place_hold(home.actor("bureau"), lot.code, "农残待查")
    for table in ("operation", "movement", "edge", "hold_lot", "audit_entry"):
        before = db.execute_sql(f"SELECT COUNT(*), MAX(id) FROM {table}").fetchone()
        assert before[0] > 0, table
        for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
            with pytest.raises((IntegrityError, OperationalError), match="append-only"), db.atomic():
                db.execute_sql(statement)
        assert db.execute_sql(f"SELECT COUNT(*), MAX(id) FROM {table}").fetchone() == before


IMPOSSIBLE = (
    "INSERT INTO edge (parent_id, child_id, operation_id, weight_g) SELECT id, id, made_by_id, 1 FROM lot",
    "INSERT INTO movement (operation_id, lot_id, quantity, typed_quantity, typed_unit) SELECT made_by_id, id, 0, '', '' FROM lot",
    "UPDATE lot SET kind = 'gift'",
    "UPDATE lot SET unit = 'pcs'",
    "UPDATE lot SET plot_id = NULL WHERE kind = 'harvest'",
)


def test_impossible_rows_are_refused_by_the_database(lot):
    for statement in IMPOSSIBLE:
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(statement)
    assert not Edge.select().exists()


def test_the_checks_find_a_lot_made_of_nothing_and_a_circle(home, coop, lot):
    part = services.split_lot(coop, lot.code, ["100"])[0]
    assert list(checks.check_origins()) == []
    event = Operation.get()
    Edge.insert(parent=part.id, child=lot.id, operation=event.id, weight_g=1).execute()
    assert [finding for finding in checks.check_origins() if finding.startswith("lots in a circle")]
    Lot.insert(
        code="P26-9999",
        kind="batch",
        product=get_product("TD"),
        holder=home.coop,
        made_by=event,
        made_on=lot.made_on,
        unit="g",
    ).execute()
    assert "lot P26-9999: made of nothing" in list(checks.check_origins())
    assert "lot P26-9999: no movement that made it" in list(checks.check_balances())


def test_a_page_shows_only_what_is_in_ones_charge(home, sign_in, coop, lot):
    foreign = make.harvest(home.actor("coop2"), make.plot(home.actor("coop2"), home, geometry=make.square(112.8)))
    mine = sign_in("coop").get("/lots").text
    assert lot.code in mine
    assert foreign.code not in mine
    everything = sign_in("bureau").get("/lots").text
    assert lot.code in everything
    assert foreign.code in everything


def test_lists_are_cut_into_pages_without_loss_or_repeat(client, token, coop, lot):
    services.split_lot(coop, lot.code, ["1"] * 6)
    headers, seen, address = token("coop"), [], "/api/v1/lots?limit=3"
    while address:
        answer = client.get(address, headers=headers).json
        seen += [item["code"] for item in answer["items"]]
        address = f"/api/v1/lots?limit=3&cursor={answer['next']}" if answer["next"] else ""
    assert seen == [row.code for row in Lot.select().order_by(Lot.id.desc())]


def test_the_pages_split_and_undo(sign_in, coop, lot):
    browser = sign_in("coop")
    page = f"/lots/{lot.code}"
    assert post(browser, f"{page}/split", page=page, part="100").status_code == 302
    assert queries.balance(lot) == 900_000
    made_by = Lot.get(Lot.kind == "part").made_by.code
    assert post(browser, f"/lots/operations/{made_by}/undo", page=page, note="填错了").status_code == 302
    assert queries.balance(lot) == 1_000_000
    assert post(browser, f"{page}/split", page=page, part="abc").status_code == 422


def test_the_interface_shows_balance_and_state(home, client, token, coop, lot):
    services.place_hold(home.actor("bureau"), lot.code, "农残待查")
    shown = client.get(f"/api/v1/lots/{lot.code}", headers=token("coop")).json
    assert shown == {
        "code": lot.code, "kind": "harvest", "product": "TF", "product_name": "土枇杷鲜果", "taxon": "ehretia_dicksonii",
        "unit": "g", "made_on": "2026-07-18", "made_quantity": 1_000_000, "balance": 1_000_000, "balance_g": 1_000_000,
        "state": "held", "holder": "青坡合作社", "plot": lot.plot.code,
    }  # fmt: skip
