"""Notices in versions, the checklist, and the pages a clerk works with."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import pypdfium2
import pytest
from peewee import DatabaseError

from tests.conftest import post
from tests.factories import funds
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.programmes import checklist, lpr, params, queries, services
from trace.programmes.checklist import Entry
from trace.programmes.models import Programme, ProgrammeStep, ProgrammeVersion
from trace.programmes.terms import Terms
from trace.registry.queries import working_calendar


def changed(programme: Programme, **values: object) -> dict:
    """All that a form would send again, some of it changed."""
    return {**programme.__data__, **values}


def test_a_version_is_kept_with_its_hash_and_never_changed(home):
    made = Programme.get_by_id(funds.programme(home).id)
    row = ProgrammeVersion.get()
    assert (made.version, row.number, row.reason) == (1, 1, "")
    assert row.digest == Terms.from_json(row.terms).digest == queries.present_terms(made).digest
    assert queries.terms_of_version(row) == queries.present_terms(made)
    with pytest.raises(DatabaseError), db.atomic():
        ProgrammeVersion.update(reason="改").execute()


def test_a_tampered_notice_is_found(home):
    made = Programme.get_by_id(funds.programme(home).id)
    assert list(all_findings("programmes")) == []
    Programme.update(params={"tiers": [[0, 1]], "tier_mode": "whole"}).where(Programme.id == made.id).execute()
    assert list(all_findings("programmes")) == [f"programme {made.code}: its row differs from its newest version"]
    Programme.update(version=2).where(Programme.id == made.id).execute()
    assert list(all_findings("programmes")) == [f"programme {made.code}: versions [1] for version 2"]


def test_a_change_is_a_new_version_with_its_reason(home):
    made = Programme.get_by_id(funds.programme(home).id)
    new = {"tiers": [[0, 70_000]], "tier_mode": "whole"}
    office = home.actor("office")
    for values, reason, text in (
        (changed(made, params=new), " ", "请说明变更理由"),
        (changed(made), "笔误", "没有改动任何内容"),
        (changed(made, params=new, purpose="tending"), "笔误", "不能改奖补方式、用途和年度"),
        (changed(made, params=new, finance_ref=""), "笔误", "变更也要征求县财政局意见"),
    ):
        with pytest.raises(Invalid, match=text):
            services.revise_programme(office, made.code, values, reason)
    again = services.revise_programme(
        office, made.code, changed(made, params=new, finance_ref="财函〔2026〕9号"), "标准提高"
    )
    assert (again.version, [row.number for row in queries.versions(made)]) == (2, [2, 1])
    first, second = (queries.terms_of_version(queries.version_row(made, n)) for n in (1, 2))
    assert (first.params["tiers"], second.params["tiers"]) == ([[0, 60_000]], [[0, 70_000]])
    assert second.changed(first) == ["params", "finance_ref"]


def test_only_a_draft_is_redrafted(home):
    made = funds.programme(home, publish=False, money_fen=0)
    services.redraft_programme(home.actor("office"), made.code, changed(made, name="改过的名称"))
    assert Programme.get_by_id(made.id).name == "改过的名称"
    services.publish_programme(home.actor("office"), made.code)
    with pytest.raises(RuleBroken, match="须作为新版本发布"):
        services.redraft_programme(home.actor("office"), made.code, changed(made, name="再改"))


def test_silence_of_the_finance_bureau_counts_after_three_working_days(home, clock):
    made, office = funds.programme(home, publish=False, money_fen=0, finance_ref=""), home.actor("office")
    row = checklist.record_step(office, made.code, "finance", Entry(sent_on=date(2026, 9, 24)))
    assert row.due_on == working_calendar(date(2026, 9, 24), date(2026, 12, 31)).add_working_days(date(2026, 9, 24), 3)
    with pytest.raises(RuleBroken, match="尚未征求县财政局意见"):
        services.publish_programme(office, made.code)
    clock.move_to("2026-10-20T04:00:00+00:00")
    opened = services.publish_programme(office, made.code)
    assert opened.finance_ref == "2026-09-24 送县财政局，逾期未回复，视为无不同意见"


def test_an_opinion_on_the_checklist_is_enough(home):
    made, office = funds.programme(home, publish=False, money_fen=0, finance_ref=""), home.actor("office")
    checklist.record_step(office, made.code, "finance", Entry(doc_ref="财函〔2026〕7号"))
    assert services.publish_programme(office, made.code).finance_ref == "财函〔2026〕7号"


@pytest.mark.parametrize(
    ("step", "entry", "error", "text"),
    [
        ("risk", Entry(), Invalid, "请填写文号或材料名称"),
        ("risk", Entry(waived=True), Invalid, "请说明不适用的理由"),
        ("finance", Entry(waived=True, note="不用"), RuleBroken, "这一步不能免"),
        ("risk", Entry(sent_on=date(2026, 9, 1)), Invalid, "只有征求意见才填发出日期"),
        ("finance", Entry(sent_on=date(2026, 9, 25)), Invalid, "日期不能晚于今天"),
    ],
)
def test_entries_that_say_nothing_are_refused(home, step, entry, error, text):
    made = funds.programme(home, publish=False, money_fen=0)
    with pytest.raises(error, match=text):
        checklist.record_step(home.actor("office"), made.code, step, entry)
    assert ProgrammeStep.select().count() == 0


def test_an_expired_basis_needs_the_leader(home):
    made, office = (
        funds.programme(home, publish=False, money_fen=0, basis_valid_to=date(2026, 9, 23)),
        home.actor("office"),
    )
    with pytest.raises(RuleBroken, match="依据文件的有效期至 2026-09-23，已经失效"):
        services.publish_programme(office, made.code)
    with pytest.raises(Forbidden):
        checklist.record_step(office, made.code, "basis", Entry(doc_ref="会议纪要"))
    checklist.record_step(home.actor("leader"), made.code, "basis", Entry(doc_ref="〔2026〕第8次会议纪要"))
    assert services.publish_programme(office, made.code).state == "published"


@pytest.mark.parametrize(
    ("until", "said"),
    [(date(2027, 3, 8), "expiring"), (date(2027, 3, 25), ""), (date(2026, 9, 23), "expired"), (None, "")],
)
def test_the_basis_warns_in_its_last_six_months(home, until, said):
    made = funds.programme(home, publish=False, money_fen=0, basis_valid_to=until)
    assert queries.basis_warning(made, date(2026, 9, 24)) == said


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("per_area", {"rate": "600"}, {"tiers": [[0, 60_000]], "tier_mode": "whole"}),
        ("per_area", {"tier_over": ["0", "10", ""], "tier_rate": ["200", "300.5", ""], "tier_mode": "slice"}, {"tiers": [[0, 20_000], [6_667, 30_050]], "tier_mode": "slice"}),
        ("per_area_instalments", {"rate": "600", "share": ["50", "50"], "after": ["", "36"], "survival": ["85", ""]}, {"tiers": [[0, 60_000]], "tier_mode": "whole", "instalments": [["50", 0, "85"], ["50", 36, ""]]}),
        ("per_unit", {"unit": "株", "rate": "1.5"}, {"unit": "株", "rate_fen": 150}),
        ("pct_capped", {"pct": "30%", "cap": "5万元"}, {"pct": "30", "cap_fen": 5_000_000}),
        ("interest_discount", {"rate_pct": "3", "lpr_plus_bp": "-20"}, {"rate_pct": "3", "base": 360, "share_pct": "100", "lpr_plus_bp": -20}),
        ("fee_discount", {"pct": "50"}, {"pct": "50"}),
        ("sales_award", {"tier_over": ["10", "50"], "tier_rate": ["1000", "5000"], "tier_mode": "fixed"}, {"tiers": [[10_000_000, 100_000], [50_000_000, 500_000]], "tier_mode": "fixed"}),
        ("fixed_award", {"award": "5000"}, {"award_fen": 500_000}),
    ],
)  # fmt: skip
def test_parameters_are_read_and_shown_again(kind, typed, kept):
    assert params.read_params(kind, typed) == kept
    assert params.read_params(kind, params.typed_params(kind, kept)) == kept
    assert all(str(sentence) for sentence in params.standard(kind, kept))


@pytest.mark.parametrize(
    ("kind", "typed", "fields"),
    [
        ("per_area", {}, {"rate"}),
        ("per_area", {"tier_over": ["10", "5"], "tier_rate": ["1", "2"]}, {"rate"}),
        ("per_area_instalments", {"rate": "6", "share": ["50", "40"]}, {"share"}),
        ("interest_discount", {"rate_pct": "0", "share_pct": "101"}, {"rate_pct", "share_pct"}),
        ("per_unit", {"rate": "-1", "min_units": "半"}, {"rate", "min_units"}),
    ],
)
def test_every_mistake_in_the_parameters_is_told_at_once(kind, typed, fields):
    with pytest.raises(Invalid) as refused:
        params.read_params(kind, typed)
    assert {error.field for error in refused.value.errors} == fields


def test_the_lpr_table_grows_by_announcements(home):
    lpr.add_rate(home.actor("office"), date(2026, 3, 20), "2.95", "公告")
    assert queries.lpr_table()[-1] == (date(2026, 3, 20), Fraction("2.95"))
    for day, rate, text in (
        (date(2026, 3, 20), "2.9", "已经登记"),
        (date(2026, 9, 25), "2.9", "不能晚于今天"),
        (date(2026, 4, 20), "2.955", "最多两位小数"),
    ):
        with pytest.raises(Invalid, match=text):
            lpr.add_rate(home.actor("office"), day, rate, "公告")


def test_a_clerk_writes_a_notice_of_every_kind(home, sign_in):
    office = sign_in("office")
    choices = re.findall(r'href="/funds/programmes/new\?kind=(\w+)"', office.get("/funds/programmes/new").text)
    assert len(choices) == 8
    common = {"name": "奖补", "basis": "通知", "opens_on": "2026-09-01", "closes_on": "2026-10-01", "contact": "林业局", "publicity_days": "7", "publicity_working": "0"}  # fmt: skip
    own = {
        "per_area": {"tier_over[]": ["0", "", "", "", ""], "tier_rate[]": ["600", "", "", "", ""]}, "fixed_award": {"award": "5000"},
        "per_area_instalments": {"tier_over[]": ["0"], "tier_rate[]": ["600"], "share[]": ["50", "50"], "after[]": ["0", "36"], "survival[]": ["85", "85"]},
        "per_unit": {"unit": "吨", "rate": "20"}, "pct_capped": {"pct": "30", "cap": "5万元"}, "fee_discount": {"pct": "50"},
        "interest_discount": {"rate_pct": "3", "base": "365", "share_pct": "100"},
        "sales_award": {"tier_over[]": ["10"], "tier_rate[]": ["1"], "tier_mode": "slice"},
    }  # fmt: skip
    for kind in choices:
        page = f"/funds/programmes/new?kind={kind}"
        refused = office.post(page, data={"csrf_token": "x"})
        assert refused.status_code == 400
        answer = post(
            office,
            "/funds/programmes/new",
            page=page,
            kind=kind,
            materials="身份证\n合同（选交）",
            **common,
            **own[kind],
        )
        assert answer.status_code == 302, answer.text
    made = list(Programme.select().order_by(Programme.id))
    assert [item.kind for item in made] == choices
    assert made[0].materials == [{"name": "身份证", "required": True}, {"name": "合同", "required": False}]
    assert not made[0].publicity_working
    for item in made:
        assert office.get(f"/funds/programmes/{item.code}").status_code == 200
        again = office.get(f"/funds/programmes/{item.code}/edit").text
        assert "合同（选交）" in again and item.params is not None
        answer = office.get(f"/funds/programmes/{item.code}/notice.pdf")
        assert answer.mimetype == "application/pdf" and "送审稿" in pdf_text(answer.data)


def test_a_wrong_form_comes_back_with_everything_typed(home, sign_in):
    office = sign_in("office")
    answer = post(
        office, "/funds/programmes/new", page="/funds/programmes/new?kind=per_area", kind="per_area", name="新造奖补", basis="",
        opens_on="2026-09-01", closes_on="2026-08-01", **{"tier_over[]": ["0", "10"], "tier_rate[]": ["六百", "700"]},
    )  # fmt: skip
    assert answer.status_code == 422
    for text in ("请填写这一项", "金额只能填数字", 'value="新造奖补"', 'value="六百"', 'value="700"'):
        assert text in answer.text, text


def test_a_published_notice_is_changed_and_printed_from_its_page(home, sign_in):
    made, office = Programme.get_by_id(funds.programme(home).id), sign_in("office")
    edit = f"/funds/programmes/{made.code}/edit"
    form = {"name": made.name, "basis": made.basis, "opens_on": "2026-08-25", "closes_on": "2026-11-30", "finance_ref": "财函〔2026〕9号", "contact": made.contact, "purpose": "planting", "publicity_days": "7", "publicity_working": "1", "min_area_mu": "5"}  # fmt: skip
    assert "请说明变更理由" in post(office, edit, **form, rate="650").text
    assert post(office, edit, **form, rate="650", reason="延长申报期").status_code == 302
    page = office.get(f"/funds/programmes/{made.code}").text
    assert "第 2 版" in page and "延长申报期" in page and "650.00" in page
    old = office.get(f"/funds/programmes/{made.code}/versions/1").text
    assert "600.00" in old and "650.00" not in old
    assert "与上一版不同" in office.get(f"/funds/programmes/{made.code}/versions/2").text
    text = pdf_text(office.get(f"/funds/programmes/{made.code}/notice.pdf?version=2").data)
    assert "延长申报期" in text and ProgrammeVersion.get(ProgrammeVersion.number == 2).digest[:32] in text
    step = f"/funds/programmes/{made.code}/steps/legality"
    assert post(office, step, page=f"/funds/programmes/{made.code}", doc_ref="合法性审查意见书").status_code == 302
    assert "合法性审查意见书" in office.get(f"/funds/programmes/{made.code}").text
    assert sign_in("coop").get(edit).status_code == 403


def pdf_text(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in document))
