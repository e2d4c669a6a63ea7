"""The doors of supervision: a finding through the pages, the interface's 409 with what may be done, papers, photographs, scores."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.conftest import csrf, post
from tests.factories import county as make
from tests.pdf.papers import text_of
from trace.core.clock import business_date
from trace.db import db
from trace.supervision import scores, services
from trace.supervision.models import Finding
from trace.supervision.scoring import DEFAULT_SCHEME
from trace.targets import services as targets

AUTHORITY = "清政函〔2026〕9号"


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "JPEG")
    out.seek(0)
    return out


@pytest.fixture
def world(app):
    with db.connection_context():
        yield make.county()


def test_from_plan_to_closed_through_the_pages(world, sign_in):
    office, township, bureau, today = (
        sign_in("office"),
        sign_in("township"),
        sign_in("bureau"),
        business_date().isoformat(),
    )
    answer = post(
        office, "/supervision/inspections/new", kind="special", title="秋季督查", township=make.HOME, planned_on=today
    )
    page = answer.headers["Location"]
    assert post(office, page, visited_on=today, people="张三", summary="看了三块地。").status_code == 302
    no = page.rpartition("/")[2]
    form = "/supervision/findings/new"
    answer = office.post(
        form, content_type="multipart/form-data",
        data={"csrf_token": csrf(office, form), "inspection": no, "cause": "records", "facts": "台账<b>不全</b>", "photos": (picture(), "现场.jpg")},
    )  # fmt: skip
    finding = answer.headers["Location"]
    text = office.get(finding).text
    assert "台账&lt;b&gt;不全&lt;/b&gt;" in text and "现场.jpg" in text
    photo = office.get(f"{finding}/photos/1/1")
    assert photo.status_code == 200 and photo.headers["Content-Disposition"].startswith("attachment")
    assert office.get(f"{finding}/letter.pdf").status_code == 404, "nothing is drafted yet"

    refused = post(office, f"{finding}/draft", page=finding, text="补齐。", paper="notice")
    assert (
        refused.status_code == 422
        and "县政府授权文号；没有授权的，只能发提示函" in refused.text
        and "补齐。" in refused.text
    )
    assert post(office, f"{finding}/draft", page=finding, text="补齐。", authority_ref=AUTHORITY).status_code == 302
    assert post(office, f"{finding}/issue", page=finding).status_code == 302
    for who, action in (
        (township, "submit_plan"), (office, "agree_plan"), (township, "start"), (township, "report"), (bureau, "begin_recheck"), (bureau, "fail"),
        (office, "circulate"), (office, "resume"), (township, "report"), (bureau, "begin_recheck"), (bureau, "pass"),
    ):  # fmt: skip
        assert post(who, f"{finding}/{action}", page=finding, text="情况说明。").status_code == 302, action
    assert "已销号" in township.get(finding).text
    notice, told = (
        text_of(office.get(f"{finding}/letter.pdf").data),
        text_of(office.get(f"{finding}/circular.pdf").data),
    )
    assert "整改通知" in notice and AUTHORITY in notice and "限期整改" in notice and notice.startswith("送审稿〔〕号")
    assert "通报" in told and "台账<b>不全</b>" in told
    assert no in office.get("/supervision").text and "<b>不全" not in office.get("/supervision").text


def test_a_letter_says_that_it_commands_nothing(world, sign_in):
    office = world.actor("office")
    code = services.find(office, township=make.HOME, source="complaint", cause="other", facts="路边有杂草。").code
    services.act(office, code, "draft", {"text": "建议清理。"})
    services.act(office, code, "issue")
    page = sign_in("township").get(f"/supervision/findings/{code}").text
    assert "这是提示函，不是指令性文件：不计逾期，不通报。" in page and "提请督办" not in page
    paper = text_of(sign_in("township").get(f"/supervision/findings/{code}/letter.pdf").data)
    assert "提示函" in paper and "不是指令性文件" in paper and "限期整改" not in paper and "整改通知" not in paper
    assert sign_in("township2").get(f"/supervision/findings/{code}/letter.pdf").status_code == 404


def test_the_interface_says_what_may_be_done_instead(world, app, token):
    client, office = app.test_client(), token("office")
    body = {"township": make.HOME, "source": "audit", "cause": "funds", "facts": "票据不全。"}
    made = client.post("/api/v1/supervision/findings", json=body, headers=office)
    assert made.status_code == 201 and made.json["allowed"] == ["draft"]
    address = f"/api/v1/supervision/findings/{made.json['code']}"
    refused = client.post(f"{address}/issue", json={}, headers=office)
    assert (refused.status_code, refused.json["code"], refused.json["allowed"]) == (409, "STATE", ["draft"])
    assert "现在是“已发现”，不能“发出”" in refused.json["detail"]
    assert (
        client.post(f"{address}/draft", json={"text": "整改", "paper": "notice"}, headers=office).json["errors"][0][
            "code"
        ]
        == "AUTHORITY_NEEDED"
    )
    assert client.get(address, headers=token("township")).status_code == 404, "not issued yet"
    assert client.post(f"{address}/draft", json={"text": "整改"}, headers=token("auditor")).status_code == 403
    assert (
        client.get("/api/v1/supervision/findings?state=open", headers=token("auditor")).json["items"][0]["directive"]
        is False
    )
    assert Finding.get().state == "found"


def test_scores_through_the_pages(world, sign_in, token, app):
    year, office = business_date().year, sign_in("office")
    targets.plan(world.actor("office"), indicator="area", township=make.HOME, year=year, value=1000, doc_no="演示1号")
    index = "/supervision/scores"
    weights = {f"weight_{i['key']}": i["weight"] for i in DEFAULT_SCHEME["indicators"]}
    wrong = post(
        office, f"{index}/scheme", page=index, year=year, doc_ref="1号", name="方案", **{**weights, "weight_area": 20}
    )
    assert wrong.status_code == 422 and "合计 100 分" in wrong.text
    assert (
        post(office, f"{index}/scheme", page=index, year=year, doc_ref="1号", name="方案", **weights).status_code == 302
    )
    assert (
        post(
            office,
            f"{index}/deductions",
            page=index,
            year=year,
            township=make.HOME,
            kind="fund",
            points="1.005",
            evidence="审计",
        ).status_code
        == 422
    )
    assert (
        post(
            office,
            f"{index}/deductions",
            page=index,
            year=year,
            township=make.HOME,
            kind="fund",
            points="2.5",
            evidence="审计",
        ).status_code
        == 302
    )
    page = post(office, index, year=year).headers["Location"]
    code = page.rpartition("/")[2]
    text = office.get(page).text
    assert "得分未经县政府常务会议审定" in text and "重算一致" in text and "未下达任务，不参加排名" in text
    assert sign_in("township").get(page).status_code == 404
    assert post(office, f"{page}/steps/consult", page=page).status_code == 302
    township = sign_in("township")
    own = township.get(page).text
    assert "松江镇" in own and "冠市镇" not in own
    assert (
        post(township, f"{page}/feedback", page=page, township=make.HOME, text="扣分偏多", objects="1").status_code
        == 302
    )
    assert post(office, f"{page}/answer", page=page, township=make.HOME, text="依据充分").status_code == 302
    assert township.get(f"{page}/townships/{make.AWAY}").status_code == 404
    assert "核实面积 ÷ 面积任务" in township.get(f"{page}/townships/{make.HOME}").text
    card = text_of(office.get(f"{page}/card.pdf").data)
    snapshot = scores.latest(scores.ScoreRun.get())
    assert "系统生成，未经签发" in card and snapshot.sha256 in card and "松江镇" in card
    assert "冠市镇" not in text_of(township.get(f"{page}/card.pdf").data)
    body = app.test_client().get(f"/api/v1/supervision/scores/{code}", headers=token("auditor")).json
    assert body["reproduced"] and len(body["townships"]) == 23 and body["result_sha256"] == snapshot.result_sha256


def test_evaluations_keep_their_report(world, sign_in):
    office, page = sign_in("office"), "/supervision/evaluations"
    values = {
        "evaluator": "某某咨询公司", "subject": "资金绩效", "method": "抽样走访", "result": "总体良好", "year": 2026, "reported_on": "2026-03-01",
    }  # fmt: skip
    data = {"csrf_token": csrf(office, page), **values, "report": (picture(), "报告.jpg")}
    assert office.post(page, data=data, content_type="multipart/form-data").status_code == 302
    assert "某某咨询公司" in sign_in("auditor").get(page).text
    assert sign_in("auditor").get(f"{page}/PG26-0001/report").status_code == 200
    assert sign_in("auditor").post(page, data=values).status_code in (400, 403)
