"""What the pack says of goods: own lots with what is free of them, receivers, suspicions to decide; nothing of others."""

from __future__ import annotations

from datetime import date, timedelta

from tests.factories import county as make
from tests.factories.scales import weigh
from trace.core.clock import utcnow
from trace.lots.services import place_hold
from trace.processing.services import dispatch_lot

DAY = date(2026, 7, 18)


def pack_of(client, token, name: str) -> dict:
    """The pack as that person's phone gets it."""
    return client.get("/api/v1/sync/pack", headers=token(name)).json


def test_own_lots_with_what_is_free(home, plot, client, token):
    coop = home.actor("coop")
    lot = make.harvest(coop, plot)
    dispatch_lot(coop, lot.code, home.plant.code, "420.5")
    held = make.harvest(coop, plot, "20", part="leaf")
    place_hold(coop, held.code, "待检")
    pack = pack_of(client, token, "coop")
    (only,) = pack["lots"]
    assert (only["code"], only["unit"], only["free"], only["on"]) == (lot.code, "g", 579_500, "2026-07-18")
    assert only["plot"] == plot.name and only["product"]
    names = {one["code"]: one["name"] for one in pack["parties"]}
    assert home.plant.code in names and home.coop.code not in names
    assert pack["person"]["party_code"] == home.coop.code and "give" in pack["person"]["may"]
    other = pack_of(client, token, "plant")
    assert other["lots"] == [] and other["person"]["may"] == ["handover", "give", "take", "certificate"]
    dispatch_lot(coop, lot.code, home.plant.code, "579.5")
    assert pack_of(client, token, "coop")["lots"] == [], "nothing is free any more"


def test_open_suspicions_with_both_records(home, plot, client, token):
    coop = home.actor("coop")
    now = utcnow()
    first = weigh(coop, plot, ("420.5",), on=DAY, made_at=now - timedelta(minutes=20), device="a", late_reason="测试")
    second = weigh(coop, plot, ("418",), on=DAY, made_at=now, device="b", late_reason="测试")
    assert second.suspected
    (one,) = pack_of(client, token, "coop")["duplicates"]
    assert [one[side]["lot"] for side in ("first", "second")] == [first.lot.code, second.lot.code]
    assert [one[side]["grams"] for side in ("first", "second")] == [420_500, 418_000]
    assert one["may_merge"] is True and one["message"].startswith("疑似重复：20 分钟前")
    assert pack_of(client, token, "coop2")["duplicates"] == []
