"""Titles and licences: checked numbers, scans, withdrawal, and an expiry that follows the county's calendar day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from tests.conftest import csrf, post
from trace.core import clock
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.files import store
from trace.files.models import StoredFile
from trace.files.rules import Upload
from trace.registry import queries
from trace.registry.models import Title
from trace.registry.services import attach_scan, grant_title, withdraw_title
from trace.registry.title_rules import title_state

TUPIPA = "ehretia_dicksonii"


def licence(actor, party, **values: object) -> Title:
    wanted = {
        "kind": "seed_licence", "doc_no": "湘林种〔2024〕1号", "issuer": "县林业局", "valid_from": date(2024, 1, 1),
        "valid_to": date(2028, 12, 31), "taxa": [TUPIPA],
    }  # fmt: skip
    return grant_title(actor, party.code, **{**wanted, **values})


def pdf() -> bytes:
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("food_licence", "ｓｃ １０４４３０４２２ ０００１２", "SC10443042200012"),
        ("pesticide_dealer", "农药经许(湘)４３０４２２２０００１", "农药经许（湘）43042220001"),
        ("lab_cma", "CMA 2115 2034 0123", "211520340123"),
        ("lab_catl", "[2021]农质检核(湘)字第0012号", "〔2021〕农质检核（湘）字第0012号"),
        ("workshop_licence", " 湘食作坊〔2025〕3号 ", "湘食作坊〔2025〕3号"),
    ],
)
def test_document_numbers_are_checked_and_normalised(home, kind, typed, kept):
    assert licence(home.actor("bureau"), home.plant, kind=kind, doc_no=typed, food_categories=["tea"]).doc_no == kept


@pytest.mark.parametrize(
    ("kind", "typed", "text"),
    [
        ("food_licence", "SC1234", "食品生产许可证编号应为 SC 加 14 位数字。"),
        ("pesticide_dealer", "农药经许1", "农药经营许可证号应形如“农药经许（湘）43042220001”，末尾 11 位数字。"),
        ("lab_cma", "12345", "CMA 证书编号应为 12 位数字。"),
        ("lab_catl", "农质检核1", "CATL 证书编号应形如“〔2021〕农质检核（湘）字第0012号”。"),
    ],
)
def test_wrong_document_numbers_are_refused(home, kind, typed, text):
    with pytest.raises(Invalid) as caught:
        licence(home.actor("bureau"), home.plant, kind=kind, doc_no=typed, food_categories=["tea"])
    assert [(e.field, str(e.message)) for e in caught.value.errors] == [("doc_no", text)]


def test_each_kind_says_what_it_must(home):
    bureau = home.actor("bureau")
    for kind, missing in (
        ("above_scale", {"scale_class": "请选择规上（限上）类别。", "entered_on": "请填写入库日期。"}),
        ("seed_licence", {"taxa": "请勾选许可证准许经营的树种。"}),
        ("food_licence", {"food_categories": "请勾选许可的食品类别。"}),
    ):
        with pytest.raises(Invalid) as caught:
            licence(
                bureau, home.plant, kind=kind, doc_no="SC10443042200012", taxa=["oak"] if kind == "seed_licence" else []
            )
        assert {e.field: str(e.message) for e in caught.value.errors} == missing
    made = licence(
        bureau, home.plant, kind="leading_national", batch="第五批", monitoring="passed", scale_class="retail"
    )
    assert (made.batch, made.monitoring, made.scale_class) == ("第五批", "passed", ""), (
        "what does not belong is left out"
    )


def test_every_mistake_at_once(home):
    with pytest.raises(Invalid) as caught:
        licence(home.actor("bureau"), home.plant, kind="food_licence", doc_no="1", valid_to=date(2020, 1, 1))
    assert [e.field for e in caught.value.errors] == ["doc_no", "valid_to", "food_categories"]


def test_the_licence_names_its_species(home):
    made = licence(home.actor("bureau"), home.coop)
    tupipa, loquat = queries.get_taxon(TUPIPA), queries.get_taxon("eriobotrya_japonica")
    day = date(2028, 12, 31)
    assert queries.licence_in_force(home.coop, "seed_licence", day, tupipa) == made
    assert queries.licence_in_force(home.coop, "seed_licence", day, loquat) is None
    assert queries.licence_in_force(home.coop, "seed_licence", day + timedelta(days=1), tupipa) is None


def at(monkeypatch, local: str) -> None:
    """Set the county's clock."""
    instant = datetime.fromisoformat(local).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)
    monkeypatch.setattr(clock, "utcnow", lambda: instant)


def test_a_licence_expires_at_midnight_in_the_county(home, sign_in, monkeypatch):
    """Valid to the 31st: at 23:59 in Hunan in force (in London it is 15:59), at 00:01 expired (in London still the 31st)."""
    made = licence(home.actor("bureau"), home.plant, valid_to=date(2026, 12, 31))
    browser, page = sign_in("bureau"), f"/parties/titles/{made.code}"
    for local, state, days in (
        ("2026-12-01T00:01", "即将到期", "30"), ("2026-11-30T23:59", "有效", None), ("2026-12-31T23:59", "即将到期", "30"),
        ("2027-01-01T00:01", "已过期", "expired"),
    ):  # fmt: skip
        day = datetime.fromisoformat(local).date()
        assert (
            title_state(made.valid_from, made.valid_to, None, day)
            == {"有效": "in_force", "即将到期": "expiring", "已过期": "expired"}[state]
        )
        with monkeypatch.context() as patch:
            at(patch, local)
            assert clock.business_date() == day
            browser = sign_in("bureau")
            assert f"{state}</span>" in browser.get(page).text, local
            listed = [
                key for key in ("30", "expired") if made.doc_no in browser.get(f"/parties/expiring?days={key}").text
            ]
            assert listed == ([days] if days else []), local


def test_renewed_withdrawn_and_foreign_papers_are_not_expiring(home):
    bureau, today = home.actor("bureau"), date(2026, 12, 1)
    span = (today, today + timedelta(days=30))
    first = licence(bureau, home.plant, valid_to=date(2026, 12, 20))
    licence(bureau, home.coop2, valid_to=date(2026, 12, 25))
    assert [t.doc_no for t in queries.expiring_titles(bureau, *span)] == [first.doc_no] * 2
    assert [t.party.code for t in queries.expiring_titles(home.actor("township"), *span)] == [home.plant.code]
    assert [t.party.code for t in queries.expiring_titles(home.actor("plant"), *span)] == [home.plant.code]
    assert list(queries.expiring_titles(home.actor("coop"), *span)) == []
    licence(bureau, home.plant, doc_no="新证", valid_from=date(2026, 11, 1), valid_to=date(2029, 12, 31))
    assert [t.party.code for t in queries.expiring_titles(bureau, *span)] == [home.coop2.code]
    withdraw_title(bureau, Title.get(Title.party == home.coop2).code, date(2025, 6, 1), "不再符合条件")
    assert list(queries.expiring_titles(bureau, *span)) == []


def test_a_withdrawn_title_stays_in_history(home):
    bureau = home.actor("bureau")
    made = licence(bureau, home.plant)
    with pytest.raises(Invalid) as caught:
        withdraw_title(bureau, made.code, date(2023, 12, 31), "")
    assert [str(e.message) for e in caught.value.errors] == ["请填写撤销的原因。", "撤销日期应在有效期起与今天之间。"]
    with pytest.raises(NotFound):
        withdraw_title(home.actor("coop"), made.code, date(2025, 6, 1), "原因")
    with pytest.raises(RuleBroken, match="称号和证照由县林业局登记。"):
        withdraw_title(home.actor("township"), made.code, date(2025, 6, 1), "原因")
    withdraw_title(bureau, made.code, date(2025, 6, 1), "监测不合格")
    with pytest.raises(RuleBroken, match="这项称号已于 2025-06-01 撤销。"):
        withdraw_title(bureau, made.code, date(2025, 7, 1), "再撤")
    assert len(list(queries.titles_in_force("seed_licence", date(2025, 5, 31)))) == 1
    assert list(queries.titles_in_force("seed_licence", date(2025, 6, 1))) == []


def test_titles_have_codes_of_their_own(home):
    bureau = home.actor("bureau")
    codes = [licence(bureau, home.plant, doc_no=str(n)).code for n in range(3)]
    assert codes == ["ZS000001", "ZS000002", "ZS000003"]


def test_a_better_scan_replaces_but_does_not_erase(home):
    bureau = home.actor("bureau")
    made = licence(bureau, home.plant, scan=Upload("a.pdf", pdf()))
    first = made.scan_id
    attach_scan(bureau, made.code, Upload("b.pdf", pdf()))
    assert Title.get_by_id(made.id).scan_id != first
    assert StoredFile.select().count() == 2
    with pytest.raises(Invalid, match="请选择要上传的文件。"):
        attach_scan(bureau, made.code, None)


def test_a_refused_scan_records_no_title(home):
    with pytest.raises(Invalid, match="文件内容与扩展名不符"):
        licence(home.actor("bureau"), home.plant, scan=Upload("a.pdf", b"MZ"))
    assert not Title.select().exists()
    assert not StoredFile.select().exists()


def send(browser, page: str, name: str, body: bytes, **values: object):
    """A form with a file, its bytes written by hand so that any file name can be tried."""
    fields = {"csrf_token": csrf(browser, page), **values}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = "".join(parts) + f'--b\r\nContent-Disposition: form-data; name="scan"; filename="{name}"\r\n\r\n'
    return browser.post(
        page, data=head.encode() + body + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
    )


FORM = {
    "kind": "seed_licence", "doc_no": "湘林种〔2024〕1号", "issuer": "县林业局", "valid_from": "2024-01-01", "taxa[]": TUPIPA,
}  # fmt: skip


def test_a_scan_travels_through_the_form_and_back(home, sign_in, app):
    browser, page = sign_in("bureau"), f"/parties/{home.plant.code}/titles"
    photo, exif = BytesIO(), Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (26.0, 44.0, 1.0), 3: "E", 4: (112.0, 40.0, 1.0)})
    Image.new("RGB", (80, 60), 90).save(photo, "JPEG", exif=exif)
    assert send(browser, page, "../../证\u202e.jpg", photo.getvalue(), **FORM).status_code == 302
    with db.connection_context():
        title = Title.get()
        stored = title.scan
    answer = browser.get(f"/parties/titles/{title.code}/scan")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not Image.open(BytesIO(answer.data)).getexif().get_ifd(0x8825), "the place is gone"
    assert stored.name == "证.jpg"
    place = store.path_of(stored.sha256).resolve()
    assert place.is_relative_to(app.config["TRACE"].instance.resolve())
    assert not place.is_relative_to(app.static_folder)
    for username, status in (
        ("township", 200),
        ("plant", 200),
        ("coop", 404),
        ("township2", 404),
        ("verifier_forestry", 403),
    ):
        assert sign_in(username).get(f"/parties/titles/{title.code}/scan").status_code == status, username


@pytest.mark.parametrize(
    ("name", "body", "text"),
    [
        ("证.svg", b"<svg/>", "只能上传 PDF、JPG 或 PNG 文件。"),
        ("证.jpg", b"<html><script>alert(1)</script>", "文件内容与扩展名不符"),
        ("证.pdf", pdf() + b"PK\x03\x04evil", "带有脚本、附件或附加内容"),
        ("证.jpg", b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "图片超过 10MB，请压缩。"),
    ],
)
def test_hostile_uploads_keep_the_form_and_say_why(home, sign_in, name, body, text):
    browser, page = sign_in("bureau"), f"/parties/{home.plant.code}/titles"
    answer = send(browser, page, name, body, **FORM)
    assert (answer.status_code, text in answer.text) == (422, True)
    assert "湘林种〔2024〕1号" in answer.text, "what was typed is still there"


def test_the_page_of_a_title(home, sign_in):
    made = licence(home.actor("bureau"), home.plant, scope="苗木批发")
    browser, page = sign_in("bureau"), f"/parties/titles/{made.code}"
    text = browser.get(page).text
    for shown in ("湘林种〔2024〕1号", "苗木批发", "土枇杷"):
        assert shown in text
    assert browser.get(f"{page}/scan").status_code == 404
    assert post(browser, f"{page}/withdraw", page=page, withdrawn_on="2025-01-01", reason="").status_code == 422
    assert post(browser, f"{page}/scan", page=page).status_code == 422
    assert post(browser, f"{page}/withdraw", page=page, withdrawn_on="2025-01-01", reason="注销").status_code == 302
    assert "已撤销" in browser.get(page).text
    assert "撤销这项称号" not in sign_in("township").get(page).text


def test_the_interface_of_titles(home, client, token):
    headers, address = token("bureau"), f"/api/v1/parties/{home.plant.code}/titles"
    body = {key.removesuffix("[]"): value for key, value in FORM.items()} | {"taxa": [TUPIPA]}
    made = client.post(address, json=body, headers=headers)
    assert (made.status_code, made.json["code"], made.json["taxa"]) == (201, "ZS000001", [TUPIPA])
    assert client.get(address, headers=headers).json["items"] == [made.json]
    assert client.post(address, json=body, headers=headers).json["code"] == "TITLE_KNOWN"
    assert client.post(address, json=body, headers=token("township")).status_code == 409
    assert client.get(address, headers=token("coop")).status_code == 404


def test_the_desk_names_papers_that_end_soon(home, sign_in):
    today = clock.business_date()
    licence(home.actor("bureau"), home.plant, valid_to=today + timedelta(days=30))
    licence(home.actor("bureau"), home.coop2, doc_no="2", valid_to=today + timedelta(days=31))
    for username, count in (("bureau", 1), ("township", 1), ("plant", 1), ("coop2", 0), ("auditor", 0)):
        assert ("30 天内到期的证照" in sign_in(username).get("/desk").text) == bool(count), username
