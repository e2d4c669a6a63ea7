"""A consumer reports, the office answers, the producer explains; nobody else sees, and several on one lot are noticed."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.conftest import csrf, post
from tests.scan.conftest import flush
from trace.audit.models import AuditEntry
from trace.core.errors import Forbidden, NotFound, RuleBroken
from trace.db import db
from trace.files.models import StoredFile
from trace.labels import sheets
from trace.scan import complaints
from trace.scan.models import Complaint
from trace.web.limits import limiter

WORDS = {"kind": "quality", "text": "打开有霉味", "bought_at": "衡阳某超市", "contact": "13900002222"}


def complain(client, run, index: int = 0, **changes):
    return post(client, f"/t/{sheets.code_at(run, index)}/complaint", **(WORDS | changes))


def test_a_receipt_is_given_and_shows_the_answer_only(home, client, run, sign_in):
    answer = complain(client, run)
    assert answer.status_code == 302
    receipt = answer.headers["Location"].rsplit("/", 1)[1]
    page = client.get(f"/complaints/{receipt.lower()}")
    assert receipt in page.text and "已收到" in page.text
    assert not {"霉味", "13900002222", "某超市"} & {
        word for word in ("霉味", "13900002222", "某超市") if word in page.text
    }
    with db.connection_context():
        row = Complaint.get()
        assert (row.lot.code, row.township.name, row.serial) == (run.lot.code, "松江镇", run.first_serial)
        assert "13900002222" not in row.contact_sealed
    market = sign_in("market")
    desk = market.get(f"/scans/complaints/{receipt}").text
    assert "打开有霉味" in desk and "13900002222" not in desk
    shown = market.post(
        f"/scans/complaints/{receipt}/contact", data={"csrf_token": csrf(market, f"/scans/complaints/{receipt}")}
    )
    assert "13900002222" in shown.text
    post(
        market,
        f"/scans/complaints/{receipt}/reply",
        page=f"/scans/complaints/{receipt}",
        text="已抽检，同批次下架。",
        closes="true",
    )
    assert "已抽检，同批次下架。" in client.get(f"/complaints/{receipt}").text
    with db.connection_context():
        done = [row.action for row in AuditEntry.select().where(AuditEntry.subject == receipt).order_by(AuditEntry.id)]
    assert done == ["complaint.file", "complaint.reveal", "complaint.answer"]


def test_the_producer_explains_but_neither_answers_nor_learns_who(home, client, run):
    complain(client, run)
    with db.connection_context():
        receipt = Complaint.get().receipt
        plant = home.actor("plant")
        complaints.reply(plant, receipt, "批次留样正常。", closes=False)
        with pytest.raises(Forbidden):
            complaints.reply(plant, receipt, "没有问题。", closes=True)
        with pytest.raises(Forbidden):
            complaints.reveal_contact(plant, receipt)
        assert complaints.final_answer(Complaint.get()) is None
        for stranger in ("coop2", "township2"):
            with pytest.raises(NotFound):
                complaints.get_complaint(home.actor(stranger), receipt)
        assert complaints.get_complaint(home.actor("township"), receipt).text == "打开有霉味"
        complaints.reply(home.actor("market"), receipt, "已核实。", closes=True)
        with pytest.raises(RuleBroken):
            complaints.reply(home.actor("bureau"), receipt, "再答一次。", closes=True)


def test_three_on_one_lot_are_a_cluster(client, run, sign_in):
    for index in range(3):
        complain(client, run, index)
    assert "同批 3 件" in sign_in("market").get("/scans/complaints").text
    assert "同批 3 件" in sign_in("plant").get("/scans/complaints").text
    with db.connection_context():
        lot = run.lot.code
    assert lot not in sign_in("coop2").get("/scans/complaints").text


def test_mistakes_keep_what_was_typed(client, run):
    answer = complain(client, run, kind="", text="")
    assert answer.status_code == 422
    assert "请选择反映的问题。" in answer.text and "请写明情况。" in answer.text and "衡阳某超市" in answer.text
    assert complain(client, run, text="长" * 501).status_code == 422


def test_programs_and_floods_are_stopped(client, run, phone):
    assert complain(client, run, website="http://spam").status_code == 302
    with db.connection_context():
        assert Complaint.select().count() == 0
    statuses = [complain(client, run).status_code for _ in range(6)]
    assert statuses[0] == 302 and statuses[-1] == 429
    limiter.reset()
    for n in range(12):
        last = complain(phone(f"203.0.113.{n + 20}"), run)
    assert last.status_code == 503 and "12315" in last.text
    with db.connection_context():
        assert Complaint.select().count() == 10


def test_without_a_token_or_a_code_nothing_is_filed(client, run):
    assert client.post(f"/t/{sheets.code_at(run, 0)}/complaint", data=WORDS).status_code == 400
    assert client.get(f"/t/{'3' * 20}/complaint").status_code == 404
    assert client.get("/complaints/TS26-0000000000").status_code == 404
    flush()


def picture(name: str = "1.jpg", kind: str = "JPEG", **more):
    """A small photograph with a position in its EXIF."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (26.0, 44.0, 0.0)}
    body = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 120, 40)).save(body, kind, exif=exif)
    return io.BytesIO(body.getvalue()), name


def send(client, run, photos, **changes):
    address = f"/t/{sheets.code_at(run, 0)}/complaint"
    return client.post(address, data={"csrf_token": csrf(client, address), **WORDS, **changes, "photos": photos})


def test_photographs_go_to_those_who_handle_it_without_their_position(client, run, sign_in):
    receipt = send(client, run, [picture(), picture("二.png", "PNG")]).headers["Location"].rsplit("/", 1)[1]
    market = sign_in("market")
    page = market.get(f"/scans/complaints/{receipt}").text
    assert "照片 1" in page and "照片 2" in page and "照片 3" not in page
    shown = market.get(f"/scans/complaints/{receipt}/photos/1")
    assert shown.headers["Content-Disposition"].startswith("attachment")
    with Image.open(io.BytesIO(shown.data)) as kept:
        assert kept.size == (40, 30) and not kept.getexif()
    assert sign_in("coop2").get(f"/scans/complaints/{receipt}/photos/1").status_code == 404
    assert "photos" not in client.get(f"/complaints/{receipt}").text
    with db.connection_context():
        assert {row.uploader_name for row in StoredFile.select()} == {""}


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        ([(io.BytesIO(b"%PDF-1.4"), "a.pdf")], "只能上传 JPG 或 PNG 照片。"),
        ([(io.BytesIO(b"<svg/>"), "a.jpg")], "文件内容与扩展名不符"),
        ([picture() for _ in range(4)], "最多上传 3 张照片。"),
    ],
)
def test_what_is_no_photograph_is_refused_and_nothing_typed_is_lost(client, run, photos, words):
    copies = [(io.BytesIO(body.getvalue()), name) for body, name in photos]
    answer = send(client, run, copies)
    assert answer.status_code == 422 and words in answer.text and "打开有霉味" in answer.text
    with db.connection_context():
        assert Complaint.select().count() == 0


def test_one_form_sent_twice_is_one_complaint(client, run):
    address = f"/t/{sheets.code_at(run, 0)}/complaint"
    form = client.get(address).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form))
    answers = [client.post(address, data={**hidden, **WORDS}) for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert client.post(address, data={**hidden, **WORDS, "form_key": "x"}).status_code == 302
    with db.connection_context():
        assert Complaint.select().count() == 2
        assert AuditEntry.select().where(AuditEntry.action == "complaint.file").count() == 2
