"""What the pack says of inputs, to whom; and who sees the versions of a conflict."""

from __future__ import annotations

from datetime import date

from tests.factories import pesticides as tables
from trace.field import activities


def test_the_pack_carries_labels_sprays_and_words_of_the_own_party(home, plot, client, token):
    tables.load_all(home.actor("bureau"))
    activities.record_activity(
        home.actor("coop"), plot_code=plot.code, activity="spray", on=date(2026, 7, 19),
        values={"reg_no": tables.GOOD, "product": "示例吡虫啉", "dose": "45", "dose_milli": 45_000, "dose_unit": "克/亩", "pest": "蚜虫", "area_m2": 1333,
                "method": "spray", "operator": "周测试", "weather": "clear", "dealer": "示例农资店"},
    )  # fmt: skip
    pack = client.get("/api/v1/sync/pack", headers=token("coop")).json
    labels = {one["reg_no"]: one for one in pack["pesticides"]}
    (tree,) = labels[tables.GOOD]["for"]
    assert labels[tables.GOOD]["for"][tree] == {
        "covers": True, "phi_days": 21, "dose_high": "60", "dose_unit": "克/亩", "max_times": 2, "interval_days": 10,
    }  # fmt: skip
    assert [labels[number]["organic"] for number in (tables.GOOD, tables.BIO)] == [False, True]
    assert pack["organic_fertilisers"] == {"names": [], "kinds": []}, "no organic plot, no list"
    assert labels[tables.OTHER_CROP]["for"][tree]["covers"] is False
    assert labels[tables.BANNED]["banned"] == "甲胺磷" and labels[tables.GOOD]["banned"] == ""
    assert pack["sprays"] == [
        {
            "plot": plot.code, "on": "2026-07-19", "name": "示例吡虫啉", "phi_days": 21, "reg_no": tables.GOOD, "actives": ["吡虫啉"],
        }
    ]  # fmt: skip
    assert {"name": "周测试"} in pack["people"] and pack["lists"]["dealers"] == ["示例农资店"]
    assert "蚜虫" in pack["lists"]["pests"]
    away = client.get("/api/v1/sync/pack", headers=token("coop2")).json
    assert away["sprays"] == [] and {"name": "周测试"} not in away["people"] and away["lists"]["dealers"] == []


def test_versions_of_a_conflict_are_for_the_own_party(line, home, plot, client, token):
    seen = line.phone.op(
        "activity.record",
        {"activity": "scout", "plot": plot.code, "on": "2026-07-19", "pest": "蚜虫", "severity": "light"},
    )
    (receipt,) = line.sync(seen)
    code = receipt["record"]["code"]
    activities.correct_activity(
        home.actor("coop"), code=code, base_version=1, reason="复查", values={"severity": "heavy"}
    )
    mine = line.phone.op("activity.correct", {"record": seen["id"], "reason": "看错了", "severity": "medium"}, base=1)
    assert line.sync(mine)[0]["status"] == "conflict"
    address = f"/api/v1/sync/conflicts/{mine['id']}"
    found = client.get(address, headers=token("coop")).json
    assert (
        found["fields"] == [{"name": "severity", "label": "程度"}] and found["record"] == code and found["keep"] == ""
    )
    assert [found[side]["severity"] for side in ("base", "phone", "office")] == ["light", "medium", "heavy"]
    assert client.get(address, headers=token("coop2")).status_code == 404
    assert client.get(f"/api/v1/sync/conflicts/{seen['id']}", headers=token("coop")).status_code == 404
