"""C15: a spoken note, recorded in airplane mode by the browser's own recorder, sealed, sent in pieces, heard at the office."""

from __future__ import annotations

import hashlib

from playwright.sync_api import expect

from trace.db import db
from trace.files.models import StoredFile
from trace.lots.models import Lot
from trace.sync.models import SyncPhoto

NOTE_STEP = """async ([plot, at]) => {
    const {begin} = await import('/static/field/record.js');
    await begin('harvest', {values: {plot, part: 'fruit', unit: '公斤', on: (await import('/static/field/canonical.js')).countyDay(), containers: [{gross: '40', tare: '', damage: ''}]}, at});
}"""


def test_a_spoken_note(new_phone, port, plots, sign_in):
    phone = new_phone(port, microphone=True)
    phone.open()
    phone.enrol()
    phone.network(False)
    spoken(phone, plots[0])
    phone.network(True)
    assert phone.sync() is True
    phone.page.wait_for_function(
        "async () => (await import('/static/field/photos.js')).photosWaiting().then((n) => n === 0)"
    )
    sent = next(row["op"]["body"]["photos"] for row in phone.rows())
    assert [(one["kind"], one["seconds"] > 0) for one in sent] == [("voice", True)]
    heard_at_the_office(sign_in("coop"), sent[0]["sha256"])
    without_a_microphone(phone, plots[0])
    assert phone.problems == []


def spoken(phone, plot) -> None:
    page = phone.page
    page.evaluate(NOTE_STEP, [plot, 7])
    page.locator(".voice .btn", has_text="录一段语音").click()
    expect(page.locator(".recording")).to_contain_text("正在录音")
    expect(page.locator(".clock")).to_have_text("0:01")
    page.locator(".voice .btn", has_text="录好了").click()
    expect(page.locator(".voices audio")).to_have_count(1)
    page.locator("footer .primary", has_text="下一步").click()
    expect(page.locator(".answers")).to_contain_text("语音 ")
    page.locator("footer .primary", has_text="保存").click()
    expect(page.locator(".saved")).to_be_visible()
    assert phone.ask("({photos}) => photos.photosWaiting()") == 1


def heard_at_the_office(browser, sha: str) -> None:
    with db.connection_context():
        photo = SyncPhoto.get(SyncPhoto.sha256 == sha)
        assert photo.state == "kept" and StoredFile.get_by_id(photo.file_id).mime == "audio/webm"
        code = Lot.get().code
    page = browser.get(f"/field/sync/record/{code}", follow_redirects=True)
    assert "<audio" in page.text and "语音" in page.text
    address = page.text.split('<audio controls preload="none" src="')[1].split('"')[0]
    answer = browser.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "audio/webm") and "inline" in answer.headers[
        "Content-Disposition"
    ]
    assert hashlib.sha256(answer.data).hexdigest() == sha
    assert browser.get(address, headers={"Range": "bytes=0-3"}).data == b"\x1a\x45\xdf\xa3"


def without_a_microphone(phone, plot) -> None:
    """No recorder, no button; everything else stays."""
    page = phone.page
    page.evaluate("Object.defineProperty(window, 'MediaRecorder', {value: undefined})")
    page.evaluate(NOTE_STEP, [plot, 7])
    expect(page.locator("#words")).to_be_visible()
    assert page.locator(".voice").count() == 0
