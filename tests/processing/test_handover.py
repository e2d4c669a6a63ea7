"""Handover between two phones: both sign, custody moves once and only on acceptance, nothing is replayed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peewee import IntegrityError

from tests.factories import county as make
from tests.factories.certificates import certify
from tests.factories.scales import Phone, known
from trace.core.actor import Role
from trace.core.clock import business_date, utcnow
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Lot
from trace.lots.services import place_hold
from trace.processing import handover_rules
from trace.processing.handover import handovers_of, record_handover, shown
from trace.processing.handover_models import Handover
from trace.processing.models import Receipt


@pytest.fixture
def pair(home):
    """A lot of a ton with the cooperative, its phone and that of the plant."""
    coop = home.actor("coop")
    lot = make.harvest(coop, make.plot(coop, home))
    certify(coop, lot)
    return lot, Phone(coop), Phone(home.actor("plant"))


def papers(pair, home, sent: str = "420.5", got: str = "418.0", **more):
    lot, giver, taker = pair
    offer = giver.offer(lot.code, sent, more.pop("receiver", home.plant.code), **more.pop("offer", {}))
    return offer, taker.accept(offer, got, home.plant.code, **more)


def nothing_moved(lot: Lot) -> None:
    assert lots.balance(lot) == 1_000_000
    assert not (Dispatch.select().exists() or Receipt.select().exists() or Handover.select().exists())


def test_custody_moves_on_acceptance(home, pair):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    nothing_moved(lot)
    row = record_handover(taker.actor, offer, acceptance, known(giver, taker))
    assert (row.code, row.quantity, row.received) == ("JJ26-0001", 420_500, 418_000)
    assert lots.balance(lot) == 579_500
    arrived = lots.lot_by_code(Lot.get_by_id(row.received_lot_id).code)
    assert (arrived.holder_id, lots.balance(arrived), arrived.kind) == (home.plant.id, 418_000, "receipt")
    assert arrived.made_on == business_date(row.accepted_at)
    assert Receipt.get().shortage == 2_500
    assert list(all_findings()) == []


def test_uploaded_by_both_it_happened_once(home, pair):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home, receiver=None)
    rows = [
        record_handover(actor, offer, acceptance, known(giver, taker)).id
        for actor in (giver.actor, taker.actor, giver.actor, taker.actor)
    ]
    assert len(set(rows)) == 1
    assert lots.balance(lot) == 579_500
    assert (Dispatch.select().count(), Receipt.select().count()) == (1, 1)


def test_another_valid_signature_is_still_the_same_paper(home, pair):
    """ECDSA signs differently every time: what counts is what is signed."""
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    first = record_handover(taker.actor, offer, acceptance, known(giver, taker))
    bare = {key: value for key, value in offer.items() if key not in ("sig", "device")}
    again = giver.sign(bare)
    assert again["sig"] != offer["sig"]
    assert record_handover(taker.actor, again, acceptance, known(giver, taker)).id == first.id


def test_one_offer_is_taken_once(home, pair):
    lot, giver, taker = pair
    other = Phone(home.actor("coop2"))
    offer, acceptance = papers(pair, home, receiver=None)
    record_handover(taker.actor, offer, acceptance, known(giver, taker, other))
    late = other.accept(offer, "420.5", home.coop2.code)
    with pytest.raises(RuleBroken, match=r"已经由别人签收（JJ26-0001）"):
        record_handover(other.actor, offer, late, known(giver, taker, other))
    changed = taker.accept(offer, "400", home.plant.code)
    with pytest.raises(RuleBroken, match="已经由别人签收"):
        record_handover(taker.actor, offer, changed, known(giver, taker))
    assert lots.balance(lot) == 579_500


def test_a_used_number_makes_no_second_handover(home, pair):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    record_handover(taker.actor, offer, acceptance, known(giver, taker))
    second = papers(pair, home, "100", "100", offer={"nonce": offer["nonce"]})
    with pytest.raises(RuleBroken, match="编号已经用过"):
        record_handover(taker.actor, *second, known(giver, taker))
    elsewhere = make.harvest(giver.actor, make.plot(giver.actor, home, geometry=make.square(112.7)))
    third = papers((elsewhere, giver, taker), home, "100", "100", offer={"nonce": offer["nonce"]})
    with pytest.raises(RuleBroken, match="编号已经用过"):
        record_handover(taker.actor, *third, known(giver, taker))
    assert (lots.balance(lot), lots.balance(elsewhere)) == (579_500, 1_000_000)


BROKEN = [
    ("offer", {"quantity": "999"}, "签名与手机不符"), ("offer", {"sig": "AAAA"}, "签名与手机不符"), ("offer", {"sig": "é"}, "签名与手机不符"),
    ("acceptance", {"quantity": "1"}, "签名与手机不符"), ("acceptance", {"reason": "改"}, "签名与手机不符"),
    ("offer", {"device": "x"}, "手机没有登记或已停用"), ("acceptance", {"device": "x"}, "手机没有登记或已停用"),
    ("offer", {"nonce": "short"}, "交接数据不完整"), ("offer", {"extra": "1"}, "交接数据不完整"), ("acceptance", {"kind": "x"}, "交接数据不完整"),
    ("acceptance", {"accepted_at": "yesterday"}, "交接数据不完整"), ("offer", {"offered_at": "2026-07-18T10:00:00"}, "交接数据不完整"),
    ("offer", {"lot": None}, "交接数据不完整"), ("acceptance", {"quantity": 5}, "交接数据不完整"), ("offer", {"lot": "x" * 201}, "交接数据不完整"),
]  # fmt: skip


def test_an_altered_paper_moves_nothing(home, pair):
    lot, giver, taker = pair
    for which, change, text in BROKEN:
        both = dict(zip(("offer", "acceptance"), papers(pair, home), strict=True))
        both[which] = {**both[which], **change}
        with pytest.raises((Invalid, RuleBroken), match=text):
            record_handover(taker.actor, both["offer"], both["acceptance"], known(giver, taker))
    for rubbish in (None, [], "x", {}, 5):
        with pytest.raises(Invalid, match="交接数据不完整"):
            record_handover(taker.actor, rubbish, rubbish, known(giver, taker))
    nothing_moved(lot)


def test_signed_but_not_allowed(home, pair):
    lot, giver, taker = pair
    now, phones = utcnow(), known(giver, taker)
    other = Phone(home.actor("coop2"))
    cases = [
        (papers(pair, home, at=now + timedelta(minutes=50)), "交接单已过有效时间"),
        (papers(pair, home, at=now - timedelta(minutes=30)), "签收时间早于交出时间"),
        (papers(pair, home, offer={"at": now + timedelta(hours=1)}, at=now + timedelta(hours=1)), "交接时间晚于标准时间"),
        (papers(pair, home, receiver=home.coop2.code), "交给别的单位"),
        (papers(pair, home, "1000.001", "900"), "可发 1"),
        (papers(pair, home, "100", "100.001"), "实收不能多于发出的"),
        (papers(pair, home, "100", "94.9"), "短少超过 5%，请填写原因。"),
    ]  # fmt: skip
    for (offer, acceptance), text in cases:
        with pytest.raises((Invalid, RuleBroken), match=text):
            record_handover(taker.actor, offer, acceptance, phones)
    first, _ = papers(pair, home)
    _, second = papers(pair, home)
    with pytest.raises(RuleBroken, match="签收的不是这份交接单"):
        record_handover(taker.actor, first, second, phones)
    same = giver.accept(first, "10", home.plant.code)
    with pytest.raises(RuleBroken, match="不能在同一部手机上"):
        record_handover(giver.actor, first, same, phones)
    lying = taker.accept(first, "420", home.coop2.code, at=now - timedelta(minutes=10))
    with pytest.raises(RuleBroken, match="交给别的单位"):
        record_handover(taker.actor, first, lying, phones)
    open_offer, _ = papers(pair, home, receiver=None)
    with pytest.raises(RuleBroken, match="签收单位与手机登记的单位不符"):
        record_handover(taker.actor, open_offer, taker.accept(open_offer, "420", home.coop2.code), phones)
    with pytest.raises(Invalid, match="72 小时以内"):
        record_handover(taker.actor, *papers(pair, home, offer={"expires": now + timedelta(days=4)}), phones)
    stranger = papers((lot, other, taker), home)
    with pytest.raises(NotFound):
        record_handover(taker.actor, *stranger, known(other, taker))
    with pytest.raises(NotFound):
        record_handover(other.actor, *papers(pair, home), phones)
    with pytest.raises(Forbidden):
        record_handover(home.actor("bureau"), *papers(pair, home), phones)
    nothing_moved(lot)
    reasoned = papers(pair, home, "100", "94.9", reason="路上压坏")
    assert record_handover(taker.actor, *reasoned, phones).reason == "路上压坏"


def test_a_held_lot_changes_no_hands(home, pair):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    place_hold(giver.actor, lot.code, "等检测")
    with pytest.raises(RuleBroken, match="已锁定"):
        record_handover(taker.actor, offer, acceptance, known(giver, taker))
    nothing_moved(lot)


def test_who_signed_needs_todays_rights(home, pair):
    """A phone whose person may receive nothing cannot take over."""
    lot, giver, _ = pair
    grower = make.party("household", "李大田", home.village)
    make.user("li", Role.GROWER, grower)
    phone = Phone(home.actor("li"))
    offer = giver.offer(lot.code, "10")
    with pytest.raises(Forbidden):
        record_handover(giver.actor, offer, phone.accept(offer, "10", grower.code), known(giver, phone))
    nothing_moved(lot)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(sorted(handover_rules.OFFER)), st.one_of(st.none(), st.text(max_size=30), st.integers())
    ),
    st.booleans(),
)
def test_no_paper_crashes_the_reader(change, drop):
    phone = Phone(actor=None)
    offer = phone.offer("H26-0001", "1")
    paper = {key: value for key, value in offer.items() if not (drop and key in change)} | ({} if drop else change)
    try:
        read = handover_rules.read_offer(paper)
    except Invalid:
        return
    assert read.lot
    assert handover_rules.is_signed(paper, handover_rules.public_key(phone.jwk)) == (paper == offer)


def test_two_uploads_at_once_move_once(home, pair):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    gate, rows, failed = threading.Barrier(2), [], []

    def upload(actor):
        try:
            with db.connection_context():
                gate.wait(10)
                rows.append(record_handover(actor, offer, acceptance, known(giver, taker)).id)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=upload, args=(phone.actor,)) for phone in (giver, taker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (failed, len(set(rows)), len(rows)) == ([], 1, 2)
    assert lots.balance(lot) == 579_500
    assert Receipt.select().count() == 1


UPLOADER = """
import json, sys
from pathlib import Path
from tests.factories.county import County
from trace.accounts import queries as accounts
from trace.app import create_app
from trace.db import db
from trace.processing.handover import Signer, record_handover
from trace.processing.handover_rules import public_key
from trace.settings import load_settings

given = json.loads(sys.stdin.readline())
create_app(load_settings(testing=True, instance=Path(given["instance"]), database_url=given["url"], secret_key="x" * 40))
with db.connection_context():
    actors = {name: accounts.actor_of(accounts.user_named(name)) for name in ("coop", "plant")}
    signers = {device: Signer(public_key(jwk), actors[name]) for device, (jwk, name) in given["phones"].items()}
    print("ready", flush=True)
    sys.stdin.readline()
    row = record_handover(actors["plant"], given["offer"], given["acceptance"], signers.get)
    print(row.code, flush=True)
"""


def test_two_processes_move_once(home, pair, database_url, tmp_path):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    given = {
        "url": database_url, "instance": str(tmp_path / "other"), "offer": offer, "acceptance": acceptance,
        "phones": {giver.device: (giver.jwk, "coop"), taker.device: (taker.jwk, "plant")},
    }  # fmt: skip
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", UPLOADER], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as other:  # fmt: skip
        other.stdin.write(f"{json.dumps(given)}\n")
        other.stdin.flush()
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        row = record_handover(giver.actor, offer, acceptance, known(giver, taker))
        out, errors = other.communicate(timeout=60)
    assert (out, errors) == (f"{row.code}\n", "")
    assert lots.balance(lot) == 579_500
    assert (Handover.select().count(), Receipt.select().count()) == (1, 1)


def test_the_page_shows_a_lots_handovers(home, pair, sign_in):
    lot, giver, taker = pair
    offer, acceptance = papers(pair, home)
    record_handover(taker.actor, offer, acceptance, known(giver, taker))
    page = sign_in("coop").get(f"/processing/handovers/{lot.code}").text
    for text in ("JJ26-0001", "420.50", "418.00", "2.50", giver.actor.display_name, "演某"):
        assert text in page
    assert taker.actor.display_name not in page.partition("<main")[2]
    assert sign_in("coop2").get(f"/processing/handovers/{lot.code}").status_code == 404
    theirs = shown(taker.actor, handovers_of(taker.actor, Lot.get_by_id(Handover.get().received_lot_id)))
    assert (theirs[0].giver_person, theirs[0].taker_person) == ("演某", taker.actor.display_name)
    bureau = home.actor("bureau")
    assert shown(bureau, handovers_of(bureau, lot))[0].taker_person == taker.actor.display_name


def test_a_handover_never_changes(home, pair):
    _, giver, taker = pair
    record_handover(taker.actor, *papers(pair, home), known(giver, taker))
    with pytest.raises(IntegrityError, match="append-only"), db.atomic():
        Handover.update(received=1).execute()
    assert Handover.get().received == 418_000
