"""A laboratory report over a limit: the lot is held at once and the incident opened by the worker; a suspicion waits for a person."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import post
from tests.factories import pesticides as table
from trace.core.clock import utcnow
from trace.invariants import all_findings
from trace.pesticides import queries as pesticides
from trace.quality import services
from trace.quality.testing import Line, Paper, correct_report, record_report
from trace.recalls import jobs, queries
from trace.recalls.models import Incident, IncidentEntry


@pytest.fixture
def lot(home, chain):
    table.load_all(home.actor("bureau"))
    return chain.arrived


def paper(lot, result="0.5", **more) -> Paper:
    values = {
        "lot": lot.code, "lab": "检测中心", "report_no": "R1", "sample_no": "S1", "sampled_on": date(2026, 7, 19), "sampler": "采样员", "method": "quant",
        "lines": (Line(pesticides.bans()[0].active, result, "0.01"),), **more,
    }  # fmt: skip
    return Paper(**values)


def test_m2_a_failed_test_holds_and_opens_its_incident_once(home, lot):
    report = record_report(home.actor("market"), paper(lot))
    assert jobs.tend() == 1
    jobs.forget()
    assert jobs.tend() == 0, "once"
    found = Incident.get()
    assert (found.kind, found.occurred_at, found.opened_by) == ("residue", report.recorded_at, None)
    assert report.hold.code in found.text and lot.code in found.title
    assert [row.id for row in queries.tests_of(found)] == [report.id]
    assert list(all_findings()) == []


def test_a_second_report_on_the_lot_joins_the_open_incident(home, lot):
    record_report(home.actor("market"), paper(lot))
    jobs.tend()
    jobs.forget()
    second = record_report(home.actor("market"), paper(lot, report_no="R2"))
    jobs.tend()
    assert Incident.select().count() == 1
    assert len(queries.tests_of(Incident.get())) == 2
    assert IncidentEntry.get(IncidentEntry.kind == "link").text == second.code


def test_a_suspicion_waits_for_a_person(home, lot):
    record_report(home.actor("market"), paper(lot, method="rapid"))
    assert jobs.tend() == 0
    assert not Incident.select().exists()


def test_no_incident_for_what_was_a_slip_of_the_pen_or_is_settled(home, lot):
    market = home.actor("market")
    typed = record_report(market, paper(lot))
    correct_report(market, typed.code, paper(lot, "未检出"), "抄错")
    settled = record_report(market, paper(lot, report_no="R2"))
    services.release(home.actor("bureau"), settled.hold.code, "复检合格")
    assert jobs.tend() == 0


def test_in_one_click_from_the_report(home, lot, sign_in):
    report = record_report(home.actor("bureau"), paper(lot, method="rapid"))
    browser = sign_in("market")
    address = f"/recalls/incidents/new?report={report.code}"
    assert address in browser.get(f"/quality/tests/{report.code}").text
    form = browser.get(address).text
    assert f'value="{lot.code}"' in form and "快检阳性" in form and 'name="report"' in form
    when = utcnow().strftime("%Y-%m-%dT%H:%M") + "+00:00"
    values = {
        "kind": "residue", "grade": "common", "title": "快检阳性", "text": "待确证。", "occurred_at": when, "known_at": when, "lot": lot.code,
        "report": report.code,
    }  # fmt: skip
    assert post(browser, "/recalls/incidents/new", **values).status_code == 302
    made = Incident.get()
    assert report.code in browser.get(f"/recalls/incidents/{made.code}").text
    again = browser.get(address)
    assert (again.status_code, again.location) == (302, f"/recalls/incidents/{made.code}"), "a report has one incident"
    twice = post(browser, "/recalls/incidents/new", **values)
    assert twice.status_code == 409 and f"已经立案：{made.code}" in twice.text
