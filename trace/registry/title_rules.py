"""Titles and licences: which there are, what each must say, and when one is in force. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from trace.core import identifiers
from trace.core.text import N_

TITLE_KINDS = {
    "above_scale": N_("规模以上企业（在库）"),
    "leading_national": N_("国家级林业龙头企业"),
    "leading_provincial": N_("省级林业龙头企业"),
    "food_licence": N_("食品生产许可证（SC）"),
    "workshop_licence": N_("食品小作坊许可证"),
    "seed_licence": N_("林草种子生产经营许可证"),
    "pesticide_dealer": N_("农药经营许可证"),
    "organic": N_("有机产品认证"),
    "green_food": N_("绿色食品标志使用证书"),
    "gi_user": N_("地理标志专用标志使用人"),
    "brand_user": N_("“清泉农夫”品牌授权"),
    "lab_cma": N_("检验检测机构资质认定（CMA）"),
    "lab_catl": N_("农产品质量安全检测机构考核合格证（CATL）"),
}

NUMBER_CHECKS: dict[str, Callable[[str, str], str]] = {
    "food_licence": identifiers.check_sc,
    "pesticide_dealer": identifiers.check_pesticide_dealer,
    "lab_cma": identifiers.check_cma,
    "lab_catl": identifiers.check_catl,
}
"""Kinds whose document number has a form of its own."""

SCALE_CLASSES = {
    "industry": N_("规模以上工业"),
    "wholesale": N_("限额以上批发业"),
    "retail": N_("限额以上零售业"),
    "catering": N_("限额以上住宿餐饮业"),
}
"""Classes of the statistics directory; being entered there is what counts, not revenue alone (domain brief §1.2)."""

MONITORING = {"passed": N_("监测合格"), "failed": N_("监测不合格"), "due": N_("待监测")}
LEADING = ("leading_national", "leading_provincial")

FOOD_CATEGORIES = {
    "tea": N_("茶叶及相关制品"),
    "candied": N_("蜜饯"),
    "fruit_products": N_("水果制品"),
    "wine": N_("酒类"),
    "beverage": N_("饮料"),
    "convenience": N_("方便食品"),
    "health": N_("保健食品"),
    "other": N_("其他食品"),
}
"""Headings of the catalogue of food production licences that a tupipa plant may need."""

EXPIRING_DAYS = (30, 60, 90)
LAPSED_DAYS = 180
"""How long an expired licence without a successor stays on the list."""

STATES = {
    "in_force": N_("有效"),
    "expiring": N_("即将到期"),
    "expired": N_("已过期"),
    "not_yet": N_("未生效"),
    "withdrawn": N_("已撤销"),
}


def title_in_force(valid_from: date, valid_to: date | None, withdrawn_on: date | None, on: date) -> bool:
    """Is the title in force on a business date? The last day counts; the day of withdrawal does not."""
    return valid_from <= on and (valid_to is None or on <= valid_to) and (withdrawn_on is None or on < withdrawn_on)


def title_state(valid_from: date, valid_to: date | None, withdrawn_on: date | None, on: date) -> str:
    """One of :data:`STATES`: “expiring” in the last 30 days of its validity."""
    if withdrawn_on is not None and withdrawn_on <= on:
        return "withdrawn"
    if on < valid_from:
        return "not_yet"
    if valid_to is None or on < valid_to - timedelta(days=EXPIRING_DAYS[0]):
        return "in_force"
    return "expiring" if on <= valid_to else "expired"
