"""Records drawn by risk and a printed lot; looked at by somebody else, at the plot, with a position and photographs that prove it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from werkzeug.datastructures import FileStorage

from tests.conftest import csrf, post
from tests.factories import county as make
from tests.factories import scales
from trace.core.actor import Role
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.field.positions import Fix
from trace.files.rules import Upload
from trace.invariants import all_findings
from trace.lots import queries as lots
from trace.lots.services import undo_operation
from trace.quality import jobs, queries, sampling, sampling_rules
from trace.quality.inspecting import Found, record_inspection
from trace.quality.models import Inspection, InspectionTask, SampleDraw
from trace.quality.records import KINDS
from trace.quality.sampling_rules import Facts

MONDAY = date(2026, 7, 13)
RULES = sampling_rules.settings_of(None)
POPULATION = st.lists(
    st.tuples(st.sampled_from(["harvest", "activity"]), st.integers(1, 300).map(lambda n: f"H26-{n:04d}"), st.integers(0, 150)),
    max_size=80, unique_by=lambda item: item[:2],
)  # fmt: skip
INSIDE = Fix(112.601, 26.701, 6)


@pytest.fixture(autouse=True)
def summer():
    """Wednesday 15 July 2026."""
    with time_machine.travel(datetime(2026, 7, 15, 2, 0, tzinfo=UTC), tick=True):
        jobs.forget()
        yield


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def a_week_on():
    return time_machine.travel(datetime(2026, 7, 20, 2, 0, tzinfo=UTC), tick=True)


def photo(name: str = "现场.jpg") -> Upload:
    out = BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return Upload(name, out.getvalue(), "photos")


def facts(**more: object) -> Facts:
    return Facts(**{"kind": "harvest", "record": "H26-0001", "plot_id": 1, "party_id": 1, "recorder_id": 1, "recorder_name": "甲",
                    "happened_on": MONDAY, "earlier": 9, **more})  # fmt: skip


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({}, []), ({"late_days": 2}, []), ({"late_days": 3}, ["late"]), ({"flagged": True}, ["flagged"]), ({"duplicate": True}, ["duplicate"]),
        ({"distance_m": 200}, []), ({"distance_m": 201}, ["far"]), ({"earlier": 3}, []), ({"earlier": 2}, ["new_recorder"]),
        ({"late_days": 9, "flagged": True, "earlier": 0}, ["late", "flagged", "new_recorder"]),
    ],
)  # fmt: skip
def test_points_by_rule(more, rules):
    rated = sampling_rules.rate(facts(**more), "种子", RULES)
    assert [reason["rule"] for reason in rated.reasons] == rules
    assert rated.score == sum(RULES[rule] for rule in rules)


@given(POPULATION, st.text(min_size=1, max_size=10), st.randoms())
def test_a_draw_is_the_same_whoever_repeats_it(population, seed, rng):
    drawn = sampling_rules.choose(population, seed, RULES)
    shuffled = list(population)
    rng.shuffle(shuffled)
    assert sampling_rules.choose(shuffled, seed, RULES) == drawn
    assert set(drawn) <= {item[:2] for item in population}
    assert len(drawn) == len(set(drawn)) <= RULES["most"]
    assert bool(drawn) == bool(population)
    certain = {item[:2] for item in population if item[2] >= RULES["certain"]}
    assert certain <= set(drawn) or len(certain) > RULES["most"]
    for kind, record in set(drawn) - certain:
        low = sampling_rules.lot_number(seed, kind, record)
        assert low < 500 or drawn == [(kind, record)]


def test_the_share_drawn_by_lot_is_about_what_was_set():
    population = [("harvest", f"H26-{n:05d}", 0) for n in range(20_000)]
    drawn = sampling_rules.choose(population, "第29周", {**RULES, "most": 20_000})
    assert 900 < len(drawn) < 1100
    assert set(drawn) != set(sampling_rules.choose(population, "第30周", {**RULES, "most": 20_000}))


def test_lots_are_what_the_paper_says():
    """Printed on the draw, so that anybody can work it out: SHA-256("种子|harvest|H26-0001")."""
    digest = hashlib.sha256("种子|harvest|H26-0001".encode()).hexdigest()
    assert sampling_rules.lot_number("种子", "harvest", "H26-0001") == int(digest[:8], 16) % 10_000


def test_every_kind_has_its_name():
    assert set(KINDS) <= set(sampling_rules.RECORD_KINDS)


def test_a_week_is_drawn_once_with_its_reasons(home, coop, plot):
    scales.weigh(coop, plot, ("400",), on=date(2026, 7, 8), late_reason="没信号", fix=Fix(112.61, 26.701, 5))
    gone = scales.weigh(coop, plot, ("500",), on=date(2026, 7, 14))
    undo_operation(coop, lots.lot_by_code(gone.lot.code).made_by.code, "填错了")
    bureau = home.actor("bureau")
    with pytest.raises(Invalid, match="这一周还没有过完"):
        sampling.draw(bureau, MONDAY)
    with a_week_on():
        row = sampling.draw(bureau, MONDAY + timedelta(days=3), seed="公开种子")
        assert (row.first_day, row.last_day, row.seed) == (MONDAY, MONDAY + timedelta(days=6), "公开种子")
        assert row.population == [["harvest", "H26-0001", 30 + 40 + 20]]
        task = InspectionTask.get()
        assert [reason["rule"] for reason in task.reasons] == ["late", "far", "new_recorder"]
        assert (task.record, task.state, task.due_on) == ("H26-0001", "open", date(2026, 7, 30))
        with pytest.raises(RuleBroken, match="2026-07-13 至 2026-07-19 已经抽过。"):
            sampling.draw(bureau, MONDAY)
        assert sampling.again(row) == {("harvest", "H26-0001")}
        assert list(all_findings("quality")) == []
        sampling.change_rules(bureau, {**RULES, "certain": 500})
        assert sampling.again(SampleDraw.get()) == {("harvest", "H26-0001")}, "its own rules count"


def test_the_worker_draws_by_itself_once(home, coop, plot, command):
    scales.weigh(coop, plot, ("400",), on=date(2026, 7, 15))
    with a_week_on():
        assert jobs.tend() is True
        assert jobs.tend() is False
        jobs.forget()
        assert jobs.tend() is False
        assert SampleDraw.select().count() == 1
        assert SampleDraw.get().drawn_by is None
        again = command("quality", "draw", "--week", "2026-07-13")
        assert again.exit_code == 1
        earlier = command("quality", "draw", "--week", "2026-07-07", "--seed", "abc")
        assert "共 0 条，种子 abc" in earlier.output


@pytest.fixture
def task(coop, plot):
    return scales.task(make.harvest(coop, plot, on=date(2026, 7, 14)))


def test_somebody_else_looks_at_the_plot(home, task):
    row = record_inspection(home.actor("township"), task.code, Found("match", fix=INSIDE))
    assert (row.version, row.distance_m, row.is_evidence) == (1, 0, True)
    assert InspectionTask.get().state == "done"
    assert list(all_findings("quality")) == []


def test_nobody_inspects_his_own(home, coop, plot, task):
    bureau = home.actor("bureau")
    InspectionTask.update(recorder_id=bureau.user_id).execute()
    with pytest.raises(RuleBroken, match="这条记录是您登记的"):
        record_inspection(bureau, task.code, Found("match", fix=INSIDE))
    make.user("inside", Role.BUREAU, home.coop)
    with pytest.raises(RuleBroken, match="您所在的单位登记或经营这块地"):
        record_inspection(home.actor("inside"), task.code, Found("match", fix=INSIDE))
    with pytest.raises(Forbidden):
        record_inspection(coop, task.code, Found("match", fix=INSIDE))
    with pytest.raises(NotFound):
        record_inspection(home.actor("township2"), task.code, Found("match", fix=INSIDE))
    assert not Inspection.select().exists()


@pytest.mark.parametrize(
    ("found", "photos", "wrong"),
    [
        (Found("match"), 0, {"lon": "请在现场定位，没有定位不能作抽查结论。"}),
        (Found("match", fix=Fix(112.601, 26.701, 16)), 0, {"accuracy": "定位误差 16 米，建议到空旷处重新定位。"}),
        (Found("match", fix=Fix(112.601, 26.701)), 0, {"accuracy": "请填写定位误差；误差超过 15 米不能作为抽查依据。"}),
        (Found("match", fix=Fix(112.61, 26.701, 5)), 0, {"note": "您距地块边界 796 米，请到地块查看，或写明原因。"}),
        (Found("mismatch", "只有 200 公斤", fix=INSIDE), 0, {"photos": "结论为不符的，请附现场照片。"}),
        (Found("mismatch", fix=INSIDE), 1, {"note": "请写明哪里不符，或为什么无法核实。"}),
        (Found("unknown"), 0, {"note": "请写明哪里不符，或为什么无法核实。"}),
        (Found("perhaps", "x", fix=INSIDE), 0, {"verdict": "请选择抽查结论。"}),
    ],
)  # fmt: skip
def test_what_a_verdict_needs(home, task, found, photos, wrong):
    with pytest.raises(Invalid) as caught:
        record_inspection(home.actor("bureau"), task.code, found, [photo()] * photos)
    assert {item.field: str(item.message) for item in caught.value.errors} == wrong
    assert InspectionTask.get().state == "open"


def test_an_unknown_needs_words_but_no_position(home, task):
    row = record_inspection(home.actor("bureau"), task.code, Found("unknown", "山洪封路", fix=Fix(112.7, 26.7, 500)))
    assert (row.is_evidence, row.accuracy_m) == (False, 500)
    assert queries.tasks_to_show(home.actor("bureau"), bad=True).count() == 1


def test_a_verdict_is_corrected_by_a_new_version(home, task):
    bureau = home.actor("bureau")
    record_inspection(bureau, task.code, Found("mismatch", "只有 200 公斤", fix=INSIDE), [photo()])
    with pytest.raises(Invalid, match="更正结论请填写原因"):
        record_inspection(bureau, task.code, Found("match", fix=INSIDE))
    record_inspection(home.actor("township"), task.code, Found("match", reason="复称相符", fix=INSIDE))
    assert [(row.version, row.verdict) for row in queries.inspections_of(task)] == [(2, "match"), (1, "mismatch")]
    assert queries.verdicts_of([task.id])[task.id].verdict == "match"
    assert queries.tasks_to_show(bureau, bad=True).count() == 0
    assert len(queries.photos_of(task)) == 1


def test_the_queue_on_the_page(home, coop, plot, sign_in):
    scales.weigh(coop, plot, ("400",), on=date(2026, 7, 15))
    with a_week_on():
        browser = sign_in("bureau")
        assert "还没有抽取过。" in browser.get("/quality/draws").text
        drawn = post(browser, "/quality/draws", week="2026-07-13")
        assert drawn.status_code == 302
        seed = SampleDraw.get().seed
        page = browser.get(drawn.headers["Location"]).text
        for text in (seed, "H26-0001", "SHA-256", "记录员的第 1 条记录"):
            assert text in page
        assert "抽中的记录，待抽查" in browser.get("/desk").text
        code = InspectionTask.get().code
        address = f"/quality/inspections/{code}"
        assert code in browser.get("/quality/inspections").text
        assert code in sign_in("township").get("/quality/inspections").text
        assert code not in sign_in("township2").get("/quality/inspections").text
        assert sign_in("township2").get(address).status_code == 404
        assert "H26-0001" not in sign_in("township2").get(drawn.headers["Location"]).text
        assert "H26-0001" in browser.get(address).text
        place = {"lon": "112.601", "lat": "26.701", "accuracy": "85"}
        coarse = post(browser, address, verdict="match", **place)
        assert coarse.status_code == 422
        assert "定位误差 85 米，建议到空旷处重新定位。" in coarse.text
        bare = post(browser, address, verdict="mismatch", note="只有 200 公斤", **{**place, "accuracy": "6"})
        assert "结论为不符的，请附现场照片。" in bare.text
        kept = browser.post(
            address,
            data={
                "csrf_token": csrf(browser, address), "verdict": "mismatch", "note": "只有 200 公斤", **{**place, "accuracy": "6"},
                "photos": [FileStorage(BytesIO(photo().body), "现场.jpg")],
            },
            content_type="multipart/form-data",
        )  # fmt: skip
        assert kept.status_code == 302
        assert code in browser.get("/quality/inspections?show=findings").text
        assert code not in browser.get("/quality/inspections").text
        picture = browser.get(f"{address}/photos/1")
        assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
        assert browser.get(f"{address}/photos/2").status_code == 404


def test_the_rules_are_set_on_a_page(home, sign_in):
    browser = sign_in("bureau")
    assert "目前都是参考值" in browser.get("/quality/sampling").text
    wrong = post(browser, "/quality/sampling", **{**RULES, "random_permille": 1001})
    assert wrong.status_code == 422
    assert post(browser, "/quality/sampling", **{**RULES, "late": 35}).status_code == 302
    assert sampling.current_rules()["late"] == 35
    assert "目前都是参考值" not in browser.get("/quality/sampling").text
    assert sign_in("township").get("/quality/sampling").status_code == 403


def test_a_draw_that_was_tampered_with_is_found(home, coop, plot):
    scales.weigh(coop, plot, ("400",), on=date(2026, 7, 15))
    with a_week_on():
        row = sampling.draw(home.actor("bureau"), MONDAY)
        InspectionTask.delete().execute()
        assert list(all_findings("quality")) == [f"sample_draw {row.code}: drawn again gives other records"]
