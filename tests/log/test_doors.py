"""The public doors of the log, and that nothing private stands behind them."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode

import pytest

from tests.factories import county as make
from trace.audit.models import AuditEntry
from trace.core import merkle, notes
from trace.labels import services as labels
from trace.labels.sheets import code_at, published_facts
from trace.log import keeper, tiles
from trace.processing.services import Input, Output, pack, record_run

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def run(app):
    """An activated label run, its facts published and signed."""
    home = make.county()
    actor = home.actor("coop")
    lot = make.harvest(actor, make.plot(actor, home))
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    packs = pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]
    made = labels.make_run(actor, packs.code, 30)
    labels.activate_run(actor, made.no)
    while keeper.tend():
        pass
    return made


def leaf_of(run) -> str:
    return AuditEntry.get(AuditEntry.subject == run.no, AuditEntry.action == "label.published").leaf


def test_a_reader_can_check_a_pack_without_trusting_the_server(client, run):
    page = client.get(f"/t/{code_at(run, 0)}").text
    assert f"/log/check/{leaf_of(run)}" in page
    body = client.get(f"/log/entry/{leaf_of(run)}").data
    assert hashlib.sha256(b"\x00" + body).hexdigest() == leaf_of(run)
    facts = json.loads(body)["detail"]
    assert facts["name"] == "土枇杷干果" and facts["count"] == 30
    proof = client.get(f"/log/proof/{leaf_of(run)}").json
    text = notes.open_note(proof["checkpoint"], [keeper.signer().verifier]).text
    origin, size, root = text.split("\n")[:3]
    assert int(size) == proof["size"] and origin == keeper.signer().origin
    hashes = [b64decode(item) for item in proof["hashes"]]
    assert merkle.is_included(bytes.fromhex(leaf_of(run)), proof["number"], proof["size"], hashes, b64decode(root))


def test_pages_and_files(client, run):
    assert "它不证明什么" in client.get("/log").text
    check = client.get(f"/log/check/{leaf_of(run)}").text
    assert "土枇杷干果" in check and "data-verifier" in check
    checkpoint = client.get("/log/checkpoint")
    assert checkpoint.content_type.startswith("text/plain")
    size = int(checkpoint.text.split("\n")[1])
    assert client.get(f"/log/tile/0/000.p/{size}").data == tiles.tile(0, 0)
    assert client.get(f"/log/tile/0/000.p/{size - 1}").data == tiles.tile(0, 0)[:-32]
    first = client.get(f"/log/consistency/1/{size}").json["hashes"]
    assert len(first) >= 1


@pytest.mark.parametrize(
    "address",
    [
        "/log/tile/0/000", "/log/tile/0/000.p/256", "/log/tile/0/0", "/log/tile/9/000.p/1", "/log/tile/0/x000/000", "/log/tile/0/abc",
        "/log/entry/" + "0" * 64, "/log/proof/zz", "/log/consistency/0/1", "/log/consistency/5/2", "/log/check/" + "f" * 64,
    ],
)  # fmt: skip
def test_what_is_not_there_answers_404(client, run, address):
    assert client.get(address).status_code == 404


def test_entries_of_the_trail_are_not_public(client, run):
    private = AuditEntry.get(AuditEntry.action == "label.activate").leaf
    assert client.get(f"/log/entry/{private}").status_code == 404
    assert client.get(f"/log/check/{private}").status_code == 404
    assert client.get(f"/log/proof/{private}").status_code == 200


def test_an_organisation_is_named_and_a_household_is_not(run):
    assert "producer" in published_facts(run)
    run.lot.holder.kind = "household"
    assert "producer" not in published_facts(run)


def test_tile_addresses():
    assert [tiles.tile_path(n) for n in (0, 999, 1000, 1234067)] == ["000", "999", "x001/000", "x001/x234/067"]
    assert tiles.read_tile_path("x001/x234/067") == (1234067, 256)
    assert tiles.read_tile_path("x001/234.p/17") == (1234, 17)
    for bad in ("1", "001/234", "x001/x234", "000.p/0", "000.p/256", "000.p/07", "x000/001", "٣٣٣"):
        with pytest.raises(ValueError, match=re.escape(bad.partition(".p/")[0])):
            tiles.read_tile_path(bad)
