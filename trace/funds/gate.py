"""What an application must satisfy to be submitted, check by check: shown beside it and enforced on submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.core.errors import RuleBroken
from trace.core.text import N_, Message
from trace.core.units import format_mu
from trace.funds import file_queries
from trace.funds.findings import blocking
from trace.funds.models import Application
from trace.funds.rules import State
from trace.land import history
from trace.land.rules import TENURE_KINDS


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
        _tenure(application, today),
        _materials(application),
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


def _tenure(application: Application, today: date) -> Check:
    """A right to the ground that has run out forbids; none on record is for the township to look at."""
    papers = [doc for doc in history.tenure_docs(application.plot) if doc.voided_at is None]
    if papers and not any(history.covers(doc.valid_from, doc.valid_to, today) for doc in papers):
        last = max(papers, key=lambda doc: (doc.valid_to or today, doc.seq))
        values = {"kind": TENURE_KINDS[last.kind], "day": last.valid_to.isoformat() if last.valid_to else "—"}
        return Check("TENURE_EXPIRED", N_("权属"), False, Message("%(kind)s已于 %(day)s 到期。", values))
    text = "权属材料在有效期内。" if papers else "地块没有登记权属材料，由乡镇现场核查。"
    return Check("TENURE_EXPIRED", N_("权属"), True, Message(text))


def _materials(application: Application) -> Check:
    """Every paper the notice asks for, all that is missing named at once."""
    missing = file_queries.missing_materials(application)
    if missing:
        text = Message("缺少材料：%(what)s。", {"what": "、".join(missing)})
        return Check("MATERIALS_MISSING", N_("申报材料"), False, text)
    return Check("MATERIALS_MISSING", N_("申报材料"), True, Message("公告要求的材料齐全。"))


def _single(application: Application) -> Check:
    found = blocking(application)
    if not found:
        return Check("DUPLICATE", N_("重复申报"), True, Message("同一地块、同一用途、同一年度没有其他申报。"))
    return Check(found[0].code, N_("重复申报"), False, found[0].message)
