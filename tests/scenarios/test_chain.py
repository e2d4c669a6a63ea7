"""The main job, end to end, as the demo users in a real browser: plot → harvest → batch → label → scan → money → progress."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import timedelta
from io import BytesIO

import pypdfium2
import zxingcpp
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.factories import funds
from tests.scenarios.conftest import Site
from trace.accounts import otp
from trace.core.clock import business_date

PLOT = {
    "type": "Polygon",
    "coordinates": [[[112.9, 26.6], [112.902, 26.6], [112.902, 26.602], [112.9, 26.602], [112.9, 26.6]]],
}
CROSSED = {
    "type": "Polygon",
    "coordinates": [[[112.9, 26.6], [112.902, 26.602], [112.902, 26.6], [112.9, 26.602], [112.9, 26.6]]],
}


def test_from_plot_to_progress(site: Site):
    plot = register_plot(site)
    lot = record_harvest(site, plot)
    pack = process_and_pack(site, lot)
    codes = print_labels(site, pack)
    consumers_scan(site, codes)
    readers_check_the_log(site, codes[1])
    genealogy(site, pack, lot)
    pay_an_award(site, plot)
    progress_counts_it(site, plot)
    recall_turns_the_page_red(site, lot, codes[0])
    assert "没有发现问题" in site.command("check-data")
    assert site.problems == []


def submit(page: Page) -> None:
    expect(page.locator("main")).to_contain_text(re.compile("."))
    button = page.locator("main form button.primary, main form .btn.primary").last
    assert button.count(), page.locator("main").inner_text()
    button.click()
    page.wait_for_load_state()


def says(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)


def register_plot(site: Site) -> str:
    page = site.enter("coop", width=390)
    page.goto(f"{site.address}/plots/new")
    page.select_option("#f-village", label=page.locator("#f-village option").nth(1).inner_text())
    page.select_option("#f-operator", index=1)
    page.fill("#f-planted_on", "2018-03-12")
    page.fill("#f-tree_count", "4000")
    page.fill("#f-geometry", json.dumps(CROSSED))
    submit(page)
    says(page, "边界线有交叉，请重新走一圈。")
    assert page.input_value("#f-tree_count") == "4000", "what was right is kept"
    page.fill("#f-geometry", json.dumps(PLOT))
    submit(page)
    code = page.url.rpartition("/")[2]
    assert re.fullmatch(r"\d{12}-\d{4}", code), page.url
    page.goto(f"{site.address}/plots/new")
    page.select_option("#f-village", index=1)
    page.select_option("#f-operator", index=1)
    page.fill("#f-geometry", json.dumps(PLOT))
    submit(page)
    says(page, f"与已登记的 {code} 号地块重叠")
    return code


def record_harvest(site: Site, plot: str) -> str:
    page = site.enter("coop", width=390)
    page.goto(f"{site.address}/field/harvests/new?plot={plot}")
    page.fill("[name='gross[]'] >> nth=0", "420,5")
    submit(page)
    says(page, "请用小数点：420.5？")
    page.fill("[name='gross[]'] >> nth=0", "841")
    page.select_option("#f-unit", "斤")
    submit(page)
    lot = page.url.rpartition("/")[2]
    assert lot.startswith("H")
    says(page, "420.50 公斤")
    issue_a_certificate(site, page, plot, lot)
    page.goto(f"{site.address}/processing/dispatch/{lot}")
    page.select_option("#f-receiver", label="衡南青岭食品有限公司")
    page.fill("#f-quantity", "420.5")
    submit(page)
    says(page, "待收货单位确认实收")
    return lot


def issue_a_certificate(site: Site, page: Page, plot: str, lot: str) -> None:
    """Refused without a production record; with one, the certificate without which nobody may buy."""
    page.goto(f"{site.address}/quality/certificates/new/{lot}")
    page.select_option("#f-village", index=1)
    page.check("[name='basis[]'][value=control]")
    submit(page)
    says(page, "本批次没有生产记录，依法不能开具。")
    api = f"{site.address}/api/v1"
    token = page.request.post(f"{api}/tokens", data={"username": "coop", "password": PASSWORD}).json()["token"]
    tended = {"activity": "tend", "plot": plot, "on": (business_date() - timedelta(1)).isoformat(), "work": "irrigate"}
    kept = page.request.post(f"{api}/activities", data=tended, headers={"Authorization": f"Bearer {token}"})
    assert kept.status == 201, kept.text()
    page.goto(f"{site.address}/quality/certificates/new/{lot}")
    page.select_option("#f-village", index=1)
    page.check("[name='basis[]'][value=control]")
    submit(page)
    says(page, "HNC")


def process_and_pack(site: Site, lot: str) -> str:
    page = site.enter("plant")
    page.goto(f"{site.address}/processing")
    page.locator("tr", has_text=lot).get_by_role("link", name="收货").click()
    page.fill("#f-quantity", "418")
    submit(page)
    received = page.url.rpartition("/")[2]
    page.goto(f"{site.address}/processing/runs/new?lot={received}")
    page.select_option("#f-process", "drying")
    page.fill("[name='quantities[]'] >> nth=0", "100")
    page.select_option("[name='products[]'] >> nth=0", "TD")
    page.fill("[name='amounts[]'] >> nth=0", "150")
    submit(page)
    says(page, "投入 100 公斤最多可产出干果 45 公斤（得率上限 45%），填写的 150 公斤有误。")
    page.fill("[name='amounts[]'] >> nth=0", "25")
    submit(page)
    dried = page.url.rpartition("/")[2]
    assert dried.startswith("P"), page.url
    page.goto(f"{site.address}/processing/packs/new?lot={dried}")
    page.fill("[name='quantities[]'] >> nth=0", "25")
    page.fill("#f-name", "土枇杷干果 250克")
    page.fill("#f-piece", "250克")
    page.fill("#f-pieces", "101")
    submit(page)
    says(page, "不够包装 101 件")
    page.fill("#f-pieces", "100")
    submit(page)
    return page.url.rpartition("/")[2]


def print_labels(site: Site, pack: str) -> list[str]:
    page = site.enter("plant")
    page.goto(f"{site.address}/labels/new?lot={pack}")
    page.fill("#f-count", "30")
    submit(page)
    run = page.url.rpartition("/")[2]
    pdf = page.request.get(f"{site.address}/labels/{run}/sheet.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    sheets = pypdfium2.PdfDocument(BytesIO(pdf.body()))
    read = [code.text for sheet in sheets for code in zxingcpp.read_barcodes(sheet.render(scale=4).to_pil())]
    assert len(read) == 30
    assert all(text.startswith(f"{site.address}/t/") for text in read)
    visitor = site.enter(width=390)
    visitor.goto(read[0])
    says(visitor, "该码尚未启用")
    page.locator("main .title form button, main .title-actions form button, main form button.primary").first.click()
    says(page, "已启用")
    return read


def consumers_scan(site: Site, codes: list[str]) -> None:
    page = site.enter(width=390)
    answer = page.goto(codes[0])
    assert answer is not None and answer.status == 200
    for words in ("首次查询", "土枇杷干果 250克", "衡南青岭食品有限公司", "采收", "烘干", "100.0%"):
        says(page, words)
    sizes = page.evaluate("performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, 0)")
    assert len(answer.body()) + sizes <= 50_000
    altered = codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1")
    answer = page.goto(altered)
    assert answer is not None and answer.status == 404
    says(page, "追溯码不存在或有误，请核对或重新扫描。")


def readers_check_the_log(site: Site, address: str) -> None:
    """In the reader's own browser: checked, still waiting, altered on the way, altered in the proof."""
    page = site.enter(width=390)
    page.goto(address)
    page.get_by_role("link", name="自己核验这条记录").click()
    verdict = page.locator("#verdict")
    for _ in range(30):
        expect(verdict).to_contain_text(re.compile("已核验|收录中"))
        if "已核验" in verdict.inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(verdict).to_contain_text("已核验")
    page.route("**/log/entry/*", lambda route: route.fulfill(body=route.fetch().text().replace("干果", "鲜果")))
    page.reload()
    expect(verdict).to_contain_text("不一致")
    page.unroute("**/log/entry/*")
    page.route(
        "**/log/proof/*",
        lambda route: route.fulfill(json={**(kept := route.fetch().json()), "number": kept["number"] - 1}),
    )
    page.reload()
    expect(verdict).to_contain_text("不一致")
    page.unroute("**/log/proof/*")
    for broken in (lambda route: route.abort(), lambda route: route.fulfill(status=503)):
        page.unroute("**/log/proof/*")
        page.route("**/log/proof/*", broken)
        page.reload()
        expect(verdict).to_contain_text("没有核验成")
    page.unroute("**/log/proof/*")
    page.route("**/log/proof/*", lambda route: route.fulfill(status=404))
    page.reload()
    expect(verdict).to_contain_text("收录中")
    page.unroute("**/log/proof/*")
    page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('no Ed25519'))")
    page.reload()
    expect(verdict).to_contain_text("签名没有核验")
    page.route("**/log/entry/*", lambda route: route.fulfill(body=route.fetch().text().replace("干果", "鲜果")))
    page.reload()
    expect(verdict).to_contain_text("不一致")


def genealogy(site: Site, pack: str, lot: str) -> None:
    page = site.enter("market")
    page.goto(f"{site.address}/lots/{pack}/trace")
    expect(page.locator("figure.lot-graph svg.chart")).to_be_visible()
    says(page, lot)
    told = page.request.get(f"{site.address}/lots/{pack}/trace.json").json()
    assert told["complete"] is True
    assert [(s["lot"], s["numerator"], s["denominator"]) for s in told["shares"]] == [(lot, 1, 1)]
    page.goto(f"{site.address}/lots/{lot}/trace?direction=forward")
    says(page, pack)


PICTURE = {"name": "a.png", "mimeType": "image/png", "buffer": funds.PNG}


def hand_in_all(site: Site, username: str, no: str) -> None:
    """Every paper the notice asks for, by the name it gives."""
    page = site.enter(username)
    page.goto(f"{site.address}/funds/applications/{no}")
    asked = [one.get_attribute("value") for one in page.locator("form[action$='/documents'] [name=title] option").all()]
    for name in filter(None, asked):
        hand_in(site, username, no, "seedling" if "种苗" in name else "other", title=name)


def hand_in(site: Site, username: str, no: str, kind: str, count: int = 1, *, title: str = "") -> None:
    """Papers or photographs of an application, on its page or beside the verification form."""
    page = site.enter(username)
    verifying = kind == "field_photo"
    page.goto(f"{site.address}/funds/applications/{no}{'/verify' if verifying else ''}")
    form = page.locator("form[action$='/documents']")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").first.click()
    if verifying:
        for name, value in (("lat", "26.601"), ("lon", "112.901"), ("taken_at", "2026-07-01T10:00")):
            form.locator(f"[name={name}]").fill(value)
    else:
        form.locator("[name=kind]").select_option(kind)
        if title:
            form.locator("[name=title]").select_option(title)
    form.locator("[name=scan]").set_input_files([PICTURE] * count)
    form.locator("button:not([data-locate])").last.click()
    page.wait_for_load_state()
    expect(page.locator("main .note.ok").first).to_be_visible()


def act(site: Site, username: str, no: str, action: str, **fields: str) -> Page:
    """One step of an application by one person, on its page."""
    page = site.enter(username)
    page.goto(f"{site.address}/funds/applications/{no}{'/verify' if action.startswith('verify') else ''}")
    form = page.locator(f"form[action$='/{no}/{action}']")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").first.click()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    for box in form.locator("[name=declared]").all():
        box.check()
    form.locator("button").last.click()
    page.wait_for_load_state()
    assert page.locator("#error-summary").count() == 0, (
        f"{username} {action}: {page.locator('#error-summary').inner_text()}"
    )
    expect(page.locator("main .note.ok").first).to_be_visible()
    return page


def authenticator(site: Site, page: Page) -> str:
    """Set the second factor up as on a phone that cannot scan; returns one recovery code, good whatever the clock says."""
    page.goto(f"{site.address}/account/second-factor")
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    secret = page.locator("main code").first.inner_text().replace(" ", "")
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    page.fill("[name=code]", otp.code_at(key, otp.step_of(time.time())))
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    return page.locator(".codes code").first.inner_text()


def pay_an_award(site: Site, plot: str) -> None:
    page = site.enter("coop")
    page.goto(f"{site.address}/funds/applications/new")
    scheme = page.locator("#f-programme option", has_text="新造奖补").get_attribute("value")
    page.select_option("#f-programme", scheme)
    page.select_option("#f-plot", plot)
    submit(page)
    no = re.search(r"SB\d{2}-\d{4}", page.url)[0]
    hand_in_all(site, "coop", no)
    act(site, "coop", no, "submit")
    act(site, f"township-{plot[:9]}", no, "accept", opinion="资料齐全")
    hand_in(site, f"township-{plot[:9]}", no, "site_photo")
    act(site, f"township-{plot[:9]}", no, "pass_township", opinion="现场核对无误", companion="林业站同行人员")
    act(site, "bureau", no, "schedule")
    hand_in(site, "verifier-forestry", no, "field_photo", 4)
    act(
        site, "verifier-forestry", no, "verify_forestry", plot1_sampled="34", plot1_alive="31", plot2_sampled="33", plot2_alive="31",
        plot3_sampled="33", plot3_alive="30", opinion="株数、界线一致",
    )  # fmt: skip
    bureau = site.enter("bureau")
    bureau.goto(f"{site.address}/funds/applications/{no}")
    says(bureau, "财政验收")
    act(site, "verifier-finance", no, "verify_finance", opinion="面积一致")
    act(site, "bureau", no, "review", opinion="计算无误")
    act(site, "office", no, "publicise", starts_on=(business_date() - timedelta(days=25)).isoformat())
    public = site.enter(width=390)
    public.goto(f"{site.address}/notices")
    expect(public.locator("main a[href*='/notices/']").first).to_be_visible()
    act(site, "office", no, "end_publicity")
    act(site, "office", no, "convene")
    act(site, "leader", no, "approve", opinion="同意", minutes_ref="会议纪要〔2026〕9期")
    maker = site.enter("finance-maker")
    maker.goto(f"{site.address}/funds/payments/new")
    lines = maker.locator("main form", has=maker.locator(f"input[value='{no}']"))
    for box in lines.locator("input[type=checkbox]").all():
        box.set_checked(box.get_attribute("value") == no)
    lines.locator("button").last.click()
    maker.wait_for_load_state()
    batch = re.search(r"ZF\d{2}-\d{4}", maker.url)[0]
    checker = site.enter("finance-checker")
    recovery = authenticator(site, checker)
    checker.goto(f"{site.address}/funds/payments/{batch}")
    checker.fill("form[action$='/release'] [name=otp]", recovery)
    checker.locator("form[action$='/release'] button").last.click()
    checker.wait_for_load_state()
    maker.goto(f"{site.address}/funds/payments/{batch}")
    maker.locator("form[action$='/result'] button").last.click()
    maker.wait_for_load_state()
    applicant = site.enter("coop")
    applicant.goto(f"{site.address}/funds/applications/{no}")
    says(applicant, "已支付")
    voucher = maker.request.get(f"{site.address}/funds/payments/{batch}/voucher.pdf")
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(BytesIO(voucher.body())))
    assert batch in text and "元" in text


def progress_counts_it(site: Site, plot: str) -> None:
    page = site.enter("bureau")
    page.goto(f"{site.address}/targets")
    page.goto(f"{site.address}/targets/townships/{plot[:9]}/verified")
    says(page, plot)
    pdf = page.request.get(f"{site.address}/targets/report.pdf")
    assert pdf.body().startswith(b"%PDF")


def recall_turns_the_page_red(site: Site, lot: str, code: str) -> None:
    page = site.enter("bureau")
    page.goto(f"{site.address}/quality/hold/{lot}")
    page.select_option("#f-kind", "recall")
    page.fill("#f-reason", "抽检超标")
    page.fill("#f-public_reason", "农药残留超标")
    page.fill("#f-contact", "0734-8500000")
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    visitor = site.enter(width=390)
    visitor.goto(code)
    says(visitor, "本批次已召回，请停止食用")
    plant = site.enter("plant")
    plant.goto(f"{site.address}/processing/runs/new")
    assert lot not in plant.locator("main").inner_text()
