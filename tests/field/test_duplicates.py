"""One harvest on two phones: accepted, flagged, decided by a person; merged through the ledger with both records readable."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import post
from tests.factories import county as make
from tests.factories import scales
from trace.core.actor import Role
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.field import duplicates, queries, weigh_rules
from trace.field.models import Harvest
from trace.field.weigh_models import SuspectedDuplicate
from trace.field.weigh_rules import Sighting
from trace.invariants import all_findings
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.services import split_lot, undo_operation
from trace.registry.models import SiteSetting

NOW = datetime(2026, 7, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 20)
SIGHTINGS = st.builds(
    Sighting, plot=st.integers(1, 2), part=st.sampled_from(["fruit", "leaf"]), day=st.dates(date(2026, 7, 1), date(2026, 7, 2)),
    at=st.datetimes(datetime(2026, 7, 1), datetime(2026, 7, 1, 3), timezones=st.just(UTC)), grams=st.integers(1000, 4000),
    recorder=st.integers(1, 2), device=st.sampled_from(["", "a", "b"]),
)  # fmt: skip


@pytest.fixture(autouse=True)
def summer():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def wang(home):
    """A second person of the same cooperative."""
    user = make.user("wang", Role.COOP, home.coop)
    user.display_name = "王小满"
    user.save()
    return home.actor("wang")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def twice(first, second, plot, weight: str = "420.5", minutes: int = 10, **more):
    """The same harvest by two people, the second some minutes after the first."""
    one = scales.weigh(first, plot, (weight,), on=TODAY, made_at=NOW - timedelta(minutes=minutes), device="phone-1")
    return one, scales.weigh(second, plot, (weight,), on=TODAY, made_at=NOW, device="phone-2", **more)


@given(SIGHTINGS, SIGHTINGS, st.integers(0, 90), st.integers(0, 100), st.integers(0, 1000))
def test_suspicion_is_symmetric_and_never_about_oneself(one, two, minutes, permille, grams):
    limits = {"minutes": minutes, "permille": permille, "grams": grams}
    assert weigh_rules.looks_like(one, two, **limits) == weigh_rules.looks_like(two, one, **limits)
    assert not weigh_rules.looks_like(one, one, **limits)
    if weigh_rules.looks_like(one, two, **limits):
        assert (one.plot, one.part, one.day) == (two.plot, two.part, two.day)
        wider = {key: number + 1 for key, number in limits.items()}
        assert weigh_rules.looks_like(one, two, **wider)


def test_the_second_phone_is_told(coop, wang, plot):
    """C14."""
    first, second = twice(wang, coop, plot)
    assert (first.warnings, first.suspected) == ([], False)
    assert [str(message) for message in second.warnings] == ["疑似重复：10 分钟前王某已登记同一地块 420.5 公斤。"]
    assert second.suspected
    assert lots.balance(second.lot) == 420_500
    row = SuspectedDuplicate.get()
    assert (row.code, row.first_id, row.second_id, row.outcome) == (
        "YC26-0001",
        first.harvest.id,
        second.harvest.id,
        "open",
    )


def test_a_record_that_arrives_late_says_so(coop, wang, plot):
    scales.weigh(wang, plot, ("420.5",), on=TODAY, made_at=NOW, device="phone-1")
    kept = scales.weigh(coop, plot, ("420",), on=TODAY, made_at=NOW - timedelta(minutes=7), device="phone-2")
    assert [str(m) for m in kept.warnings] == ["疑似重复：7 分钟后王某又登记了同一地块 420.5 公斤。"]
    assert str(weigh_rules.suspicion(0, "李四", 400_000)) == "疑似重复：同一时刻李某也登记了同一地块 400.0 公斤。"


@pytest.mark.parametrize(
    "more",
    [{"weight": "430"}, {"part": "leaf"}, {"minutes": 61}, {"day": 1}, {"same": True}],
    ids=["other weight", "other part", "other hour", "other day", "same person and phone"],
)  # fmt: skip
def test_what_is_no_duplicate(coop, wang, plot, more):
    scales.weigh(
        wang, plot, ("420.5",), on=TODAY, made_at=NOW - timedelta(minutes=more.get("minutes", 10)), device="phone-1"
    )
    who, device = (wang, "phone-1") if more.get("same") else (coop, "phone-2")
    kept = scales.weigh(
        who, plot, (more.get("weight", "420.5"),), on=TODAY - timedelta(days=more.get("day", 0)), part=more.get("part", "fruit"),
        made_at=NOW, device=device,
    )  # fmt: skip
    assert not kept.suspected
    assert not SuspectedDuplicate.select().exists()


def test_how_near_is_a_setting(coop, wang, plot):
    SiteSetting.create(key="field.duplicate_minutes", value=5)
    assert not twice(wang, coop, plot)[1].suspected


def test_an_undone_record_is_no_reason(coop, wang, plot):
    one = scales.weigh(wang, plot, ("420.5",), on=TODAY, device="phone-1")
    undo_operation(wang, lots.lot_by_code(one.lot.code).made_by.code, "填错了")
    assert not scales.weigh(coop, plot, ("420.5",), on=TODAY, device="phone-2").suspected


def test_both_may_stay(coop, wang, plot):
    first, second = twice(wang, coop, plot)
    with pytest.raises(Invalid, match="请填写判定的理由。"):
        duplicates.resolve(coop, first.lot.code, second.lot.code, "both", " ")
    row = duplicates.resolve(coop, second.lot.code, first.lot.code, "both", "上午下午各一次")
    assert (row.outcome, row.decider_name, row.undone_id) == ("both", coop.display_name, None)
    assert lots.balance(first.lot) == lots.balance(second.lot) == 420_500
    assert duplicates.resolve(coop, first.lot.code, second.lot.code, "both", "又来").reason == "上午下午各一次"
    with pytest.raises(RuleBroken, match="已经判定过"):
        duplicates.resolve(coop, first.lot.code, second.lot.code, "merge", "反悔")
    assert duplicates.open_suspicions(coop).count() == 0


def test_merging_undoes_the_second_with_its_damage_and_hides_nothing(coop, wang, plot):
    first = scales.weigh(wang, plot, ("420.5", "", "3"), on=TODAY, made_at=NOW, device="phone-1")
    second = scales.weigh(coop, plot, ("421", "", "2"), on=TODAY, made_at=NOW, device="phone-2")
    row = duplicates.resolve(coop, first.lot.code, second.lot.code, "merge", "同一筐记了两次")
    assert (lots.balance(first.lot), lots.balance(second.lot)) == (417_500, 0)
    assert row.undone.reverses_id == lots.lot_by_code(second.lot.code).made_by_id
    assert queries.get_harvest(coop, second.lot.code).weighing.damage_g == 2000
    kinds = [event.kind for event, _ in lots.events_of(second.lot)]
    assert kinds == ["harvest", "loss", "undo", "undo"]
    assert duplicates.resolve(coop, first.lot.code, second.lot.code, "merge", "再来").id == row.id
    assert len(lots.events_of(second.lot)) == 4
    assert list(all_findings()) == []


def test_a_lot_that_was_used_is_not_merged_away(coop, wang, plot):
    first, second = twice(wang, coop, plot)
    split_lot(coop, second.lot.code, ["10"])
    with pytest.raises(RuleBroken, match=f"批次 {second.lot.code} 已被使用，请先撤销后面的记录。"):
        duplicates.resolve(coop, first.lot.code, second.lot.code, "merge", "重复")
    assert SuspectedDuplicate.get().outcome == "open"
    assert lots.balance(second.lot) == 410_500
    pair = duplicates.pairs(coop, list(duplicates.open_suspicions(coop)))[0]
    assert "已被使用" in str(pair.why_not)


def test_nothing_is_merged_into_a_record_that_is_gone(coop, wang, plot):
    first, second = twice(wang, coop, plot)
    undo_operation(wang, lots.lot_by_code(first.lot.code).made_by.code, "填错了")
    with pytest.raises(RuleBroken, match=f"批次 {first.lot.code} 已经撤销，不用再合并。"):
        duplicates.resolve(coop, first.lot.code, second.lot.code, "merge", "重复")
    assert lots.balance(second.lot) == 420_500


def test_two_parties_on_one_plot(home, coop, plot):
    """The grower and the cooperative that looks after his plot write the same harvest down: each sees the other's person masked."""
    household = make.party("household", "李大田", home.village, belongs_to=home.coop)
    make.user("li", Role.GROWER, household)
    Plot.update(operator=household.id, steward=home.coop.id).where(Plot.id == plot.id).execute()
    grower = home.actor("li")
    mine, theirs = twice(grower, coop, plot)
    pair = duplicates.pairs(grower, list(duplicates.open_suspicions(grower)))[0]
    assert (pair.first.recorder, pair.second.recorder) == (grower.display_name, "演某")
    assert "只有登记单位或县林业局可以合并" in str(pair.why_not)
    with pytest.raises(RuleBroken, match="只有登记单位或县林业局可以合并"):
        duplicates.resolve(grower, mine.lot.code, theirs.lot.code, "merge", "是我的")
    with pytest.raises(NotFound):
        duplicates.resolve(home.actor("coop2"), mine.lot.code, theirs.lot.code, "both", "外人")
    bureau = home.actor("bureau")
    assert duplicates.pairs(bureau, list(duplicates.open_suspicions(bureau)))[0].second.recorder == coop.display_name
    assert duplicates.resolve(bureau, mine.lot.code, theirs.lot.code, "merge", "电话核实").outcome == "merged"


def test_the_pages_of_a_suspicion(sign_in, coop, wang, plot):
    first, second = twice(wang, coop, plot)
    browser = sign_in("coop")
    assert "YC26-0001" in browser.get("/field/duplicates").text
    assert "疑似重复的采收，待判定" in browser.get("/desk").text
    page = browser.get("/field/duplicates/YC26-0001").text
    for text in (
        "疑似重复：10 分钟前王某已登记同一地块 420.5 公斤。",
        first.lot.code,
        second.lot.code,
        "王小满",
        "合并",
    ):
        assert text in page
    empty = post(browser, "/field/duplicates/YC26-0001", keep="", reason="")
    assert empty.status_code == 422
    assert "请选择都保留或者合并。" in empty.text
    done = post(browser, "/field/duplicates/YC26-0001", keep="merge", reason="同一次采收")
    assert done.status_code == 302
    shown = browser.get("/field/duplicates/YC26-0001").text
    assert "同一次采收" in shown
    assert "已撤销" in shown
    assert "本单已撤销" not in browser.get(f"/field/harvests/{first.lot.code}/ticket").text
    assert "没有待判定的疑似重复。" in browser.get("/field/duplicates").text
    assert "YC26-0001" in browser.get("/field/duplicates?all=1").text


def test_two_at_once_see_each_other(home, coop, wang, plot):
    """Two phones send at the same moment: whoever comes second is flagged, on both engines."""
    gate, failed = threading.Barrier(2), []

    def send(actor, device):
        try:
            with db.connection_context():
                gate.wait(10)
                scales.weigh(actor, plot, ("420.5",), on=TODAY, made_at=NOW, device=device)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=pair) for pair in ((coop, "phone-1"), (wang, "phone-2"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert Harvest.select().count() == 2
    assert SuspectedDuplicate.select().count() == 1
