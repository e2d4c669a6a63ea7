"""Complaint → lot → case, clusters that open one by themselves, and the way to the seedlings and back (E7, X5)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from tests.conftest import post
from tests.factories import county as make
from tests.scan import conftest as scanning
from tests.scan.test_complaints import complain
from trace.core.actor import Actor, Role
from trace.core.clock import utcnow
from trace.db import db
from trace.nursery.dispatching import dispatch, plant
from trace.nursery.services import take_in
from trace.processing.services import Input, Output, pack, record_run
from trace.recalls import incidents, jobs, queries, reach
from trace.recalls.models import Incident
from trace.scan.models import Complaint

client, home, phone, run = scanning.client, scanning.home, scanning.phone, scanning.run


def test_e7_a_cluster_opens_one_incident_with_its_evidence(home, client, run, sign_in):
    for index in range(2):
        complain(client, run, index)
    with db.connection_context():
        jobs.forget()
        assert jobs.tend() == 0 and Incident.select().count() == 0
    complain(client, run, 2)
    with db.connection_context():
        jobs.forget()
        assert jobs.tend() == 1
        jobs.forget()
        assert jobs.tend() == 0, "one for the lot, whoever looks again"
        found = Incident.get()
        receipts = {row.receipt for row in Complaint.select()}
        links = queries.links_of(found)
        assert {link.complaint.receipt for link in links if link.complaint_id} == receipts
        assert [link.lot.code for link in links if link.lot_id] == [run.lot.code]
        assert all(receipt in found.text for receipt in receipts)
        assert found.occurred_at == Complaint.select().order_by(Complaint.id.desc()).get().filed_at
    assert found.code in sign_in("market").get("/recalls").text


def test_a_cluster_that_was_closed_opens_again_only_for_new_complaints(home, client, run):
    for index in range(3):
        complain(client, run, index)
    with db.connection_context():
        market = home.actor("market")
        (found,) = incidents.open_clusters(utcnow())
        incidents.report(market, found.code, "县政府", "情况")
        incidents.follow(market, found.code, "查", "潮", "无")
        incidents.close(market, found.code, "完")
        assert incidents.open_clusters(utcnow()) == []
    complain(client, run, 3)
    with db.connection_context():
        assert len(incidents.open_clusters(utcnow())) == 1


def test_a_case_is_opened_from_a_complaint(home, client, run, sign_in):
    complain(client, run)
    with db.connection_context():
        receipt = Complaint.get().receipt
    market = sign_in("market")
    form = market.get(f"/recalls/incidents/new?complaint={receipt}").text
    assert receipt in form and run.lot.code in form and "打开有霉味" in form
    values = {
        "kind": "complaint", "grade": "common", "title": "霉味", "text": "情况", "occurred_at": "2026-01-01T10:00",
        "known_at": "2026-01-01T10:20", "lot": run.lot.code, "complaint": receipt,
    }  # fmt: skip
    answer = post(market, "/recalls/incidents/new", **values)
    assert answer.status_code == 302, answer.text
    page = market.get(answer.headers["Location"]).text
    assert receipt in page and run.lot.code in page and "已超时" in page
    late = post(
        market, f"{answer.headers['Location']}/report", page=answer.headers["Location"], to_whom="县政府", text="情况"
    )
    assert late.status_code == 422 and "请填写原因" in late.text
    assert market.get(f"{answer.headers['Location']}/print.pdf").data.startswith(b"%PDF-")


@pytest.fixture
def planted(database):
    """Two seedling lots on one plot (30 and 10 trees), a harvest, dried and packed."""
    home = make.county()
    coop = home.actor("coop")
    grower = Actor(coop.user_id, coop.username, coop.display_name, frozenset({Role.NURSERY}), coop.party_id)
    place = make.plot(coop, home, planted_on=date(2026, 3, 20), tree_count=4000)
    seedlings = []
    for count in (30, 10):
        lot = take_in(
            grower, taxon="ehretia_dicksonii", phase="ready", count=count, on=date(2026, 3, 1), source="结存"
        ).lot
        sent = dispatch(grower, lot.code, purpose="research", count=count, on=date(2026, 3, 2))
        plant(coop, sent.code, plot=place.code, count=count, planted_on=date(2026, 3, 20), density_reason="补植")
        seedlings.append(lot)
    harvest = make.harvest(coop, place)
    dried = record_run(coop, "drying", [Input(harvest.code, "400")], [Output("TD", "100")]).lots[0]
    packs = pack(coop, [Input(dried.code, "10")], pieces=40, piece="250克").lots[0]
    return seedlings, harvest, packs


def test_x5_from_the_nursery_to_the_kitchen_and_back(planted):
    seedlings, harvest, packs = planted
    found = reach.reach_of(seedlings[0].id)
    assert {lot.code for lot in found.lots} >= {harvest.code, packs.code}
    assert [party.name for party in found.contacts] == ["青坡合作社"]
    shares = {}
    for one in reach.origins_of(packs):
        shares[one.seedling.code if one.seedling else ""] = (
            shares.get(one.seedling.code if one.seedling else "", 0) + one.share
        )
    assert sum(shares.values()) == 1
    assert shares[seedlings[0].code] == 3 * shares[seedlings[1].code] > Fraction(0)
