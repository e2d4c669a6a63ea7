"""Numbers as clerks type them: normalised, explained, sealed; what is only odd becomes a warning on the page."""

from __future__ import annotations

import pytest

from tests.conftest import post
from tests.registry.numbers import (
    COLLECTIVE_USCC,
    GOOD_ID,
    GOOD_USCC,
    IMPOSSIBLE_ID,
    OTHER_ID,
    citizen,
    firm,
    household,
)
from trace.audit.models import AuditEntry
from trace.core.errors import Invalid
from trace.db import db
from trace.registry import initials
from trace.registry.directory import with_number
from trace.registry.models import Party
from trace.registry.services import register_party
from trace.registry.vault import vault


def refusals(actor, values: dict[str, object]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        register_party(actor, values)
    return {error.field: str(error.message) for error in caught.value.errors}


@pytest.mark.parametrize(
    ("field", "typed", "text"),
    [
        ("id_number", IMPOSSIBLE_ID, "出生日期 1985-02-29 不存在。"),
        ("id_number", "4.30422E+17", "身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。"),
        ("id_number", "４．３０４２２Ｅ＋１７", "身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。"),
        ("id_number", "430422900101001", "15 位老身份证号已停用，请填写 18 位号码。"),
        ("account", "6.22202E+18", "银行账号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。"),
        ("account", "62220", "银行账号应为 16 至 19 位数字。"),
        ("phone", "1.38E+10", "联系电话被 Excel 转成了科学计数法，请把该列设为文本后重新导入。"),
        ("phone", "12800000000", "联系电话格式不正确，请填手机号，或带区号的座机号如 0734-8712345。"),
    ],
)
def test_wrong_numbers_are_explained(home, field, typed, text):
    assert refusals(home.actor("bureau"), household(home, **{field: typed})) == {field: text}


@pytest.mark.parametrize(
    "typed", ["４３０４２２１９９００１０１００１８", " 430422 19900101 0018 ", "430422199001010018\u200b"]
)
def test_an_id_is_the_same_however_it_is_typed(home, typed):
    made = register_party(home.actor("bureau"), household(home, id_number=typed))
    assert vault().unseal(made.id_number_sealed) == GOOD_ID
    assert made.id_number_hash == vault().search_hash(GOOD_ID)


@pytest.mark.parametrize(("kind", "code"), [("cooperative", GOOD_USCC), ("village_collective", COLLECTIVE_USCC)])
def test_credit_codes_in_small_letters_and_full_width(home, kind, code):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code.lower())
    assert register_party(home.actor("bureau"), firm(home, kind=kind, uscc=f"{wide[:4]} {wide[4:]}")).uscc == code


def test_what_is_only_odd_is_kept_and_said(home, sign_in):
    """An unknown region and a failed Luhn digit: both warnings stand on the page until the number is corrected."""
    odd = household(home, id_number=citizen(region="439999"), account="6222020000000001")
    made = register_party(home.actor("bureau"), odd)
    assert made.number_warnings == ["id_region", "account_check"]
    page = sign_in("bureau").get(f"/parties/{made.code}").text
    assert "身份证号前 6 位不是已知的县级区划代码，请核对。" in page
    assert "银行账号校验位不符，请与存折或银行卡核对。" in page
    listed = sign_in("bureau").get("/parties?status=warned").text
    assert made.code in listed
    assert home.coop.code not in listed


def test_numbers_nobody_needs_are_not_taken(home):
    assert refusals(home.actor("bureau"), firm(home, id_number=GOOD_ID)) == {
        "id_number": "身份证号只登记农户和家庭农场的，请留空。"
    }


def test_a_households_phone_is_sealed_a_firms_is_public(home, sign_in):
    farmer = register_party(home.actor("bureau"), household(home))
    works = register_party(home.actor("bureau"), firm(home, phone="0734-8712345"))
    assert (farmer.phone, vault().unseal(farmer.phone_sealed)) == ("", "13800000000")
    assert (works.phone, works.phone_sealed) == ("0734-8712345", "")
    browser = sign_in("bureau")
    assert "138****0000" in browser.get(f"/parties/{farmer.code}").text
    assert "0734-8712345" in browser.get(f"/parties/{works.code}").text


def test_a_party_is_found_by_each_of_its_numbers(home):
    bureau = home.actor("bureau")
    farmer = register_party(bureau, household(home))
    works = register_party(bureau, firm(home, phone="0734 8712345"))
    for typed in (GOOD_ID, "４３０４２２ 19900101 0018", "138 0000 0000", "+86 138-0000-0000", "6222 0200 0000 0000"):
        assert [p.code for p in with_number(bureau, typed)] == [farmer.code], typed
    for typed in (works.uscc.lower(), "0734-8712345"):
        assert [p.code for p in with_number(bureau, typed)] == [works.code], typed
    for typed in (OTHER_ID, "", "0", GOOD_ID[:17], "%", "'; --"):
        assert with_number(bureau, typed) == [], typed
    assert with_number(home.actor("coop2"), GOOD_ID) == [], "not in scope"


def test_finding_by_number_leaves_no_number_anywhere(home, sign_in, capfd):
    farmer = register_party(home.actor("bureau"), household(home))
    browser = sign_in("bureau")
    answer = post(browser, "/parties/find", page="/parties", number=GOOD_ID)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/parties/{farmer.code}")
    missing = post(browser, "/parties/find", page="/parties", number=OTHER_ID)
    assert (missing.status_code, "您的管理范围内没有登记这个号码的主体" in missing.text) == (404, True)
    assert OTHER_ID not in missing.text
    typed_in_the_wrong_box = browser.get(f"/parties?q={GOOD_ID}&kind=household")
    assert typed_in_the_wrong_box.status_code == 302
    assert GOOD_ID not in typed_in_the_wrong_box.headers["Location"]
    for typed in ("138 0000 0000", "６２２２０２００００００００００"):
        assert browser.get("/parties", query_string={"q": typed}).status_code == 302
    trail = " ".join(bytes(entry.body).decode() for entry in AuditEntry.select())
    said = "".join(capfd.readouterr())
    assert GOOD_ID not in trail + said
    assert OTHER_ID not in trail + said


def test_an_upgrade_seals_phones_and_fills_initials(home):
    old = Party.create(
        code="P999999", kind="household", name="喆堃", village=home.village, township=home.village.township, phone="13800000001",
        registered_at=home.coop.registered_at,
    )  # fmt: skip
    assert initials.bring_up_to_date() == 1
    now = Party.get_by_id(old.id)
    assert (now.phone, vault().unseal(now.phone_sealed), now.initials) == ("", "13800000001", "zk")
    assert initials.bring_up_to_date() == 0


def test_nothing_personal_in_any_interface_answer(home, client, token):
    register_party(home.actor("bureau"), household(home))
    headers = token("bureau")
    answers = [
        client.post("/api/v1/parties", json=household(home, id_number=OTHER_ID, phone="13900000000"), headers=headers),
        client.get("/api/v1/parties?q=王", headers=headers),
        client.get("/parties/picks.json?q=wm", headers=headers),
    ]
    for answer in answers:
        for secret in (GOOD_ID, OTHER_ID, "13800000000", "13900000000", "6222020000000000"):
            assert secret not in answer.text


def test_the_database_itself_holds_no_number(home):
    register_party(home.actor("bureau"), household(home))
    for table in db.get_tables():
        text = str(list(db.execute_sql(f'SELECT * FROM "{table}"').fetchall()))
        for secret in (GOOD_ID, "13800000000", "6222020000000000"):
            assert secret not in text, table
