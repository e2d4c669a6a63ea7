"""The pages and the interface of labels, as their users walk them."""

from __future__ import annotations

import re
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp

from tests.conftest import post
from tests.factories import county as make
from trace.audit.models import AuditEntry
from trace.core.public_code import grouped
from trace.db import db
from trace.jobs import queue
from trace.labels import printing, queries, services, sheets
from trace.lots.services import place_hold
from trace.processing.services import Input, Output, pack, record_run


@pytest.fixture
def packs(home):
    actor = home.actor("coop")
    lot = make.harvest(actor, make.plot(actor, home))
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    return pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]


def test_from_the_form_to_labels_on_packs(app, home, packs, sign_in):
    browser = sign_in("coop")
    page = browser.get(f"/labels/new?lot={packs.code}").text
    assert f"{packs.code} 土枇杷干果（还能制 40 枚）" in page and "该主体未登记厂商识别代码" in page
    made = post(
        browser,
        "/labels/new",
        lot=packs.code,
        count="30",
        kind="unit",
        layout="a4_3x8",
        dpi="0",
        skipped="1-3、7",
        coding="platform",
    )
    assert made.status_code == 302
    place = made.headers["Location"]
    assert "待打印" in browser.get(place).text
    pdf = browser.get(f"{place}/sheet.pdf")
    assert (pdf.status_code, pdf.content_type) == (200, "application/pdf") and "no-store" in pdf.headers[
        "Cache-Control"
    ]
    found = [
        [r.text for r in zxingcpp.read_barcodes(p.render(scale=3).to_pil())]
        for p in pypdfium2.PdfDocument(BytesIO(pdf.data))
    ]
    assert [len(page) for page in found] == [20, 10], "four places of the first sheet are used up"
    page = browser.get(place).text
    assert "已打印，待启用" in page and "全部启用" in page
    assert post(browser, f"{place}/activate", page=place, first="1", last="20").status_code == 302
    wrong = post(browser, f"{place}/activate", page=place, first="20", last="25")
    assert wrong.status_code == 409 and "第 20 至 25 枚中有的已经启用" in wrong.text and 'value="25"' in wrong.text
    again = post(browser, f"{place}/reprint", page=place, first="2", last="3", reason="卡纸")
    assert again.status_code == 302 and again.headers["Location"] != place
    page = browser.get(place).text
    assert "已补打，旧码作废" in page and "卡纸" in page and again.headers["Location"] in page
    cartons = post(browser, f"{place}/cartons", page=place, per_carton="12", layout="roll_100x75", dpi="203")
    assert cartons.status_code == 302 and browser.get(cartons.headers["Location"] + "/sheet.pdf").status_code == 200
    code = found[0][0].rpartition("/")[2]
    assert "已启用" in browser.get(f"/labels?code={grouped(code)}").text
    unknown = browser.get(f"/labels?code={code[:-1]}{'0' if code[-1] != '0' else '1'}")
    assert unknown.status_code == 422 and "追溯码不存在或有误，请核对或重新扫描。" in unknown.text
    with db.connection_context():
        assert AuditEntry.select().where(AuditEntry.action == "label.print").count() == 2
        assert AuditEntry.select().where(AuditEntry.action == "label.reprint").count() == 1


REFUSED = [
    ({"skipped": "1-x"}, 422, "请填写格子序号"),
    ({"skipped": "1-24"}, 422, "已用位置应在第 1 至 24 格之间"),
    ({"layout": "a4"}, 422, "请选择标签规格"),
    ({"layout": "a4_4x10"}, 409, "文字放不下"),
    ({"coding": "gs1"}, 409, "该主体未登记厂商识别代码，请使用平台编码或先向中国物品编码中心申请。"),
    ({"kind": "carton"}, 422, "请选择码的种类"),
    ({"count": "41"}, 409, "最多还能制 40 枚"),
    ({"marks[]": "gi_user"}, 409, "没有有效期内的‘地理标志专用标志’证书或授权"),
]


def test_what_cannot_be_printed_is_said_at_the_form_and_nothing_is_made(app, home, packs, sign_in):
    browser = sign_in("coop")
    for values, status, words in REFUSED:
        form = {
            "lot": packs.code,
            "count": "4",
            "kind": "unit",
            "layout": "a4_3x8",
            "dpi": "0",
            "coding": "platform",
            **values,
        }
        answer = post(browser, "/labels/new", **form)
        assert answer.status_code == status and words in answer.text, values
    with db.connection_context():
        assert queries.LabelRun.select().count() == 0


def test_a_long_run_shows_its_progress_is_stopped_and_goes_on(app, home, packs, sign_in, monkeypatch):
    for module in (services, printing):
        monkeypatch.setattr(module, "RENDER_AT_ONCE", 10)
    run = services.make_run(home.actor("coop"), packs.code, 40)
    browser, place = sign_in("coop"), f"/labels/{run.no}"
    page = browser.get(place).text
    assert "正在生成并逐枚读回核对" in page and "已完成 0 / 40" in page and 'http-equiv="refresh"' in page
    waiting = browser.get(f"{place}/sheet.pdf")
    assert waiting.status_code == 503 and "标签正在后台生成" in waiting.text
    assert post(browser, f"{place}/sheet/stop", page=place).status_code == 302
    assert "标签已停止生成，做好的部分还在" in browser.get(place).text
    assert post(browser, f"{place}/sheet/again", page=place).status_code == 302
    with app.app_context(), db.connection_context():
        assert not queue.find_job(run.job) or queue.run_next()
    page = browser.get(place).text
    assert "打印标签" in page and "refresh" not in page
    assert browser.get(f"{place}/sheet.pdf").data.startswith(b"%PDF")
    with db.connection_context():
        place_hold(home.actor("bureau"), packs.code, "待检")
    assert browser.get(f"{place}/sheet.pdf").status_code == 409, "the finished file is not handed out either"


def test_the_interface_makes_voids_reprints_and_packs_in_cartons(app, home, packs, token):
    browser, headers = app.test_client(), token("coop")
    made = browser.post(
        "/api/v1/label-runs",
        json={"lot": packs.code, "count": 20, "layout": "roll_60x40", "skipped": []},
        headers=headers,
    )
    assert made.status_code == 201, made.text
    no = made.json["id"]
    assert (made.json["kind"], made.json["layout"], made.json["dpi"], made.json["sheet"]["state"]) == (
        "unit",
        "roll_60x40",
        203,
        "at_once",
    )
    base = f"/api/v1/label-runs/{no}"
    assert (
        browser.post(f"{base}/void-units", json={"first": 1, "last": 2, "reason": "湿"}, headers=headers).json["voided"]
        == 2
    )
    assert (
        browser.post(f"{base}/reprint", json={"first": 3, "last": 3, "reason": "湿"}, headers=headers).status_code
        == 201
    )
    assert browser.post(f"{base}/cartons", json={"per_carton": 6}, headers=headers).json["count"] == 4
    assert browser.post(f"{base}/activate", json={"first": 4, "last": 10}, headers=headers).json["activated"] == 7
    assert browser.get(base, headers=headers).json["sample_code"] is None, "not wholly active yet"
    batch = browser.post(
        "/api/v1/label-runs", json={"lot": packs.code, "count": 20, "kind": "batch"}, headers=headers
    ).json
    done = browser.post(f"/api/v1/label-runs/{batch['id']}/activate", headers=headers)
    assert done.status_code == 200 and len(done.json["sample_code"]) == 20
    refused = browser.post("/api/v1/label-runs", json={"lot": packs.code, "count": 3}, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "LABELS_EXCEED_PACKS")


def test_the_county_edits_a_template_with_a_preview(app, home, packs, sign_in):
    browser, place = sign_in("bureau"), "/labels/templates/pack/new"
    page = browser.get(place).text
    assert "data:image/png;base64," in page
    body = re.search(r'<textarea id="f-body"[^>]*>(.*?)</textarea>', page, re.S)[1].replace(
        "扫码看来历", "扫一扫看来历"
    )
    seen = post(browser, place, name="包装", body=body, medium="roll_60x40", act="preview")
    assert seen.status_code == 200 and "data:image/png;base64," in seen.text and "扫一扫看来历" in seen.text
    bad = post(
        browser, place, name="包装", body=body.replace("扫一扫看来历", "润肺止咳"), medium="roll_60x40", act="preview"
    )
    assert bad.status_code == 422 and "普通食品不得宣称疾病预防、治疗功能" in bad.text and "base64" not in bad.text
    assert (
        post(browser, place, name="包装", body=body, medium="roll_60x40", act="save", note="换说法").status_code == 302
    )
    assert "第 2 版" in browser.get("/labels/templates").text
    run = services.make_run(home.actor("coop"), packs.code, 4)
    assert "扫一扫看来历" in sheets.lines_of(queries.run_by_no(run.no))
    assert (
        post(
            browser, "/labels/templates/versions/pack-v2/use", page="/labels/templates/versions/pack-v2", in_use="0"
        ).status_code
        == 302
    )
    assert "扫一扫看来历" in sheets.lines_of(queries.run_by_no(run.no)), "a run keeps its version"
    assert sign_in("coop").get("/labels/templates").status_code == 200
    assert sign_in("coop").get(place).status_code == 403


def test_words_and_barcodes_have_their_pages(app, home, sign_in):
    browser = sign_in("market")
    assert post(browser, "/labels/templates/words", word="壮阳", kind="health").status_code == 302
    assert "壮阳" in browser.get("/labels/templates/words").text
    assert post(browser, "/labels/templates/words", word="壮", kind="health").status_code == 422
    assert (
        post(
            browser, "/labels/templates/words/switch", page="/labels/templates/words", word="壮阳", in_use="0"
        ).status_code
        == 302
    )
