"""Registering parties and titles: all mistakes at once, personal numbers sealed, strangers unseen."""

from __future__ import annotations

from datetime import date

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from trace.audit.models import AuditEntry
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.core.identifiers import citizen_id_check_digit, uscc_check_digit
from trace.db import db
from trace.registry import queries
from trace.registry.models import Party, Title
from trace.registry.services import grant_title, kinds_for, register_party
from trace.registry.vault import vault


def uscc(serial: int = 1) -> str:
    first = f"91430422MA{serial:07d}"
    return first + uscc_check_digit(first)


def citizen(serial: int = 1, birth: str = "19700101") -> str:
    first = f"430422{birth}{serial:03d}"
    return first + citizen_id_check_digit(first)


def firm(home, **values: object) -> dict[str, object]:
    return {"kind": "enterprise", "name": "云岭食品厂", "village": home.village.code, "uscc": uscc(), **values}


def household(home, **values: object) -> dict[str, object]:
    return {
        "kind": "household", "name": "王某某", "village": home.village.code, "id_number": citizen(), "phone": "13800000000",
        "account": "6222020000000000000", **values,
    }  # fmt: skip


def title(actor, party: Party, **values: object) -> Title:
    wanted = {
        "kind": "above_scale", "doc_no": "衡统〔2026〕1号", "issuer": "县统计局", "valid_from": date(2026, 1, 1), "valid_to": None,
        "scale_class": "industry", "entered_on": date(2026, 1, 1),
    }  # fmt: skip
    return grant_title(actor, party.code, **{**wanted, **values})


def test_a_firm_is_registered_with_its_code(home):
    made = register_party(home.actor("bureau"), firm(home, nursery_m2=66_667))
    assert (made.code, made.uscc, made.township_id, made.belongs_to_id) == (
        "P000001",
        uscc(),
        home.village.township_id,
        None,
    )
    assert made.nursery_m2 == 66_667


def test_personal_numbers_are_sealed(home):
    made = register_party(home.actor("coop"), household(home))
    row = str(Party.select().where(Party.id == made.id).dicts().get())
    trail = " ".join(bytes(entry.body).decode() for entry in AuditEntry.select())
    for secret in (citizen(), "6222020000000000000"):
        assert secret not in row
        assert secret not in trail
    assert vault().unseal(made.id_number_sealed) == citizen()
    assert (made.account_last4, made.belongs_to_id) == ("0000", home.coop.id)


def test_pages_show_no_personal_number(home, sign_in, client, token):
    made = register_party(home.actor("coop"), household(home))
    seen = [sign_in(name).get(f"/parties/{made.code}").text for name in ("coop", "bureau", "auditor")]
    seen.append(client.get("/api/v1/parties", headers=token("bureau")).text)
    for text in seen:
        assert citizen() not in text
        assert "6222020000000000000" not in text


def test_every_mistake_is_listed_at_its_field(home):
    wrong = {
        "id_number": citizen()[:-1] + ("0" if citizen()[-1] != "0" else "1"),
        "phone": "123",
        "account": "12",
        "uscc": "91",
    }
    with pytest.raises(Invalid) as caught:
        register_party(home.actor("bureau"), household(home, **wrong))
    assert {error.field: str(error.message) for error in caught.value.errors} == {
        "id_number": "身份证号校验位不正确，请核对。",
        "phone": "联系电话格式不正确，请填手机号，或带区号的座机号如 0734-8712345。",
        "account": "银行账号应为 16 至 19 位数字。",
        "uscc": "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。",
    }
    assert Party.select().count() == 3


def test_a_firm_needs_its_code(home):
    with pytest.raises(Invalid) as caught:
        register_party(home.actor("bureau"), firm(home, uscc=""))
    assert [(error.field, str(error.message)) for error in caught.value.errors] == [
        ("uscc", "请填写统一社会信用代码。")
    ]


def test_one_code_one_party(home):
    register_party(home.actor("bureau"), firm(home))
    register_party(home.actor("bureau"), household(home))
    with pytest.raises(Invalid, match="该统一社会信用代码已登记。"):
        register_party(home.actor("bureau"), firm(home, uscc=uscc().lower()))
    with pytest.raises(Invalid, match="该身份证号已登记。") as caught:
        register_party(home.actor("coop"), household(home, name="另一人", id_number=f" {citizen()} "))
    assert "王某某" not in str(caught.value)


def test_who_registers_whom(home):
    with pytest.raises(Invalid, match="合作社只能登记本社农户。"):
        register_party(home.actor("coop"), firm(home))
    with pytest.raises(NotFound):
        register_party(home.actor("township2"), household(home))
    with pytest.raises(Forbidden):
        register_party(home.actor("plant"), household(home))
    with pytest.raises(Invalid, match="请选择到村。"):
        register_party(home.actor("bureau"), household(home, village="x"))
    assert Party.select().count() == 3
    assert register_party(home.actor("township"), household(home)).belongs_to_id is None
    assert set(kinds_for(home.actor("coop"))) == {"household"}
    assert "enterprise" in kinds_for(home.actor("bureau"))


def test_who_sees_whom(home):
    member = register_party(home.actor("coop"), household(home))
    seen = {
        name: {party.code for party in queries.visible_parties(home.actor(name))}
        for name in ("coop", "coop2", "plant", "township", "township2", "bureau", "nursery")
    }
    coop, coop2, plant = home.coop.code, home.coop2.code, home.plant.code
    assert seen == {
        "coop": {coop, member.code}, "coop2": {coop2}, "plant": {plant}, "township": {coop, plant, member.code},
        "township2": {coop2}, "bureau": {coop, coop2, plant, member.code}, "nursery": set(),
    }  # fmt: skip
    with pytest.raises(NotFound):
        queries.get_party(home.actor("coop2"), member.code)


def test_titles_are_counted_while_in_force(home):
    bureau = home.actor("bureau")
    title(bureau, home.plant, valid_to=date(2026, 12, 31))
    assert [row.party.code for row in queries.titles_in_force("above_scale", date(2026, 12, 31))] == [home.plant.code]
    assert list(queries.titles_in_force("above_scale", date(2027, 1, 1))) == []
    assert list(queries.titles_in_force("above_scale", date(2025, 12, 31))) == []
    Title.update(withdrawn_on=date(2026, 6, 1)).execute()
    assert list(queries.titles_in_force("above_scale", date(2026, 6, 1))) == []


def test_only_the_bureau_records_titles(home):
    with pytest.raises(RuleBroken, match="称号和证照由县林业局登记。"):
        title(home.actor("coop"), home.coop)
    with pytest.raises(NotFound):
        title(home.actor("coop"), home.plant)
    assert not Title.select().exists()


def test_wrong_and_repeated_titles_are_refused(home):
    bureau = home.actor("bureau")
    with pytest.raises(Invalid, match="有效期止早于有效期起。"):
        title(bureau, home.plant, valid_to=date(2025, 12, 31))
    title(bureau, home.plant)
    with pytest.raises(Invalid, match="该主体的这项称号和文号已登记。") as caught:
        title(bureau, home.plant, doc_no=" 衡统〔2026〕1号 ")
    assert caught.value.field == "doc_no"
    assert Title.select().count() == 1


def test_the_form_registers_and_refuses(home, sign_in):
    browser = sign_in("bureau")
    wrong = post(browser, "/parties/new", kind="enterprise", name="", village="", uscc="91", nursery_mu="很多")
    assert wrong.status_code == 422
    for text in ("请填写这一项。", "请选择到村。", "面积只能填数字。"):
        assert text in wrong.text
    right = post(browser, "/parties/new", **firm(home, nursery_mu="100"))
    assert (right.status_code, right.headers["Location"]) == (302, "/parties/P000001")
    assert Party.get(Party.code == "P000001").nursery_m2 == 66_667
    again = post(browser, "/parties/new", **firm(home))
    assert (again.status_code, "该统一社会信用代码已登记。" in again.text) == (422, True)


def test_the_form_of_a_title(home, sign_in):
    browser = sign_in("bureau")
    page = f"/parties/{home.plant.code}"
    values = {"kind": "above_scale", "doc_no": "衡统〔2026〕1号", "issuer": "县统计局", "valid_from": "2026-01-01"}
    values |= {"scale_class": "industry", "entered_on": "2026-01-01"}
    assert post(browser, f"{page}/titles", page=page, **{**values, "valid_from": "2026-02-30"}).status_code == 422
    assert post(browser, f"{page}/titles", page=page, **values).status_code == 302
    assert "衡统〔2026〕1号" in browser.get(page).text
    again = post(browser, f"{page}/titles", page=page, **values)
    assert (again.status_code, "该主体的这项称号和文号已登记。" in again.text) == (422, True)


def test_names_with_markup_are_shown_as_text(home, sign_in):
    made = register_party(home.actor("bureau"), firm(home, name="<b onmouseover=alert(1)>厂</b>"))
    for address in ("/parties", f"/parties/{made.code}", "/plots/new"):
        text = sign_in("bureau").get(address).text
        assert "<b onmouseover" not in text
        assert "&lt;b onmouseover" in text


def test_the_interface_registers_and_lists(home, client, token):
    headers = token("bureau")
    wrong = client.post("/api/v1/parties", json=firm(home, uscc=uscc()[:-1] + "?"), headers=headers)
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "uscc")
    right = client.post("/api/v1/parties", json=firm(home), headers=headers)
    assert (right.status_code, right.json) == (
        201,
        {"code": "P000001", "kind": "enterprise", "name": "云岭食品厂", "uscc": uscc()},
    )
    items = client.get("/api/v1/parties?kind=cooperative", headers=headers).json["items"]
    assert {item["code"] for item in items} == {home.coop.code, home.coop2.code}
    towns = client.get("/api/v1/townships", headers=headers).json
    assert (len(towns["items"]), towns["next"]) == (23, None)
    villages = client.get(f"/api/v1/villages?township={make.HOME}", headers=headers).json["items"]
    assert {village["township"]["code"] for village in villages} == {make.HOME}


def test_impossible_rows_are_refused_by_the_database(home):
    for statement in ("SET kind = 'ghost'", "SET nursery_m2 = -1", "SET uscc = 'X'"):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(f"UPDATE party {statement}")
