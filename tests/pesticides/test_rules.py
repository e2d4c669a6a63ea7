"""P1–P9 as a table: the exact texts, the edges, and what stops an entry."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.core.errors import Invalid
from trace.pesticides import rules
from trace.pesticides.rules import Ban, LabelCode, Scope, Use

DAY = date(2026, 6, 30)
ON_LABEL = Scope("粗糠树", "crop", "蚜虫", 30_000, 60_000, "克/亩", "喷雾", 21, 2, 10)
DILUTED = Scope("林木", "forest_site", "尺蠖", 1_500_000, 3_000_000, "倍", "喷雾", 14)
CODE = LabelCode("1151234" + "1" + "001" + "0" * 21)
BANS = [
    Ban("甲胺磷", "all", date(2007, 1, 1)),
    Ban("克百威", "fruit_tea_herb", date(2002, 6, 5)),
    Ban("三氯杀螨醇", "other", date(2018, 10, 1)),
]

TABLE = [
    ("P1 malformed", rules.malformed("PD2015123"), "农药登记证号‘PD2015123’格式不正确，应为 PD 加 8 位数字（老证为 PD88-…）。", True),
    ("P1 good", rules.malformed("PD20150123"), None, False),
    ("P1 old", rules.malformed("PD88-12"), None, False),
    ("P1 temporary", rules.malformed("LS20090001"), None, False),
    ("P1 unknown", rules.registration("PD20159999", False, None, DAY), "登记证号 PD20159999 不在已导入的农药登记表里，请核对瓶身；表格可能不是最新。", False),
    ("P1 expired", rules.registration("PD20150123", True, DAY - timedelta(1), DAY), "登记证 PD20150123 已于 2026-06-29 到期，请核对产品的生产日期。", False),
    ("P1 last day", rules.registration("PD20150123", True, DAY, DAY), None, False),
    ("P2", rules.label_mismatch(CODE, "PD20150123"), "标签二维码对应登记证后六位 151234，与填写的 PD20150123 不一致。", True),
    ("P2 fits", rules.label_mismatch(CODE, "PD20151234"), None, False),
    ("P2 class", rules.label_mismatch(CODE, "WP20151234"), "标签二维码对应登记证后六位 151234，与填写的 WP20151234 不一致。", True),
    ("P3 banned", rules.banned(["吡虫啉", "甲胺磷"], "low", BANS, DAY), "该产品含禁用成分甲胺磷，禁止使用。记录已保存并上报县林业局、农业农村局。", False),
    ("P3 restricted", rules.banned(["克百威"], "low", BANS, DAY), "该产品含禁用成分克百威，禁止使用。记录已保存并上报县林业局、农业农村局。", False),
    ("P3 elsewhere", rules.banned(["三氯杀螨醇"], "low", BANS, DAY), None, False),
    ("P3 before", rules.banned(["甲胺磷"], "low", BANS, date(2006, 12, 31)), None, False),
    ("P3 toxic", rules.banned(["某"], "high", BANS, DAY), "该产品为高毒农药，不得用于瓜果、茶叶和中药材。记录已保存并上报县林业局、农业农村局。", False),
    ("P4 no ground", rules.out_of_scope([], "", "", ""), "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。", True),
    ("P4 none without reason", rules.out_of_scope([], "none", "", " "), "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。", True),
    ("P4 none with reason", rules.out_of_scope([], "none", "", "无登记产品"), "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。", False),
    ("P4 document", rules.out_of_scope([], "provincial_temporary", "湘农〔2026〕1号", ""), "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。", False),
    ("P4 claimed label", rules.out_of_scope([], "label_crop", "", "写错"), "该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。", True),
    ("P4 covered", rules.out_of_scope([ON_LABEL], "", "", ""), None, False),
    ("P5 five times", rules.dose_out(300_000, "克/亩", [ON_LABEL]), "用量 300 克/亩是标签上限 60 克/亩的 5 倍，请检查单位。", True),
    ("P5 in 公斤", rules.dose_out(300, "公斤/亩", [ON_LABEL]), "用量 0.3 公斤/亩是标签上限 60 克/亩的 5 倍，请检查单位。", True),
    ("P5 three times", rules.dose_out(180_000, "克/亩", [ON_LABEL]), "用量 180 克/亩是标签上限 60 克/亩的 3 倍，请检查单位。", False),
    ("P5 a little", rules.dose_out(70_000, "克/亩", [ON_LABEL]), "用量 70 克/亩是标签上限 60 克/亩的 1.2 倍，请检查单位。", False),
    ("P5 top", rules.dose_out(60_000, "克/亩", [ON_LABEL]), None, False),
    ("P5 low", rules.dose_out(10_000, "克/亩", [ON_LABEL]), "用量 10 克/亩低于标签下限 30 克/亩，可能达不到防治效果。", False),
    ("P5 unit", rules.dose_out(45_000, "毫升/亩", [ON_LABEL]), "标签用量的单位是克/亩，填写的是毫升/亩，无法核对，请检查单位。", False),
    ("P5 strong", rules.dose_out(300_000, "倍", [DILUTED]), "稀释 300 倍，浓度是标签上限（1500 倍液）的 5 倍，请检查单位。", True),
    ("P5 weak", rules.dose_out(4_000_000, "倍", [DILUTED]), "稀释 4000 倍，比标签下限（3000 倍液）更稀，可能达不到防治效果。", False),
    ("P5 no label", rules.dose_out(300_000, "克/亩", []), None, False),
    ("P6 third", rules.too_often(3, [ON_LABEL]), "本季第 3 次使用该产品，标签规定每季最多 2 次。", False),
    ("P6 second", rules.too_often(2, [ON_LABEL]), None, False),
    ("P7", rules.too_soon("吡虫啉", date(2026, 6, 25), DAY, [ON_LABEL]), "距上次使用同一有效成分吡虫啉（6月25日）仅 5 天，标签规定间隔 10 天。", False),
    ("P7 met", rules.too_soon("吡虫啉", date(2026, 6, 20), DAY, [ON_LABEL]), None, False),
    ("P9", rules.not_organic("organic", False), "该地块为有机或有机转换地块，所用产品不在有机生产允许清单内。记录已保存，并标记有机认证待核查。", False),
    ("P9 converting", rules.not_organic("organic_conversion", False), "该地块为有机或有机转换地块，所用产品不在有机生产允许清单内。记录已保存，并标记有机认证待核查。", False),
    ("P9 allowed", rules.not_organic("organic", True), None, False),
    ("P9 conventional", rules.not_organic("conventional", False), None, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "finding", "text", "stops"), TABLE, ids=[row[0] for row in TABLE])
def test_the_rules_say_exactly_this(name, finding, text, stops):
    assert (str(finding.message) if finding else None) == text
    if finding:
        assert finding.rule == name[:2] and finding.stops is stops


def test_what_is_forbidden_is_an_incident_and_never_stops():
    for finding, kind in (
        (rules.banned(["甲胺磷"], "low", BANS, DAY), "banned"), (rules.banned([], "extreme", [], DAY), "toxic"),
        (rules.not_organic("organic", False), "organic"),
    ):  # fmt: skip
        assert (finding.incident, finding.stops, finding.severity.value) == (kind, False, "error")


SPRAYED = Use(DAY, 21, "示例", "DA26-00001")


@pytest.mark.parametrize(
    ("picked", "text"),
    [
        (date(2026, 7, 18), "距最近一次施药（6月30日，安全间隔期21天）仅18天，本批已锁定，最早可于7月21日采收。"),
        (date(2026, 7, 20), "距最近一次施药（6月30日，安全间隔期21天）仅20天，本批已锁定，最早可于7月21日采收。"),
        (date(2026, 6, 30), "距最近一次施药（6月30日，安全间隔期21天）仅0天，本批已锁定，最早可于7月21日采收。"),
        (date(2026, 7, 21), None),
        (date(2026, 6, 29), None),
    ],
)
def test_p8_to_the_day(picked, text):
    verdict = rules.judge_harvest([SPRAYED], picked)
    assert (str(verdict.message) if verdict.message else None) == text
    assert verdict.outcome == ("held" if text else "clear")


def test_p8_the_longest_interval_speaks_not_the_last_spraying():
    verdict = rules.judge_harvest([Use(date(2026, 7, 10), 7), Use(DAY, 30)], date(2026, 7, 16))
    assert (verdict.use.phi_days, verdict.earliest, verdict.days) == (30, date(2026, 7, 30), 16)


def test_p8_an_interval_nobody_knows_is_never_kept():
    unknown = Use(DAY, None, "示例")
    assert rules.judge_harvest([unknown], date(2026, 7, 30)).outcome == "unknown"
    assert rules.judge_harvest([unknown, SPRAYED], date(2026, 7, 18)).outcome == "held"
    assert str(rules.judge_harvest([unknown], date(2026, 7, 30)).message) == (
        "6月30日施用的“示例”没有本作物的安全间隔期，采收前请送检，不能只凭质量控制开具合格证。"
    )
    assert rules.judge_harvest([unknown], date(2027, 6, 1)).outcome == "clear"


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=6), st.integers(0, 500))
def test_p8_holds_exactly_when_some_interval_is_not_over(uses, offset):
    start = date(2025, 11, 1)
    picked = start + timedelta(offset)
    verdict = rules.judge_harvest([Use(start + timedelta(day), phi) for day, phi in uses], picked)
    broken = [day + phi for day, phi in uses if day <= offset < day + phi]
    assert verdict.outcome == ("held" if broken else "clear")
    if broken:
        assert verdict.earliest == start + timedelta(max(broken)) > picked
        again = rules.judge_harvest(
            [Use(start + timedelta(day), phi) for day, phi in uses if day <= offset], verdict.earliest
        )
        assert again.outcome == "clear"


@given(st.integers(1, 10**8), st.integers(1, 10**6), st.integers(0, 10**6))
def test_p5_is_silent_only_within_the_label(dose, low, more):
    scope = Scope("粗糠树", dose_low=low, dose_high=low + more)
    finding = rules.dose_out(dose, "克/亩", [scope])
    assert (finding is None) == (low <= dose <= low + more)
    assert bool(finding and finding.stops) == (dose > 3 * (low + more))


@pytest.mark.parametrize(
    ("scanned", "tail"),
    [
        (CODE.digits, "151234"),
        (f"https://example.invalid/{CODE.digits}?a=1", "151234"),
        (f"农药名称：示例 单元识别代码：{CODE.digits}。", "151234"),
        (CODE.digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}), "151234"),
        ("1" * 31, None),
        ("1" * 33, None),
        (f"{CODE.digits} {'2' * 32}", None),
        ("", None),
    ],
)
def test_bottle_codes(scanned, tail):
    if tail:
        assert rules.parse_label_code(scanned).tail == tail
        return
    with pytest.raises(Invalid, match="标签二维码应含 32 位数字"):
        rules.parse_label_code(scanned)


def test_a_label_reaches_a_tree_by_name_or_as_forest():
    names = ["土枇杷", "粗糠树", "野枇杷"]
    loquat = Scope("枇杷", "crop", "蚜虫")
    assert rules.covering([loquat], names) == []
    assert rules.covering([DILUTED, ON_LABEL, loquat], names) == [ON_LABEL, DILUTED]
    assert rules.basis_of([DILUTED]).value == "label_site_forest"
    assert rules.interval([ON_LABEL, DILUTED], "尺蠖") == 14
    assert rules.interval([ON_LABEL, DILUTED], "没有写的虫") == 21
    assert rules.interval([], "蚜虫") is None


def test_actives_are_compared_without_their_content():
    assert rules.split_actives("10%吡虫啉、 甲胺磷+４０％ 辛硫磷") == ["吡虫啉", "甲胺磷", "辛硫磷"]
