"""What a production record is: its kinds, their fields and words, dates, retention. Pure. Source: domain brief §2.2."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from trace.core.clock import SHANGHAI, business_date
from trace.core.errors import Invalid
from trace.core.text import N_, Labelled

LATE_DAYS_NEED_REASON = 7
CODE_PREFIX = "DA"
VIAS = ("office", "device")
STATES = {"valid": N_("有效"), "void": N_("已作废")}


def split_attached(attached: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What hangs on a record: its pictures, its spoken notes."""
    voices = [item for item in attached if item.get("kind") == "voice"]
    return [item for item in attached if item.get("kind") != "voice"], voices


class ActivityKind(Labelled):
    """Acts on a plot that the law wants on record; the harvest has its own page and its own lot."""

    PLANTING = "planting", N_("定植")
    FERTILISE = "fertilise", N_("施肥")
    SPRAY = "spray", N_("施药")
    SCOUT = "scout", N_("病虫监测")
    TEND = "tend", N_("管护")
    STOP_USE = "stop_use", N_("停用")


PLANTING_MODES = {"bare_root": N_("裸根苗"), "container": N_("容器苗"), "root_ball": N_("带土球"), "sowing": N_("直播")}
SPACINGS = ("2×3", "3×3", "3×4", "4×4", "1×3")
FERTILISERS = {
    "manure": N_("农家肥"),
    "organic": N_("商品有机肥"),
    "compound": N_("复合肥"),
    "nitrogen": N_("氮肥"),
    "phosphate": N_("磷肥"),
    "potash": N_("钾肥"),
    "microbial": N_("微生物肥"),
    "foliar": N_("叶面肥"),
    "other": N_("其他"),
}
FERTILISING = {
    "hole": N_("穴施"),
    "furrow": N_("沟施"),
    "spread": N_("撒施"),
    "drip": N_("滴灌随水"),
    "leaf": N_("叶面喷施"),
}
SPRAYING = {
    "spray": N_("喷雾"),
    "drone": N_("无人机喷洒"),
    "drench": N_("灌根"),
    "trunk": N_("树干注射、涂抹"),
    "smoke": N_("烟雾"),
    "bait": N_("诱杀、投放"),
}
WEATHERS = {
    "clear": N_("晴"),
    "cloudy": N_("多云"),
    "overcast": N_("阴"),
    "drizzle": N_("小雨前后"),
    "windy": N_("有风"),
}
SEVERITIES = {"none": N_("未见"), "light": N_("轻"), "medium": N_("中"), "heavy": N_("重")}
TENDING = {
    "irrigate": N_("灌溉"),
    "prune": N_("修剪"),
    "weed": N_("除草"),
    "intercrop": N_("套种"),
    "soil": N_("松土培土"),
    "replant": N_("补植"),
    "other": N_("其他"),
}
WEIGHT_UNITS = ("公斤", "斤", "吨", "克")


@dataclass(frozen=True)
class Item:
    """A field of a kind: how it is called, how its value is shown (``text choice area dose weight list basis``)."""

    key: str
    label: str
    show: str = "text"
    words: dict[str, str] = field(default_factory=dict)


FIELDS: dict[ActivityKind, tuple[Item, ...]] = {
    ActivityKind.PLANTING: (
        Item("dispatch", N_("苗木出圃单")), Item("source", N_("苗木来源")), Item("count", N_("株数"), "count"), Item("spacing", N_("株行距（米）")),
        Item("mode", N_("苗木类型"), "choice", PLANTING_MODES), Item("area_m2", N_("面积"), "area"), Item("density_reason", N_("密度特殊的原因")),
    ),
    ActivityKind.FERTILISE: (
        Item("product", N_("肥料名称")), Item("fertiliser", N_("类别"), "choice", FERTILISERS), Item("reg_no", N_("登记（备案）号")),
        Item("quantity", N_("用量"), "weight"), Item("method", N_("施用方法"), "choice", FERTILISING), Item("dealer", N_("来源（农资店）")),
    ),
    ActivityKind.SPRAY: (
        Item("product", N_("农药名称")), Item("reg_no", N_("登记证号")), Item("label_code", N_("标签二维码")), Item("actives", N_("有效成分"), "list"),
        Item("dose", N_("用量"), "dose"), Item("pest", N_("防治对象")), Item("area_m2", N_("施药面积"), "area"),
        Item("method", N_("施药方法"), "choice", SPRAYING), Item("operator", N_("施药人")), Item("weather", N_("天气"), "choice", WEATHERS),
        Item("dealer", N_("来源（农资店）")), Item("purchase_ref", N_("购药凭证")), Item("basis", N_("用药依据"), "basis"),
        Item("phi_days", N_("安全间隔期"), "days"),
    ),
    ActivityKind.SCOUT: (Item("pest", N_("病虫害")), Item("severity", N_("程度"), "choice", SEVERITIES)),
    ActivityKind.TEND: (Item("work", N_("管护内容"), "choice", TENDING),),
    ActivityKind.STOP_USE: (Item("product", N_("投入品名称")), Item("reg_no", N_("登记证号"))),
}  # fmt: skip

HEADER = ("on", "started", "ended", "note", "gps", "photos", "late_reason")
"""What every record has beside the fields of its kind, and a correction may change."""

SETTINGS = {"field.retention_years": 5, "field.fertiliser_kg_per_mu": 5000}
"""What the bureau may set, with what is assumed until it does (参考值): years records are kept, and from what kg/亩 on a fertiliser is asked about."""
LAW_YEARS = 2
"""Records are kept at least so long by law (农产品质量安全法); no setting goes below."""


@dataclass(frozen=True)
class Lag:
    """How many days after the act it was written down; more than one makes it 补录."""

    days: int

    @property
    def late(self) -> int:
        """The days to show, 0 when it was written down in time."""
        return self.days if self.days > 1 else 0


def check_day(on: date, today: date, written_on: date, late_reason: str) -> Lag:
    """The act is not in the future; more than seven days late needs a reason."""
    if on > today:
        raise Invalid("日期不能晚于今天。", field="on", code="DATE_FUTURE")
    days = (written_on - on).days
    if days > LATE_DAYS_NEED_REASON and not late_reason.strip():
        raise Invalid("补录已晚 %(days)s 天，请填写补录原因。", field="late_reason", code="LATE_REASON", days=days)
    return Lag(days)


def instant(on: date, text: str, name: str) -> datetime | None:
    """A time of that day, “14:30” on the county's clock or a full instant, as an instant in UTC."""
    if not text:
        return None
    if re.fullmatch(r"(?:[01]?\d|2[0-3])[:：][0-5]\d", text):
        hour, minute = (int(part) for part in re.split(r"[:：]", text))
        return datetime.combine(on, time(hour, minute), SHANGHAI).astimezone(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("时间不正确，请按 14:30 的格式填写。", field=name, code="TIME_FORMAT") from error
    if found.tzinfo is None:
        raise Invalid("时间不正确，请按 14:30 的格式填写。", field=name, code="TIME_FORMAT")
    if business_date(found) != on:
        raise Invalid("时间与日期 %(day)s 不是同一天。", field=name, code="TIME_DAY", day=on)
    return found.astimezone(UTC)


def check_span(started: datetime | None, ended: datetime | None) -> None:
    """The end does not come before the start."""
    if started and ended and ended < started:
        raise Invalid("结束时间早于开始时间。", field="ended", code="TIME_ORDER")


def purge_limit(today: date, years: int) -> date:
    """Records of days before this one may be cleared away."""
    kept = max(years, LAW_YEARS)
    return date(today.year - kept, today.month, min(today.day, 28) if today.month == 2 else today.day)


def seasons(days: list[date]) -> list[int]:
    """The calendar years of these days, newest first: a season is a calendar year, as for harvests."""
    return sorted({day.year for day in days}, reverse=True)


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Which fields a version changed."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
