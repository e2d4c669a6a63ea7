"""A trace to take along, and a prize divided by it: only the ground behind the lot, exact to the last digit."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from fractions import Fraction

import openpyxl
import pypdfium2
import pytest
from shapely.geometry import shape

from tests.factories import county as make
from tests.factories.certificates import receive
from trace.audit.models import AuditEntry
from trace.core.errors import RuleBroken
from trace.land.services import redraw_boundary
from trace.lots import awards, exports, papers, tracing
from trace.lots.origins import by_producer, origins
from trace.processing.services import dispatch_lot, record_operation


@pytest.fixture
def blend(home):
    """Two cooperatives' fruit, 300 kg and 400 kg, merged by the plant."""
    plant, received = home.actor("plant"), []
    for name, kg, west in (("coop", "300", 112.6), ("coop2", "400", 112.8)):
        actor = home.actor(name)
        lot = make.harvest(actor, make.plot(actor, home, geometry=make.square(west)))
        received.append(receive(plant, dispatch_lot(actor, lot.code, home.plant.code, kg).code, kg).lots[0].code)
    lines = [{"lot": code, "quantity": kg} for code, kg in zip(received, ("300", "400"), strict=True)]
    body = {"kind": "merge", "inputs": lines, "outputs": [], "reason": "", "loss": ""}
    return record_operation(plant, body).lots[0]


def geojson(actor, code):
    return json.loads(exports.as_geojson(*exports.take_trace(actor, code, "back", "geojson")))


def test_the_file_holds_the_plots_behind_the_lot_and_no_other(home, blend):
    make.plot(home.actor("coop"), home, geometry=make.square(112.9))
    body = geojson(home.actor("bureau"), blend.code)
    assert (body["lot"], body["complete"], body["unknown_share"]) == (blend.code, True, "0/1")
    found = {f["properties"]["producer"]: f for f in body["features"]}
    assert {name: f["properties"]["share"] for name, f in found.items()} == {"白石合作社": "4/7", "青坡合作社": "3/7"}
    assert sum(f["properties"]["quantity_g"] for f in body["features"]) == 700_000
    assert shape(found["青坡合作社"]["geometry"]).bounds == (112.6, 26.7, 112.602, 26.702)


def test_a_buyer_gets_one_hull_instead_of_boundaries(home, blend):
    body = geojson(home.actor("plant"), blend.code)
    (only,) = body["features"]
    assert only["properties"]["share"] == "1/1"
    assert only["properties"]["hull_of_plots"] == 2
    assert "plot" not in only["properties"] and "producer" not in only["properties"]
    assert shape(only["geometry"]).bounds == (112.6, 26.7, 112.802, 26.702)


def test_a_redrawn_plot_shows_the_boundary_of_the_harvest_day(home):
    coop = home.actor("coop")
    plot = make.plot(coop, home)
    early = make.harvest(coop, plot, "100", on=date(2026, 6, 20))
    redraw_boundary(home.actor("bureau"), plot.code, make.square(side=0.0021), "实测更正", date(2026, 7, 1))
    late = make.harvest(coop, plot, "300", on=date(2026, 7, 18))
    lines = [{"lot": early.code, "quantity": "100"}, {"lot": late.code, "quantity": "300"}]
    lot = record_operation(coop, {"kind": "merge", "inputs": lines, "outputs": [], "reason": "", "loss": ""}).lots[0]
    found = origins(home.actor("bureau"), tracing.trace_lot(home.actor("bureau"), lot.code, "back"))
    assert [(row.version, row.fraction, row.lots) for row in found.rows] == [
        (2, Fraction(3, 4), (late.code,)),
        (1, Fraction(1, 4), (early.code,)),
    ]
    assert by_producer(found) == {(home.coop.code, "青坡合作社"): Fraction(1)}


def test_the_workbook_holds_every_lot_step_share_and_plot(app, home, blend):
    trace, found = exports.take_trace(home.actor("bureau"), blend.code, "back", "xlsx")
    with app.test_request_context():
        book = openpyxl.load_workbook(io.BytesIO(papers.as_xlsx(trace, found)))
    assert book.sheetnames == ["批次", "投入记录", "确切占比", "来源地块"]
    assert [row[0].value for row in book["批次"].iter_rows(min_row=2)] == [n.code for n in trace.nodes]
    assert [row[3].value for row in book["确切占比"].iter_rows(min_row=2, max_row=3)] == ["4/7", "3/7"]
    assert book["来源地块"]["I5"].value == "=SUM(I2:I3)"


def test_files_are_handed_out_within_ones_scope_and_kept_in_the_trail(home, blend, sign_in):
    browser = sign_in("bureau")
    for form in ("pdf", "xlsx", "geojson"):
        answer = browser.get(f"/lots/{blend.code}/trace.{form}")
        assert answer.status_code == 200, form
        assert f"trace-{blend.code}-back.{form}" in answer.headers["Content-Disposition"]
    assert browser.get(f"/lots/{blend.code}/trace.exe").status_code == 404
    assert browser.get(f"/lots/{blend.code}/trace.geojson?direction=forward").status_code == 404
    assert sign_in("coop").get("/lots/M26-9999/trace.pdf").status_code == 404
    taken = AuditEntry.select().where(AuditEntry.action == "lot.export", AuditEntry.subject == blend.code)
    assert taken.count() == 3


def test_the_paper_names_lots_ground_and_sum(home, blend, sign_in):
    body = sign_in("bureau").get(f"/lots/{blend.code}/trace.pdf").data
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(body))
    text = re.sub(r"\s", "", text)
    for word in ("追溯报告", blend.code, "白石合作社", "青坡合作社", "4/7", "3/7", "700.00", "多产地拼配"):
        assert word in text, word


@pytest.mark.parametrize("fen", [0, 1, 3, 100, 999_999, 10_000_00])
def test_a_prize_is_divided_to_the_fen(home, blend, fen):
    portions = awards.split_award(home.actor("bureau"), blend.code, fen)
    assert sum(p.amount_fen for p in portions) == fen
    assert [p.fraction for p in portions] == [Fraction(4, 7), Fraction(3, 7)]
    assert all(abs(p.amount_fen - p.fraction * fen) < 1 for p in portions)


def test_a_prize_waits_until_the_origin_is_known(home):
    """Fruit bought from a neighbour who had merged it: its plots are two steps away and not ours to see."""
    coop, coop2 = home.actor("coop"), home.actor("coop2")
    lines = [
        {"lot": make.harvest(coop2, make.plot(coop2, home, geometry=make.square(west)), "10").code, "quantity": "10"}
        for west in (112.8, 112.9)
    ]
    body = {"kind": "merge", "inputs": lines, "outputs": [], "reason": "", "loss": ""}
    sent = dispatch_lot(coop2, record_operation(coop2, body).lots[0].code, home.coop.code, "20")
    bought = receive(coop, sent.code, "20").lots[0]
    with pytest.raises(RuleBroken, match="这一批有 100.00% 查不到来源地块"):
        awards.split_award(coop, bought.code, 100)
    assert len(awards.split_award(home.actor("bureau"), bought.code, 100)) == 1


def test_the_page_divides_and_says_the_rule(home, blend, sign_in):
    browser = sign_in("bureau")
    page = browser.get(f"/lots/{blend.code}/award?amount=1万元")
    assert page.status_code == 200
    assert "5 714.29" in page.text.replace("\u2009", " ") and "4 285.71" in page.text.replace("\u2009", " ")
    bad = browser.get(f"/lots/{blend.code}/award?amount=abc")
    assert (bad.status_code, "金额只能填数字。" in bad.text) == (422, True)
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/lots/{blend.code}/award.xlsx?amount=10000").data))
    assert [row[4].value for row in book.active.iter_rows(min_row=2, max_row=3)] == [5714.29, 4285.71]
