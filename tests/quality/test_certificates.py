"""Certificates in the books: issued, used up, cancelled, refused; what buying asks for; paper and verify page."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from tests.conftest import post
from tests.factories import county as make
from tests.factories import pesticides as table
from tests.factories.certificates import able_to_issue, certify, recorded, wanted
from trace.core.actor import Role
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.field import activity_schemas
from trace.field.activities import record_activity
from trace.files.rules import Upload
from trace.invariants import all_findings
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Hold, Lot
from trace.lots.services import place_hold, split_lot
from trace.pesticides import queries as pesticides
from trace.processing import consignments
from trace.processing.certified import Papers
from trace.processing.models import Receipt
from trace.processing.services import dispatch_lot, receive, record_operation
from trace.quality import certificate_queries as queries
from trace.quality import certificates, collecting
from trace.quality.certificate_models import Certificate, CollectedCertificate
from trace.quality.certificates import Wanted
from trace.quality.testing import Line, Paper, record_report


@pytest.fixture
def coop(home):
    able_to_issue(home.coop)
    return home.actor("coop")


@pytest.fixture
def plant(home):
    return home.actor("plant")


@pytest.fixture
def lot(home, coop):
    return make.harvest(coop, make.plot(coop, home), "1000")


def paper(lot: Lot, *lines: Line, **more: object) -> Paper:
    values = {
        "lot": lot.code, "lab": "检测中心", "report_no": "R1", "sample_no": "S1", "sampled_on": date(2026, 7, 19), "sampler": "采样员", "method": "quant",
        "lines": lines or (Line("吡虫啉", "未检出", "0.01"),), **more,
    }  # fmt: skip
    return Paper(**values)  # type: ignore[arg-type]


def texts(caught) -> list[str]:
    return [str(error.message) for error in caught.value.errors]


def test_a_certificate_is_filled_in_from_the_books(coop, lot):
    row = certify(coop, lot, "400")
    uscc = row.issuer.uscc
    assert row.no == f"HNC{uscc[-8:]}{business_date():%Y%m%d}0001"
    assert (row.product_name, row.quantity, row.village_id, row.contact) == (
        "土枇杷鲜果", 400_000, lot.plot.village_id, "0734-8500001",
    )  # fmt: skip
    assert certify(coop, lot, "600").no.endswith("0002")
    with pytest.raises(Invalid) as caught:
        certify(coop, lot, "0.1")
    assert texts(caught) == ["数量 0.1 公斤超过本批剩余 0 公斤。"]
    assert list(all_findings()) == []


def test_without_a_single_record_it_is_refused(coop, lot):
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, wanted(lot))
    assert texts(caught) == ["本批次没有生产记录，依法不能开具。"]
    recorded(coop, lot)
    assert certificates.issue(coop, wanted(lot)).quantity == 1_000_000


def test_all_mistakes_at_once_and_nothing_is_kept(coop, lot):
    bad = Wanted(lot.code, "2000", ("entrusted_test",), "999", "12", "枇杷", issued_on=date(2026, 7, 1))
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, bad)
    assert len(texts(caught)) == 7
    assert not Certificate.select().exists()


def test_two_lots_on_one_certificate(coop, lot):
    with pytest.raises(Invalid, match="合格证按生产批次开具，一证只能对应一个批次。"):
        certificates.issue(coop, Wanted(f"{lot.code},H26-0002", "1", ("control",)))


def test_others_do_not_issue_for_it(home, lot):
    with pytest.raises(NotFound):
        certificates.issue(home.actor("coop2"), wanted(lot, "1"))
    with pytest.raises(Forbidden):
        certificates.issue(home.actor("bureau"), wanted(lot, "1"))


def test_a_held_lot_gets_none(coop, home, lot):
    recorded(coop, lot)
    place_hold(home.actor("market"), lot.code, "自查")
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, wanted(lot))
    assert texts(caught) == [f"批次 {lot.code} 已锁定或召回（自查），不能开具。"]


def test_too_soon_after_spraying(coop, home):
    table.load_all(home.actor("bureau"))
    plot = make.plot(coop, home)
    values = activity_schemas.read("spray", {"on": "2026-06-30", "late_reason": "补录", **table.spray_body()})
    record_activity(coop, plot_code=plot.code, activity="spray", on=values.pop("on"), values=values)
    lot = make.harvest(coop, plot, "100", date(2026, 7, 18))
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, wanted(lot))
    assert any(text.startswith("未满安全间隔期，不能开具：") and "18天" in text for text in texts(caught))


def test_a_test_must_look_for_what_was_used(coop, home):
    table.load_all(home.actor("bureau"))
    plot = make.plot(coop, home)
    values = activity_schemas.read("spray", {"on": "2026-06-01", "late_reason": "补录", **table.spray_body()})
    used = record_activity(coop, plot_code=plot.code, activity="spray", on=values.pop("on"), values=values)
    actives = used.record.versions.get().content["actives"]
    lot = make.harvest(coop, plot, "100", date(2026, 7, 18))
    other = record_report(coop, paper(lot, Line("别的", "未检出", "0.01")))
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, wanted(lot, bases=("own_test",), report=other.code))
    assert any("用什么药，检什么药。" in text for text in texts(caught))
    right = record_report(coop, paper(lot, *(Line(name, "未检出", "0.01") for name in actives), report_no="R2"))
    row = certificates.issue(coop, wanted(lot, bases=("own_test",), report=right.code))
    assert row.report_id == right.id


def test_buying_without_a_certificate_is_refused(home, coop, plant, lot):
    sent = dispatch_lot(coop, lot.code, home.plant.code, "420.5")
    with pytest.raises(RuleBroken, match="^未收取承诺达标合格证，依法不得收购。$"):
        receive(plant, sent.code, "418")
    assert (Receipt.select().count(), Dispatch.get().state) == (0, "sent")
    row = certify(coop, lot, "418")
    receive(plant, sent.code, "418")
    kept = CollectedCertificate.get()
    assert (kept.certificate_id, kept.quantity, kept.keep_until) == (
        row.id,
        418_000,
        collecting.keep_until(business_date()),
    )
    assert kept.keep_until >= business_date() + timedelta(days=729)
    assert queries.state_of(queries.certificate_by_no(row.no)) == "used_up"


def test_a_used_up_certificate_covers_nothing_more(home, coop, plant, lot):
    certify(coop, lot, "100")
    receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "60").code, "60")
    sent = dispatch_lot(coop, lot.code, home.plant.code, "60")
    with pytest.raises(RuleBroken, match="合格证余量 40 公斤，不足本次收购的 60 公斤，请供货方补开。"):
        receive(plant, sent.code, "60")
    certify(coop, lot, "20")
    receive(plant, sent.code, "60")
    assert [row.quantity for row in CollectedCertificate.select().order_by(CollectedCertificate.id)] == [
        60_000,
        40_000,
        20_000,
    ]


def test_one_certificate_is_not_used_up_twice_at_once(app, home, coop, plant, lot):
    """Two receipts of two lots of one batch: no lot's own lock keeps them apart, the certificate's does."""
    row = certify(coop, lot, "100")
    part = split_lot(coop, lot.code, ["60"])[0]
    codes = [dispatch_lot(coop, one.code, home.plant.code, "60").code for one in (lot, part)]
    results, gate = [], threading.Barrier(2)

    def take(code: str) -> None:
        with db.connection_context():
            gate.wait()
            try:
                receive(plant, code, "60")
                results.append("ok")
            except RuleBroken:
                results.append("refused")

    clerks = [threading.Thread(target=take, args=(code,)) for code in codes]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join(60)
    assert (sorted(results), queries.used_up([row.id])) == (["ok", "refused"], {row.id: 60_000})


def test_parts_of_the_batch_are_covered_by_its_certificate(home, coop, plant, lot):
    row = certify(coop, lot)
    part = split_lot(coop, lot.code, ["300"])[0]
    assert queries.not_certified(part) == 0
    receive(plant, dispatch_lot(coop, part.code, home.plant.code, "300").code, "300")
    assert queries.used_up([row.id]) == {row.id: 300_000}


def test_lending_and_sending_back_need_none(home, coop, plant, lot):
    lent = consignments.send(coop, lot.code, home.plant.code, "100", purpose="transfer")
    made = receive(plant, lent.code, "100").lots[0]
    receive(coop, consignments.return_lot(plant, made.code, "100", "不合要求").code, "100")
    assert not CollectedCertificate.select().exists()


def test_a_household_sells_on_the_buyers_own_check(home, plant):
    family = make.party("household", "王五", home.village, belongs_to=home.coop)
    make.user("wang", Role.GROWER, family)
    grower = home.actor("wang")
    lot = make.harvest(
        grower, make.plot(home.actor("bureau"), home, operator=family, geometry=make.square(112.8)), "35"
    )
    sent = dispatch_lot(grower, lot.code, home.plant.code, "35")
    with pytest.raises(Invalid) as caught:
        receive(plant, sent.code, "35")
    assert caught.value.field == "self_check"
    receive(plant, sent.code, "35", papers=Papers(self_check="看外观、闻气味，快检合格"))
    assert (CollectedCertificate.get().kind, CollectedCertificate.get().self_check) == (
        "household",
        "看外观、闻气味，快检合格",
    )


def test_a_paper_certificate_is_typed_and_photographed(home, coop, plant, lot):
    sent = dispatch_lot(coop, lot.code, home.plant.code, "35")
    with pytest.raises(Invalid) as caught:
        receive(plant, sent.code, "35", papers=Papers(paper_no="手写-1"))
    assert caught.value.field == "scan"
    receive(plant, sent.code, "35", papers=Papers("手写-1", Upload("合格证.jpg", photograph(), "scan")))
    assert (CollectedCertificate.get().kind, CollectedCertificate.get().paper_no) == ("paper", "手写-1")


def test_a_cancelled_certificate_does_not_come_back_as_paper(home, coop, plant, lot):
    row = certificates.cancel(coop, certify(coop, lot, "35").no, "写错了数量")
    sent = dispatch_lot(coop, lot.code, home.plant.code, "35")
    with pytest.raises(Invalid, match="不能用于本批"):
        receive(plant, sent.code, "35", papers=Papers(row.no, Upload("合格证.jpg", photograph(), "scan")))


def photograph() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "JPEG")
    return out.getvalue()


def test_cancelled_by_its_issuer_before_the_first_receipt(home, coop, plant, lot):
    first = certify(coop, lot, "100")
    with pytest.raises(Invalid, match="请填写作废原因。"):
        certificates.cancel(coop, first.no, " ")
    with pytest.raises(NotFound):
        certificates.cancel(home.actor("coop2"), first.no, "不认识")
    certificates.cancel(coop, first.no, "写错了")
    assert queries.not_certified(lot) == 1_000_000
    with pytest.raises(RuleBroken, match="已经作废。"):
        certificates.cancel(coop, first.no, "再来一次")
    second = certify(coop, lot, "100")
    receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "10").code, "10")
    with pytest.raises(RuleBroken, match=f"合格证 {second.no} 已有收购使用，只能通过召回作废。"):
        certificates.cancel(coop, second.no, "后悔了")


@pytest.fixture
def mixed(home, coop, plant):
    """The plant bought from two cooperatives and mixed it."""
    bought = []
    able_to_issue(home.coop2)
    for n, name in enumerate(("coop", "coop2")):
        actor = home.actor(name)
        lot = make.harvest(actor, make.plot(actor, home, geometry=make.square(112.6 + n * 0.1)), "100")
        certify(actor, lot)
        bought.append(receive(plant, dispatch_lot(actor, lot.code, home.plant.code, "100").code, "100").lots[0])
    inputs = [{"lot": lot.code, "quantity": "100"} for lot in bought]
    body = {"kind": "merge", "inputs": inputs, "outputs": [], "reason": "", "loss": ""}
    return record_operation(plant, body).lots[0]


def test_mixed_fruit_leaves_only_with_a_new_certificate_listing_its_sources(home, plant, mixed):
    with pytest.raises(
        RuleBroken, match=f"批次 {mixed.code} 混合了 2 个生产主体的产品，请先重新开具承诺达标合格证并列明来源。"
    ):
        dispatch_lot(plant, mixed.code, home.coop.code, "50")
    row = certify(plant, mixed)
    assert [source["producer"] for source in row.sources] == ["青坡合作社", "白石合作社"]
    dispatch_lot(plant, mixed.code, home.coop.code, "50")


def test_who_does_not_buy_certifies_no_mixture(home, coop, plant, mixed):
    certify(plant, mixed)
    back = receive(coop, dispatch_lot(plant, mixed.code, home.coop.code, "50").code, "50").lots[0]
    with pytest.raises(Invalid) as caught:
        certify(coop, back)
    assert texts(caught) == ["合格证按生产批次开具，一证只能对应一个批次。"]


def test_numbers_for_a_phone(home, coop, lot):
    recorded(coop, lot)
    device, today = "phone-1", business_date()
    block = certificates.give_numbers(coop, device)
    assert (block.first, block.last, block.year) == (5000, 5049, today.year)
    assert certificates.give_numbers(coop, "phone-2").first == 5050
    prefix = certificates.prefix_of(home.coop)
    number = f"{prefix}{today:%Y%m%d}5000"
    ask = {"device": device, "no": number}
    assert certificates.issue(coop, wanted(lot, "10", **ask)).no == number
    with pytest.raises(Invalid, match="合格证编号重复，请联网同步后重试。"):
        certificates.issue(coop, wanted(lot, "10", **ask))
    with pytest.raises(Invalid, match="离线编号已用完，请联网领取。"):
        certificates.issue(coop, wanted(lot, "10", device=device, no=f"{prefix}{today:%Y%m%d}5050"))
    with pytest.raises(Invalid, match="合格证编号与开具单位或日期不符。"):
        certificates.issue(coop, wanted(lot, "10", device=device, no=f"HNC00000000{today:%Y%m%d}5001"))


def test_two_clerks_cannot_certify_the_same_fruit(app, coop, lot):
    recorded(coop, lot)
    results, gate = [], threading.Barrier(2)

    def take() -> None:
        with db.connection_context():
            gate.wait()
            try:
                certificates.issue(coop, wanted(lot, "600"))
                results.append("ok")
            except Invalid:
                results.append("refused")

    clerks = [threading.Thread(target=take) for _ in range(2)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join(60)
    assert sorted(results) == ["ok", "refused"]
    assert sum(row.quantity for row in Certificate.select()) == 600_000


def test_the_paper_says_the_words_and_its_code_reads_back(coop, lot, sign_in):
    row = certify(coop, lot)
    browser = sign_in("coop")
    for paper_name in ("label", "a4"):
        answer = browser.get(f"/quality/certificates/{row.no}/{paper_name}.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        with pypdfium2.PdfDocument(answer.data) as document:
            words = document[0].get_textpage().get_text_range()
            picture = document[0].render(scale=200 / 72, grayscale=True).to_numpy()
        for word in ("承诺达标合格证", row.no, "1000 公斤", "青坡合作社", "0734-8500001", "■质量安全控制"):
            assert word in words, word
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        assert [code.text for code in found] == [found[0].text]
        assert found[0].text.endswith(f"/cert/{row.no}")
        corners = found[0].position
        assert (corners.top_right.x - corners.top_left.x) / 200 * 25.4 >= 20, "QR ≥ 20 mm"


def test_the_verify_page_tells_what_it_is_worth(home, coop, plant, lot, client):
    row = certify(coop, lot, "100")
    assert "真实有效" in client.get(f"/cert/{row.no}").text
    receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "40").code, "40")
    page = client.get(f"/cert/{row.no.lower()}").text
    assert "已被收购使用 40 公斤，余量 60 公斤。" in page
    receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "60").code, "60")
    assert "数量已用完" in client.get(f"/cert/{row.no}").text
    second = certificates.cancel(coop, certify(coop, lot, "5").no, "写错")
    assert "已作废" in client.get(f"/cert/{second.no}").text
    missing = client.get(f"/cert/{row.no[:-1]}9")
    assert (missing.status_code, "没有编号为" in missing.text) == (404, True)


def test_m1_an_officer_sees_one_step_up_and_down_on_the_verify_page(home, coop, plant, lot, client, sign_in):
    row = certify(coop, lot, "100")
    arrived = receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "40").code, "40").lots[0]
    page = sign_in("market").get(f"/cert/{row.no}").text
    assert (
        "上下游一步" in page
        and arrived.code in page
        and home.plant.name in page
        and "没有：本批由采收登记产生。" in page
    )
    for reader in (client, sign_in("coop"), sign_in("coop2")):
        assert arrived.code not in reader.get(f"/cert/{row.no}").text


def test_the_verify_page_masks_persons(home, client):
    family = make.party("household", "王五六", home.village, belongs_to=home.coop)
    make.user("wang", Role.GROWER, family)
    grower = home.actor("wang")
    lot = make.harvest(
        grower, make.plot(home.actor("bureau"), home, operator=family, geometry=make.square(112.8)), "35"
    )
    row = certificates.issue(grower, wanted(lot, contact="13812345678"))
    assert row.no.startswith(f"HNC{family.code}") and row.contact == "" and "13812345678" not in row.contact_sealed
    page = client.get(f"/cert/{row.no}").text
    assert "王**" in page and "王五六" not in page and "13812345678" not in page


def test_pages_and_interface(home, coop, lot, sign_in, client, token):
    recorded(coop, lot)
    browser = sign_in("coop")
    assert "开具合格证" in browser.get(f"/lots/{lot.code}").text
    assert 'value="1000"' in browser.get(f"/quality/certificates/new/{lot.code}").text
    form = {"quantity": "2000", "basis[]": "control", "issued_on": business_date().isoformat()}
    wrong = post(browser, f"/quality/certificates/new/{lot.code}", **form)
    assert (wrong.status_code, "数量 2000 公斤超过本批剩余 1000 公斤。" in wrong.text) == (422, True)
    answer = client.post(
        "/api/v1/certificates", json={"lot": lot.code, "quantity": "420.5", "basis": ["control"]}, headers=token("coop")
    )  # fmt: skip
    assert (answer.status_code, answer.json["state"], answer.json["quantity"]) == (201, "valid", 420_500)
    no = answer.json["no"]
    assert no in browser.get("/quality/certificates").text
    assert browser.get(f"/quality/certificates/{no}").status_code == 200
    assert sign_in("coop2").get(f"/quality/certificates/{no}").status_code == 404
    assert client.get(f"/api/v1/certificates/{no}", headers=token("coop2")).status_code == 404
    assert post(browser, f"/quality/certificates/{no}/cancel", reason="写错").status_code == 302
    assert Certificate.get().state == "cancelled"


def test_a_report_over_the_limit_holds_all_that_was_made_of_it(home, coop, plant, lot):
    bureau = home.actor("bureau")
    table.load_all(bureau)
    part = split_lot(coop, lot.code, ["100"])[0]
    bad = record_report(home.actor("market"), paper(lot, Line(ban_of(), "0.05", "0.01")))
    assert (bad.conclusion, Hold.get().lot_id) == ("fail", lot.id)
    assert set(lots.open_holds([lot.id, part.id])) == {lot.id, part.id}
    with pytest.raises(RuleBroken, match="已锁定"):
        dispatch_lot(coop, part.code, home.plant.code, "1")
    with pytest.raises(Invalid) as caught:
        certificates.issue(coop, wanted(lot, "1", bases=("own_test",), report=bad.code))
    assert any("不能作承诺依据" in text for text in texts(caught))


def ban_of() -> str:
    return pesticides.bans()[0].active


def test_a_rapid_suspicion_is_confirmed_by_a_quantitative_test(coop, lot):
    quick = record_report(coop, paper(lot, Line("吡虫啉", "0.5", "0.01"), method="rapid"))
    assert (quick.conclusion, quick.hold.reason) == ("to_confirm", "快检阳性（吡虫啉），待定量检测确证")
    with pytest.raises(Invalid, match="只能用本批次的定量检测确证快检阳性的报告。"):
        record_report(coop, paper(lot, method="rapid", report_no="R2", confirms=quick.code))
    sure = record_report(coop, paper(lot, Line("吡虫啉", "0.5", "0.01"), report_no="R3", confirms=quick.code))
    assert (sure.conclusion, sure.confirms_id, sure.hold_id) == ("reference", quick.id, None)
    assert lots.open_holds([lot.id]), "a hold is lifted by a person"


def test_reports_that_are_refused(home, coop, lot):
    with pytest.raises(Invalid) as caught:
        record_report(
            coop, paper(lot, Line("吡虫啉", "x"), sampled_on=date(2026, 7, 17), entrusted=True, lab_party=home.plant.code)
        )  # fmt: skip
    assert texts(caught) == [
        "委托检测请填写检测机构的 CMA 或 CATL 证书编号。", "采样日期早于采收日期。", "请选择登记为检测机构的主体。",
        "检测结果请填数字（mg/kg）或“未检出”。",
    ]  # fmt: skip
    record_report(coop, paper(lot))
    with pytest.raises(RuleBroken, match="这份报告已经登记过。"):
        record_report(coop, paper(lot))
    with pytest.raises(NotFound):
        record_report(home.actor("coop2"), paper(lot, report_no="R9"))


def test_reports_through_page_and_interface(coop, lot, sign_in, client, token):
    browser = sign_in("coop")
    assert browser.get(f"/quality/tests/new/{lot.code}").status_code == 200
    body = {
        "lot": lot.code, "lab": "检测中心", "report_no": "R1", "sample_no": "S1", "sampled_on": "2026-07-19", "sampler": "员", "method": "quant",
        "items": [{"active": "吡虫啉", "result": "未检出", "lod": "0.01"}],
    }  # fmt: skip
    answer = client.post("/api/v1/test-reports", json=body, headers=token("coop"))
    assert (answer.status_code, answer.json["conclusion"], answer.json["hold"]) == (201, "pass", None)
    code = answer.json["code"]
    page = browser.get(f"/quality/tests/{code}").text
    assert "未检出" in page and code in browser.get("/quality/tests").text
    assert sign_in("coop2").get(f"/quality/tests/{code}").status_code == 404
