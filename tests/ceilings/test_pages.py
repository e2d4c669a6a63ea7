"""The pages of the ceilings, of outside fruit, rework and repacking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import post
from tests.factories import county as make
from trace.ceilings.models import CeilingOverride
from trace.core.clock import business_date
from trace.land.models import Plot
from trace.lots.models import Lot
from trace.processing.services import Input, Output, pack, record_run


@pytest.fixture
def chain(home):
    coop = home.actor("coop")
    plot = make.plot(coop, home)
    raw = make.harvest(coop, plot)
    dried = record_run(coop, "drying", [Input(raw.code, "400")], [Output("TD", "100")]).lots[0]
    packs = pack(coop, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]
    return plot, raw, dried, packs


def test_the_bureau_reads_every_figure_and_its_records(sign_in, home, chain):
    plot, raw, _dried, packs = chain
    client = sign_in("bureau")
    page = client.get("/ceilings?year=2026").text
    assert home.coop.name in page and "能解释" in page
    page = client.get(f"/ceilings/producers/{home.coop.code}?year=2026").text
    assert raw.code in page and plot.code in page
    assert home.coop.name in client.get("/ceilings/plants?year=2026").text
    assert raw.code in client.get(f"/ceilings/plants/{home.coop.code}/drying?year=2026").text
    assert "100.0%" in client.get("/ceilings/completeness").text
    assert "能不能由树解释" in client.get(f"/ceilings/lots/{packs.code}").text
    assert client.get("/ceilings/producers/T99999?year=2026").status_code == 404
    assert client.get("/ceilings?year=abc").status_code == 200


def test_a_broken_arrow_is_shown_let_pass_and_taken_back(sign_in, chain):
    plot, _raw, _dried, packs = chain
    Plot.update(tree_count=30).where(Plot.id == plot.id).execute()
    client = sign_in("bureau")
    address = f"/ceilings/lots/{packs.code}"
    assert "解释不了" in client.get(address).text
    day = (business_date() + timedelta(days=10)).isoformat()
    body = {"arrow": "harvest", "plot": plot.code, "year": "2026", "part": "fruit", "valid_to": day}
    answer = post(client, f"{address}/override", **body, reason="", page=address)
    assert answer.status_code == 422 and "请填写放行的理由。" in answer.text
    assert post(client, f"{address}/override", **body, reason="大年", page=address).status_code == 302
    assert "已放行" in client.get(address).text
    row = CeilingOverride.get()
    assert row.code in client.get("/ceilings/overrides").text
    post(client, f"/ceilings/overrides/{row.code}/withdraw", reason="核减", page="/ceilings/overrides")
    assert "已收回" in client.get("/ceilings/overrides").text


def test_others_do_not_see_foreign_lots_nor_grant(sign_in, chain):
    packs = chain[3]
    client = sign_in("coop2")
    assert client.get(f"/ceilings/lots/{packs.code}").status_code == 404
    client = sign_in("coop")
    page = client.get(f"/ceilings/lots/{packs.code}")
    assert page.status_code == 200 and "放行的理由" not in page.text


def test_outside_fruit_rework_and_repacking_by_their_forms(sign_in, chain):
    _plot, _raw, dried, packs = chain
    client = sign_in("coop")
    bought = {
        "product": "TF",
        "quantity": "100",
        "origin": "湖南省衡东县",
        "origin_code": "430424",
        "supplier": "某社",
        "on": "",
    }
    answer = post(client, "/processing/outside/new", **bought)
    assert answer.status_code == 422 and "未收取承诺达标合格证，依法不得收购。" in answer.text
    assert post(client, "/processing/outside/new", **(bought | {"document": "HD-1"})).status_code == 302
    outside = Lot.get(Lot.kind == "outside")
    assert "含外县原料" in client.get(f"/lots/{outside.code}").text
    assert "外县购入" in client.get(f"/lots/{outside.code}/trace?zoom=50").text
    form = f"/processing/rework/{dried.code}"
    assert post(client, form, **({"drawn": "10", "quantity": "12", "reason": "复烘"})).status_code == 409
    assert (
        post(client, form, **({"drawn": "10", "quantity": "9.5", "loss": "0.5", "reason": "回潮复烘"})).status_code
        == 302
    )
    form = f"/labels/repack/{packs.code}"
    assert post(client, form, **({"drawn": "x", "pieces": "5", "piece": "500克"})).status_code == 422
    body = {"drawn": "10", "pieces": "5", "piece": "500克", "reason": "改大包装"}
    assert post(client, form, **body).status_code == 302
