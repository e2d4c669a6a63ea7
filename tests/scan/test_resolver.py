"""GS1 Digital Link addresses: the same page, the link set by name only, numbers that nobody made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound
from trace.db import db
from trace.gs1 import queries as gs1
from trace.gs1.rules import NO_PREFIX
from trace.gs1.services import register_article, register_prefix
from trace.labels import sheets
from trace.quality.services import open_recall
from trace.registry.models import SiteSetting

GTIN = "09521234000013"
LINKSET = {"Accept": "application/linkset+json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def prefix(actor, number: str = "9521234", until: date | None = None):
    today = business_date()
    return register_prefix(
        actor, prefix=number, certificate="物编注字第000001号", valid_from=today - timedelta(days=400), valid_to=until or today + timedelta(days=400)
    )  # fmt: skip


@pytest.fixture
def article(home, run):
    """A demo GTIN for the packs of the run, registered after the labels were printed."""
    with db.connection_context():
        SiteSetting.create(key="demo", value=True)
        prefix(home.actor("plant"))
        run.lot_code = run.lot.code
        return register_article(home.actor("plant"), gtin=GTIN, lot=run.lot_code)


def test_a_gtin_is_never_made_up(home, run):
    with db.connection_context():
        plant = home.actor("plant")
        with pytest.raises(Invalid, match=NO_PREFIX):
            register_article(plant, gtin=GTIN, lot=run.lot.code)
        with pytest.raises(Invalid, match="690 至 699"):
            prefix(plant, "9521234")
        prefix(plant, "6912345")
        with pytest.raises(Invalid, match="不在本单位的厂商识别代码之内"):
            register_article(plant, gtin=GTIN, lot=run.lot.code)
        with pytest.raises(Invalid, match="校验位不正确"):
            register_article(plant, gtin="6912345000010", lot=run.lot.code)
        with pytest.raises(Invalid, match="已经登记"):
            prefix(home.actor("coop"), "6912345")
        with pytest.raises(NotFound):
            register_article(home.actor("coop"), gtin="6912345000018", lot=run.lot.code)


def test_a_lapsed_prefix_registers_nothing_more(home, run):
    with db.connection_context():
        prefix(home.actor("plant"), "6912345", until=business_date() - timedelta(days=1))
        with pytest.raises(Invalid, match=NO_PREFIX):
            register_article(home.actor("plant"), gtin="6912345000015", lot=run.lot.code)


def test_old_stickers_and_new_addresses_open_the_same_page(client, run, article):
    code = sheets.code_at(run, 0)
    addresses = [f"/t/{code}", f"/01/{GTIN}/21/{code}", f"/01/{GTIN}/10/{run.lot_code}/21/{code}?17=270718"]
    pages = [client.get(address, headers=BROWSER) for address in addresses]
    assert {page.status_code for page in pages} == {200}
    assert pages[0].text == pages[1].text == pages[2].text
    for batch in (f"/01/{GTIN}", f"/01/{GTIN}/10/{run.lot_code}", "/01/9521234000013"):
        page = client.get(batch, headers=BROWSER)
        assert (page.status_code, "批次码（非一物一码）" in page.text) == (200, True), batch


def test_what_does_not_belong_together_is_unknown(client, run, article):
    code = sheets.code_at(run, 0)
    for wrong in (
        f"/01/{GTIN}/10/K99-9999/21/{code}", f"/01/09521234000020/21/{code}", f"/01/{GTIN}/21/{code[::-1]}", f"/01/{GTIN}/10/K99-9999",
        "/01/09521234000020",
    ):  # fmt: skip
        assert client.get(wrong).status_code == 404, wrong


def test_the_order_of_identifiers_is_enforced(client, run, article):
    code = sheets.code_at(run, 0)
    for wrong in (
        f"/01/{GTIN}/21/{code}/10/{run.lot_code}", f"/01/{GTIN}?10={run.lot_code}", "/01/09521234000014", f"/01/{GTIN}/10/", f"/01/{GTIN}/99/X",
    ):  # fmt: skip
        answer = client.get(wrong)
        assert answer.status_code == 400 and "顺序有误" in answer.text, wrong


def test_the_link_set_by_name_and_the_page_for_browsers(app, client, home, run, article):
    base = app.config["TRACE"].base_url
    code, address = sheets.code_at(run, 0), f"/01/{GTIN}/21/{sheets.code_at(run, 0)}"
    answer = client.get(address, headers=LINKSET)
    assert answer.content_type == "application/linkset+json"
    (context,) = answer.json["linkset"]
    assert context["anchor"] == base + address and GTIN in context["itemDescription"]
    assert context["https://gs1.org/voc/defaultLink"][0]["href"] == f"{base}/t/{code}"
    assert client.get(f"{address}?linkType=linkset", headers=BROWSER).content_type == "application/linkset+json"
    assert client.get(f"/t/{code}", headers=LINKSET).json["linkset"][0]["anchor"] == f"{base}/t/{code}"
    assert client.get(address, headers={"Accept": "text/html, application/linkset+json"}).content_type.startswith(
        "text/html"
    )
    for key, links in context.items():
        if key.startswith("https://gs1.org/voc/"):
            assert client.get(links[0]["href"].removeprefix(base)).status_code == 200, key


def test_recall_status_by_link_type(client, home, run, article):
    address = f"/01/{GTIN}/21/{sheets.code_at(run, 0)}"
    found = client.get(f"{address}?linkType=gs1:recallStatus", headers={"Accept": "application/json"})
    assert found.status_code == 307
    status = found.headers["Location"].split("/t/")[1]
    assert client.get(f"/t/{status}").json["recalled"] is False
    with db.connection_context():
        open_recall(home.actor("bureau"), run.harvest_code, "农残超标", "农药残留超标", "0734-8555555")
    said = client.get(f"/t/{status}").json
    assert (said["recalled"], said["reason"], said["contact"]) == (True, "农药残留超标", "0734-8555555")
    assert client.get(f"{address}?linkType=gs1:recipeInfo", headers={"Accept": "application/json"}).status_code == 404
    assert "召回" in client.get(f"{address}?linkType=gs1:recipeInfo", headers=BROWSER).text


def test_the_resolver_describes_itself(app, client):
    said = client.get("/.well-known/gs1resolver").json
    assert said["resolverRoot"] == app.config["TRACE"].base_url and said["supportedPrimaryKeys"] == ["01"]


def test_a_number_outlives_its_prefix(client, home, run, article):
    with db.connection_context():
        row = gs1.article(GTIN).prefix
        row.valid_to = row.valid_from
        row.save()
    assert client.get(f"/01/{GTIN}/21/{sheets.code_at(run, 0)}").status_code == 200
