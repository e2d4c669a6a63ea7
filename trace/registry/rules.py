"""Kinds of parties and titles, and the words for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from trace.core.text import N_

PARTY_KINDS = {
    "household": N_("农户"),
    "family_farm": N_("家庭农场"),
    "cooperative": N_("农民专业合作社"),
    "village_collective": N_("村集体经济组织"),
    "enterprise": N_("企业"),
    "nursery": N_("苗圃"),
    "buyer": N_("收购商"),
    "lab": N_("检测机构"),
    "association": N_("产业协会"),
    "public_body": N_("机关单位"),
}

TITLE_KINDS = {
    "above_scale": N_("规模以上企业（在库）"),
    "leading_national": N_("国家级林业龙头企业"),
    "leading_provincial": N_("省级林业龙头企业"),
    "food_licence": N_("食品生产许可证（SC）"),
    "seed_licence": N_("林草种子生产经营许可证"),
    "organic": N_("有机产品认证"),
    "gi_user": N_("地理标志专用标志使用人"),
    "brand_user": N_("“清泉农夫”品牌授权"),
}

PARTS = {"fruit": N_("果"), "leaf": N_("叶"), "flower": N_("花"), "seedling": N_("苗")}

LEGAL_BASES = {
    "primary": N_("食用农产品（初级）"),
    "food_licence": N_("食品生产许可"),
    "workshop": N_("食品小作坊许可"),
    "unconfirmed": N_("食品属性待主管部门确认"),
}

PLACEHOLDER_NOTE = N_("参考值（待县林业局核定）")


def sql_list(values: Iterable[str]) -> str:
    """Quoted values for a CHECK constraint."""
    return ",".join(f"'{value}'" for value in values)


def title_in_force(valid_from: date, valid_to: date | None, withdrawn_on: date | None, on: date) -> bool:
    """Is the title in force on a business date? The last day counts; the day of withdrawal does not."""
    return valid_from <= on and (valid_to is None or on <= valid_to) and (withdrawn_on is None or on < withdrawn_on)
