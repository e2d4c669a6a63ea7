"""Indicators and the arithmetic of progress. Pure. Source: 清政办发〔2022〕7号 and domain brief §6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.core.text import N_

HORIZON = 2030
SOURCE_DOC = "清政办发〔2022〕7号"


@dataclass(frozen=True)
class Indicator:
    """One indicator: its words, its base unit (``m2`` shown as 亩, ``count``, ``fen`` shown as 万元) and how it is counted."""

    key: str
    name: str
    unit: str
    counted: str


INDICATORS = {
    i.key: i
    for i in (
        Indicator("area", N_("种植面积"), "m2", N_("成活、保存、挂果地块的勾绘面积，且 24 个月内有合格查验")),
        Indicator("registered_area", N_("登记面积"), "m2", N_("全部登记地块的勾绘面积（不含灭失、改种）")),
        Indicator("above_scale", N_("规模以上企业"), "count", N_("统计在库、土枇杷收入占比达标的企业")),
        Indicator("leading_national", N_("国家级林业龙头企业"), "count", N_("称号在有效期内的企业")),
        Indicator("leading_provincial", N_("省级林业龙头企业"), "count", N_("称号在有效期内的企业")),
        Indicator("output_value", N_("综合产值"), "fen", N_("三次产业产值合计，含各环节产值，存在中间投入重复")),
        Indicator("nursery", N_("苗木繁育基地"), "m2", N_("有种子生产经营许可证的苗圃登记面积合计")),
        Indicator("towns", N_("土枇杷特色小镇"), "count", N_("通过验收的特色小镇个数")),
        Indicator("gi", N_("国家地理标志保护"), "count", N_("获得认定为 1")),
    )
}

TASKED = ("area", "output_value")
"""Indicators that townships may be given tasks for."""
COUNTY_PLANNED = (
    "area",
    "output_value",
    "above_scale",
    "leading_national",
    "leading_provincial",
    "nursery",
    "towns",
    "gi",
)
"""Indicators with yearly figures of the county."""
FIRST_YEAR = 2022

ENTERPRISE_INDICATORS = ("above_scale", "leading_national", "leading_provincial")

ENTERPRISE_NOTE = N_(
    "清政办发[2022]7号第三条所列企业数量前后不一致（规模以上5个，其中国家级5个、省级20个），本表按三项分别统计。"
)
"""Printed wherever the three counters are shown (domain brief §6.7)."""

NO_TASKS_NOTE = N_("意见未下达乡镇任务。以下任务以计划记录为准，没有记录的乡镇不显示任务。")

STAGES = {"primary": N_("一产"), "secondary": N_("二产"), "tertiary": N_("三产")}

_MU_100K = 66_666_667
_YI_100 = 10_000_000_000 * 100

GOALS = (
    ("area", _MU_100K, None, "第三条", "到2030年，全县土枇杷种植面积稳定在10万亩"),
    ("above_scale", 5, None, "第三条", "规模以上企业数量达到5个"),
    ("leading_national", 5, None, "第三条", "其中国家级林业龙头企业5个"),
    ("leading_provincial", 20, None, "第三条", "省级林业龙头企业20个"),
    ("output_value", _YI_100, None, "第三条", "实现综合产值100亿元"),
    ("nursery", 66_667, None, "第四条（二）", "选择优良品种建立苗木繁育基地100亩"),
    ("towns", 1, 2, "第三条", "建设1-2个土枇杷特色小镇"),
    ("gi", 1, None, "第三条", "成功创建国家地理标志保护产品"),
)
"""(indicator, value in base units, upper end of a range, article, words of the source)"""


def quarter_start(period: str) -> date:
    """The first day of ``2026Q3`` or ``2026``."""
    last = quarter_end(period)
    return date(last.year, last.month - 2, 1) if "Q" in period else date(last.year, 1, 1)


def quarter_end(period: str) -> date:
    """The last day of ``2026Q3`` or ``2026``; raises ValueError on anything else."""
    year, _, quarter = period.partition("Q")
    if not year.isdigit() or len(year) != 4 or (quarter and quarter not in "1234"):
        raise ValueError(period)
    month = int(quarter or 4) * 3
    return date(int(year), month, 31 if month in (3, 12) else 30)


def period_of(day: date) -> str:
    """The quarter a day lies in: ``2026Q3``."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def previous(period: str) -> str:
    """The quarter before a quarter, the year before a year."""
    if "Q" not in period:
        return str(int(period) - 1)
    year, quarter = int(period[:4]), int(period[5])
    return f"{year}Q{quarter - 1}" if quarter > 1 else f"{year - 1}Q4"


def expected_by(plan: int, day: date, year: int) -> int:
    """How much of a year's task should be done by a day, in proportion to the days of the year gone by."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    gone = min(max((day - first).days + 1, 0), (last - first).days + 1)
    return plan * gone // ((last - first).days + 1)


UNIT_SLIP = 20
"""A figure more than so many times the last one is probably in the wrong unit (domain brief §6.3)."""
UNIT_QUESTION = N_("本期 %(now)s 万元为上期 %(last)s 万元的 %(times)s 倍，请确认单位是否为“万元”。")


def unit_slip(now: int, last: int | None) -> bool:
    """Should the unit be asked about?"""
    return bool(last) and last is not None and last > 0 and now > UNIT_SLIP * last
