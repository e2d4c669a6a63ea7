"""Words and thresholds of plots. Pure. Sources: domain brief §1.1, §6.2 (GB/T 15776 family). States move in :mod:`trace.land.states`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from trace.core.calendar import months_after
from trace.core.errors import FieldError
from trace.core.geometry import check_declared_area
from trace.core.text import N_, Message

PLOT_STATES = {
    "planned": N_("规划"),
    "prepared": N_("整地"),
    "planted": N_("已栽待查"),
    "survived": N_("成活"),
    "established": N_("保存"),
    "bearing": N_("挂果"),
    "replant_needed": N_("需补植"),
    "failed": N_("造林失败"),
    "converted": N_("改种"),
    "lost": N_("灭失"),
    "cancelled": N_("撤销登记"),
}

STOCK_STATES = ("survived", "established", "bearing")
"""States whose area counts as planting stock (indicator 1)."""

GONE_STATES = ("converted", "lost", "cancelled")
"""Ground given up for good: it counts no more and may be registered anew; the row stays for ever."""

LAND_CLASSES = {
    "forest": N_("林地"),
    "suitable_waste": N_("宜林荒山荒地"),
    "cropland": N_("耕地"),
    "basic_farmland": N_("永久基本农田"),
    "other": N_("其他"),
}

SURVEY_CLASSES = {
    "161": (N_("宜林荒山荒地"), "suitable_waste"),
    "2111": (N_("基本农田，有占用审批"), "basic_farmland"),
    "2112": (N_("基本农田，无占用审批"), "basic_farmland"),
}
"""Codes of the afforestation inspection that the brief gives, with the land class each belongs to; others are kept as typed."""

SOILS = {"purple_shale": N_("紫色页岩"), "other": N_("其他")}

MANAGEMENT_MODES = {
    "conventional": N_("常规"),
    "green_food": N_("绿色食品"),
    "organic_conversion": N_("有机转换"),
    "organic": N_("有机"),
}

SOURCES = {"drawn": N_("图上勾绘"), "pasted": N_("粘贴坐标"), "walked": N_("实地绕测"), "imported": N_("文件导入")}
CRS = {
    "wgs84": "WGS-84",
    "cgcs2000": "CGCS2000",
    "gcj02": "GCJ-02",
}
CRS_CHOICES = (
    ("wgs84", N_("WGS-84（卫星定位）")),
    ("cgcs2000", N_("CGCS2000（国土、林业图）")),
    ("gcj02", N_("GCJ-02（微信、高德、腾讯地图）")),
)

REFERENCE_SCHEMES = {"compartment": N_("林班号"), "subcompartment": N_("小班号"), "parcel": N_("图斑号")}

TENURE_KINDS = {
    "forest_right": N_("林权证"),
    "real_estate": N_("不动产权证"),
    "contract": N_("承包合同"),
    "transfer": N_("流转合同"),
}

GARDEN_STATES = {"applied": N_("申报中"), "designated": N_("已认定"), "withdrawn": N_("已撤销")}

EVIDENCE_ACCURACY_M = 15
"""A fix worse than this proves nothing (scenario C9)."""
SURVIVAL_QUALIFIED = Fraction(85, 100)
SURVIVAL_FAILED = Fraction(40, 100)
PRESERVATION_QUALIFIED = Fraction(80, 100)
VERIFICATION_MONTHS = 24
"""A verification older than this no longer supports a stock figure (indicator card 1)."""
ORGANIC_MONTHS = 36
"""Conversion of a perennial crop before it may be called organic (GB/T 19630)."""

SETTINGS: dict[str, int] = {
    "land.overlap_tolerance_m2": 10,
    "land.township_far_m": 12_000,
    "land.block_gap_m": 20,
}
"""What the bureau may set, with the values used until it does; all are assumptions."""

SAMPLING_PLAN = ((100, 5), (500, 3), (None, 2))
"""Up to so many 亩, so many per cent of the area is counted (domain brief §5.4), in at least three places."""
SAMPLE_PLACES = 3


@dataclass(frozen=True)
class Caution:
    """Something to look at that does not stand in the way: where, a code for machines, the words."""

    field: str
    code: str
    message: Message

    def kept(self) -> dict[str, object]:
        """As stored beside the row it was raised for."""
        return {
            "field": self.field,
            "code": self.code,
            "template": self.message.template,
            "values": {key: str(value) for key, value in self.message.values.items()},
        }

    @classmethod
    def read(cls, kept: dict[str, object]) -> Caution:
        """A stored warning again."""
        return cls(str(kept["field"]), str(kept["code"]), Message(str(kept["template"]), dict(kept["values"])))  # type: ignore[call-overload]


def state_after_visit(kind: str, sampled: int, alive: int) -> str:
    """The state a survival visit leads to: ≥85 % survived, ≤40 % failed, between needs replanting; at three years ≥80 % established."""
    rate = Fraction(alive, sampled)
    if kind == "year3":
        return "established" if rate >= PRESERVATION_QUALIFIED else "replant_needed"
    if rate >= SURVIVAL_QUALIFIED:
        return "survived"
    return "failed" if rate <= SURVIVAL_FAILED else "replant_needed"


def tree_age(planted_on: date, on: date) -> int:
    """Whole calendar years since planting, as growers count them."""
    return on.year - planted_on.year


def is_evidence(accuracy_m: int | None) -> bool:
    """May a position measured with this accuracy prove something? Unknown accuracy says nothing against it."""
    return accuracy_m is None or accuracy_m <= EVIDENCE_ACCURACY_M


def accuracy_warning(field: str, accuracy_m: int | None) -> list[Caution]:
    """The advice to measure again, when a fix is too coarse."""
    if is_evidence(accuracy_m):
        return []
    text = N_("定位误差 %(m)s 米，建议到空旷处重新定位。")
    return [Caution(field, "ACCURACY_LOW", Message(text, {"m": accuracy_m}))]


def area_mistakes(declared_m2: int | None, measured_m2: int) -> list[FieldError]:
    """The declared area more than a fifth off the drawn one (domain brief §2.7)."""
    check = check_declared_area(declared_m2, measured_m2) if declared_m2 else None
    if check is None or check.level != "error" or check.message is None:
        return []
    return [FieldError("declared_mu", "PLOT_AREA_MISMATCH", check.message)]


def area_warnings(declared_m2: int | None, measured_m2: int) -> list[Caution]:
    """The declared area more than max(5 %, 0.3 亩) off the drawn one."""
    check = check_declared_area(declared_m2, measured_m2) if declared_m2 else None
    if check is None or check.level == "ok" or check.message is None:
        return []
    return [Caution("declared_mu", "PLOT_AREA_MISMATCH", check.message)]


def land_warnings(land_class: str, survey_class: str) -> list[Caution]:
    """Basic farmland, and a survey code that belongs to another land class or to none that is known."""
    found = []
    if land_class == "basic_farmland" or SURVEY_CLASSES.get(survey_class, ("", ""))[1] == "basic_farmland":
        text = N_("地块位于永久基本农田，依法不得种植林果，不能申报补贴。")
        found.append(Caution("land_class", "BASIC_FARMLAND", Message(text)))
    elif land_class == "cropland":
        text = N_("地块位于耕地，种植林果受限制，请核对用途管制手续。")
        found.append(Caution("land_class", "CROPLAND", Message(text)))
    if survey_class and survey_class not in SURVEY_CLASSES:
        text = N_("调查地类代码 %(code)s 不在对照表中，按填写保存，请核对。")
        found.append(Caution("survey_class", "SURVEY_CLASS_UNKNOWN", Message(text, {"code": survey_class})))
    elif survey_class and SURVEY_CLASSES[survey_class][1] != land_class:
        text = N_("调查地类代码 %(code)s 与所选地类不一致，请核对。")
        found.append(Caution("survey_class", "SURVEY_CLASS_MISMATCH", Message(text, {"code": survey_class})))
    return found


def tenure_warnings(
    number: str, kind_label: str, area_m2: int | None, valid_to: date | None, plot_m2: int, today: date
) -> list[Caution]:
    """A paper that has run out, or that covers less ground than the plot (beyond what measuring may differ)."""
    found = []
    if valid_to is not None and valid_to < today:
        text = N_("%(kind)s已于 %(day)s 到期。")
        found.append(Caution("tenure", "TENURE_EXPIRED", Message(text, {"kind": kind_label, "day": valid_to})))
    if area_m2 and plot_m2 > area_m2 and check_declared_area(area_m2, plot_m2).level != "ok":
        text = N_("%(kind)s %(number)s 的面积小于勾绘面积，请核对。")
        values = {"kind": kind_label, "number": number}
        found.append(Caution("tenure", "TENURE_AREA", Message(text, values)))
    return found


def organic_from(conversion_started: date) -> date:
    """The first day a plot may be called organic: 36 months after its conversion began."""
    return months_after(conversion_started, ORGANIC_MONTHS)


def sample_percent(area_m2: int, plan: tuple[tuple[int | None, int], ...] = SAMPLING_PLAN) -> int:
    """How many per cent of a plot's area are to be counted."""
    return next(percent for limit, percent in plan if limit is None or area_m2 * 15 <= limit * 10_000)


def sample_size(area_m2: int, tree_count: int, plan: tuple[tuple[int | None, int], ...] = SAMPLING_PLAN) -> int:
    """How many trees a visit should count: the share of the sampling plan, rounded up; 0 where the trees are not known."""
    return -(-tree_count * sample_percent(area_m2, plan) // 100)
