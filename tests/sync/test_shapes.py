"""Every shape ever shipped is still understood: golden operations, one file a number, never edited."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.factories import certificates
from tests.factories import county as make
from tests.sync.phone import Line, Phone
from trace.field.activity_models import ActivityVersion
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.processing.handover_models import Handover
from trace.processing.handover_rules import signed_bytes
from trace.quality import certificates as issuing
from trace.quality.certificate_models import Certificate
from trace.sync import kinds, shapes

GOLDEN = sorted(Path(__file__).parent.joinpath("golden").glob("*.json"))


RECORDS = [path for path in GOLDEN if path.stem.startswith(("harvest.record", "activity.record"))]


def golden(path: Path, plot: str = "", **known: str):
    """An operation as it was shipped, with today's names for what did not exist then."""
    text = path.read_text(encoding="utf-8").replace("PLOT", plot)
    for name, value in known.items():
        text = text.replace(name, value)
    return json.loads(text)


def shipped(name: str) -> Path:
    return next(path for path in GOLDEN if path.stem == name)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_an_old_app_still_syncs(line, plot, path):
    old = golden(path, plot.code)
    receipt = line.sync(line.phone.op(old["kind"], old["body"], schema=old["schema"]))[0]
    assert (receipt["status"], receipt["errors"]) == ("created", [])
    if old["kind"] == "harvest.record":
        lot = Lot.get()
        assert (lots.balance(lot), lot.made_on.isoformat()) == (12_500, "2026-07-19")
    else:
        version = ActivityVersion.get()
        assert (version.content["work"], version.note, version.on_day.isoformat()) == ("prune", "东头", "2026-07-19")


def sent(line, old, body=None):
    receipt = line.sync(line.phone.op(old["kind"], body or old["body"], schema=old["schema"], base=old.get("base")))[0]
    assert (receipt["status"], receipt["errors"]) == ("created", []), receipt
    return receipt["record"]


def test_an_old_correction_still_syncs(line, plot):
    first = golden(shipped("activity.record.1"), plot.code)
    made = line.sync(line.phone.op(first["kind"], first["body"], schema=1))[0]
    assert sent(line, golden(shipped("activity.correct.1"), RECORD=made["id"])) == {**made["record"], "version": 2}
    version = ActivityVersion.get(ActivityVersion.version == 2)
    assert (version.content["work"], version.note, version.reason) == ("weed", "西头", "现场改正")


def test_an_old_certificate_still_syncs(home, line, plot):
    coop = home.actor("coop")
    lot = make.harvest(coop, plot)
    certificates.able_to_issue(lot.holder)
    certificates.recorded(coop, lot)
    issuing.give_numbers(coop, line.phone.id)
    prefix = issuing.prefix_of(lot.holder)
    record = sent(line, golden(shipped("certificate.issue.1"), LOT=lot.code, PREFIX=prefix))
    row = Certificate.get()
    assert (record["kind"], record["code"], row.no) == ("certificate", row.no, f"{prefix}202607205000")
    assert (row.quantity, row.basis, row.device, row.lot_id) == (10_000, ["control"], line.phone.id, lot.id)


def test_an_old_handover_still_syncs(app, home, line, plot):
    lot = make.harvest(home.actor("coop"), plot)
    certificates.certify(home.actor("coop"), lot)
    taker = Line(app, Phone("plant"))
    old = golden(
        shipped("handover.record.1"), LOT=lot.code, RECEIVER=home.plant.code, GIVER=line.phone.id, TAKER=taker.phone.id
    )
    offer = line.phone.sign(old["body"]["offer"])
    acceptance = {**old["body"]["acceptance"], "offer": hashlib.sha256(signed_bytes(offer)).hexdigest()}
    record = sent(taker, old, {"offer": offer, "acceptance": taker.phone.sign(acceptance)})
    row = Handover.get()
    assert (record["code"], row.quantity, row.received) == (row.code, 420_500, 418_000)


def test_every_number_has_a_step_and_a_golden_operation():
    """From each number there is a way up to the present shape, and each shipped number of these kinds stands on file."""
    for kind, number in shapes.STEPS:
        assert all((kind, n) in shapes.STEPS for n in range(number, kinds.KINDS[kind].shape))
        names = {path.stem for path in GOLDEN}
        assert {f"{kind}.{n}" for n in range(number, kinds.KINDS[kind].shape + 1)} <= names


def test_what_never_was_of_its_shape_is_refused_not_lost(line, plot):
    receipt = line.sync(line.phone.op("harvest.record", {"plot": plot.code}, schema=0))[0]
    assert (receipt["status"], receipt["code"]) == ("refused", "BODY")
    assert receipt["recorded_at"]
