"""The records behind one plot's part of the way of the money: payments, harvest lots, runs of labels; and the whole as xlsx."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from peewee import fn

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.text import N_
from trace.core.units import format_int, format_kg, format_mu, format_yuan, mu_from_m2
from trace.effects import books, packs
from trace.effects.ground import Ground, grounds
from trace.effects.shelf import Found
from trace.field.models import Harvest
from trace.funds.models import Application
from trace.lots.models import Lot, Movement
from trace.lots.queries import undone_operations
from trace.programmes.models import Programme
from trace.web.sheets import Column, as_xlsx

LABELS = {
    "fen": N_("支付"), "alive_m2": N_("成活面积"), "grams": N_("采收"), "packs": N_("包装"), "scans": N_("扫码"), "complaints": N_("投诉"),
}  # fmt: skip
UNITS = {
    "fen": N_("元"),
    "alive_m2": N_("亩"),
    "grams": N_("公斤"),
    "packs": N_("件"),
    "scans": N_("次"),
    "complaints": N_("件"),
}
FORMATS: dict[str, Callable[[int], str]] = {"fen": format_yuan, "alive_m2": format_mu, "grams": format_kg}
NOTES = (
    N_("支付：已付减去银行退回，按支付年度；追缴另见项目账簿。"),
    N_("成活面积：这些地块现有的、24 个月内查验合格的面积。"),
    N_("采收：支付当年及以后的采收，鲜果、鲜叶、花合计。支付以前的采收不算支付的成效。"),
    N_("包装、扫码、投诉：按批次来源的精确份额摊到地块，取整时余数大的在前，合计不变。"),
    N_("同一地块得到几次支付的，后面的各数按支付金额分摊，不重复计算。"),
    N_("挂果需要时间：栽下 4 年左右才开始挂果（参考值），未到树龄的地块没有采收是正常的。"),
)


def shown(figure: str, value: int) -> str:
    """A figure as pages write it."""
    return FORMATS.get(figure, format_int)(value)


@dataclass(frozen=True)
class Payment:
    """Money one application kept in one year."""

    application: str
    programme: str
    on: date
    fen: int


@dataclass(frozen=True)
class Picked:
    """One harvest lot."""

    lot: str
    on: date
    part: str
    grams: int


@dataclass(frozen=True)
class Records:
    """Everything behind a plot's figures."""

    ground: Ground
    payments: list[Payment]
    harvests: list[Picked]
    packed: list[packs.Packed]


def records_of(actor: Actor, code: str) -> Records:
    """The records of one plot in the actor's townships."""
    own = next(
        (g for g in grounds() if g.code == code and (actor.county_wide or g.township_code in actor.township_codes)),
        None,
    )
    if own is None:
        raise NotFound()
    return Records(
        own, _payments(own.plot_id), _harvests(own.plot_id), packs.by_plot(business_date()).get(own.plot_id, [])
    )


def _payments(plot_id: int) -> list[Payment]:
    rows = (
        Application.select(Application.id, Application.no, Programme.name)
        .join(Programme)
        .where(Application.plot == plot_id)
    )
    named = {key: (no, name) for key, no, name in rows.tuples()}
    return [
        Payment(*named[paid.application_id], paid.first_on, paid.fen)
        for paid in books.payments()
        if paid.application_id in named
    ]  # fmt: skip


def _harvests(plot_id: int) -> list[Picked]:
    rows = (
        Movement.select(Lot.code, Lot.made_on, Harvest.part, fn.SUM(Movement.quantity))
        .join(Lot, on=((Movement.lot == Lot.id) & (Movement.operation == Lot.made_by)))
        .join(Harvest, on=(Harvest.lot == Lot.id))
        .where(Lot.plot == plot_id, Lot.made_by.not_in(undone_operations()))
        .group_by(Lot.code, Lot.made_on, Harvest.part)
        .order_by(Lot.made_on.desc(), Lot.code)
    )
    return [Picked(code, on, part, int(grams)) for code, on, part, grams in rows.tuples()]


def workbook(found: Found) -> bytes:
    """One row to a plot, programme and year of payment: the sums of the sheet are those of the page."""
    columns = [
        Column(_("项目"), 20), Column(_("支付年度")), Column(_("乡镇（街道）")), Column(_("村（社区）")), Column(_("地块编号"), 20), Column(_("栽植日期")),
        Column(_("起始挂果年")), Column(_("支付（元）"), 14, "#,##0.00", True), Column(_("成活面积（亩）"), 14, "#,##0.00", True),
        Column(_("采收（公斤）"), 14, "#,##0.00", True), Column(_("包装（件）"), summed=True), Column(_("扫码（次）"), summed=True),
        Column(_("投诉（件）"), summed=True),
    ]  # fmt: skip
    notes = [_("数据截至 %(day)s。", day=found.day.isoformat()), *(_(note) for note in NOTES)]
    ordered = sorted(found.shares, key=lambda s: (s.programme, s.year, s.ground.code))
    names = {row.programme: row.programme_name for row in found.rows}
    return as_xlsx(_("资金去向"), columns, (_cells(share, names) for share in ordered), notes, _("合计"))


def _cells(share: Any, names: dict[str, str]) -> Sequence[Any]:
    own, values = share.ground, share.values
    return [
        names[share.programme], str(share.year), own.township, own.village, own.code, own.planted_on,
        str(share.bears_from) if share.bears_from else None, values["fen"] / 100, float(mu_from_m2(values["alive_m2"], 6)),
        values["grams"] / 1000, values["packs"], values["scans"], values["complaints"],
    ]  # fmt: skip
