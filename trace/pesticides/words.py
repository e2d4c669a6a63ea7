"""Words of the pesticide tables. Pure."""

from __future__ import annotations

from trace.core.text import N_, Labelled

TOXICITIES = {
    "slight": N_("微毒"),
    "low": N_("低毒"),
    "moderate": N_("中等毒"),
    "high": N_("高毒"),
    "extreme": N_("剧毒"),
}
HIGHLY_TOXIC = ("high", "extreme")
"""Never on fruit, tea or medicinal plants (农药管理条例)."""

SITE_KINDS = {"crop": N_("作物"), "forest_site": N_("林木、森林等场所")}
BAN_SCOPES = {"all": N_("全面禁用"), "fruit_tea_herb": N_("瓜果、茶叶、中药材禁用"), "other": N_("其他范围")}
BANS_HERE = ("all", "fruit_tea_herb")
"""Scopes that reach a tree whose fruit is eaten and whose leaves become tea."""

DOSE_UNITS = {"克/亩": ("g", 1), "毫升/亩": ("ml", 1), "公斤/亩": ("g", 1000), "升/亩": ("ml", 1000), "倍": ("fold", 1)}
"""Units of a dose as typed: their family and the factor into it. 倍: diluted so many times."""

ORGANIC_KINDS = {"pesticide": N_("植物保护产品"), "fertiliser": N_("土壤培肥物质")}
ORGANIC_MODES = ("organic", "organic_conversion")

PARTS = {"fruit": N_("果"), "leaf": N_("叶"), "flower": N_("花")}


class Basis(Labelled):
    """On what ground a product was used (domain brief §2.4)."""

    LABEL_CROP = "label_crop", N_("标签登记了本作物")
    LABEL_SITE_FOREST = "label_site_forest", N_("标签登记了林木、森林等场所")
    PROVINCIAL_TEMPORARY = "provincial_temporary", N_("省级临时用药文件")
    NONE = "none", N_("没有依据")


class Severity(Labelled):
    """What a finding means for the record."""

    ERROR = "error", N_("错误")
    WARN = "warn", N_("提醒")
