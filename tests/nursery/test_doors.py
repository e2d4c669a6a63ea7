"""The pages of a nursery from sowing to the plot, the label, and what a stranger sees behind it."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp

from tests.conftest import post
from tests.factories import county as make
from tests.nursery.conftest import AUTUMN
from trace.land.models import Plot
from trace.nursery import labels
from trace.nursery.models import SeedlingDispatch, SeedlingLot

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walked(app, garden, sign_in):
    """Seed to dispatch through the pages; returns the nursery's browser and the dispatch."""
    browser = sign_in("garden")
    village = garden.county.village.code
    post(
        browser, "/nursery/new/accession", kind="tree", name="普贤 3 号优树", village=village, surveyed_on="2025-06-01"
    )
    post(browser, "/nursery/new/sow", accession="ZY26-0001", way="seed", count="５ ０００ 株", on="2026-03-01")
    lot = SeedlingLot.get().lot.code
    post(
        browser,
        f"/nursery/lots/{lot}/lose",
        phase="germinating",
        count="1000",
        reason="not_germinated",
        on="2026-04-01",
    )
    post(browser, f"/nursery/lots/{lot}/advance", source="germinating", target="ready", count="4000", on="2026-10-01")
    for kind in ("quarantine", "quality"):
        post(
            browser, "/nursery/papers/new", kind=kind, number=f"{kind}-1", issuer="衡南县林业局", quantity="4000", issued_on="2026-10-01",
            valid_to="2027-03-31", grade="1", height_cm="60", diameter_mm="8", **{"lots[]": lot},
        )  # fmt: skip
    answer = post(
        browser,
        f"/nursery/dispatches/new/{lot}",
        purpose="sale",
        receiver=garden.county.coop.code,
        count="4000",
        bundles="12",
        on=str(AUTUMN),
    )
    assert answer.status_code == 302, answer.text
    return browser, SeedlingDispatch.get()


def test_from_seed_to_stand_through_the_pages(garden, walked, sign_in):
    browser, row = walked
    page = browser.get(f"/nursery/lots/{row.lot.code}").text
    assert "出苗率" in page and "80.0%" in page and "未出苗" in page
    overview = browser.get("/nursery").text
    assert "未落地 4" in overview and "普贤 3 号优树" in overview
    coop = sign_in("coop")
    plot = make.plot(garden.county.actor("coop"), garden.county, planted_on=None, tree_count=0)
    address = f"/nursery/dispatches/{row.code}"
    refused = post(coop, f"{address}/plant", page=address, plot=plot.code, count="9999", planted_on="2026-11-03")
    assert refused.status_code == 422 and "没有定植，请核对株数" in refused.text
    assert (
        post(
            coop,
            f"{address}/plant",
            page=address,
            plot=plot.code,
            count="4000",
            planted_on="2026-11-03",
            density_reason="陡坡",
        ).status_code
        == 302
    )
    assert Plot.get_by_id(plot.id).planted_on == date(2026, 11, 3)
    assert row.lot.code in coop.get(f"/nursery/plots/{plot.code}").text
    reach = sign_in("bureau").get(f"/nursery/lots/{row.lot.code}/reach").text
    assert plot.code in reach and "青坡合作社" in reach


def test_the_label_is_read_and_opens_its_papers(app, walked, client):
    browser, row = walked
    pdf = browser.get(f"/nursery/dispatches/{row.code}/labels.pdf")
    assert pdf.content_type == "application/pdf"
    document = pypdfium2.PdfDocument(BytesIO(pdf.data))
    assert len(document) == 2
    found = [item.text for page in document for item in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    assert len(found) == 12 and len(set(found)) == 1
    text = document[0].get_textpage().get_text_range()
    for words in ("土枇杷", "演示种苗〔2024〕1号", "quarantine-1", "苗高 ≥ 60 厘米", "捆，共 12 捆"):
        assert words in text
    path = "/s/" + found[0].rpartition("/")[2]
    page = client.get(path)
    assert page.status_code == 200 and "苗木证照齐全" in page.text
    assert "青坡合作社" not in page.text, "who bought stays private"
    assert client.get(path[:-1] + ("0" if path[-1] != "0" else "1")).status_code == 404


def test_the_label_is_refused_and_the_page_warns_when_a_paper_was_not_in_force(app, garden, walked, client):
    browser, row = walked
    garden.licence.withdrawn_on = date(2026, 10, 1)
    garden.licence.save()
    assert browser.get(f"/nursery/dispatches/{row.code}/labels.pdf").status_code == 409
    page = client.get(f"/s/{labels.code_of(row)}").text
    assert "请勿使用" in page and "没有有效的林草种子生产经营许可证" in page


def test_mistakes_stay_on_the_form(walked):
    browser, row = walked
    lot = row.lot.code
    answer = post(browser, f"/nursery/dispatches/new/{lot}", purpose="sale", count="abc", on="2026-11-02")
    assert answer.status_code == 422 and "株数只能填整数" in answer.text and "abc" in answer.text
    answer = post(browser, f"/nursery/lots/{lot}/lose", phase="ready", count="10", reason="cull", on="2026-11-02")
    assert answer.status_code == 422 and "库存 0 株，不足 10 株" in answer.text
    assert browser.get("/nursery/new/nothing").status_code == 404
    assert browser.get(f"/nursery/lots/{lot}/nothing").status_code == 404


def test_undo_through_the_page(walked):
    browser, row = walked
    answer = post(
        browser, f"/nursery/operations/{row.operation.code}/undo", page=f"/nursery/lots/{row.lot.code}", note="对方退回"
    )
    assert answer.status_code == 302 and SeedlingDispatch.get_by_id(row.id).undone


def test_the_interface(app, garden, token):
    headers = token("garden")
    client = app.test_client()
    made = client.post(
        "/api/v1/nursery/lots",
        headers=headers,
        json={
            "by": "intake",
            "taxon": "ehretia_dicksonii",
            "phase": "ready",
            "count": 300,
            "on": "2026-03-01",
            "source": "检2026-1",
        },
    )
    assert made.status_code == 201 and made.json["phases"]["ready"] == 300
    sent = client.post(
        "/api/v1/nursery/dispatches",
        headers=headers,
        json={"lot": made.json["code"], "purpose": "research", "count": 20, "on": "2026-11-02"},
    )
    assert sent.status_code == 201
    refused = client.post(
        "/api/v1/nursery/dispatches",
        headers=headers,
        json={"lot": made.json["code"], "purpose": "sale", "count": 900, "on": "2026-11-02"},
    )
    assert refused.status_code == 422 and len(refused.json["errors"]) == 4
    assert [item["code"] for item in client.get("/api/v1/nursery/lots", headers=headers).json["items"]] == [
        made.json["code"]
    ]
    assert client.get("/api/v1/nursery/dispatches", headers=token("coop2")).json["items"] == []


def test_plants_are_counted_in_plants_everywhere_in_the_readers_language(app, garden, walked, sign_in):
    browser, row = walked
    bureau, lot = sign_in("bureau"), row.lot.code
    page = bureau.get(f"/lots/{lot}").text
    assert (
        "5 000 株" in page.replace("\u2009", " ").replace("\u202f", " ") and "每件" not in page and "公斤" not in page
    )
    for direction in ("back", "forward"):
        assert "公斤" not in bureau.get(f"/lots/{lot}/trace?direction={direction}").text
    bureau.get("/language/en")
    assert "株" not in bureau.get("/lots?kind=seedling").text


def test_seeds_may_be_written_with_their_counting_word(garden, walked):
    browser, _ = walked
    answer = post(browser, "/nursery/new/sow", accession="ZY26-0001", way="seed", count="1,000粒", on="2026-03-02")
    assert answer.status_code == 302
    assert "1 000" in browser.get(answer.location).text.replace("\u2009", " ").replace("\u202f", " ")


def test_what_is_missing_reads_as_one_text_and_in_the_readers_language(app, garden, walked):
    browser, _ = walked
    post(browser, "/nursery/new/sow", accession="ZY26-0001", way="seed", count="100", on="2026-03-02")
    lot = SeedlingLot.select().order_by(SeedlingLot.id.desc()).get().lot.code
    post(browser, f"/nursery/lots/{lot}/advance", source="germinating", target="ready", count="100", on="2026-10-01")
    sale = {"purpose": "sale", "receiver": garden.county.coop.code, "count": "50", "bundles": "1", "on": str(AUTUMN)}
    refused = post(browser, f"/nursery/dispatches/new/{lot}", **sale)
    assert "产地检疫合格证，不能出圃。这批苗木没有登记苗木质量检验证书" in refused.text
    browser.get("/language/en")
    refused = post(browser, f"/nursery/dispatches/new/{lot}", **sale)
    assert "Origin quarantine certificate" in refused.text and "检疫合格证" not in refused.text
