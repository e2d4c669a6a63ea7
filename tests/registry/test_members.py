"""Memberships, roles and people of households: dated, never twice at once, never lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from tests.registry.numbers import GOOD_ID, IMPOSSIBLE_ID, OTHER_ID, citizen, firm, household
from trace.audit.models import AuditEntry
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.registry import members, queries
from trace.registry.models import HouseholdMember, Membership, Party, PartyRole
from trace.registry.services import register_party
from trace.registry.vault import vault

DAY = date(2024, 5, 1)


@pytest.fixture
def farmer(home) -> Party:
    return register_party(home.actor("township"), household(home))


def again(party: Party) -> Party:
    return Party.get_by_id(party.id)


def test_joining_and_leaving_keep_their_history(home, farmer):
    bureau = home.actor("bureau")
    members.join(bureau, home.coop.code, farmer.code, DAY)
    assert again(farmer).belongs_to_id == home.coop.id
    assert farmer.code in {p.code for p in queries.visible_parties(home.actor("coop"))}
    members.leave(bureau, home.coop.code, farmer.code, date(2025, 5, 1), "迁居县城")
    assert again(farmer).belongs_to_id is None
    assert farmer.code not in {p.code for p in queries.visible_parties(home.actor("coop"))}
    members.join(bureau, home.coop.code, farmer.code, date(2025, 5, 1))
    rows = [(m.joined_on, m.left_on, m.left_reason) for m in queries.memberships_of(farmer)]
    assert rows == [(date(2025, 5, 1), None, ""), (DAY, date(2025, 5, 1), "迁居县城")]
    assert queries.count_members(home.coop) == 1
    assert list(all_findings("registry")) == []


@pytest.mark.parametrize(
    ("left", "joins"), [(None, DAY), (None, date(2023, 1, 1)), (date(2025, 5, 1), date(2025, 4, 30))]
)
def test_no_two_memberships_at_once_in_one_organisation(home, farmer, left, joins):
    bureau = home.actor("bureau")
    members.join(bureau, home.coop.code, farmer.code, DAY)
    if left:
        members.leave(bureau, home.coop.code, farmer.code, left, "退社")
    when = f"在 2024-05-01—{left} " if left else "自 2024-05-01 起"
    with pytest.raises(Invalid, match=f"王某某{when}已是该组织成员，时间不能重叠。"):
        members.join(bureau, home.coop.code, farmer.code, joins)
    members.join(bureau, home.coop2.code, farmer.code, joins)
    assert list(all_findings("registry")) == []


def test_the_older_membership_is_the_primary_one(home, farmer):
    bureau = home.actor("bureau")
    members.join(bureau, home.coop.code, farmer.code, date(2024, 6, 1))
    members.join(bureau, home.coop2.code, farmer.code, DAY)
    assert again(farmer).belongs_to_id == home.coop2.id
    members.leave(bureau, home.coop2.code, farmer.code, date(2024, 7, 1), "退社")
    assert again(farmer).belongs_to_id == home.coop.id


def test_dates_and_kinds_have_to_make_sense(home, farmer):
    bureau, tomorrow = home.actor("bureau"), business_date() + timedelta(days=1)
    with pytest.raises(Invalid, match="日期不能晚于今天。"):
        members.join(bureau, home.coop.code, farmer.code, tomorrow)
    with pytest.raises(RuleBroken, match="青岭食品厂不是合作社等成员制组织，不能登记社员。"):
        members.join(bureau, home.plant.code, farmer.code, DAY)
    with pytest.raises(Invalid, match="不能加入自己。"):
        members.join(bureau, home.coop.code, home.coop.code, DAY)
    with pytest.raises(Invalid, match="没有编号为 T99999 的主体，或不在您的管理范围内。"):
        members.join(bureau, home.coop.code, "T99999", DAY)
    members.join(bureau, home.coop.code, farmer.code, DAY)
    with pytest.raises(Invalid) as caught:
        members.leave(bureau, home.coop.code, farmer.code, date(2024, 4, 30), " ")
    assert {e.field: str(e.message) for e in caught.value.errors} == {
        "left_on": "退出日期应在加入日期与今天之间。", "reason": "请填写退出的原因。",
    }  # fmt: skip
    assert Membership.select().count() == 1


def test_a_cooperative_keeps_its_own_members_only(home, farmer):
    coop = home.actor("coop")
    with pytest.raises(Invalid, match="不在您的管理范围内"):
        members.join(coop, home.coop.code, farmer.code, DAY)
    own = register_party(coop, household(home, id_number=OTHER_ID, phone="13900000000"))
    (row,) = queries.memberships_of(own)
    assert (row.organisation_id, row.joined_on, row.left_on) == (home.coop.id, business_date(), None)
    with pytest.raises(NotFound):
        members.leave(home.actor("coop2"), home.coop.code, own.code, business_date(), "退社")
    members.leave(coop, home.coop.code, own.code, business_date(), "退社")
    with pytest.raises(NotFound):
        members.leave(coop, home.coop.code, own.code, business_date(), "退社")


def test_the_database_refuses_two_open_rows(home, farmer):
    values = {"joined_on": DAY, "recorded_at": farmer.registered_at}
    Membership.create(member=farmer, organisation=home.coop, **values)
    with pytest.raises(IntegrityError), db.atomic():
        Membership.create(member=farmer, organisation=home.coop, **values)
    PartyRole.create(party=farmer, role="grower", valid_from=DAY, recorded_at=farmer.registered_at)
    with pytest.raises(IntegrityError), db.atomic():
        PartyRole.create(party=farmer, role="grower", valid_from=DAY, recorded_at=farmer.registered_at)
    for statement in ("SET left_on = '2020-01-01'", "SET organisation_id = member_id"):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(f"UPDATE membership {statement}")


def test_overlaps_and_strays_are_found_by_the_check(home, farmer):
    values = {"member": farmer, "organisation": home.coop, "recorded_at": farmer.registered_at}
    Membership.create(**values, joined_on=DAY, left_on=date(2025, 1, 1))
    Membership.create(**values, joined_on=date(2024, 12, 1), left_on=date(2025, 6, 1))
    Party.update(belongs_to=home.coop).where(Party.id == farmer.id).execute()
    findings = list(all_findings("registry"))
    assert len(findings) == 2
    assert "is twice at once in" in findings[0]
    assert "it is no member of" in findings[1]


def test_one_party_nursery_grower_and_processor(home):
    bureau = home.actor("bureau")
    made = register_party(bureau, firm(home, kind="nursery", roles=["grower", "nursery"]))
    members.open_role(bureau, made.code, "processor", date(2024, 1, 1), "叶茶")
    assert sorted(row.role for row in queries.roles_of(made)) == ["grower", "nursery", "processor"]
    members.end_role(bureau, made.code, "processor", date(2025, 1, 1))
    with pytest.raises(Invalid, match="该主体自 2024-01-01 起已有这个角色。"):
        members.open_role(bureau, made.code, "processor", date(2024, 12, 31))
    members.open_role(bureau, made.code, "processor", date(2025, 1, 1))
    with pytest.raises(Invalid, match="结束日期应在开始日期与今天之间。"):
        members.end_role(bureau, made.code, "processor", date(2024, 12, 31))
    assert list(all_findings("registry")) == []


def test_seats_in_the_leading_group_are_for_public_bodies(home):
    bureau = home.actor("bureau")
    body = make.party("public_body", "演示局", home.village)
    members.open_role(bureau, body.code, "lg_deputy", date(2022, 3, 8), "清政办发〔2022〕7号")
    text = "领导小组的职务只登记给机关单位，生产经营角色只登记给其他主体。"
    for party, role in ((home.plant, "lg_member"), (body, "grower")):
        with pytest.raises(Invalid, match=text):
            members.open_role(bureau, party.code, role, date(2022, 3, 8))
    with pytest.raises(RuleBroken, match="主体的角色由乡镇（街道）或县林业局登记。"):
        members.open_role(home.actor("coop"), home.coop.code, "seller", DAY)


def person(**values: object) -> dict[str, object]:
    return {"name": "王小满", "relation": "child", **values}


def test_people_of_a_household(home, farmer):
    coop = home.actor("township")
    row = members.add_person(
        coop, farmer.code, person(id_number=" ４３０４２２１９７６０７１５００２４", relation="spouse")
    )
    assert vault().unseal(row.id_number_sealed) == OTHER_ID
    assert (row.joined_on, row.under_14) == (business_date(), False)
    trail = bytes(AuditEntry.select().where(AuditEntry.action == "party.person").get().body).decode()
    assert OTHER_ID not in trail
    with pytest.raises(RuleBroken, match="只有农户登记家庭成员。"):
        members.add_person(coop, home.coop.code, person())


def test_of_children_no_number_is_kept(home, farmer):
    actor, text = home.actor("township"), "未满 14 周岁的成员不登记身份证号，请留空并勾选“未满 14 周岁”。"
    today = business_date()
    birthday = today.replace(year=today.year - 14)
    for values in (
        {"under_14": True, "id_number": OTHER_ID},
        {"id_number": citizen(birth=f"{birthday + timedelta(days=1):%Y%m%d}")},
    ):
        with pytest.raises(Invalid, match=text):
            members.add_person(actor, farmer.code, person(**values))
    members.add_person(actor, farmer.code, person(id_number=citizen(birth=f"{birthday:%Y%m%d}")))
    child = members.add_person(actor, farmer.code, person(under_14=True))
    assert (child.id_number_sealed, child.id_number_hash) == ("", None)
    with pytest.raises((IntegrityError, OperationalError)), db.atomic():
        HouseholdMember.update(id_number_hash="x" * 64).where(HouseholdMember.id == child.id).execute()


def test_one_id_lives_in_one_household(home, farmer):
    actor = home.actor("township")
    other = register_party(actor, household(home, name="李某", id_number=citizen(7), phone="13900000000"))
    first = members.add_person(actor, farmer.code, person(id_number=OTHER_ID))
    for code in (farmer.code, other.code):
        with pytest.raises(Invalid, match="该身份证号已是一户的家庭成员，请先办理迁出。"):
            members.add_person(actor, code, person(id_number=OTHER_ID))
    with pytest.raises(Invalid, match="该身份证号已是一户的家庭成员，请先办理迁出。"):
        register_party(actor, household(home, name="王小满", id_number=OTHER_ID))
    with pytest.raises(Invalid, match="该身份证号已登记。") as caught:
        members.add_person(actor, other.code, person(id_number=GOOD_ID))
    assert "王某某" not in str(caught.value)
    members.remove_person(actor, farmer.code, first.id, business_date(), "分户")
    assert members.add_person(actor, other.code, person(id_number=OTHER_ID)).id_number_hash == first.id_number_hash
    with pytest.raises(NotFound):
        members.remove_person(actor, farmer.code, first.id, business_date(), "分户")


def test_a_household_of_thirty(home, farmer, sign_in):
    for n in range(30):
        members.add_person(home.actor("township"), farmer.code, person(name=f"王{n:02d}", id_number=citizen(100 + n)))
    text = sign_in("township").get(f"/parties/{farmer.code}").text
    assert all(f"王{n:02d}" in text for n in range(30))


def test_the_forms_say_every_mistake(home, farmer, sign_in):
    browser, page = sign_in("township"), f"/parties/{farmer.code}/people/new"
    wrong = post(browser, page, person="", relation="", id_number="")
    assert (wrong.status_code, wrong.text.count("请填写这一项。") >= 2) == (422, True)
    impossible = post(browser, page, person="王小满", relation="child", id_number=IMPOSSIBLE_ID)
    assert "出生日期 1985-02-29 不存在。" in impossible.text
    assert post(browser, page, person="王小满", relation="child", under_14="1").status_code == 302
    row = HouseholdMember.get()
    assert (
        post(
            browser, f"/parties/{farmer.code}/people/leave", member_id=row.id, left_on=business_date(), reason=""
        ).status_code
        == 422
    )
    assert (
        post(
            browser, f"/parties/{farmer.code}/people/leave", member_id=row.id, left_on=business_date(), reason="分户"
        ).status_code
        == 302
    )


def test_the_forms_of_members_and_roles(home, farmer, sign_in):
    browser, base = sign_in("bureau"), f"/parties/{home.coop.code}"
    assert farmer.code in browser.get(f"{base}/members/new").text
    assert post(browser, f"{base}/members/new", member=farmer.code, joined_on="2024-02-30").status_code == 422
    assert post(browser, f"{base}/members/new", member=farmer.code, joined_on="2024-02-29").status_code == 302
    assert farmer.code in browser.get(f"{base}/members").text
    assert (
        post(browser, f"{base}/members/leave", member=farmer.code, left_on="2025-01-01", reason="退社").status_code
        == 302
    )
    assert "2025-01-01" in browser.get(f"{base}/members").text
    assert post(browser, f"{base}/roles", role="seller", valid_from="2024-01-01").status_code == 302
    assert "销售" in browser.get(base).text
    assert (
        post(
            browser, f"{base}/roles/end", page=f"{base}/roles?end=seller", role="seller", valid_to="2023-01-01"
        ).status_code
        == 422
    )
    assert (
        post(
            browser, f"{base}/roles/end", page=f"{base}/roles?end=seller", role="seller", valid_to="2025-01-01"
        ).status_code
        == 302
    )


def test_the_interface_of_memberships(home, farmer, client, token):
    headers, address = token("bureau"), f"/api/v1/parties/{home.coop.code}/memberships"
    made = client.post(address, json={"member": farmer.code, "joined_on": "2024-05-01"}, headers=headers)
    assert (made.status_code, made.json) == (
        201, {"member": farmer.code, "organisation": home.coop.code, "joined_on": "2024-05-01", "left_on": None},
    )  # fmt: skip
    assert client.get(address, headers=headers).json["items"] == [made.json]
    twice = client.post(address, json={"member": farmer.code, "joined_on": "2024-05-01"}, headers=headers)
    assert (twice.status_code, twice.json["code"]) == (422, "MEMBERSHIP_OVERLAP")
    assert client.get(address, headers=token("coop2")).status_code == 404
