"""Kinds of parties and titles, and the words for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from trace.core.actor import Actor, Permission, Role
from trace.core.text import N_

PARTY_KINDS = {
    "household": N_("农户"),
    "family_farm": N_("家庭农场"),
    "cooperative": N_("农民专业合作社"),
    "village_collective": N_("村集体经济组织"),
    "enterprise": N_("企业"),
    "plant": N_("加工厂"),
    "nursery": N_("苗圃"),
    "input_dealer": N_("农资店"),
    "buyer": N_("收购商"),
    "lab": N_("检测机构"),
    "association": N_("产业协会"),
    "public_body": N_("机关单位"),
}

PARTY_ROLES = {
    "grower": N_("种植"),
    "nursery": N_("育苗"),
    "processor": N_("加工"),
    "seller": N_("销售"),
    "buyer": N_("收购"),
    "input_dealer": N_("农资经营"),
    "lab": N_("检测"),
    "lg_lead": N_("领导小组组长单位"),
    "lg_deputy": N_("领导小组副组长单位"),
    "lg_member": N_("领导小组成员单位"),
    "lg_office": N_("领导小组办公室"),
}
"""What a party does, dated; the kind above stays its legal form."""

GROUP_ROLES = frozenset({"lg_lead", "lg_deputy", "lg_member", "lg_office"})
"""Seats in the leading group: for public bodies only (opinion 清政办发〔2022〕7号, part 五)."""

FIRST_ROLE = {
    "plant": "processor", "nursery": "nursery", "input_dealer": "input_dealer", "buyer": "buyer", "lab": "lab", "family_farm": "grower",
}  # fmt: skip
"""The role a kind brings along on the day of registration."""

PERSONS = ("household",)
"""Kinds named by a person's ID instead of a credit code."""

GROWERS = ("household", "family_farm")
"""Kinds that can be a 种植大户."""

ORGANISATIONS = ("cooperative", "village_collective", "association")
"""Kinds that have members."""

LARGE_GROWER_KEY = "large_grower_mu"
LARGE_GROWER_MU = 30
"""参考值: programmes commonly say 30, 50 or 100 亩 (domain brief §1.2)."""

RELATIONS = {
    "spouse": N_("配偶"),
    "child": N_("子女"),
    "parent": N_("父母"),
    "grandchild": N_("孙辈"),
    "grandparent": N_("祖辈"),
    "sibling": N_("兄弟姐妹"),
    "in_law": N_("儿媳、女婿"),
    "other": N_("其他"),
}
"""Relation to the head of the household."""

NUMBER_WARNINGS = {
    "id_region": N_("身份证号前 6 位不是已知的县级区划代码，请核对。"),
    "account_check": N_("银行账号校验位不符，请与存折或银行卡核对。"),
}
"""What looks odd in a number that was kept all the same; shown until the number is corrected."""

NUMBERS = {"id_number": N_("身份证号"), "phone": N_("联系电话"), "account": N_("银行账号")}
"""The sealed numbers of a party."""

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


def may_reveal(actor: Actor) -> frozenset[str]:
    """Which sealed numbers this actor may see in full (domain brief §2.10: reviewers ID and phone, finance ID and account)."""
    if not actor.can(Permission.PARTY_REVEAL):
        return frozenset()
    found = {"id_number"}
    if actor.roles & {Role.BUREAU, Role.TOWNSHIP}:
        found.add("phone")
    if actor.roles & {Role.FINANCE_MAKER, Role.FINANCE_CHECKER}:
        found.add("account")
    return frozenset(found)


def age_on(born: date, on: date) -> int:
    """Full years lived on a date."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


MINOR_AGE = 14
"""Under this age a person's data are sensitive as a whole (PIPL art. 28): no ID number is asked for."""
