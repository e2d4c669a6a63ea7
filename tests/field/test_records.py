"""Records are kept in versions: nothing is overwritten, the late is marked, the forbidden kept and reported, the early harvest held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from peewee import DatabaseError

from tests.factories import county as make
from tests.factories import pesticides as tables
from tests.field.conftest import TODAY, correct, days_ago, record, spray
from trace.audit.models import AuditEntry
from trace.core.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.field import activities, activity_queries, checks, incidents
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident, IntervalJudgement
from trace.invariants import all_findings
from trace.labels.services import make_run
from trace.lots import queries as ledger
from trace.lots.services import release_hold
from trace.processing.services import Input, dispatch_lot, pack

pytestmark = pytest.mark.usefixtures("july")
TOO_EARLY = "距最近一次施药（6月30日，安全间隔期21天）仅18天，本批已锁定，最早可于7月21日采收。"


@pytest.fixture
def coop(loaded):
    return loaded.actor("coop")


def texts(kept) -> list[str]:
    return [str(message) for message in kept.warnings]


def test_a_spraying_on_the_label_is_kept_without_a_word(coop, plot):
    record(coop, plot, "scout", days_ago(2), pest="蚜虫", severity="light")
    kept = spray(coop, plot, label_code=tables.LABEL, started="14:30", ended="15:10")
    assert (kept.code, kept.version, kept.flags, texts(kept)) == ("DA26-00002", 1, [], [])
    row = activity_queries.versions_of(kept.record)[0]
    assert row.content == {
        "reg_no": tables.GOOD, "product": "示例吡虫啉", "actives": ["吡虫啉"], "dose": "45", "dose_milli": 45_000, "dose_unit": "克/亩",
        "pest": "蚜虫", "area_m2": 1333, "method": "spray", "operator": "测试员", "weather": "clear", "dealer": "示例农资店",
        "label_code": tables.LABEL, "basis": "label_crop", "basis_doc": "", "basis_reason": "", "phi_days": 21,
    }  # fmt: skip
    assert (row.started_at, row.ended_at) == (
        datetime(2026, 7, 20, 6, 30, tzinfo=UTC), datetime(2026, 7, 20, 7, 10, tzinfo=UTC),
    )  # fmt: skip
    assert (row.recorder_id, row.recorder_name) == (coop.user_id, coop.display_name)


STOPPED = [
    ({"reg_no": "PD2015123"}, "reg_no", "农药登记证号‘PD2015123’格式不正确，应为 PD 加 8 位数字（老证为 PD88-…）。"),
    (
        {"label_code": "1151234" + "1001" + "0" * 21},
        "label_code",
        "标签二维码对应登记证后六位 151234，与填写的 PD20150123 不一致。",
    ),
    ({"label_code": "123"}, "label_code", "标签二维码应含 32 位数字，请对准瓶身二维码重新扫描，或手工填写登记证号。"),
    ({"reg_no": tables.OTHER_CROP}, "basis", "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。"),
    (
        {"reg_no": tables.OTHER_CROP, "basis": "none"},
        "basis_reason",
        "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。",
    ),
    ({"dose": "300"}, "dose", "用量 300 克/亩是标签上限 60 克/亩的 5 倍，请检查单位。"),
]


def test_slips_of_the_pen_are_refused(coop, plot):
    for changes, field, text in STOPPED:
        with pytest.raises(Invalid) as caught:
            spray(coop, plot, **changes)
        assert [(item.field, str(item.message)) for item in caught.value.errors] == [(field, text)]
    assert not Activity.select().exists()


def test_several_mistakes_are_told_together(coop, plot):
    with pytest.raises(Invalid) as caught:
        spray(coop, plot, label_code="1151234" + "1001" + "0" * 21, dose="300")
    assert [item.field for item in caught.value.errors] == ["label_code", "dose"]
    with pytest.raises(Invalid) as caught:
        record(coop, plot, "spray", days_ago(8), **tables.spray_body(dose="300"))
    assert [item.field for item in caught.value.errors] == ["dose", "late_reason"]


def test_warnings_do_not_stop_an_entry(coop, plot):
    spray(coop, plot, days_ago(5))
    spray(coop, plot, days_ago(4))
    kept = spray(coop, plot, dose="70")
    assert texts(kept) == [
        "用量 70 克/亩是标签上限 60 克/亩的 1.2 倍，请检查单位。",
        "本季第 3 次使用该产品，标签规定每季最多 2 次。",
        "距上次使用同一有效成分吡虫啉（7月16日）仅 4 天，标签规定间隔 10 天。",
        "本季还没有“蚜虫”的监测记录，请补记发生情况。",
    ]
    stored = activity_queries.versions_of(kept.record)[0].findings
    assert [item["rule"] for item in stored] == ["P5", "P6", "P7", ""]


def test_an_unknown_product_is_kept_with_what_the_bottle_says(coop, plot):
    with pytest.raises(Invalid) as caught:
        spray(coop, plot, reg_no="PD20199999", basis="none", basis_reason="农技站推荐")
    assert {item.field for item in caught.value.errors} == {"product", "actives"}
    kept = spray(
        coop, plot, reg_no="pd 20199999", product="某乳油", actives="5%某成分", basis="none", basis_reason="农技站推荐"
    )
    assert "登记证号 PD20199999 不在已导入的农药登记表里，请核对瓶身；表格可能不是最新。" in texts(kept)
    lot = make.harvest(coop, plot, "100", on=TODAY)
    judged = activity_queries.last_judgements([lot.id])[lot.id]
    assert (judged.outcome, judged.hold) == ("unknown", None)


def test_a_banned_active_is_kept_and_reported(loaded, coop, plot):
    kept = spray(coop, plot, reg_no=tables.BANNED)
    assert kept.flags == ["incident"]
    assert "该产品含禁用成分甲胺磷，禁止使用。记录已保存并上报县林业局、农业农村局。" in texts(kept)
    incident = FieldIncident.get()
    assert (incident.code, incident.kind, incident.state, incident.activity.code) == (
        "SJ26-0001",
        "banned",
        "open",
        kept.code,
    )
    correct(coop, kept.code, 1, pest="介壳虫")
    assert FieldIncident.select().count() == 1, "reported once, however often the record is corrected"
    bureau = loaded.actor("bureau")
    with pytest.raises(Invalid):
        incidents.handle_incident(bureau, incident.code, " ")
    handled = incidents.handle_incident(bureau, incident.code, "已封存余药，立案 1 起。")
    assert (handled.state, handled.handler_name) == ("handled", bureau.display_name)
    with pytest.raises(RuleBroken, match="已经办结"):
        incidents.handle_incident(bureau, incident.code, "再办")
    with pytest.raises(Forbidden):
        incidents.handle_incident(coop, incident.code, "自己办")


def test_synthetic_products_on_organic_plots(loaded, coop):
    cases = (
        ("organic", tables.GOOD, True),
        ("organic_conversion", tables.GOOD, True),
        ("organic", tables.BIO, False),
        ("conventional", tables.GOOD, False),
    )
    for number, (mode, reg_no, flagged) in enumerate(cases):
        ground = make.plot(coop, loaded, management=mode, geometry=make.square(112.7 + number * 0.01))
        more = {"pest": "尺蠖", "dose": "150"} if reg_no == tables.BIO else {}
        kept = spray(coop, ground, reg_no=reg_no, area="60", **more)
        assert ("incident" in kept.flags) is flagged, mode
        assert (
            FieldIncident.select()
            .where(FieldIncident.activity == kept.record, FieldIncident.kind == "organic")
            .exists()
            is flagged
        )


def test_fertiliser_on_organic_plots_comes_from_the_list(loaded, coop):
    ground = make.plot(coop, loaded, management="organic")
    body = {"product": "腐熟羊粪", "quantity": "3", "unit": "吨", "method": "hole", "dealer": "自家"}
    assert record(coop, ground, "fertilise", fertiliser="manure", **body).flags == []
    kept = record(coop, ground, "fertilise", fertiliser="compound", **body)
    assert kept.flags == ["incident"]
    assert activity_queries.versions_of(kept.record)[0].content["grams"] == 3_000_000


def test_an_implausible_amount_of_fertiliser_is_asked_about(coop, plot):
    kept = record(
        coop,
        plot,
        "fertilise",
        product="复合肥",
        fertiliser="compound",
        quantity="20",
        unit="吨",
        method="hole",
        dealer="农资店",
    )
    assert texts(kept) == ["合每亩 10\u2009002 公斤，超过参考值 5\u2009000 公斤，请检查单位。"]


def test_c5_a_harvest_before_the_interval_is_kept_and_held(loaded, coop, plot):
    spray(coop, plot, date(2026, 6, 30))
    lot = make.harvest(coop, plot, "420.5", on=date(2026, 7, 18))
    assert ledger.balance(lot) == 420_500, "the fact is kept"
    hold = ledger.open_holds([lot.id])[lot.id][0]
    assert (hold.reason, hold.placer_name) == (TOO_EARLY, "安全间隔期规则")
    judged = activity_queries.last_judgements([lot.id])[lot.id]
    assert (judged.outcome, judged.days, judged.earliest, judged.hold_id) == ("held", 18, date(2026, 7, 21), hold.id)
    with pytest.raises(RuleBroken, match="已锁定"):
        dispatch_lot(coop, lot.code, loaded.plant.code, "10")
    with pytest.raises(RuleBroken, match="已锁定"):
        pack(coop, [Input(lot.code, "10")], pieces=4, piece="2500克")
    with pytest.raises(Forbidden):
        release_hold(coop, hold.code, "自己放行")
    release_hold(loaded.actor("bureau"), hold.code, "送检合格")
    assert ledger.open_holds([lot.id]) == {}
    assert list(all_findings()) == []


def test_the_interval_exactly_met_is_allowed(coop, plot, july):
    july.move_to(datetime(2026, 7, 22, 2, tzinfo=UTC))
    spray(coop, plot, date(2026, 6, 30), late_reason="补录")
    for picked, held in ((date(2026, 7, 20), True), (date(2026, 7, 21), False)):
        lot = make.harvest(coop, plot, "100", on=picked)
        assert (lot.id in ledger.open_holds([lot.id])) is held


def test_a_spraying_written_down_later_holds_what_was_picked_meanwhile(coop, plot):
    lot = make.harvest(coop, plot, on=date(2026, 7, 18))
    packs = pack(coop, [Input(lot.code, "100")], pieces=40, piece="2500克").lots[0]
    kept = spray(coop, plot, date(2026, 6, 30))
    assert set(kept.flags) == {"late", "held"}
    assert f"采收批 {lot.code}：{TOO_EARLY}" in texts(kept)
    assert set(ledger.open_holds([lot.id, packs.id])) == {lot.id, packs.id}, "everything made from it as well"
    with pytest.raises(RuleBroken):
        make_run(coop, packs.code, 10)


def test_a_correction_is_judged_again_and_releases_nothing(loaded, coop, plot):
    kept = spray(coop, plot, date(2026, 6, 30))
    lot = make.harvest(coop, plot, on=date(2026, 7, 18))
    again = correct(coop, kept.code, 1, on="2026-06-26")
    assert f"采收批 {lot.code} 重新判定为已满足安全间隔期，仍须由另一人解除锁定。" in texts(again)
    outcomes = [(row.outcome, row.cause) for row in activity_queries.judgements_of(lot.id)]
    assert outcomes == [("clear", "correct"), ("held", "harvest")]
    assert lot.id in ledger.open_holds([lot.id])
    hold = ledger.open_holds([lot.id])[lot.id][0]
    release_hold(loaded.actor("market"), hold.code, "更正施药日期，已核对购药凭证")
    worse = correct(coop, kept.code, 2, on="2026-07-05")
    assert "held" in worse.flags
    fresh = ledger.open_holds([lot.id])[lot.id]
    assert [item.code == hold.code for item in fresh] == [False]
    assert "7月5日" in fresh[0].reason


def test_what_comes_out_the_same_is_not_judged_twice(coop, plot):
    kept = spray(coop, plot, date(2026, 6, 30))
    make.harvest(coop, plot, on=date(2026, 7, 18))
    correct(coop, kept.code, 1, operator="另一人")
    assert IntervalJudgement.select().count() == 1
    activities.void_activity(coop, code=kept.code, base_version=2, reason="登记到别的地块了")
    assert [row.outcome for row in IntervalJudgement.select().order_by(IntervalJudgement.id)] == ["held", "clear"]


def test_a_correction_is_a_version_and_both_are_readable(coop, plot):
    kept = spray(coop, plot)
    again = correct(coop, kept.code, 1, "少写一位", dose="50", weather="cloudy")
    assert (again.code, again.version) == (kept.code, 2)
    new, old = activity_queries.versions_of(kept.record)
    assert (new.content["dose"], old.content["dose"]) == ("50", "45")
    assert (new.content["weather"], new.content["pest"]) == ("cloudy", "蚜虫")
    assert (new.reason, old.reason) == ("少写一位", "")
    entry = AuditEntry.get(AuditEntry.action == "activity.correct")
    assert set(entry.detail["fields"]) == {"dose", "dose_milli", "weather"}
    with pytest.raises(Invalid, match="没有改动任何内容"):
        correct(coop, kept.code, 2, dose="50")
    with pytest.raises(Invalid, match="请填写原因"):
        correct(coop, kept.code, 2, " ", dose="52")


def test_another_registration_takes_nothing_over_from_the_bottle_before(coop, plot):
    kept = spray(coop, plot, label_code=tables.LABEL)
    with pytest.raises(Invalid) as caught:
        correct(coop, kept.code, 1, reg_no="PD20199999", basis="none", basis_reason="农技站推荐")
    assert {item.field for item in caught.value.errors} == {"product", "actives"}
    correct(coop, kept.code, 1, reg_no=tables.FOREST, dose="2000", dose_unit="倍", pest="尺蠖")
    content = activity_queries.versions_of(kept.record)[0].content
    assert (content["product"], content["actives"], content["phi_days"], content["basis"]) == (
        "示例林用乳油",
        ["高效氯氰菊酯"],
        14,
        "label_site_forest",
    )
    assert "label_code" not in content


def test_a_spraying_and_a_harvest_at_the_same_moment_never_miss_each_other(loaded, coop):
    grounds = [make.plot(coop, loaded, geometry=make.square(112.7 + number * 0.01)) for number in range(4)]
    deeds = [
        lambda plot: spray(coop, plot, date(2026, 6, 30), area="60"),
        lambda plot: make.harvest(coop, plot, on=date(2026, 7, 18)),
    ]

    def at_once(deed, plot, start):
        with db.connection_context():
            start.wait()
            deed(plot)

    for plot in grounds:
        start = Barrier(2)
        with ThreadPoolExecutor(2) as both:
            for done in [both.submit(at_once, deed, plot, start) for deed in deeds]:
                done.result()
    lots = [activity_queries.harvests_of(plot)[0].id for plot in grounds]
    assert set(ledger.open_holds(lots)) == set(lots)


def test_c3_the_version_seen_must_be_the_one_that_stands(loaded, coop, plot, july):
    kept = spray(coop, plot, date(2026, 7, 17))
    july.move_to(datetime(2026, 7, 18, 7, 2, tzinfo=UTC))
    correct(coop, kept.code, 1, dose="50")
    with pytest.raises(Conflict) as caught:
        correct(coop, kept.code, 1, via="device", dose="55")
    assert str(caught.value) == "该记录在办公室已于 7月18日 15:02 修改，请选择保留哪一版。"
    assert (caught.value.version, caught.value.changed_by, caught.value.field) == (2, coop.display_name, "base")
    assert caught.value.changed_at.astimezone(UTC).replace(second=0, microsecond=0) == datetime(
        2026, 7, 18, 7, 2, tzinfo=UTC
    )
    correct(coop, kept.code, 2, via="device", dose="55")
    with pytest.raises(Conflict, match=f"该记录已由{coop.display_name}在手机上于 7月18日 15:02 修改"):
        correct(coop, kept.code, 2, dose="58")
    assert ActivityVersion.select().count() == 3


def test_void_instead_of_deleted(coop, plot):
    kept = spray(coop, plot)
    activities.void_activity(coop, code=kept.code, base_version=1, reason="重复登记")
    with pytest.raises(RuleBroken, match="已作废"):
        correct(coop, kept.code, 2, dose="50")
    assert activity_queries.applied([plot])[plot.id] == []
    assert [row.state for row in activity_queries.versions_of(kept.record)] == ["void", "valid"]


def test_history_cannot_be_rewritten(coop, plot):
    spray(coop, plot)
    for query in (
        ActivityVersion.update(note="改"), Activity.update(kind="tend"), ActivityVersion.delete(), Activity.delete(),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), db.atomic():
            query.execute()


def test_late_entries_are_marked(coop, plot):
    for days, reason, late in ((0, "", 0), (1, "", 0), (2, "", 2), (7, "", 7), (8, "住院", 8)):
        kept = record(coop, plot, "tend", days_ago(days), work="weed", late_reason=reason)
        row = activity_queries.versions_of(kept.record)[0]
        assert (row.late_days, row.late_reason, kept.flags) == (late, reason, ["late"] if late else [])
    with pytest.raises(Invalid, match="补录已晚 8 天，请填写补录原因。"):
        record(coop, plot, "tend", days_ago(8), work="weed")


def test_what_a_phone_wrote_in_time_is_not_late_when_it_arrives(coop, plot):
    kept = record(coop, plot, "tend", days_ago(9), work="weed", via="device", written_on=days_ago(9))
    assert kept.flags == []


def test_the_future_is_refused(coop, plot):
    with pytest.raises(Invalid, match="日期不能晚于今天"):
        record(coop, plot, "tend", TODAY + timedelta(1), work="weed")


def test_times_belong_to_the_day(coop, plot):
    body = {"work": "prune"}
    for times, text in (
        ({"started": "25:00"}, "14:30"), ({"started": "15:00", "ended": "14:00"}, "结束时间早于开始时间"),
        ({"started": "2026-07-19T10:00:00+08:00"}, "不是同一天"), ({"started": "2026-07-20T10:00:00"}, "14:30"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=text):
            record(coop, plot, "tend", **body, **times)
    kept = record(coop, plot, "tend", **body, started="2026-07-20T00:10:00+08:00", ended="9：05")
    row = activity_queries.versions_of(kept.record)[0]
    assert (row.started_at.hour, row.started_at.day, row.ended_at.hour) == (16, 19, 1)


def test_stop_use_is_the_last_use_until_somebody_writes_another_day(coop, plot):
    spray(coop, plot, days_ago(6))
    spray(coop, plot, days_ago(3))
    stop = activity_queries.stops_of(plot, 2026)[0]
    assert (stop.product, stop.day, stop.by_hand) == ("示例吡虫啉", days_ago(3), False)
    with pytest.raises(Invalid, match="停用日期早于最近一次使用日期"):
        record(coop, plot, "stop_use", days_ago(4), product="示例吡虫啉")
    record(coop, plot, "stop_use", days_ago(1), product="示例吡虫啉")
    stop = activity_queries.stops_of(plot, 2026)[0]
    assert (stop.day, stop.by_hand) == (days_ago(1), True)
    spray(coop, plot, TODAY)
    assert (activity_queries.stops_of(plot, 2026)[0].day, activity_queries.stops_of(plot, 2026)[0].by_hand) == (
        TODAY,
        False,
    )


def test_planting_names_its_seedlings(coop, plot):
    body = {"count": 150, "spacing": "3×3", "mode": "container", "area": "2"}
    with pytest.raises(Invalid, match="请选择苗木出圃单"):
        record(coop, plot, "planting", **body)
    with pytest.raises(Invalid, match="没有找到这张苗木出圃单"):
        record(coop, plot, "planting", **body, dispatch="MC26-9999")
    with pytest.raises(Invalid, match="超过上限 220 株"):
        record(coop, plot, "planting", **{**body, "count": 900}, source="自育")
    with pytest.raises(Invalid, match="请填写原因"):
        record(coop, plot, "planting", **{**body, "count": 20}, source="自育")
    kept = record(coop, plot, "planting", **body, source="自育")
    assert texts(kept) == ["没有关联苗木出圃单，请留存苗木的许可证、检疫证和标签备查。"]


def test_scouting_wants_a_picture(coop, plot):
    assert texts(record(coop, plot, "scout", pest="蚜虫", severity="light")) == ["监测记录没有照片，请尽量补上。"]
    photo = {"sha256": "a" * 64, "size": 1000, "taken_at": "2026-07-20T09:00:00+08:00"}
    assert texts(record(coop, plot, "scout", pest="蚜虫", severity="light", photos=[photo])) == []


def test_records_of_others_do_not_exist(loaded, coop, plot):
    kept = spray(coop, plot)
    stranger = loaded.actor("coop2")
    for deed in (
        lambda: spray(stranger, plot),
        lambda: correct(stranger, kept.code, 1, dose="50"),
        lambda: activities.void_activity(stranger, code=kept.code, base_version=1, reason="x"),
        lambda: activity_queries.get_record(stranger, kept.code),
    ):
        with pytest.raises(NotFound):
            deed()
    assert list(activity_queries.visible_records(stranger)) == []
    assert [row.activity.code for row in activity_queries.visible_records(loaded.actor("township"))] == [kept.code]
    for username in ("bureau", "township", "market"):
        with pytest.raises(Forbidden):
            spray(loaded.actor(username), plot)


def test_a_members_plot_is_recorded_by_its_cooperative(loaded, coop):
    member = make.party("household", "张某", loaded.village, belongs_to=loaded.coop)
    ground = make.plot(coop, loaded, operator=member)
    assert record(coop, ground, "tend", work="prune").record.party_id == member.id


def test_the_invariants_see_what_is_missing(coop, plot):
    spray(coop, plot)
    assert list(checks.check_versions_have_no_gap()) == []
    Activity.create(code="DA26-99999", plot=plot, kind="tend", party=plot.operator, recorded_at=datetime.now(UTC))
    assert list(checks.check_versions_have_no_gap()) == ["record DA26-99999: 0 versions, highest None"]
