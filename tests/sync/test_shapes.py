"""Every shape ever shipped is still understood: golden operations, one file a number, never edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trace.field.activity_models import ActivityVersion
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.sync import kinds, shapes

GOLDEN = sorted(Path(__file__).parent.joinpath("golden").glob("*.json"))


def golden(path: Path, plot: str):
    return json.loads(path.read_text(encoding="utf-8").replace("PLOT", plot))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
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
