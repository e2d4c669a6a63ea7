"""What the platform may say to a phone: signed out, revoked, waiting for another; and what a phone does for a dying one."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.factories import county as make
from trace.accounts import devices
from trace.accounts import queries as accounts
from trace.accounts.models import Device
from trace.core.actor import Role
from trace.core.clock import utcnow
from trace.db import db
from trace.files.models import StoredFile
from trace.lots.models import Lot
from trace.registry.models import Party
from trace.sync.models import SyncOp, SyncPhoto

DUMP = """async ({store}) => {
    const seen = [];
    const look = (value) => {
        if (value instanceof ArrayBuffer) seen.push(new TextDecoder("latin1").decode(value));
        else if (ArrayBuffer.isView(value)) look(value.buffer);
        else if (value instanceof CryptoKey) seen.push(`key extractable ${value.extractable}`);
        else if (value && typeof value === "object") for (const [name, inner] of Object.entries(value)) { seen.push(name); look(inner); }
        else seen.push(String(value));
    };
    for (const name of ["profiles", "ops", "photos", "kept", "meta"]) look(await store.all(name));
    return seen.join("\\n");
}"""


def test_what_the_platform_says(phone, new_phone, port, plots):
    an_expired_sign_in_keeps_everything(phone, plots)
    one_waits_for_another(phone, plots)
    photos_go_on_where_the_line_broke(phone, plots)
    a_dying_phone_hands_its_queue_to_a_colleague(phone, new_phone(port), plots)
    a_revoked_phone_wipes_itself_and_keeps_the_queue_sealed(phone, plots)
    assert phone.problems == []


def an_expired_sign_in_keeps_everything(phone, plots):
    (saved,) = phone.save_harvests(plots[0], "21")
    with db.connection_context():
        Device.update(token_expires_at=utcnow() - timedelta(minutes=1)).execute()
    assert phone.sync() is False
    page = phone.page
    page.goto(f"{phone.address}/field/app#/home")
    expect(page.locator(".note.todo")).to_contain_text("登录已过期，手机里的记录都在，请联网重新登录。")
    expect(page.locator(".queue-line")).to_contain_text("待同步 1 条")
    page.locator(".note .btn", has_text="登录").click()
    expect(page.locator("#username")).to_have_value("coop")
    page.fill("#password", make.PASSWORD)
    page.locator("footer .primary").click()
    expect(page.locator(".queue-line")).to_contain_text("都已送达")
    assert [row["state"] for row in phone.rows() if row["id"] == saved] == ["done"]


def one_waits_for_another(phone, plots):
    """The one it needs comes later; the receipt of the first changes by itself."""
    first, second = phone.ask(
        """async ({ops, canonical}, plot) => {
            const [needed, id] = [canonical.uuid7(), canonical.uuid7()];
            const body = {plot, part: "leaf", on: canonical.countyDay(), quantity: "3", unit: "公斤"};
            await ops.saveOperation("harvest.record", body, {id, after: [needed]});
            return [needed, id];
        }""",
        plots[1],
    )
    assert phone.sync() is True
    page = phone.page
    page.goto(f"{phone.address}/field/app#/queue")
    expect(page.locator(".record", has_text="待前序")).to_contain_text("等前一条记录先入账。")
    phone.ask(
        """async ({ops, canonical}, [plot, id]) => ops.saveOperation("harvest.record", {plot, part: "leaf", on: canonical.countyDay(), quantity: "4", unit: "公斤"}, {id})""",
        [plots[1], first],
    )
    phone.sync()
    phone.sync()
    assert {row["state"] for row in phone.rows() if row["id"] in (first, second)} == {"done"}


def camera(seed: int) -> bytes:
    """A noisy photo of 2400 px with a place in its metadata."""
    noise = numpy.random.default_rng(seed).integers(0, 255, (450, 600, 3), dtype=numpy.uint8)
    picture = Image.fromarray(noise).resize((2400, 1800))
    data = Image.Exif()
    data[0x010F] = "CANARY-CAMERA"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=data)
    return out.getvalue()


def photos_go_on_where_the_line_broke(phone, plots):
    """Five photos and three records, a window that closes after the records and some of the photos (C2)."""
    page = phone.page
    phone.network(False)
    page.goto(f"{phone.address}/field/app#/home")
    page.locator(".tile.scout").click()
    page.locator(".choice", has_text="老屋背").click()
    page.locator(".search input").fill("炭疽病")
    page.locator(".choice", has_text="炭疽病").click()
    page.locator(".choice", has_text="零星几株").click()
    page.locator(".choice", has_text="今天").click()
    page.set_input_files(
        "#photo", [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": camera(n)} for n in range(3)]
    )
    expect(page.locator(".photos img")).to_have_count(3)
    kept = (
        phone.ask("({photos}) => photos.LONGEST_SIDE"),
        page.evaluate("document.querySelector('.photos img').naturalWidth"),
    )
    assert kept == (1600, 1600)
    taken = phone.ask(
        "async ({store}) => (await store.all('photos')).map(({sha256, size, state}) => ({sha256, size, state}))"
    )
    page.locator(".remove").first.click()
    expect(page.locator(".photos img")).to_have_count(2)
    page.goto(f"{phone.address}/field/app#/home")
    expect(page.locator(".unfinished")).to_contain_text("有一条没记完的巡查")
    photos = [{"sha256": one["sha256"], "size": one["size"], "taken_at": "2026-07-18T15:02:11+08:00"} for one in taken]
    saved = phone.ask(
        """async ({ops, canonical}, [plot, photos]) => ops.saveOperations(photos.map((photo) => ({kind: "harvest.record",
            body: {plot, part: "fruit", on: canonical.countyDay(), quantity: "5", unit: "公斤", photos: [photo]}})))""",
        [plots[0], photos],
    )
    total = sum(one["size"] for one in taken)
    assert total > 700_000 and all(one["state"] == "draft" for one in taken)
    phone.network(True)
    phone.settled()
    before = phone.wire.carried["up"]
    phone.wire.cut_after(600_000, "up", for_good=True)
    phone.sync()
    assert not phone.wire.up and phone.wire.carried["up"] - before == 600_000
    assert {row["state"] for row in phone.rows() if row["id"] in saved} == {"done"}, "records go first"
    with db.connection_context():
        assert SyncPhoto.select().where(SyncPhoto.state == "kept").count() < 3
    phone.wire.again()
    phone.sync()
    assert phone.ask("({photos}) => photos.photosWaiting()") == 0
    assert phone.wire.carried["up"] - before < total + 256 * 1024 + 20_000, "what was there is not sent again"
    with db.connection_context():
        rows = list(SyncPhoto.select(SyncPhoto, StoredFile).join(StoredFile))
        assert {(row.sha256, row.state, row.received) for row in rows} == {
            (one["sha256"], "kept", one["size"]) for one in taken
        }
    bare = phone.ask(
        "async ({store, vault, session}) => Promise.all((await store.all('photos')).map(async (row) => new TextDecoder('latin1').decode(await vault.unseal(session.session.key, row.key, row.sealed))))"
    )
    assert all("CANARY" not in text and "Exif" not in text and text.startswith("\u00ff\u00d8") for text in bare)


def a_dying_phone_hands_its_queue_to_a_colleague(phone, other, plots):
    with db.connection_context():
        make.user("coop-b", Role.COOP, Party.get(Party.name == "青坡合作社"))
    phone.network(False)
    phone.page.reload()
    phone.unlock()
    (saved,) = phone.save_harvests(plots[0], "77.5")
    page = phone.page
    page.goto(f"{phone.address}/field/app#/export")
    page.fill("#code", "000000")
    page.locator("footer .primary").click()
    expect(page.locator(".note.stop")).to_contain_text("口令不对")
    page.fill("#code", "280417")
    page.locator("footer .primary").click()
    with page.expect_download() as download:
        page.locator("a[download]").first.click()
    parcel = download.value.path().read_bytes()
    assert json.loads(parcel)["count"] == 1 and plots[0].encode() not in parcel and b"77.5" not in parcel
    expect(page.locator(".qr svg")).to_be_visible()
    with page.expect_download() as download:
        page.locator("a[download]").last.click()
    for_the_office = json.loads(download.value.path().read_bytes())
    assert for_the_office["protocol"] == 1 and [op["id"] for op in for_the_office["ops"]] == [saved]
    other.open()
    other.enrol("coop-b")
    page = other.page
    page.goto(f"{other.address}/field/app#/import")
    page.set_input_files("#parcel", [{"name": "q.json", "mimeType": "application/json", "buffer": parcel}])
    page.fill("#code", "280417")
    page.locator("footer .primary").click()
    expect(page.locator(".record").first).to_contain_text("代 coop 上传")
    other.sync()
    (carried,) = other.rows()
    assert carried["id"] == saved and carried["state"] == "done" and carried["op"]["author"] == "coop"
    phone.network(True)
    assert phone.sync() is True
    assert next(row for row in phone.rows() if row["id"] == saved)["receipt"]["status"] in ("exists", "created")
    with db.connection_context():
        assert SyncOp.get(SyncOp.op_id == saved).author.username == "coop"
        assert Lot.select().where(Lot.code == carried["receipt"]["record"]["code"]).count() == 1
    assert other.problems == []


def a_revoked_phone_wipes_itself_and_keeps_the_queue_sealed(phone, plots):
    (saved,) = phone.save_harvests(plots[0], "88")
    device = phone.ask("({session}) => session.session.profile.device")
    with db.connection_context():
        devices.revoke_device(accounts.actor_of(accounts.user_named("coop")), device, "手机丢了")
    assert phone.sync() is False
    page = phone.page
    expect(page.locator("main")).to_contain_text("合作社已停用这台手机")
    expect(page.locator("main")).to_contain_text("还有 1 条记录没有送达")
    with pytest.raises(AssertionError, match="visible"):
        page.goto(f"{phone.address}/field/app#/home")
        expect(page.locator(".tiles")).to_be_visible(timeout=1_000)
    dump = phone.ask(DUMP)
    assert "wrapping" in dump and saved in dump, "the dump shows something"
    assert "key extractable" not in dump, "the signing key is gone"
    for canary in (plots[0], "老屋背", '"quantity"', '"token"', "青坡合作社"):
        assert canary not in dump and canary.encode().decode("latin1") not in dump, canary
    kept = phone.ask("async ({store}) => (await store.all('kept')).map((row) => row.name)")
    assert kept == [] and {row["state"] for row in phone.rows()} == {"queued"}
    parcel = phone.ask("async ({courier}) => courier.exportQueue('280417')")
    assert parcel["count"] == 1
