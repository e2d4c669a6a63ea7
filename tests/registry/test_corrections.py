"""Correcting, retiring, judging and merging: history kept, nobody overwritten, nothing deleted."""

from __future__ import annotations

import json
from datetime import date

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from tests.registry.numbers import GOOD_ID, OTHER_ID, citizen, firm, household, uscc
from trace.accounts.models import User
from trace.audit.models import AuditEntry
from trace.core.actor import Role
from trace.core.clock import business_date, to_local
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.land.models import Plot
from trace.registry import corrections, directory, members
from trace.registry.models import DuplicateDecision, HouseholdMember, Membership, Party, Title
from trace.registry.services import grant_title, register_party
from trace.registry.vault import vault


@pytest.fixture
def farmer(home) -> Party:
    return register_party(home.actor("coop"), household(home))


def correction(party: Party, **values: object) -> dict[str, object]:
    return {"name": party.name, "village": party.village.code, **values}


def last(action: str) -> AuditEntry:
    return AuditEntry.select().where(AuditEntry.action == action).order_by(AuditEntry.id.desc()).get()


def test_a_correction_says_from_and_to_but_no_number(home, farmer):
    bureau = home.actor("bureau")
    values = correction(farmer, name="王某", village=home.village2.code, id_number=OTHER_ID, phone="13900000000")
    changed = corrections.correct_party(bureau, farmer.code, values, 1)
    assert (changed.name, changed.initials, changed.version, changed.changed_by) == ("王某", "wm", 2, "演示县林业局")
    assert changed.township_id == home.village2.township_id
    assert vault().unseal(changed.id_number_sealed) == OTHER_ID
    assert vault().unseal(changed.account_sealed) == "6222020000000000", "left empty, so kept"
    entry = last("party.correct")
    assert entry.detail == {
        "changes": {
            "name": ["王某某", "王某"], "village": [home.village.code, home.village2.code], "id_number": "changed", "phone": "changed",
        }
    }  # fmt: skip
    for secret in (GOOD_ID, OTHER_ID, "13900000000"):
        assert secret not in bytes(entry.body).decode()


def test_two_clerks_cannot_overwrite_each_other(home, farmer, sign_in):
    """The exact sentence, with who and when; the page then shows what the register says now."""
    page = f"/parties/{farmer.code}/edit"
    first, second = sign_in("bureau"), sign_in("township")
    shown = second.get(page).text
    assert 'name="version" value="1"' in shown
    values = {"village": home.village.code, "version": "1"}
    assert post(first, page, name="张三", **values).status_code == 302
    late = post(second, page, name="李四", **values)
    at = to_local(Party.get_by_id(farmer.id).changed_at)
    assert late.status_code == 409
    assert f"该主体已被演示县林业局于 {at:%H:%M} 修改，页面已更新。" in late.text
    assert 'value="张三"' in late.text
    assert 'name="version" value="2"' in late.text
    assert Party.get_by_id(farmer.id).name == "张三"
    assert post(second, page, name="李四", village=home.village.code, version="2").status_code == 302


def test_corrections_are_checked_like_entries(home, farmer):
    bureau = home.actor("bureau")
    register_party(bureau, firm(home))
    with pytest.raises(Invalid) as caught:
        corrections.correct_party(bureau, farmer.code, correction(farmer, id_number="1", phone="1", account="1"), 1)
    assert {e.field for e in caught.value.errors} == {"id_number", "phone", "account"}
    with pytest.raises(Invalid, match="该统一社会信用代码已登记。"):
        corrections.correct_party(bureau, home.plant.code, correction(home.plant, uscc=uscc()), 1)
    with pytest.raises(Invalid, match="主体类别由县林业局更正。"):
        corrections.correct_party(home.actor("township"), farmer.code, correction(farmer, kind="family_farm"), 1)
    with pytest.raises(NotFound):
        corrections.correct_party(
            home.actor("township"), farmer.code, correction(farmer, village=home.village2.code), 1
        )
    with pytest.raises(NotFound):
        corrections.correct_party(home.actor("coop2"), farmer.code, correction(farmer), 1)
    with pytest.raises(Forbidden):
        corrections.correct_party(home.actor("grower"), farmer.code, correction(farmer), 1)
    assert Party.get_by_id(farmer.id).version == 1


def test_a_corrected_number_takes_its_warning_along(home):
    bureau = home.actor("bureau")
    odd = household(home, id_number=citizen(region="439999"), account="6222020000000001")
    made = register_party(bureau, odd)
    changed = corrections.correct_party(bureau, made.code, correction(made, id_number=GOOD_ID), 1)
    assert changed.number_warnings == ["account_check"]


def test_a_retired_party_is_offered_nowhere_and_can_come_back(home, farmer, sign_in):
    bureau = home.actor("bureau")
    with pytest.raises(Invalid, match="请填写停用的原因。"):
        corrections.retire_party(bureau, farmer.code, " ", 1)
    with pytest.raises(RuleBroken, match="停用和合并由乡镇（街道）或县林业局办理。"):
        corrections.retire_party(home.actor("coop"), farmer.code, "搬走", 1)
    corrections.retire_party(bureau, farmer.code, "全家迁出", 1)
    assert directory.picks(bureau, "王某") == []
    browser = sign_in("bureau")
    assert farmer.code not in browser.get("/parties").text
    assert farmer.code in browser.get("/parties?status=retired").text
    assert "全家迁出" in browser.get(f"/parties/{farmer.code}").text
    for refused in (
        lambda: corrections.correct_party(bureau, farmer.code, correction(farmer), 2),
        lambda: members.open_role(bureau, farmer.code, "grower", business_date()),
        lambda: members.add_person(bureau, farmer.code, {"name": "王小", "relation": "child"}),
    ):
        with pytest.raises(RuleBroken, match="王某某已停用，不能再办理登记。"):
            refused()
    corrections.restore_party(bureau, farmer.code, "回乡", 2)
    assert [p.code for p in directory.picks(bureau, "王某")] == [farmer.code]
    with pytest.raises(RuleBroken, match="不能恢复"):
        corrections.restore_party(bureau, farmer.code, "再恢复", 3)


def test_the_retire_page(home, farmer, sign_in):
    browser, page = sign_in("bureau"), f"/parties/{farmer.code}/retire"
    assert post(browser, page, reason="", version="1").status_code == 422
    stale = post(browser, page, reason="搬走", version="9")
    assert (stale.status_code, "页面已更新" in stale.text) == (409, True)
    assert post(browser, page, reason="搬走", version="1").status_code == 302
    assert post(browser, page, reason="回乡", version="2").status_code == 302
    assert Party.get_by_id(farmer.id).retired_on is None


@pytest.fixture
def twins(home, farmer) -> tuple[Party, Party]:
    """The same household entered twice, the second time by the township."""
    second = register_party(
        home.actor("township"),
        {"kind": "household", "name": farmer.name, "village": home.village.code, "phone": "13900000000"},
    )
    return farmer, second


def test_namesakes_are_listed_until_judged(home, twins, sign_in):
    first, second = twins
    bureau = home.actor("bureau")
    register_party(bureau, household(home, village=home.village2.code, id_number=OTHER_ID, phone="13700000000"))
    assert directory.suspects(bureau) == [(first, second)]
    assert directory.suspects(home.actor("township")) == [(first, second)]
    assert directory.suspects(home.actor("township2")) == []
    with pytest.raises(Invalid, match="请填写判定的依据。"):
        corrections.keep_apart(bureau, first.code, second.code, "")
    browser = sign_in("bureau")
    assert second.code in browser.get("/parties/duplicates").text
    page = f"/parties/{second.code}/duplicates"
    answer = post(
        browser, page, page="/parties/duplicates", other=first.code, decision="different", reason="同名，父子两户"
    )
    assert answer.status_code == 302
    assert directory.suspects(bureau) == []
    assert "没有疑似重复的主体。" in browser.get("/parties/duplicates").text
    row = DuplicateDecision.get()
    assert (row.first_id, row.second_id, row.decision, row.reason) == (
        first.id,
        second.id,
        "different",
        "同名，父子两户",
    )
    with pytest.raises(RuleBroken, match="这两个主体已经判定过。"):
        corrections.keep_apart(bureau, first.code, second.code, "再判一次")
    assert "同名，父子两户" in browser.get(f"/parties/{first.code}").text
    with pytest.raises((IntegrityError, OperationalError), match="append-only"), db.atomic():
        DuplicateDecision.update(reason="别的").execute()


def test_a_merge_moves_what_is_the_partys_own(home, twins):
    first, second = twins
    bureau = home.actor("bureau")
    plot = make.plot(home.actor("township"), home, operator=second)
    grant_title(bureau, second.code, kind="organic", doc_no="1", issuer="某", valid_from=date(2024, 1, 1))
    members.add_person(bureau, second.code, {"name": "王小", "relation": "child", "under_14": True})
    members.open_role(bureau, second.code, "grower", date(2024, 1, 1))
    members.join(bureau, home.coop2.code, second.code, date(2024, 1, 1))
    account = make.user("wang", Role.GROWER, second)
    kept = corrections.merge_parties(bureau, second.code, first.code, "身份证核对为同一人")
    old = Party.get_by_id(second.id)
    assert (old.merged_into_id, old.retired_on, old.belongs_to_id) == (first.id, business_date(), None)
    assert Plot.get_by_id(plot.id).operator_id == kept.id == first.id
    assert Title.get().party_id == HouseholdMember.get().household_id == first.id
    assert {row.organisation_id for row in Membership.select().where(Membership.member == first)} == {
        home.coop.id,
        home.coop2.id,
    }
    assert User.get_by_id(account.id).party_id == first.id
    assert kept.version == 2
    assert last("party.merge").detail["moved"] == {
        "titles": 1,
        "people": 1,
        "roles": 1,
        "memberships": 1,
        "plots": 1,
        "users": 1,
    }
    assert last("plot.follow_merge").subject == plot.code
    assert list(all_findings()) == []
    with pytest.raises(RuleBroken, match="其中一个主体已停用，不能再合并。"):
        corrections.merge_parties(bureau, second.code, first.code, "再来")
    with pytest.raises(RuleBroken, match="已并入其他主体，不能恢复"):
        corrections.restore_party(bureau, second.code, "恢复", old.version)


def test_a_merge_completes_the_numbers(home, twins):
    first, second = twins
    corrections.merge_parties(home.actor("bureau"), first.code, second.code, "同一户")
    kept, old = Party.get_by_id(second.id), Party.get_by_id(first.id)
    assert vault().unseal(kept.id_number_sealed) == GOOD_ID
    assert (vault().unseal(kept.phone_sealed), kept.account_last4) == ("13900000000", "0000")
    assert (old.id_number_hash, old.id_number_sealed, old.account_last4) == (None, "", "")
    assert directory.with_number(home.actor("bureau"), GOOD_ID) == [kept]
    assert list(all_findings()) == []


def test_what_is_history_does_not_move(home, twins):
    first, _second = twins
    bureau = home.actor("bureau")
    other = make.party("cooperative", home.coop.name, home.village)
    make.harvest(home.actor("coop"), make.plot(home.actor("coop"), home))
    text = f"{home.coop.code} 名下有 1 个批次，不能并入别的主体；请反过来，把 {other.code} 并入它。"
    with pytest.raises(RuleBroken, match=text):
        corrections.merge_parties(bureau, home.coop.code, other.code, "重复")
    assert Party.get_by_id(home.coop.id).retired_on is None
    corrections.merge_parties(bureau, other.code, home.coop.code, "重复")
    with pytest.raises(RuleBroken, match="两个主体的类别不同"):
        corrections.merge_parties(bureau, first.code, home.coop.code, "乱并")
    with pytest.raises(Invalid, match="请选择两个不同的主体。"):
        corrections.merge_parties(bureau, first.code, first.code, "自己")


def test_merging_through_the_page(home, twins, sign_in):
    first, second = twins
    browser = sign_in("bureau")
    answer = post(
        browser,
        f"/parties/{first.code}/duplicates",
        page="/parties/duplicates",
        other=second.code,
        decision="merged",
        reason="同一户",
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/parties/{first.code}")
    text = browser.get(f"/parties/{second.code}").text
    assert "该主体已并入" in text
    assert first.code in text


def test_the_trail_of_a_merge_is_plain_json(home, twins):
    first, second = twins
    corrections.merge_parties(home.actor("bureau"), second.code, first.code, "同一户")
    body = json.loads(bytes(last("party.merge").body))
    assert (body["subject"], body["detail"]["into"]) == (second.code, first.code)
