"""C12: a certificate issued without signal, its number out of the phone's own block, for a batch the platform has not seen yet."""

from __future__ import annotations

import pytest

from tests.factories import certificates, pesticides
from trace.quality.certificate_models import Certificate, NumberBlock
from trace.quality.certificates import prefix_of

TODAY = "2026-07-20"


@pytest.fixture
def issuer(home, line, plot):
    """The cooperative may issue: a credit code, a telephone, a record of the plot, a block for the phone."""
    certificates.able_to_issue(home.coop)
    tended = {"activity": "tend", "plot": plot.code, "on": "2026-07-14", "work": "irrigate"}
    assert line.sync(line.phone.op("activity.record", tended))[0]["status"] == "created"
    return prefix_of(home.coop)


def numbers(line):
    return line.client.post("/api/v1/sync/certificate-numbers", headers=line.phone.headers)


def blocks(line):
    known = line.client.get("/api/v1/sync/pack", headers=line.phone.headers).json["certificates"]
    return [one for one in known["blocks"] if one["device"] == line.phone.id]


def issue(line, lot, no, after=()):
    body = {"lot": lot, "quantity": "10", "basis": ["control"], "no": no, "issued_on": TODAY}
    return line.phone.op("certificate.issue", body, after=list(after))


def test_for_a_harvest_of_the_same_exchange(line, plot, issuer):
    assert numbers(line).json == {"given": True}
    (block,) = blocks(line)
    assert (block["next"], block["prefix"]) == (block["first"], issuer)
    harvest = line.phone.harvest(plot.code, "100")
    paper = issue(line, harvest["id"], f"{issuer}20260720{block['next']}", after=[harvest["id"]])
    first, second = line.sync(harvest, paper)
    assert (first["status"], second["status"]) == ("created", "created"), second
    assert second["record"] == {"kind": "certificate", "code": paper["body"]["no"], "version": 1}
    assert Certificate.get().lot.code == first["record"]["code"]
    assert line.client.get(f"/cert/{paper['body']['no']}").status_code == 200
    assert blocks(line)[0]["next"] == block["first"] + 1


def test_a_number_of_no_block_of_this_phone(line, plot, issuer):
    lot = line.sync(line.phone.harvest(plot.code, "100"))[0]["record"]["code"]
    refused = line.sync(issue(line, lot, f"{issuer}202607205000"))[0]
    assert (refused["status"], refused["errors"][0]["message"]) == ("refused", "离线编号已用完，请联网领取。")


def test_numbers_are_not_given_out_for_nothing(line, issuer):
    assert [numbers(line).json["given"] for _ in range(3)] == [True, False, False]
    assert NumberBlock.select().count() == 1


def test_a_lot_held_by_the_rule_gets_none(line, plot, issuer, home):
    """C5: the harvest is kept, its lot held, the certificate refused with the reason."""
    pesticides.load_all(home.actor("bureau"))
    body = {"activity": "spray", "plot": plot.code, **pesticides.spray_body(on=TODAY)}
    spray = line.phone.op("activity.record", body)
    assert numbers(line).status_code == 200
    harvest = line.phone.harvest(plot.code, "100")
    paper = issue(line, harvest["id"], f"{issuer}20260720{blocks(line)[0]['next']}", after=[harvest["id"]])
    sprayed, picked, refused = line.sync(spray, harvest, paper)
    assert (sprayed["status"], picked["flags"]) == ("created", ["held"])
    assert refused["status"] == "refused" and any("已锁定" in one["message"] for one in refused["errors"])
