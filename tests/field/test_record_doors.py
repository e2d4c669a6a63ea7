"""Production records by the page, by the interface, and on paper."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from tests.conftest import post
from tests.factories import county as make
from tests.factories import pesticides as tables
from tests.field.conftest import TODAY, correct, days_ago, record, spray
from trace.db import db
from trace.field import activities, activity_queries
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident
from trace.files.models import StoredFile

pytestmark = pytest.mark.usefixtures("july")
FORM = {
    "on": "2026-07-20", "reg_no_pick": tables.GOOD, "dose": "45", "dose_unit": "克/亩", "pest": "蚜虫", "area": "2", "method": "spray",
    "operator": "测试员", "weather": "clear", "dealer": "示例农资店", "reg_no": "", "product": "", "actives": "", "label_code": "", "basis": "",
    "note": "", "started": "", "ended": "",
}  # fmt: skip


@pytest.fixture
def coop(loaded):
    return loaded.actor("coop")


def picture() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    out.seek(0)
    return out


def test_c1_the_bottle_fills_the_form_in(coop, plot, sign_in):
    browser = sign_in("coop")
    address = f"/field/records/plots/{plot.code}/new?activity=spray"
    page = browser.get(f"{address}&label=农药名称%20{tables.LABEL}").text
    assert f"已认出：示例吡虫啉（{tables.GOOD}）" in page
    assert f'<option value="{tables.GOOD}" data-search="slbcl 吡虫啉" selected>' in page
    assert f'name="label_code" type="text" value="{tables.LABEL}"' in page
    unknown = browser.get(f"{address}&label=1999999{'1' * 25}")
    assert "登记表里没有对应的产品，请照瓶身填写。" in unknown.text
    broken = browser.get(f"{address}&label=123")
    assert broken.status_code == 422 and "标签二维码应含 32 位数字" in broken.text
    answer = post(browser, address, **{**FORM, "label_code": tables.LABEL})
    assert answer.status_code == 302
    with db.connection_context():
        row = ActivityVersion.get()
        assert (row.content["reg_no"], row.content["label_code"], row.via) == (tables.GOOD, tables.LABEL, "office")


def test_the_label_by_the_interface(loaded, client, token):
    headers = token("coop")
    found = client.get(f"/api/v1/pesticides/label?code={tables.LABEL}", headers=headers).json
    assert (found["class"], found["tail"]) == ("PD", "150123")
    product = found["products"][0]
    assert (len(found["products"]), product["reg_no"], product["actives"]) == (1, tables.GOOD, ["吡虫啉"])
    assert product["scopes"][0] == {
        "site": "粗糠树", "site_kind": "crop", "pest": "蚜虫", "unit": "克/亩", "method": "喷雾", "dose_low": "30", "dose_high": "60",
        "phi_days": 21, "max_times": 2, "interval_days": 10,
    }  # fmt: skip
    refused = client.get("/api/v1/pesticides/label?code=12", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (422, "LABEL_CODE")
    for word in ("示例吡", "slbcl", "吡虫啉", "pd20150123"):
        assert [
            item["reg_no"] for item in client.get(f"/api/v1/pesticides?q={word}", headers=headers).json["items"]
        ] == [tables.GOOD]


def test_a_form_with_mistakes_keeps_what_was_typed(coop, plot, sign_in):
    answer = post(
        sign_in("coop"),
        f"/field/records/plots/{plot.code}/new?activity=spray",
        **{**FORM, "dose": "300", "operator": "", "weather": ""},
    )
    assert answer.status_code == 422 and 'value="300"' in answer.text and answer.text.count("请填写这一项") >= 2
    answer = post(sign_in("coop"), f"/field/records/plots/{plot.code}/new?activity=spray", **{**FORM, "dose": "300"})
    assert "用量 300 克/亩是标签上限 60 克/亩的 5 倍，请检查单位。" in answer.text


def test_every_kind_has_its_form(coop, plot, sign_in):
    spray(coop, plot, days_ago(3))
    browser = sign_in("coop")
    bodies = {
        "planting": {"source": "自育", "count": "150", "spacing": "3×3", "mode": "container", "area": "2"},
        "fertilise": {"product": "羊粪", "fertiliser": "manure", "quantity": "300", "unit": "斤", "method": "hole", "dealer": "自家"},
        "spray": {key: value for key, value in FORM.items() if key != "on"}, "scout": {"pest": "蚜虫", "severity": "light"},
        "tend": {"work": "prune"}, "stop_use": {"product": "示例吡虫啉"},
    }  # fmt: skip
    for kind, body in bodies.items():
        address = f"/field/records/plots/{plot.code}/new?activity={kind}"
        page = browser.get(address).text
        assert not [name for name in body if f'name="{name}"' not in page], kind
        answer = post(browser, address, on="2026-07-20", **body)
        assert answer.status_code == 302, answer.text
        assert browser.get(answer.location).status_code == 200


def test_pictures_are_kept_and_shown_to_those_who_may(coop, plot, sign_in):
    browser = sign_in("coop")
    address = f"/field/records/plots/{plot.code}/new?activity=scout"
    answer = post(browser, address, on="2026-07-20", pest="蚜虫", severity="light", photos=(picture(), "虫.jpg"))
    with db.connection_context():
        row, stored = ActivityVersion.get(), StoredFile.get()
        assert row.photos == [{"sha256": stored.sha256, "size": stored.bytes, "taken_at": ""}]
    link = f"{answer.location}/photos/{stored.sha256}"
    assert link in browser.get(answer.location).text
    assert browser.get(link).content_type == "image/jpeg"
    assert browser.get(f"{answer.location}/photos/{'0' * 64}").status_code == 404
    assert sign_in("coop2").get(link).status_code == 404


def test_correcting_by_the_page_and_losing_the_race(coop, plot, sign_in):
    kept = spray(coop, plot, note="旧备注")
    browser = sign_in("coop")
    address = f"/field/records/{kept.code}/correct"
    page = browser.get(address).text
    assert 'name="base" value="1"' in page and 'value="旧备注"' in page
    assert post(browser, address, **{**FORM, "dose": "50"}, base="1", reason="看错秤").status_code == 302
    with db.connection_context():
        new, old = activity_queries.versions_of(kept.record)
        assert (new.content["dose"], new.note, old.note) == ("50", "", "旧备注")
    shown = browser.get(f"/field/records/{kept.code}").text
    assert "<mark>50 克/亩</mark>" in shown and "45 克/亩" in shown and "看错秤" in shown
    late = post(browser, address, **{**FORM, "dose": "55"}, base="1", reason="我也改")
    assert late.status_code == 409
    assert "该记录在办公室已于 7月20日 10:00 修改，请选择保留哪一版。" in late.text
    assert 'value="55"' in late.text and 'name="base" value="2"' in late.text, (
        "may be sent again on top of what stands now"
    )
    assert "第 2 版，由演示合作社于 2026-07-20 10:00 写入" in late.text


def test_voiding_by_the_page(coop, plot, sign_in):
    kept = spray(coop, plot)
    browser, address = sign_in("coop"), f"/field/records/{kept.code}"
    assert post(browser, f"{address}/void", page=address, base="1").status_code == 422
    assert post(browser, f"{address}/void", page=address, base="1", reason="登记到别的地块了").status_code == 302
    page = browser.get(address).text
    assert "已作废" in page and "登记到别的地块了" in page and "确定作废" not in page


def test_records_by_the_interface(coop, plot, client, token):
    headers = token("coop")
    body = {
        "activity": "spray", "plot": plot.code, "on": "2026-07-20", "started": "2026-07-20T08:00:00+08:00", **tables.spray_body(),
        "gps": {"lat": "26.700123", "lon": "112.600456", "accuracy": "8"}, "photos": [{"sha256": "a" * 64, "size": 5}],
        "device_time": "2026-07-20T09:58:00+08:00",
    }  # fmt: skip
    made = client.post("/api/v1/activities", json=body, headers=headers)
    assert made.status_code == 201, made.json
    assert made.json == {
        "code": "DA26-00001", "version": 1, "flags": [], "warnings": ["本季还没有“蚜虫”的监测记录，请补记发生情况。"],
    }  # fmt: skip
    listed = client.get(f"/api/v1/plots/{plot.code}/activities?season=2026", headers=headers).json
    item = listed["items"][0]
    assert (item["code"], item["activity"], item["values"]["dose"], item["gps"]["accuracy"]) == (
        "DA26-00001",
        "spray",
        "45",
        "8",
    )
    assert client.get(f"/api/v1/plots/{plot.code}/activities?season=2025", headers=headers).json["items"] == []
    changed = client.post(
        "/api/v1/activities/DA26-00001/corrections", json={"base": 1, "reason": "看错", "dose": "50"}, headers=headers
    )
    assert (changed.status_code, changed.json["version"]) == (201, 2)
    raced = client.post(
        "/api/v1/activities/DA26-00001/corrections", json={"base": 1, "reason": "看错", "dose": "55"}, headers=headers
    )
    assert (raced.status_code, raced.json["code"]) == (409, "VERSION_CONFLICT")
    assert (raced.json["current"]["version"], raced.json["current"]["changed_by"]) == (2, "演示合作社")
    assert raced.json["errors"][0]["message"] == "该记录在办公室已于 7月20日 10:00 修改，请选择保留哪一版。"
    whole = client.get("/api/v1/activities/DA26-00001", headers=headers).json
    assert [version["version"] for version in whole["versions"]] == [2, 1]
    assert (
        client.post("/api/v1/activities/DA26-00001/void", json={"base": 2, "reason": "重复"}, headers=headers).json[
            "version"
        ]
        == 3
    )


WRONG = [
    ({"activity": "paint"}, "activity"), ({"activity": "tend", "plot": "X"}, None), ({"activity": "tend", "on": "2026-02-30"}, "on"),
    ({"activity": "tend", "work": "sing"}, "work"), ({"activity": "tend", "colour": "red"}, "colour"), ({"activity": "tend", "on": None}, "on"),
    ({"activity": "tend", "gps": {"lat": "north", "lon": "1"}}, "gps.lat"), ({"activity": "tend", "photos": [{"sha256": "zz"}]}, "photos.0.sha256"),
    ({"activity": "tend", "photos": "x"}, "photos"), ({"activity": "tend", "started": 5}, "started"), ({"activity": "tend", "note": "x" * 501}, "note"),
]  # fmt: skip


def test_wrong_bodies_name_their_field(coop, plot, client, token):
    headers = token("coop")
    for changes, field in WRONG:
        body = {"plot": plot.code, "on": "2026-07-20", "work": "weed", **changes}
        answer = client.post("/api/v1/activities", json=body, headers=headers)
        assert answer.status_code == (422 if field else 404), changes
        if field:
            assert [item["field"] for item in answer.json["errors"]] == [field], changes
    for body in (None, [], "x"):
        assert client.post("/api/v1/activities", json=body, headers=headers).status_code == 422
    with db.connection_context():
        assert not Activity.select().exists()


def test_other_tenants_get_404_and_readers_cannot_write(coop, plot, sign_in, client, token):
    kept = spray(coop, plot)
    for username, status in (("coop2", 404), ("grower", 404), ("plant", 403), ("nursery", 403), ("township2", 404)):
        browser = sign_in(username)
        for address in (
            f"/field/records/{kept.code}",
            f"/field/records/plots/{plot.code}",
            f"/field/records/plots/{plot.code}/archive.pdf",
        ):
            assert browser.get(address).status_code == status, (username, address)
        assert client.get(f"/api/v1/plots/{plot.code}/activities", headers=token(username)).status_code == status
    for username in ("bureau", "township", "market", "auditor"):
        assert sign_in(username).get(f"/field/records/{kept.code}").status_code == 200, username
        answer = client.post("/api/v1/activities", json={}, headers=token(username))
        assert answer.status_code == 403, username


def test_desk_and_safety_page(loaded, coop, plot, sign_in):
    spray(coop, plot, date(2026, 6, 30))
    lot = make.harvest(coop, plot, on=date(2026, 7, 18))
    spray(coop, plot, reg_no=tables.BANNED)
    bureau = sign_in("bureau")
    desk = bureau.get("/desk").text
    assert "安全间隔期锁定的批次" in desk and "待处理的用药事件" in desk
    assert "安全间隔期锁定的批次" in sign_in("coop").get("/desk").text
    assert "安全间隔期锁定的批次" not in sign_in("coop2").get("/desk").text
    page = bureau.get("/field/records/safety").text
    assert lot.code in page and "最早可于" in page and "禁用成分甲胺磷" in page
    with db.connection_context():
        incident = FieldIncident.get()
    address = f"/field/records/incidents/{incident.code}/handle"
    assert post(bureau, address, page="/field/records/safety").status_code == 422
    assert post(bureau, address, page="/field/records/safety", measures="已立案").status_code == 302
    assert "没有待处理的用药事件" in bureau.get("/field/records/safety").text
    assert "已立案" in bureau.get("/field/records/safety?state=all").text
    assert lot.code not in sign_in("coop2").get("/field/records/safety").text


def test_pages_ask_the_database_a_bounded_number_of_times(coop, plot, sign_in):
    """The timeline of a plot costs the same for two records and for twenty."""
    browser = sign_in("coop")
    counts = []
    for more in (2, 18):
        for n in range(more):
            record(coop, plot, "tend", days_ago(n % 5), work="weed")
        counts.append(
            [queries_of(browser, address) for address in (f"/field/records/plots/{plot.code}", "/field/records")]
        )
    assert counts[0] == counts[1]


def queries_of(browser, address: str) -> int:
    asked: list[str] = []
    real = db.obj.execute_sql
    try:
        db.obj.execute_sql = lambda sql, *more, **named: asked.append(sql) or real(sql, *more, **named)
        assert browser.get(address).status_code == 200
    finally:
        del db.obj.execute_sql
    return len(asked)


@pytest.fixture
def season(loaded, coop, plot):
    """A season with everything in it."""
    record(
        coop,
        plot,
        "fertilise",
        date(2026, 3, 1),
        product="腐熟羊粪",
        fertiliser="manure",
        quantity="400",
        method="hole",
        dealer="自家",
        late_reason="补录",
    )
    record(coop, plot, "scout", date(2026, 6, 28), pest="蚜虫", severity="medium", late_reason="补录")
    kept = spray(coop, plot, date(2026, 6, 30), started="07:30")
    lot = make.harvest(coop, plot, "420.5", on=date(2026, 7, 18))
    correct(coop, kept.code, 1, "看错秤", dose="50")
    double = record(coop, plot, "tend", TODAY, work="weed")
    activities.void_activity(coop, code=double.code, base_version=1, reason="登记到别的地块了")
    return lot


def test_the_archive_on_paper(season, plot, sign_in):
    answer = sign_in("coop").get(f"/field/records/plots/{plot.code}/archive.pdf?season=2026")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    text = re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in document))
    for words in (
        "农产品生产档案", "2026年度·地块" + plot.code, "青坡合作社", "示例吡虫啉", tables.GOOD, "50克/亩", "示例农资店", "停用日期", "2026-06-30",
        "第2版", "补录（晚20天）", "腐熟羊粪", "400公斤", "病虫监测", season.code, "420.50公斤", "仅18天，本批已锁定",
        "用量：45克/亩→50克/亩", "看错秤", "登记到别的地块了", "演示合作社", "本县保存5年", "第1页，共",
    ):  # fmt: skip
        assert words in text, words
    assert {name.partition("+")[2] for name in fonts_of(answer.data)} == {
        "Noto-Sans-SC",
        "Noto-Sans-SC-Bold",
        "Noto-Serif-SC-Bold",
    }
    image = document[0].render(scale=1).to_pil().convert("L")
    assert image.width > image.height, "a landscape page"
    dark = sum(image.histogram()[:128]) / (image.width * image.height)
    assert 0.005 < dark < 0.25, "text stands on it, and is not a black page"
    empty = sign_in("coop").get(f"/field/records/plots/{plot.code}/archive.pdf?season=2024")
    blank = re.sub(r"\s", "", pypdfium2.PdfDocument(empty.data)[0].get_textpage().get_text_range())
    assert "本年度没有投入品、监测、定植和管护记录。" in blank and "本年度没有采收记录。" in blank


def fonts_of(body: bytes) -> set[str]:
    import pikepdf  # noqa: PLC0415 - only this test looks inside

    found = set()
    with pikepdf.open(BytesIO(body)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/FontFile2", item.get("/FontFile3")) is not None:
                found.add(str(item["/FontName"]))
    return found


def test_the_page_of_a_season(season, plot, sign_in):
    page = sign_in("coop").get(f"/field/records/plots/{plot.code}").text
    assert "仅18天，本批已锁定" in page and "按最近一次使用自动填写" in page and "已作废" in page and "第 2 版" in page
    assert sign_in("coop").get(f"/field/records/plots/{plot.code}?season=abc").status_code == 200
    assert sign_in("coop").get("/field/records?season=99999&kind=nothing&q=%00").status_code in (200, 422)


def test_the_season_follows_the_last_act(coop, plot, sign_in, july):
    spray(coop, plot)
    july.move_to(datetime(2027, 3, 1, 2, tzinfo=UTC))
    assert "2026 年做了什么" in sign_in("coop").get(f"/field/records/plots/{plot.code}").text
