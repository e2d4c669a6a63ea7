"""A hold stops a lot and everything made from it, at once and without a way round."""

from __future__ import annotations

import threading

import pytest
from peewee import IntegrityError

from tests.conftest import post
from tests.factories import county as make
from tests.factories.certificates import receive
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.lots import queries, services
from trace.lots.checks import check_holds_reach
from trace.lots.models import Hold, HoldLot, Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform
from trace.processing.services import Input, Output, dispatch_lot, pack, record_operation, record_run
from trace.quality.services import open_recall


@pytest.fixture
def lots(home) -> dict[str, Lot]:
    """A harvest, two runs from it, packs from one, and a part of another harvest that has nothing to do with them."""
    actor = home.actor("coop")
    harvest = make.harvest(actor, make.plot(actor, home))
    dried = record_run(actor, "drying", [Input(harvest.code, "400")], [Output("TD", "100")]).lots[0]
    other = record_run(actor, "drying", [Input(harvest.code, "200")], [Output("TD", "50")]).lots[0]
    packs = pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克").lots[0]
    apart = make.harvest(actor, make.plot(actor, home, geometry=make.square(112.7)))
    return {"harvest": harvest, "dried": dried, "other": other, "packs": packs, "apart": apart}


def held(lots: dict[str, Lot]) -> set[str]:
    found = queries.open_holds([lot.id for lot in lots.values()])
    return {name for name, lot in lots.items() if lot.id in found}


def sample(actor, lot: Lot, quantity: str = "1"):
    return record_operation(
        actor,
        {
            "kind": "sample",
            "inputs": [{"lot": lot.code, "quantity": quantity}],
            "outputs": [],
            "reason": "",
            "loss": "",
        },
    )


def test_a_hold_reaches_every_descendant_and_nothing_else(home, lots):
    services.place_hold(home.actor("bureau"), lots["harvest"].code, "农残待查")
    assert held(lots) == {"harvest", "dried", "other", "packs"}


def test_a_hold_in_the_middle_leaves_ancestors_and_siblings_free(home, lots):
    services.place_hold(home.actor("bureau"), lots["dried"].code, "水分超标")
    assert held(lots) == {"dried", "packs"}
    sample(home.actor("coop"), lots["harvest"])
    sample(home.actor("coop"), lots["other"])


def test_every_way_of_using_a_held_lot_is_refused(home, lots):
    actor, code = home.actor("coop"), lots["dried"].code
    services.place_hold(home.actor("bureau"), lots["harvest"].code, "农残待查")
    ways = {
        "run": lambda: record_run(actor, "drying", [Input(lots["harvest"].code, "4")], [Output("TD", "1")]),
        "pack": lambda: pack(actor, [Input(code, "1")], pieces=4, piece="250克"),
        "split": lambda: services.split_lot(actor, code, ["1"]),
        "sample": lambda: sample(actor, lots["packs"]),
        "merge": lambda: record_operation(
            actor,
            {"kind": "merge", "inputs": [{"lot": lots["apart"].code, "quantity": "1"}, {"lot": lots["harvest"].code, "quantity": "1"}],
             "outputs": [], "reason": "", "loss": ""},
        ),
    }  # fmt: skip
    before = queries.balances([lot.id for lot in lots.values()])
    for name, use in ways.items():
        with pytest.raises(RuleBroken, match="已锁定（农残待查），不能使用。") as caught:
            use()
        assert caught.value.code == "LOT_HELD", name
    with pytest.raises(RuleBroken, match=f"批次 {code} 已锁定，不能发货。"):
        dispatch_lot(actor, code, home.plant.code, "1")
    assert queries.balances([lot.id for lot in lots.values()]) == before


def test_a_recalled_lot_says_so(home, lots):
    open_recall(home.actor("market"), lots["dried"].code, "黄曲霉毒素超标", "质量不合格", "0734-8712345")
    with pytest.raises(RuleBroken, match=f"批次 {lots['packs'].code} 已召回（黄曲霉毒素超标），不能使用。"):
        sample(home.actor("coop"), lots["packs"])


def test_a_hold_cannot_be_slipped_by_undoing_what_made_the_lot(home, lots):
    """Undoing the drying would give the suspect fruit back under another name."""
    services.place_hold(home.actor("bureau"), lots["other"].code, "烘房污染")
    made_by = queries.lot_by_code(lots["other"].code).made_by
    with pytest.raises(RuleBroken, match="已锁定（烘房污染），不能使用。"):
        services.undo_operation(home.actor("coop"), made_by.code, "填错了")
    assert queries.balance(lots["other"]) == 50_000


def test_goods_on_their_way_are_stopped_at_receipt(home, lots):
    sent = dispatch_lot(home.actor("coop"), lots["apart"].code, home.plant.code, "100")
    services.place_hold(home.actor("bureau"), lots["apart"].code, "农残待查")
    with pytest.raises(RuleBroken, match="已锁定（农残待查），不能使用。"):
        receive(home.actor("plant"), sent.code, "100")


def test_what_was_sold_on_is_reached_across_parties(home, lots):
    sent = dispatch_lot(home.actor("coop"), lots["apart"].code, home.plant.code, "100")
    received = receive(home.actor("plant"), sent.code, "100").lots[0]
    services.place_hold(home.actor("coop"), lots["apart"].code, "农户误用药")
    with pytest.raises(RuleBroken, match="已锁定（农户误用药），不能使用。"):
        sample(home.actor("plant"), received)


def test_two_holds_need_two_releases(home, lots):
    first = services.place_hold(home.actor("bureau"), lots["harvest"].code, "农残待查")
    second = services.place_hold(home.actor("market"), lots["dried"].code, "水分超标")
    services.release_hold(home.actor("market"), first.code, "复检合格")
    assert held(lots) == {"dried", "packs"}
    services.release_hold(home.actor("bureau"), second.code, "复检合格")
    assert held(lots) == set()
    sample(home.actor("coop"), lots["packs"])


def test_nobody_lifts_the_own_hold_not_even_in_the_database(home, lots):
    bureau = home.actor("bureau")
    hold = services.place_hold(bureau, lots["dried"].code, "农残待查")
    with pytest.raises(RuleBroken, match="封存和解除须由两人办理，您不能解除自己下达的封存。") as caught:
        services.release_hold(bureau, hold.code, "合格")
    assert caught.value.code == "SAME_PERSON"
    with pytest.raises(IntegrityError), db.atomic():
        Hold.update(released_at=hold.placed_at, released_by=bureau.user_id).where(Hold.id == hold.id).execute()
    assert "dried" in held(lots)


def test_a_release_counts_once(home, lots):
    hold = services.place_hold(home.actor("bureau"), lots["dried"].code, "农残待查")
    services.release_hold(home.actor("market"), hold.code, "合格")
    with pytest.raises(RuleBroken, match="这条记录已经解除。"):
        services.release_hold(home.actor("market"), hold.code, "合格")


def test_a_release_of_nothing_is_not_found(home):
    with pytest.raises(NotFound, match="没有这条封存或召回记录。"):
        services.release_hold(home.actor("market"), "FC26-9999", "合格")


def test_a_hold_needs_a_reason(home, lots):
    with pytest.raises(Invalid, match="请填写原因。"):
        services.place_hold(home.actor("bureau"), lots["dried"].code, "  ")
    assert not Hold.select().exists()


def test_a_party_holds_only_its_own_lots(home, lots):
    with pytest.raises(NotFound):
        services.place_hold(home.actor("coop2"), lots["dried"].code, "嫉妒")
    sent = dispatch_lot(home.actor("coop"), lots["apart"].code, home.plant.code, "100")
    receive(home.actor("plant"), sent.code, "100")
    with pytest.raises(NotFound):
        services.place_hold(home.actor("plant"), lots["apart"].code, "一步之遥也不行")
    assert not Hold.select().exists()


def test_only_officers_recall_and_release(home, lots):
    with pytest.raises(Forbidden):
        open_recall(home.actor("coop"), lots["dried"].code, "原因", "", "0734-8712345")
    hold = services.place_hold(home.actor("coop"), lots["dried"].code, "自查")
    with pytest.raises(Forbidden):
        services.release_hold(home.actor("plant"), hold.code, "合格")


def test_a_run_that_was_still_open_when_the_hold_came_is_reached(app, home, lots):
    """The run draws from a descendant and commits only while the hold is waiting for it: its lot is held all the same."""
    actor, bureau, drawn = home.actor("coop"), home.actor("bureau"), threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        with db.connection_context(), operation(actor, Permission.LOT_SPLIT) as op:
            parent = queries.lot_by_code(lots["dried"].code)
            part = Make(parent.product, "part", 1000, home.coop)
            perform(op, OperationKind.SPLIT, home.coop, business_date(), draws=[Draw(parent, 1000)], makes=[part])
            op.record("lot.split", parent)
            drawn.set()
            holder.join(0.5)

    def hold() -> None:
        drawn.wait(20)
        try:
            with db.connection_context():
                services.place_hold(bureau, lots["harvest"].code, "农残待查")
        except Exception as error:
            failures.append(error)

    runner, holder = threading.Thread(target=run), threading.Thread(target=hold)
    holder.start()
    runner.start()
    runner.join(30)
    holder.join(30)
    assert failures == []
    newest = Lot.select().order_by(Lot.id.desc()).first()
    assert queries.open_holds([newest.id])[newest.id][0].reason == "农残待查"
    assert list(check_holds_reach()) == []


def test_a_hold_that_reaches_too_little_is_found_by_the_check(home, lots):
    """The rows are append-only, so a hole can only be made by a hold that never reached far enough."""
    hold = services.place_hold(home.actor("bureau"), lots["apart"].code, "农残待查")
    Hold.update(lot=lots["harvest"].id).where(Hold.id == hold.id).execute()
    assert list(check_holds_reach()) == [f"hold {hold.code}: does not reach all descendants"]
    assert HoldLot.select().where(HoldLot.hold == hold).count() == 1


def test_the_pages_hold_recall_and_release(home, lots, sign_in):
    bureau, market = sign_in("bureau"), sign_in("market")
    address = f"/quality/hold/{lots['dried'].code}"
    missing = post(bureau, address, kind="hold", reason="")
    assert (missing.status_code, "请填写原因。" in missing.text) == (422, True)
    no_phone = post(bureau, address, kind="recall", reason="农残超标", contact="")
    assert (no_phone.status_code, "请填写消费者联系电话。" in no_phone.text) == (422, True)
    assert not Hold.select().exists()
    assert post(bureau, address, kind="recall", reason="农残超标", contact="0734-8712345").status_code == 302
    hold = Hold.get()
    assert (hold.kind, hold.public_reason) == ("recall", "农残超标")
    assert hold.code in bureau.get("/quality").text
    own = post(bureau, f"/quality/release/{hold.code}", page="/quality", note="合格")
    assert (own.status_code, "封存和解除须由两人办理" in own.text) == (409, True)
    assert post(market, f"/quality/release/{hold.code}", page="/quality", note="").status_code == 422
    assert post(market, f"/quality/release/{hold.code}", page="/quality", note="复检合格").status_code == 302
    assert held(lots) == set()
    assert post(market, "/quality/release/FC26-9999", page="/quality", note="合格").status_code == 404
