"""An application's file: papers, defects, dates that act, recusal, the verification form, frozen evidence, the archive."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from peewee import IntegrityError

from tests.conftest import post
from tests.factories import county as make
from tests.factories import funds
from trace.audit.models import AuditEntry
from trace.core.actor import Role
from trace.core.canonical import sha256_hex
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.funds import (
    archive,
    documents,
    evidence,
    field_form,
    fieldwork,
    file_queries,
    file_rules,
    interests,
    nightly,
    postings,
    publicity,
    queries,
    services,
    township,
)
from trace.funds.dossier import ApplicationDocument, EvidenceBundle, FieldForm
from trace.funds.models import Application, ApplicationStep, Notice, Objection
from trace.funds.rules import Action, State
from trace.land.models import Plot
from trace.lots.services import place_hold, release_hold
from trace.registry.models import Party
from trace.registry.vault import vault

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_evidence.py"


def again(draft) -> Application:
    return queries.applications_joined().where(Application.id == draft.id).get()


def test_each_state_is_due_in_working_days(home, draft, clock):
    """Thursday 24 September 2026; Mid-Autumn and National Day lie between, 10 October is worked."""
    submitted = funds.drive(home, draft, State.SUBMITTED)
    assert submitted.due_on == date(2026, 10, 9)
    assert township.accept(home.actor("township"), draft.no).due_on == date(2026, 10, 15)
    assert [row.due_on for row in [again(draft)]] == [date(2026, 10, 15)]


def test_what_is_not_put_right_is_withdrawn_by_the_calendar(home, draft, clock):
    funds.drive(home, draft, State.SUBMITTED)
    returned = township.return_application(home.actor("township"), draft.no, "缺流转合同。\n身份证复印件看不清。")
    assert [row.text for row in file_queries.defects_of(returned)] == ["缺流转合同。", "身份证复印件看不清。"]
    assert nightly.run(returned.due_on)["lapsed"] == 0
    assert nightly.run(returned.due_on + timedelta(days=1))["lapsed"] == 1
    assert nightly.run(returned.due_on + timedelta(days=1))["lapsed"] == 0
    last = ApplicationStep.select().order_by(ApplicationStep.id.desc()).get()
    assert (again(draft).state, again(draft).active_key) == (State.WITHDRAWN, None)
    assert (last.action, last.actor_name, last.role) == ("lapse", "系统", "")
    assert AuditEntry.get(AuditEntry.action == "application.lapse").actor_id is None


def test_every_defect_gets_its_answer(home, draft):
    funds.drive(home, draft, State.SUBMITTED)
    township.return_application(home.actor("township"), draft.no, "缺流转合同。\n照片看不清。")
    with pytest.raises(Invalid) as refused:
        services.submit(home.actor("coop"), draft.no, answers=["已补。"])
    assert [item.field for item in refused.value.errors] == ["answer-2"]
    services.submit(home.actor("coop"), draft.no, answers=["已补。", "重新拍照。"])
    assert [row.answer for row in file_queries.last_defects(again(draft))] == ["已补。", "重新拍照。"]


def test_one_officer_alone_and_no_photograph_are_named_together(home, draft):
    funds.drive(home, draft, State.TOWNSHIP_ACCEPTED)
    with pytest.raises(Invalid) as refused:
        township.pass_township(home.actor("township"), draft.no, "同意。", township.Place(tenure_ok=False))
    assert {item.field for item in refused.value.errors} == {"companion", "site_photo", "tenure_ok"}


def test_papers_close_when_the_file_is_with_the_officials(home, draft):
    funds.paper(home, draft.no, "coop", "contract")
    document = ApplicationDocument.get()
    documents.strike_document(home.actor("coop"), draft.no, document.seq, "传错了")
    assert file_queries.documents_of(draft) == [] and len(file_queries.documents_of(draft, struck=True)) == 1
    funds.drive(home, draft, State.SUBMITTED)
    with pytest.raises(RuleBroken, match="^当前状态‘待乡镇受理’，不能上传‘合同’。$"):
        funds.paper(home, draft.no, "coop", "contract")


def test_a_look_at_an_identity_is_kept_and_not_for_everybody(home, draft):
    funds.paper(home, draft.no, "coop", "identity")
    seen = funds.drive(home, draft, State.SUBMITTED)
    seq = next(row.seq for row in file_queries.documents_of(seen) if row.kind == "identity")
    with pytest.raises(NotFound):
        documents.take_document(home.actor("verifier_finance"), again(draft), seq)
    documents.take_document(home.actor("township"), again(draft), seq)
    assert AuditEntry.select().where(AuditEntry.action == "application.view_document").count() == 1


@pytest.mark.parametrize("kind", ["holding", "phone", "account"])
def test_whoever_declared_an_interest_is_refused_and_it_is_kept(home, draft, kind):
    Party.update(phone="0734-8551111", account_hash=vault().search_hash(funds.ACCOUNT)).where(
        Party.id == home.coop.id
    ).execute()
    officer = home.actor("township")
    values = {
        "holding": {"party": home.coop.code},
        "phone": {"number": "0734-8551111"},
        "account": {"number": funds.ACCOUNT},
    }
    interests.declare(officer, kind, **values[kind])
    funds.drive(home, draft, State.SUBMITTED)
    with pytest.raises(RuleBroken, match="^您与申请人存在利害关系，系统已自动回避，请转交他人办理。$"):
        township.accept(officer, draft.no)
    assert AuditEntry.get(AuditEntry.refused == 1).detail["code"] == "RECUSED"
    own = interests.own(officer)[0][0]
    interests.end(officer, own.code)
    assert township.accept(officer, draft.no).state == State.TOWNSHIP_ACCEPTED


def test_delegation_makes_two_people_one_hand(home, draft):
    """The bureau's reviewer cannot have the verifier stand in for him and so take two parts."""
    make.user("bureau_b", Role.BUREAU)
    funds.drive(home, draft, State.FIELD_PASSED)
    today = date(2026, 9, 24)
    interests.delegate(home.actor("verifier_forestry"), "bureau_b", today, today, "外出培训")
    with pytest.raises(RuleBroken, match="您已参与该申请的林业验收，不能再参加林业复核。"):
        services.review(home.actor("bureau_b"), draft.no)
    assert services.review(home.actor("bureau"), draft.no).state == State.BUREAU_REVIEWED


def test_only_who_is_free_is_sent_and_only_who_was_sent_signs(home, draft):
    make.user("verifier_b", Role.VERIFIER_FORESTRY)
    funds.drive(home, draft, State.TOWNSHIP_PASSED)
    interests.declare(home.actor("verifier_forestry"), "relative", party=home.coop.code)
    with pytest.raises(RuleBroken, match="须回避或已参与其他环节"):
        fieldwork.schedule(home.actor("bureau"), draft.no, "", fieldwork.Team(forestry="verifier_forestry"))
    fieldwork.schedule(home.actor("bureau"), draft.no)
    team = file_queries.team_of(again(draft))
    assert (team.forestry.username, team.finance.username) == ("verifier_b", "verifier_finance")
    make.user("verifier_c", Role.VERIFIER_FORESTRY)
    with pytest.raises(RuleBroken, match="您不在验收组内"):
        fieldwork.verify(home.actor("verifier_c"), draft.no, "forestry", fieldwork.Verification())


def test_the_form_has_every_column_and_the_least_area_counts(home, draft):
    plot = Plot.get_by_id(draft.plot_id)
    funds.drive(home, draft, State.FIELD_SCHEDULED)
    columns = {"weather": "晴", "applicant_present": "是", "design": "有"}
    with pytest.raises(Invalid, match="请选择“天气”。"):
        funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, columns={"weather": "雪"})
    funds.step(
        home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, verified_m2=30_000, lost_m2=2_000, columns=columns
    )
    funds.step(home, draft.no, "verifier_finance", Action.VERIFY_FINANCE, verified_m2=29_500)
    form = FieldForm.get()
    assert set(form.columns) | {column.name for column in file_rules.TYPED} >= {
        column.name for column in file_rules.COLUMNS
    } - {"sheet"}
    assert (form.columns["area_verified"], form.columns["area_qualified"], form.columns["survival"]) == (
        "45.0",
        "42.0",
        "94.00%",
    )
    assert form.columns["species"] and form.columns["weather"] == "晴" and form.columns["plot"] == plot.code
    assert again(draft).verified_m2 == 28_000
    assert form.claim_level == "audit"  # 66 亩 applied, 45 found: more than 30 % too much
    with pytest.raises(IntegrityError, match="append-only"):
        FieldForm.update(verified_m2=1).execute()


@pytest.mark.parametrize(
    ("applied", "verified", "level"),
    [(1000, 900, "none"), (1000, 899, "credit"), (1000, 700, "credit"), (1000, 699, "audit"), (10, 12, "none")],
)
def test_over_claims(applied, verified, level):
    assert file_rules.claim_level(applied, verified) == level


@pytest.mark.parametrize(("m2", "shown"), [(333, "0.5"), (667, "1.0"), (29_500, "44.3"), (1, "0.0")])
def test_forms_show_one_decimal(m2, shown):
    assert field_form.mu_1(m2) == shown


def frozen(home, draft) -> EvidenceBundle:
    funds.drive(home, draft, State.APPROVING)
    return evidence.bundle_of(again(draft))


def test_the_bundle_is_canonical_complete_and_matches(home, draft):
    bundle = frozen(home, draft)
    assert sha256_hex(bundle.body.encode()) == bundle.hash
    assert evidence.changes(again(draft), bundle) == []
    assert evidence.frozen_hashes([again(draft)]) == {draft.id: bundle.hash}
    with pytest.raises(IntegrityError, match="append-only"):
        EvidenceBundle.update(body="{}").execute()


def test_nothing_goes_to_the_leading_group_with_evidence_wanting(home, draft):
    funds.drive(home, draft, State.PUBLICITY_PASSED)
    ApplicationDocument.update(struck_at=draft.created_at, struck_reason="重拍").where(
        ApplicationDocument.kind.in_(["field_photo", "seedling"])
    ).execute()
    with pytest.raises(Invalid) as refused:
        funds.step(home, draft.no, "office", Action.CONVENE)
    assert [str(item.message) for item in refused.value.errors] == [
        "证据不全，不能提交审定。", "没有苗木出圃记录，也没有上传苗木标签和检疫证。", "有时间、位置的验收照片 0 张，至少要 4 张。",
    ]  # fmt: skip
    assert again(draft).state == State.PUBLICITY_PASSED


def test_a_hold_blocks_the_money_and_its_release_restores_it(home, draft, sign_in):
    """X4: fruit of the plot is held by its own people; the approval waits until the hold is released, and then goes on."""
    bundle = frozen(home, draft)
    lot = make.harvest(home.actor("coop"), Plot.get_by_id(draft.plot_id))
    hold = place_hold(home.actor("coop"), lot.code, "农残超标待查")
    with pytest.raises(RuleBroken, match=r"的证据在固定后发生变化（封存），不能审定或支付。"):
        funds.step(home, draft.no, "leader", Action.APPROVE)
    assert evidence.frozen_hashes([again(draft)]) == {}
    assert "封存" in sign_in("leader").get(f"/funds/applications/{draft.no}/evidence").text
    release_hold(home.actor("bureau"), hold.code, "复检合格")
    assert funds.step(home, draft.no, "leader", Action.APPROVE).state == State.APPROVED
    assert evidence.bundle_of(again(draft)).hash == bundle.hash


def check(path: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(path), *arguments], capture_output=True, text=True, timeout=60
    )  # fmt: skip
    return done.returncode, done.stdout


def test_an_auditor_checks_the_zip_without_the_system(home, draft, sign_in, tmp_path):
    bundle = frozen(home, draft)
    answer = sign_in("auditor").get(f"/funds/applications/{draft.no}/evidence.zip")
    assert answer.mimetype == "application/zip"
    assert AuditEntry.select().where(AuditEntry.action == "application.take_evidence").count() == 1
    whole, altered = tmp_path / "whole.zip", tmp_path / "altered.zip"
    whole.write_bytes(answer.data)
    assert check(whole, "--hash", bundle.hash) == (0, "全部相符：8 个文件。\n")
    assert check(whole, "--hash", "0" * 64)[0] == 1
    with zipfile.ZipFile(BytesIO(answer.data)) as source, zipfile.ZipFile(altered, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, body.replace(b'"amount_fen":', b'"amount_fen":1') if name == "bundle.json" else body)
    code, said = check(altered, "--hash", bundle.hash)
    assert code == 1 and "文件被改动：bundle.json" in said and "与 " + bundle.hash in said
    whole.write_bytes(b"PK nothing")
    assert check(whole)[0] == 2
    assert sign_in("coop").get(f"/funds/applications/{draft.no}/evidence.zip").status_code == 403


def test_a_closed_file_gets_its_number_only_when_complete(home, draft, sign_in):
    funds.drive(home, draft, State.PAID)
    services.close(home.actor("bureau"), draft.no)
    ApplicationDocument.update(struck_at=draft.created_at, struck_reason="遗失").where(
        ApplicationDocument.kind == "field_photo"
    ).execute()
    with pytest.raises(Invalid, match="^归档材料不齐："):
        services.archive(home.actor("bureau"), draft.no)
    ApplicationDocument.update(struck_at=None, struck_reason="").execute()
    missing = [label for _, label, there in archive.completeness(again(draft)) if not there]
    assert missing == ["身份证明或营业执照（遮盖件）"]
    ApplicationDocument.update(kind="identity").where(ApplicationDocument.kind == "site_photo").execute()
    done = services.archive(home.actor("bureau"), draft.no)
    assert done.archive_no == "LYJ-TPP-2026-00001"
    answer = sign_in("auditor").get(f"/funds/applications/{draft.no}/archive.zip")
    with zipfile.ZipFile(BytesIO(answer.data)) as file:
        assert {"manifest.json", "history.json", "yanshou.pdf", "evidence/01.json"} <= set(file.namelist())
        assert funds.ACCOUNT.encode() not in b"".join(file.read(name) for name in file.namelist())


def test_periods_end_by_the_calendar_and_the_office_need_not_wait(home, draft):
    funds.drive(home, draft, State.PUBLICITY)
    assert nightly.run(date(2026, 9, 24))["publicity_over"] == 1
    assert again(draft).state == State.PUBLICITY_PASSED


def test_the_next_instalment_waits_for_its_day(home, draft, monkeypatch):
    monkeypatch.setattr(nightly, "instalment_plan", lambda application: [0, 12])
    funds.drive(home, draft, State.PAID)
    assert nightly.run(date(2026, 9, 25))["instalments"] == 1
    waiting = again(draft)
    assert (waiting.state, waiting.instalment, waiting.due_on) == (State.NEXT_INSTALMENT_WAIT, 2, date(2027, 9, 24))
    with pytest.raises(RuleBroken, match="^第 2 期 2027-09-24 起才能验收。$"):
        fieldwork.schedule(home.actor("bureau"), draft.no)
    assert nightly.run(date(2026, 9, 25))["instalments"] == 0


def test_an_objection_has_its_date_and_its_reply(home, draft):
    funds.drive(home, draft, State.PUBLICITY)
    publicity.object_to(home.actor("office"), draft.no, "面积不对。", "王先生 13800138000")
    row = Objection.get()
    assert row.due_on == date(2026, 10, 15) and "13800138000" not in row.contact_sealed
    publicity.settle(home.actor("office"), draft.no, "复测无误。", upheld=False, reply="已现场复测，面积无误。")
    row = Objection.get()
    assert (row.reply, row.replied_on) == ("已现场复测，面积无误。", date(2026, 9, 24))


def test_an_upheld_objection_can_send_it_to_be_put_right(home, draft):
    funds.drive(home, draft, State.PUBLICITY)
    publicity.object_to(home.actor("office"), draft.no, "一角死了没补。")
    done = publicity.settle(home.actor("office"), draft.no, "属实，补植后复验。", upheld=True, rectify=True)
    assert done.state == State.RECTIFYING


def test_boards_results_and_the_end_of_a_list(home, draft, sign_in, clock):
    funds.drive(home, draft, State.PUBLICITY)
    notice, village = Notice.get(), again(draft).plot.village
    with pytest.raises(RuleBroken, match="还有 1 份申请在公示或处理异议"):
        postings.note_result(home.actor("office"), notice.no, "无异议。")
    upload = funds.Upload("board.png", funds.PNG, "photo")
    postings.post_board(home.actor("township"), notice.no, village.code, date(2026, 9, 24), upload)
    with pytest.raises(Invalid, match="这份公示没有这个村"):
        postings.post_board(home.actor("township2"), notice.no, village.code, date(2026, 9, 24), upload)
    funds.step(home, draft.no, "office", Action.END_PUBLICITY)
    postings.note_result(home.actor("office"), notice.no, "公示期满，未收到异议。")
    assert "公示期满，未收到异议。" in sign_in("office").get(f"/notices/{notice.no}").text
    assert postings.expire(date(2026, 9, 24)) == 0
    clock.move_to("2026-12-01T04:00:00+00:00")
    assert postings.expire(date(2026, 12, 1)) == 1 and postings.expire(date(2026, 12, 1)) == 0
    kept = Notice.get()
    assert kept.kept_hash == sha256_hex(kept.kept.encode()) and "青坡合作社" not in kept.kept and "青**" in kept.kept
    assert sign_in("office").get(f"/funds/notices/{notice.no}.pdf").status_code == 404


def test_two_officials_on_one_page(home, draft, sign_in):
    funds.drive(home, draft, State.SUBMITTED)
    make.user("township_b", Role.TOWNSHIP, townships=[home.village.township])
    address = f"/funds/applications/{draft.no}"
    slow = sign_in("township_b")
    page = slow.get(address).text
    township.accept(home.actor("township"), draft.no)
    answer = post(slow, f"{address}/return", page=address, opinion="缺合同。", seen=seen_in(page))
    assert answer.status_code == 409 and "该申请已被演示乡镇（街道）于 12:00 处理，页面已更新。" in answer.text


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="(\d+)"', page)[1]


@pytest.mark.parametrize(
    "username", ["coop", "township", "bureau", "verifier_forestry", "office", "leader", "auditor", "finance_maker"]
)
def test_pages_of_the_file_open(home, draft, sign_in, username):
    funds.drive(home, draft, State.APPROVING)
    browser, base = sign_in(username), f"/funds/applications/{draft.no}"
    for address in (
        base,
        f"{base}/verify",
        f"{base}/evidence",
        "/funds/queue",
        "/funds/queue?whose=all&due=late",
        "/funds/interests",
    ):
        page = browser.get(address)
        assert page.status_code == 200, address
        assert funds.ACCOUNT not in page.text
    assert browser.get(f"{base}/form.pdf").data.startswith(b"%PDF")
    assert browser.get(f"/funds/notices/{Notice.get().no}").status_code == 200
