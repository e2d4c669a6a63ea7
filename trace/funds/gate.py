"""What an application must satisfy to be submitted, check by check: shown beside it and enforced on submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.core.errors import RuleBroken
from trace.core.text import N_, Message
from trace.core.units import format_mu
from trace.funds.findings import blocking
from trace.funds.models import Application
from trace.funds.rules import State


@dataclass(frozen=True)
class Check:
    """One condition: its name, whether it holds, and what is found or wrong."""

    code: str
    label: str
    ok: bool
    message: Message


def checks(application: Application, today: date) -> list[Check]:
    """All conditions of a submission on a date."""
    return [
        _window(application, today),
        _area(application),
        _land(application),
        _plot_state(application),
        _single(application),
    ]


def require(application: Application, today: date) -> None:
    """Raise the first condition that does not hold."""
    for check in checks(application, today):
        if not check.ok:
            raise RuleBroken(check.message.template, code=check.code, **check.message.values)


def _window(application: Application, today: date) -> Check:
    """The window binds the first submission; an application sent back may come again after it."""
    programme = application.programme
    values = {
        "name": programme.name,
        "opens": f"{programme.opens_on.month}月{programme.opens_on.day}日",
        "closes": f"{programme.closes_on.month}月{programme.closes_on.day}日",
    }
    late = today > programme.closes_on
    if application.state != State.DRAFT or (
        programme.opens_on <= today and not late and programme.state == "published"
    ):
        return Check("WINDOW", N_("申报期"), True, Message("申报期为 %(opens)s—%(closes)s。", values))
    if late:
        return Check(
            "WINDOW", N_("申报期"), False, Message("‘%(name)s’申报期为 %(opens)s—%(closes)s，现已截止。", values)
        )
    if programme.state != "published":
        return Check("WINDOW", N_("申报期"), False, Message("‘%(name)s’未在申报中，不能申报。", values))
    return Check("WINDOW", N_("申报期"), False, Message("‘%(name)s’申报期为 %(opens)s—%(closes)s，尚未开始。", values))


def _area(application: Application) -> Check:
    area = min(application.applied_m2, application.plot.area_m2)
    least = application.programme.min_area_m2
    values = {"mu": format_mu(area), "least": format_mu(least)}
    ok = area >= least
    text = (
        "集中连片面积 %(mu)s 亩，最低要求 %(least)s 亩。"
        if ok
        else "集中连片面积 %(mu)s 亩，低于最低要求 %(least)s 亩。"
    )
    return Check("AREA_SMALL", N_("面积"), ok, Message(text, values))


def _land(application: Application) -> Check:
    plot = application.plot
    if plot.land_class == "basic_farmland":
        short = "…" + plot.code[-5:]
        text = "地块 %(plot)s 位于永久基本农田，依法不得种植林果，不能申报。"
        return Check("BASIC_FARMLAND", N_("地类"), False, Message(text, {"plot": short}))
    return Check("BASIC_FARMLAND", N_("地类"), True, Message("不在永久基本农田内。"))


def _plot_state(application: Application) -> Check:
    gone = application.plot.state in ("failed", "converted", "lost")
    text = "地块已登记为造林失败、改种或灭失，不能申报。" if gone else "地块在册。"
    return Check("PLOT_GONE", N_("地块状态"), not gone, Message(text))


def _single(application: Application) -> Check:
    found = blocking(application)
    if not found:
        return Check("DUPLICATE", N_("重复申报"), True, Message("同一地块、同一用途、同一年度没有其他申报。"))
    return Check(found[0].code, N_("重复申报"), False, found[0].message)
