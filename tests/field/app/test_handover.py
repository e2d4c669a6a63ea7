"""Goods change hands between two real browsers without any network, paper by paper over the screen, and are booked once whoever uploads."""

from __future__ import annotations

import base64
import io
import json
from datetime import datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.factories import county as make
from tests.factories.certificates import certify
from tests.field.app.phone import Phone
from trace.accounts import queries as accounts
from trace.core.clock import utcnow
from trace.db import db
from trace.invariants import all_findings
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.processing.handover_models import Handover


@pytest.fixture
def lot(plots) -> str:
    """A ton of fruit in the hands of the first cooperative."""
    with db.connection_context():
        clerk = accounts.actor_of(accounts.user_named("coop"))
        made = make.harvest(clerk, Plot.get(Plot.code == plots[0]))
        certify(clerk, made)  # without one the plant may not take the fruit
        return made.code


@pytest.fixture
def pair(new_phone, port: int, lot: str) -> tuple[Phone, Phone]:
    """The clerk's phone and that of the plant, both signed in once, both without a network from now on."""
    made = (new_phone(port), new_phone(port))
    for phone, username in zip(made, ("coop", "plant"), strict=True):
        phone.open()
        phone.enrol(username)
        phone.network(False)
    return made


def give(phone: Phone, lot: str, quantity: str, receiver: str = "青岭食品厂", hours: int = 2) -> None:
    """Through the questions, to the symbols of the signed offer."""
    page = phone.page
    page.goto(f"{phone.address}/field/app#/give/lot")
    page.locator(".choice", has_text=lot).click()
    expect(page.locator("h2.ask")).to_have_text("交出多少？")
    page.fill("#number", quantity)
    page.locator("footer .primary").click()
    page.locator(".choice", has_text=receiver).click()
    page.locator(".choice", has_text=f"{hours} 小时").first.click()
    expect(page.locator(".answers")).to_contain_text(f"{quantity} 公斤")
    page.locator("footer .primary").click()
    expect(page.locator(".lead")).to_have_text("请对方扫这个码")


def take(phone: Phone, pictures: list[bytes], quantity: str = "", reason: str = "") -> None:
    """Through the questions, to the symbols of the signed acceptance."""
    page = phone.page
    show(phone, pictures, "take")
    expect(page.locator("h2.ask")).to_have_text("实收多少？")
    if quantity:
        page.fill("#number", quantity)
    page.locator("footer .primary").click()
    if reason:
        page.locator("footer .primary").click()
        expect(page.locator(".said .note.stop")).to_have_text("短少超过 5%，请填写原因。")
        page.locator(".chip", has_text=reason).click()
        page.locator("footer .primary").click()
    expect(page.locator("footer .primary")).to_have_text("签收")
    page.locator("footer .primary").click()
    expect(page.locator("#main[data-screen=accepted] .lead")).to_have_text("请对方扫这个码")


def show(phone: Phone, pictures: list[bytes], screen: str = "") -> None:
    """Hold pictures of the other phone's screen before this one."""
    if screen:
        phone.page.goto(f"{phone.address}/field/app#/{screen}")
        expect(phone.page.locator(f"#main[data-screen={screen}]")).to_be_visible()
    files = [
        {"name": f"{n}.png", "mimeType": "image/png", "buffer": one} if one[:1] == b"\x89" else
        {"name": f"{n}.json", "mimeType": "application/json", "buffer": one}
        for n, one in enumerate(pictures)
    ]  # fmt: skip
    phone.page.set_input_files("#paper", files)


CAMERA = """async (pictures) => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 480, height: 480});
    const bitmaps = await Promise.all(pictures.map((one) => createImageBitmap(new Blob([Uint8Array.from(atob(one), (char) => char.charCodeAt(0))]))));
    let n = 0;
    setInterval(() => { const context = canvas.getContext("2d"); context.fillRect(0, 0, 480, 480); context.drawImage(bitmaps[n % bitmaps.length], 50, 40); n += 1; }, 250);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(15);
}"""


def scan(phone: Phone, pictures: list[bytes]) -> None:
    """Hold the phone's camera before a screen whose symbols take turns; the app's own reader does the rest."""
    page = phone.page
    page.goto(f"{phone.address}/field/app#/take")
    expect(page.locator("#main[data-screen=take]")).to_be_visible()
    page.evaluate(CAMERA, [base64.b64encode(one).decode() for one in pictures])
    page.locator(".btn.scan").click()
    expect(page.locator("h2.ask")).to_have_text("实收多少？")
    expect(page.locator("dialog")).to_have_count(0)


def close(phone: Phone, pictures: list[bytes]) -> None:
    """The giver, who still shows the offer, reads the acceptance."""
    show(phone, pictures)
    phone.page.locator("dialog .primary").click()
    expect(phone.page.locator(".saved")).to_contain_text("已交出")


def screen_of(page: Page) -> list[bytes]:
    """Photographs of every symbol on the screen; each is also read by another reader than the app's own."""
    count = int(page.locator("figure.qr").get_attribute("data-symbols") or 0)
    assert count > 1, "both papers are longer than one symbol a cheap camera reads"
    page.evaluate("scrollTo(0, 0)")
    page.locator(".qr .btn", has_text="停在这张").click()
    found: dict[str, bytes] = {}
    for _ in range(count):
        picture = page.locator(".qr .symbol").screenshot()
        (symbol,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)), formats=zxingcpp.BarcodeFormat.QRCode)
        found[symbol.text] = picture
        page.locator(".qr .next-symbol").click()
    assert sorted(text.split(":")[2] for text in found) == [f"{n}/{count}" for n in range(1, count + 1)]
    return list(found.values())


def booked(lot: str) -> tuple[int, int]:
    """How many handovers the platform knows, and what is left of the lot in grams; the books are in order."""
    with db.connection_context():
        assert list(all_findings()) == []
        return Handover.select().count(), lots.balance(Lot.get(Lot.code == lot))


def states(phone: Phone) -> list[tuple[str, str]]:
    """Kind and state of everything in a queue, in order, once the phone has noticed that there is no network."""
    phone.settled()
    return [(row["op"]["kind"], row["state"]) for row in phone.rows()]


def test_hand_to_hand_without_network(pair, lot):
    giver, taker = pair
    first = the_taker_uploads_alone(giver, taker, lot)
    the_giver_uploads_first(giver, taker, lot)
    the_acceptance_is_never_scanned_back(giver, taker, lot)
    everything_is_sent_again_in_another_order(giver, taker, lot)
    a_used_offer_is_refused(taker, first)
    assert giver.problems == taker.problems == []


def the_taker_uploads_alone(giver: Phone, taker: Phone, lot: str) -> list[bytes]:
    """Symbols lie in any order before the camera; both have it in the queue; the giver comes later and finds it done."""
    give(giver, lot, "420.5")
    offer = screen_of(giver.page)
    take(taker, offer[::-1], "418")
    acceptance = screen_of(taker.page)
    close(giver, acceptance)
    expect(giver.page.locator(".state")).to_contain_text("已签收，待上传")
    assert states(giver) == states(taker) == [("handover.record", "queued")]
    assert booked(lot) == (0, 1_000_000), "nothing moved before the upload"
    taker.network(True)
    assert taker.sync()
    assert booked(lot) == (1, 579_500)
    giver.network(True)
    assert giver.sync()
    assert booked(lot) == (1, 579_500)
    codes = [phone.rows()[0]["receipt"]["record"]["code"] for phone in (giver, taker)]
    assert codes[0] == codes[1]
    expect(giver.page.locator(".state")).to_contain_text("平台已入账")
    return offer


def the_giver_uploads_first(giver: Phone, taker: Phone, lot: str) -> None:
    """A shortage of a tenth, explained; nobody named as the receiver."""
    for phone in (giver, taker):
        phone.network(False)
    give(giver, lot, "100", receiver="不指定")
    take(taker, screen_of(giver.page), "90", reason="运输破损")
    close(giver, screen_of(taker.page))
    giver.network(True)
    assert giver.sync()
    assert booked(lot) == (2, 479_500)
    taker.network(True)
    assert taker.sync()
    with db.connection_context():
        row = Handover.select().order_by(Handover.id.desc()).get()
        assert (row.quantity, row.received, row.reason) == (100_000, 90_000, "运输破损")
    assert booked(lot) == (2, 479_500)


def the_acceptance_is_never_scanned_back(giver: Phone, taker: Phone, lot: str) -> None:
    """The taker alone is enough. What is offered is no longer free on the giver's phone."""
    for phone in (giver, taker):
        phone.network(False)
    give(giver, lot, "50")
    take(taker, screen_of(giver.page))
    page = giver.page
    page.goto(f"{giver.address}/field/app#/give/lot")
    expect(page.locator(".choice", has_text=lot)).to_contain_text("可交 429.5 公斤")
    page.locator(".choice", has_text=lot).click()
    page.fill("#number", "429.6")
    page.locator("footer .primary").click()
    expect(page.locator(".said")).to_contain_text(f"批次 {lot} 可交 429.5 公斤，不够。")
    for phone in (giver, taker):
        phone.network(True)
        assert phone.sync()
    assert booked(lot) == (3, 429_500)


def everything_is_sent_again_in_another_order(giver: Phone, taker: Phone, lot: str) -> None:
    """As after a lost answer: the same bytes, the other phone first, one by one from the last to the first."""
    for phone in (taker, giver):
        ids = [row["id"] for row in phone.rows()]
        for one in reversed(ids):
            phone.ask(
                "async ({store}, id) => store.put('ops', {...await store.get('ops', id), state: 'queued', receipt: null})",
                one,
            )
            assert phone.sync()
        assert {row["receipt"]["status"] for row in phone.rows()} == {"exists"}
    assert booked(lot) == (3, 429_500)


def a_used_offer_is_refused(taker: Phone, offer: list[bytes]) -> None:
    taker.network(False)
    show(taker, offer, "take")
    expect(taker.page.locator(".said .note.stop")).to_have_text("这份交接单已经签收过，不能再用。")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_a_phone_refuses_by_itself(pair, lot):
    giver, taker = pair
    give(giver, lot, "100")
    page = giver.page
    with page.expect_download() as saved:
        page.locator("a[download]").click()
    whole = saved.value.path().read_bytes()
    offer = screen_of(page)
    for wrong, words in (
        (offer[:1], "张，还差第"),
        ([b"{}"], "没有认出交接二维码"),
        ([altered(whole, quantity="900")], "签名不对"),
        ([altered(whole, nonce="short")], "签名不对"),
    ):
        show(taker, wrong, "take")
        expect(taker.page.locator(".said .note")).to_contain_text(words)
    show(giver, [whole], "take")
    expect(page.locator(".said .note.stop")).to_have_text("交出和签收不能在同一部手机上。")
    scan(taker, offer)
    the_time_is_up(taker, whole)
    an_acceptance_of_something_else(giver, taker, lot, whole)
    another_party_is_named(giver, taker, lot)
    assert states(giver) == [] and giver.problems == taker.problems == []


def altered(parcel: bytes, **fields: str) -> bytes:
    """The file of an offer with something changed after signing."""
    found = json.loads(parcel)
    found["offer"].update(fields)
    return json.dumps(found).encode()


def the_time_is_up(taker: Phone, offer: bytes) -> None:
    """Refused when it is read, and still when the questions were answered too slowly."""
    page = taker.page
    show(taker, [offer], "take")
    page.locator("footer .primary").click()
    expect(page.locator("footer .primary")).to_have_text("签收")
    page.clock.set_system_time(datetime.fromtimestamp((utcnow() + timedelta(hours=2, minutes=1)).timestamp()))
    page.locator("footer .primary").click()
    expect(page.locator(".said .note.stop")).to_have_text("交接单已过有效时间，请重新交接。")
    show(taker, [offer], "take")
    expect(page.locator(".said .note.stop")).to_have_text("交接单已过有效时间，请重新交接。")
    page.clock.set_system_time(datetime.fromtimestamp((utcnow() - timedelta(minutes=11)).timestamp()))
    show(taker, [offer], "take")
    expect(page.locator(".said .note.stop")).to_contain_text("请核对两部手机的时间")
    page.clock.set_system_time(datetime.fromtimestamp(utcnow().timestamp()))


def an_acceptance_of_something_else(giver: Phone, taker: Phone, lot: str, first: bytes) -> None:
    """The taker accepts the first offer; the giver holds the second before him."""
    take(taker, [first])
    acceptance = screen_of(taker.page)
    give(giver, lot, "30")
    show(giver, acceptance)
    expect(giver.page.locator(".said .note.stop")).to_have_text("签收的不是这份交接单，请让对方重新扫码。")
    with giver.page.expect_download() as saved:
        giver.page.locator("a[download]").click()
    show(giver, [saved.value.path().read_bytes()])
    expect(giver.page.locator(".said .note.stop")).to_have_text("这是交接单。请扫对方的签收单。")


def another_party_is_named(giver: Phone, taker: Phone, lot: str) -> None:
    give(giver, lot, "20", receiver="白石合作社")
    show(taker, screen_of(giver.page), "take")
    expect(taker.page.locator(".said .note.stop")).to_have_text("交接单写明交给别的单位，您不能签收。")
