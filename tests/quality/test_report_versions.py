"""A mistyped laboratory report: written again with a reason, judged anew, both versions to be read; a hold is lifted by a person alone."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from tests.conftest import post
from tests.factories import county as make
from tests.factories import pesticides as table
from tests.factories.certificates import able_to_issue, recorded, wanted
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.lots import queries as lots
from trace.pesticides import queries as pesticides
from trace.quality import certificates, services
from trace.quality import report_queries as queries
from trace.quality.certificate_models import LabReport
from trace.quality.testing import Line, Paper, correct_report, record_report


@pytest.fixture
def coop(home):
    able_to_issue(home.coop)
    return home.actor("coop")


@pytest.fixture
def lot(home, coop):
    table.load_all(home.actor("bureau"))
    return make.harvest(coop, make.plot(coop, home), "1000")


def paper(lot, result="未检出", **more) -> Paper:
    values = {
        "lot": lot.code, "lab": "检测中心", "report_no": "R1", "sample_no": "S1", "sampled_on": date(2026, 7, 19), "sampler": "采样员", "method": "quant",
        "lines": (Line(pesticides.bans()[0].active, result, "0.01"),), **more,
    }  # fmt: skip
    return Paper(**values)


def test_a_report_corrected_to_fail_holds_at_once(coop, lot):
    first = record_report(coop, paper(lot))
    second = correct_report(coop, first.code, paper(lot, "0.5"), "小数点填错")
    assert (first.conclusion, second.conclusion, second.version) == ("pass", "fail", 2)
    assert lots.open_holds([lot.id])[lot.id][0].id == second.hold_id
    assert [(row.code, why) for row, why in queries.versions_of(first)] == [
        (first.code, ""),
        (second.code, "小数点填错"),
    ]
    assert [row.code for row in queries.reports_of(lot)] == [second.code], "the last version counts"
    assert list(all_findings()) == []


def test_a_report_corrected_to_pass_lifts_nothing(home, coop, lot):
    first = record_report(coop, paper(lot, "0.5"))
    second = correct_report(coop, first.code, paper(lot), "把别的样品填上了")
    assert (second.conclusion, second.hold_id) == ("pass", None)
    assert lots.open_holds([lot.id]), "a hold is lifted by a person"
    services.release(home.actor("bureau"), first.hold.code, "报告已更正，核对原件无误")
    assert not lots.open_holds([lot.id])


def test_the_same_hold_goes_on_when_it_still_fails(coop, lot):
    first = record_report(coop, paper(lot, "0.5"))
    second = correct_report(coop, first.code, paper(lot, "0.3"), "结果抄错")
    assert second.hold_id == first.hold_id
    assert len(lots.open_holds([lot.id])[lot.id]) == 1


def test_only_the_last_version_is_corrected_and_only_with_a_reason(home, coop, lot):
    first = record_report(coop, paper(lot))
    with pytest.raises(Invalid, match="请填写更正原因。"):
        correct_report(coop, first.code, paper(lot), " ")
    second = correct_report(coop, first.code, paper(lot, report_no="R2"), "报告编号填错")
    with pytest.raises(RuleBroken, match=f"已更正为 {second.code}"):
        correct_report(coop, first.code, paper(lot), "再改")
    record_report(coop, paper(lot, report_no="R1"))
    with pytest.raises(RuleBroken, match="这份报告已经登记过。"):
        record_report(coop, paper(lot, report_no="R2"))
    with pytest.raises(NotFound):
        correct_report(home.actor("coop2"), second.code, paper(lot), "不是我的")


def test_a_corrected_report_is_no_basis_of_a_certificate(coop, lot):
    recorded(coop, lot)
    first = record_report(coop, paper(lot))
    correct_report(coop, first.code, paper(lot, sampler="另一人"), "采样人填错")
    with pytest.raises(Invalid, match="这份检测报告已经更正，请选更正后的一版。"):
        certificates.issue(coop, wanted(lot, "1", bases=("own_test",), report=first.code))


def test_two_clerks_do_not_both_correct_one_version(app, coop, lot):
    first = record_report(coop, paper(lot))
    gate, told = threading.Barrier(2), []

    def correct(number: int) -> None:
        with db.connection_context():
            gate.wait()
            try:
                correct_report(coop, first.code, paper(lot, sampler=f"采样员{number}"), "填错")
            except RuleBroken as error:
                told.append(error.code)
            else:
                told.append("done")

    clerks = [threading.Thread(target=correct, args=(n,)) for n in range(2)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert sorted(told) == ["REPORT_CORRECTED", "done"]
    assert LabReport.select().count() == 2


def test_corrected_through_page_and_interface(coop, lot, sign_in, client, token):
    first = record_report(coop, paper(lot, "0.5"))
    browser = sign_in("coop")
    page = f"/quality/tests/{first.code}/correct"
    assert "更正检测报告" in browser.get(page).text and 'value="0.5"' in browser.get(page).text
    values = {
        "lab": "检测中心", "report_no": "R1", "sample_no": "S1", "sampled_on": "2026-07-19", "sampler": "采样员", "method": "quant",
        "actives[]": first.items[0].active, "results[]": "未检出", "lods[]": "0.01",
    }  # fmt: skip
    refused = post(browser, page, **values)
    assert refused.status_code == 422 and "请填写更正原因。" in refused.text
    assert post(browser, page, **values, reason="抄错一行").status_code == 302
    second = LabReport.get(LabReport.version == 2)
    shown = browser.get(f"/quality/tests/{second.code}").text
    assert "抄错一行" in shown and first.code in shown and "更正不会自动解除" in shown
    assert f"已更正为 {second.code}" in browser.get(f"/quality/tests/{first.code}").text
    body = {
        **{k: v for k, v in values.items() if "[]" not in k},
        "items": [{"active": "吡虫啉", "result": "0.01"}],
        "reason": "漏一项",
    }
    answer = client.post(f"/api/v1/test-reports/{second.code}/corrections", json=body, headers=token("coop"))
    assert (answer.status_code, [one["version"] for one in answer.json["versions"]]) == (201, [1, 2, 3])
    assert (
        client.post(f"/api/v1/test-reports/{second.code}/corrections", json=body, headers=token("coop2")).status_code
        == 404
    )
