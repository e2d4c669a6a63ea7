"""Kinds of alerts, their words and their readers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from trace.core.actor import Permission, Role
from trace.core.text import N_, Labelled

R = Role


class Tone(Labelled):
    """How near a day is."""

    LATE = "late", N_("已过期")
    SOON = "soon", N_("临近")
    CALM = "calm", N_("留意")


SOON_DAYS = 3


@dataclass(frozen=True)
class Kind:
    """One kind: its heading, the sentence with the names of its values, and which roles want it."""

    key: str
    heading: str
    text: str
    roles: frozenset[Role]


def _kind(key: str, heading: str, text: str, *roles: Role) -> Kind:
    return Kind(key, heading, text, frozenset(roles))


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind("title", N_("证照到期"), N_("%(party)s的%(title)s（%(no)s）到期"), R.BUREAU, R.TOWNSHIP, R.COOP, R.NURSERY, R.PLANT),
        _kind("visit", N_("成活查验"), N_("%(township)s有 %(count)s 块地到了查验期，其中 %(late)s 块已逾期"), R.BUREAU, R.VERIFIER_FORESTRY),
        _kind("statement", N_("乡镇报表"), N_("%(township)s %(period)s 报表还没有报送"), R.OFFICE, R.STATISTICS, R.TOWNSHIP),
        _kind("statement_late", N_("报表通报"), N_("%(township)s %(period)s 报表逾期 %(days)s 日，列入通报名单"), R.OFFICE, R.LEADER, R.BUREAU, R.TOWNSHIP),
        _kind("forecast", N_("目标预警"), N_("%(title)s按现有依据无法达到 2030 年目标，预测为计划的 %(share)s％"), R.OFFICE, R.LEADER, R.BUREAU),
        _kind("statement_check", N_("报表核查"), N_("%(township)s %(period)s 报表待核查"), R.BUREAU),
        _kind("rectification", N_("限期整改"), N_("%(township)s的整改事项 %(code)s 待答复"), R.OFFICE, R.BUREAU, R.TOWNSHIP),
        _kind("advice", N_("提示函"), N_("%(township)s的提示事项 %(code)s 待答复"), R.OFFICE, R.TOWNSHIP),
        _kind("recheck", N_("整改复核"), N_("%(township)s的整改事项 %(code)s 待复核"), R.OFFICE, R.BUREAU),
        _kind("publicity", N_("公示期"), N_("公示 %(no)s 公示期截止，共 %(count)s 份申请"), R.OFFICE, R.BUREAU),
        _kind("hold", N_("封存"), N_("%(holder)s的批次 %(lot)s 已封存：%(reason)s"), R.BUREAU, R.MARKET, R.COOP, R.PLANT),
        _kind("recall", N_("召回"), N_("%(holder)s的批次 %(lot)s 正在召回：%(reason)s"), R.BUREAU, R.MARKET, R.OFFICE, R.LEADER, R.COOP, R.PLANT),
        _kind("policy", N_("政策依据"), N_("%(doc)s有效期将满，到期前六个月内应组织评估"), R.OFFICE, R.BUREAU, R.LEADER, R.AUDITOR),
        _kind("consultation", N_("征求意见"), N_("%(year)s年考核得分征求%(township)s意见，逾期未回复视为无不同意见"), R.OFFICE, R.TOWNSHIP),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What a source sees today: the subject is unique within its kind; the scope says whose it is (none: the county's)."""

    kind: str
    subject: str
    href: str
    due_on: date | None = None
    party_id: int | None = None
    township_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def kinds_for(roles: frozenset[Role]) -> list[str]:
    """The kinds these roles read."""
    return [kind.key for kind in KINDS.values() if kind.roles & roles]


def tone(due_on: date | None, today: date) -> Tone:
    """Past, near, or only to be kept in mind."""
    if due_on is None or due_on > today + timedelta(days=SOON_DAYS):
        return Tone.CALM
    return Tone.LATE if due_on < today else Tone.SOON


PERMISSION = Permission.ALERT_READ
