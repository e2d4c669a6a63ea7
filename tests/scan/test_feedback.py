"""Scan and complaint rates of a township's packs, as its scorecard takes them."""

from __future__ import annotations

from tests.scan.conftest import flush
from tests.scan.test_complaints import complain
from trace.core.clock import business_date, utcnow
from trace.db import db
from trace.labels import services as labels
from trace.labels import sheets
from trace.scan import feedback
from trace.supervision import snapshots
from trace.supervision.scores import newest_scheme, set_scheme
from trace.supervision.scoring import DEFAULT_SCHEME


def rates() -> feedback.Feedback:
    with db.connection_context():
        return feedback.by_township(business_date().year)["430422122"]


def test_rates_count_codes_opened_and_lots_complained_about(client, home, run):
    with db.connection_context():
        labels.make_cartons(home.actor("plant"), run.no, 24)
    assert rates() == (0, 40, 0, 0)
    for n in (0, 1, 1):
        client.get(f"/t/{sheets.code_at(run, n)}")
    flush()
    assert rates() == (2, 40, 1, 1)
    complain(client, run)
    assert rates() == (2, 40, 0, 1)
    with db.connection_context():
        assert feedback.by_township(2020) == {}


def test_the_snapshot_of_the_scores_holds_them(client, home, run):
    client.get(f"/t/{sheets.code_at(run, 0)}")
    flush()
    with db.connection_context():
        year = business_date().year
        scheme = newest_scheme(year) or set_scheme(
            home.actor("office"), year=year, doc_ref="测试", content=DEFAULT_SCHEME
        )
        body = snapshots.take(scheme, year, utcnow())
    inputs = {row["code"]: row["inputs"] for row in body["townships"]}
    assert (inputs["430422122"]["scans"], inputs["430422122"]["complaints"]) == ([1, 40], [1, 1])
    assert inputs["430422001"]["scans"] == [0, 0]
