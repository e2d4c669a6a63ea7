"""A trace as people and machines get it: whole, exact, and no more than one's due."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.factories import county as make
from tests.factories.certificates import receive
from trace.core.errors import NotFound
from trace.lots import services, tracing
from trace.lots.checks import CHECKS
from trace.processing.services import Input, Output, dispatch_lot, pack, record_operation, record_run


@pytest.fixture
def chain(home):
    """Two cooperatives send 300 kg and 400 kg to the plant, which blends, dries and packs them."""
    lots = {}
    plant = home.actor("plant")
    for name, kg, west in (("coop", "300", 112.6), ("coop2", "400", 112.8)):
        actor = home.actor(name)
        lots[name] = make.harvest(actor, make.plot(actor, home, geometry=make.square(west)))
        sent = dispatch_lot(actor, lots[name].code, home.plant.code, kg)
        lots[f"{name} receipt"] = receive(plant, sent.code, kg).lots[0]
    inputs = [Input(lots["coop receipt"].code, "300"), Input(lots["coop2 receipt"].code, "400")]
    lots["dried"] = record_run(plant, "drying", inputs, [Output("TD", "175")]).lots[0]
    lots["pack"] = pack(plant, [Input(lots["dried"].code, "100")], pieces=400, piece="250克").lots[0]
    return lots


def test_shares_back_are_exact_and_in_grams(home, chain):
    answer = tracing.trace_lot(home.actor("bureau"), chain["pack"].code, "back")
    assert [(s.lot, s.fraction, s.quantity_g) for s in answer.shares] == [
        (chain["coop2"].code, Fraction(4, 7), 57_143),
        (chain["coop"].code, Fraction(3, 7), 42_857),
    ]
    assert answer.complete
    assert answer.custody.value == "blended"
    assert {link.operation for link in answer.links} == {"receive", "drying", "pack"}


def test_the_json_has_the_shape_of_the_contract(home, chain):
    answer = tracing.as_json(tracing.trace_lot(home.actor("bureau"), chain["dried"].code, "back"))
    assert (answer["lot"], answer["direction"], answer["complete"], answer["gaps"]) == (
        chain["dried"].code,
        "back",
        True,
        [],
    )
    node = next(node for node in answer["nodes"] if node["code"] == chain["coop"].code)
    assert node == {
        "code": chain["coop"].code, "kind": "harvest", "product": "土枇杷鲜果", "quantity_g": 1_000_000, "state": "open",
        "holder": "青坡合作社", "plot": chain["coop"].plot.code, "village": home.village.name,
        "township": home.village.township.name, "made_on": "2026-07-18", "hidden": False,
    }  # fmt: skip
    assert {
        "from": chain["coop"].code,
        "to": chain["coop receipt"].code,
        "operation": "receive",
        "quantity_g": 300_000,
    } in answer["edges"]
    assert [(s["numerator"], s["denominator"]) for s in answer["shares"]] == [(4, 7), (3, 7)]
    assert sum(s["quantity_g"] for s in answer["shares"]) == 175_000


def test_shares_forward_say_how_much_of_it_went_where(home, chain):
    answer = tracing.trace_lot(home.actor("bureau"), chain["coop"].code, "forward")
    found = {share.lot: share.fraction for share in answer.shares}
    assert found == {
        chain["coop receipt"].code: Fraction(1), chain["dried"].code: Fraction(3, 7), chain["pack"].code: Fraction(3, 7),
    }  # fmt: skip
    assert chain["coop2"].code not in {node.code for node in answer.nodes}


def test_a_merged_and_split_lot_keeps_exact_thirds(home):
    actor = home.actor("coop")
    plots = [make.plot(actor, home, geometry=make.square(112.6 + n * 0.01)) for n in range(3)]
    lots = [make.harvest(actor, plot, "333") for plot in plots]
    body = {"kind": "merge", "outputs": [], "reason": "", "loss": ""}
    merged = record_operation(actor, {**body, "inputs": [{"lot": lot.code, "quantity": "333"} for lot in lots]}).lots[0]
    part = services.split_lot(actor, merged.code, ["100"])[0]
    answer = tracing.trace_lot(actor, part.code, "back")
    assert [share.fraction for share in answer.shares] == [Fraction(1, 3)] * 3
    assert sorted(share.quantity_g for share in answer.shares) == [33_333, 33_333, 33_334]
    assert answer.custody.value == "single_village"


def test_the_plant_sees_one_step_back_and_nothing_of_the_plot_beyond(home, chain):
    """The cooperative's harvest lot is one step before the plant's receipt; the other side of a blend is not ours to know more of."""
    answer = tracing.trace_lot(home.actor("plant"), chain["pack"].code, "back")
    assert {node.code for node in answer.nodes if not node.hidden} == {lot.code for lot in chain.values()}


def test_a_cooperative_sees_its_own_lot_and_one_step_on(home, chain):
    answer = tracing.trace_lot(home.actor("coop"), chain["coop"].code, "forward")
    seen = {node.code for node in answer.nodes if not node.hidden}
    assert seen == {chain["coop"].code, chain["coop receipt"].code}
    hidden = [node for node in answer.nodes if node.hidden]
    assert {node.kind for node in hidden} == {"batch", "pack"}
    for node in hidden:
        assert (node.holder, node.plot, node.quantity) == ("", "", 0)
        assert node.code.startswith("…")
    text = str(tracing.as_json(answer))
    assert chain["dried"].code not in text
    assert chain["pack"].code not in text
    assert "青岭食品厂" in text, "one step on, the buyer is known"


def test_the_other_cooperative_stays_a_stranger(home, chain):
    """Tracing back the receipt one sold never shows with whom it was blended."""
    text = str(tracing.as_json(tracing.trace_lot(home.actor("coop"), chain["coop receipt"].code, "back")))
    assert "白石合作社" not in text
    for code in (chain["dried"].code, chain["pack"].code, chain["coop2"].code):
        with pytest.raises(NotFound):
            tracing.trace_lot(home.actor("coop"), code, "back")


def test_a_township_sees_what_its_parties_hold(home, chain):
    """The plant lies in the township: what it holds is shown, also where the fruit came from elsewhere."""
    answer = tracing.trace_lot(home.actor("township"), chain["dried"].code, "back")
    shown = {node.code for node in answer.nodes if not node.hidden}
    assert {chain[name].code for name in ("dried", "coop", "coop receipt", "coop2 receipt")} <= shown
    with pytest.raises(NotFound):
        tracing.trace_lot(home.actor("township2"), chain["dried"].code, "back")


def test_a_hold_and_an_undone_step_show_in_the_trace(home, chain):
    plant = home.actor("plant")
    spoiled = record_run(plant, "drying", [Input(chain["dried"].code, "0.004")], [Output("TD", "0.001")])
    services.undo_operation(plant, spoiled.operation.code, "填错了")
    services.place_hold(home.actor("bureau"), chain["dried"].code, "农残待查")
    answer = tracing.trace_lot(home.actor("bureau"), chain["dried"].code, "forward")
    states = {node.code: node.state for node in answer.nodes}
    assert states[chain["dried"].code] == "held"
    assert states[chain["pack"].code] == "held"
    assert states[spoiled.lots[0].code] == "undone"


def test_an_unknown_lot_is_not_there(home):
    with pytest.raises(NotFound):
        tracing.trace_lot(home.actor("bureau"), "H26-9999", "back")


def test_pages_draw_the_trace_without_naming_hidden_lots(sign_in, chain):
    browser = sign_in("coop")
    page = browser.get(f"/lots/{chain['coop'].code}/trace?direction=forward")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "其他单位批次" in page.text
    assert chain["pack"].code not in page.text
    assert browser.get(f"/lots/{chain['coop'].code}/trace.json?direction=forward").json["direction"] == "forward"


def test_the_interface_answers_the_same_trace(client, token, chain):
    headers = token("bureau")
    answer = client.get(f"/api/v1/lots/{chain['pack'].code}/trace?direction=back", headers=headers)
    assert [(s["numerator"], s["denominator"]) for s in answer.json["shares"]] == [(4, 7), (3, 7)]
    wrong = client.get(f"/api/v1/lots/{chain['pack'].code}/trace?direction=sideways", headers=headers)
    assert wrong.status_code == 422
    assert wrong.json["errors"] == [
        {"field": "direction", "code": "INVALID", "message": "方向只能是 back 或 forward。"}
    ]


def test_the_command_prints_the_same_shares(command, chain):
    printed = command("trace", "back", chain["pack"].code)
    unknown = command("trace", "back", "H26-9999")
    assert printed.exit_code == 0
    assert "3/7" in printed.output
    assert (unknown.exit_code, "没有批次 H26-9999。" in unknown.output) == (1, True)


def test_the_ledger_is_sound_after_all_this(chain):
    assert [finding for check in CHECKS for finding in check()] == []
