"""The recall pack: one workbook with a sheet for each critical tracking event (domain brief §3.5), contacts, and kilograms found and not found.

Every sheet is a plain table with filters, so that it can be sorted; texts stay texts (no formula of a stranger runs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from peewee import JOIN

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import to_local
from trace.lots import queries as lots
from trace.lots import rules as ledger
from trace.lots.models import Dispatch, Edge, Lot, Movement, Operation
from trace.processing.models import Receipt, Stay
from trace.recalls import queries
from trace.recalls.models import Recall
from trace.registry.models import Party, Township
from trace.web.sheets import RISKY

Table = tuple[str, list[str], list[list[Any]]]


@dataclass(frozen=True)
class _Goods:
    """The lots of a recall: those it reaches and what they were made of, by key, with what each made and who moved it."""

    lots: dict[int, Lot]
    made: dict[int, int]
    reached: set[int]


def take_pack(actor: Actor, code: str) -> bytes:
    """The workbook of a recall; who took it stays on record."""
    with operation(actor, Permission.CASE_READ) as op:
        case = queries.get_recall(code)
        body = as_xlsx(tables(case))
        op.record("recall.pack", case, bytes=len(body))
        return body


def tables(case: Recall) -> list[Table]:
    """All sheets: seven of events, one of quantities, one of contacts."""
    goods = _goods(case)
    return [
        _quantities(case), _harvests(goods), _cooling(goods), _packing(goods), _shipping(goods), _receiving(goods), _transformation(goods),
        _contacts(goods),
    ]  # fmt: skip


def as_xlsx(sheets: Iterable[Table]) -> bytes:
    """The sheets as one file."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, literal = book.add_format({"bold": True, "bottom": 2}), book.add_format({"quote_prefix": True})
        kilos = book.add_format({"num_format": "#,##0.000"})
        for name, head, rows in sheets:
            sheet = book.add_worksheet(name)
            for place, label in enumerate(head):
                sheet.write_string(0, place, label, bold)
                sheet.set_column(place, place, max(12, 2 * len(label) + 2))
            for number, row in enumerate(rows, 1):
                for place, value in enumerate(row):
                    if isinstance(value, (int, float)):
                        sheet.write_number(number, place, value, kilos)
                    elif value:
                        sheet.write_string(number, place, str(value), literal if str(value).startswith(RISKY) else None)
            sheet.autofilter(0, 0, max(1, len(rows)), len(head) - 1)
            sheet.freeze_panes(1, 1)
    return out.getvalue()


def _goods(case: Recall) -> _Goods:
    reached = {row.row.lot_id for holder in queries.holders_of(case) for row in holder.rows}
    ids = set(reached)
    for lot_id in reached:
        ids |= {row[0] for row in lots.edges_back(lot_id)}
    found = {lot.id: lot for lot in lots.lots_joined().where(Lot.id.in_(list(ids))).order_by(Lot.id)}
    return _Goods(found, lots.made_quantities(list(ids)), reached)


def _quantities(case: Recall) -> Table:
    head = [
        _("单位"), _("批次号"), _("产品"), _("应说明（公斤）"), _("已找到封存（公斤）"), _("已退回（公斤）"), _("已销毁（公斤）"), _("已售已食用（公斤）"),
        _("去向不明（公斤）"), _("见证人"), _("通知时间"), _("确认时间"), _("联系电话"),
    ]  # fmt: skip
    rows = [
        [
            holder.notice.party.name, one.row.lot.code, one.row.lot.product.name, *(
                grams / 1000 for grams in (
                    one.sums.total_g, one.sums.located_g, one.sums.returned_g, one.sums.destroyed_g, one.sums.sold_g, one.sums.unexplained_g,
                )
            ),
            one.said.witness if one.said else "", _time(holder.notice.sent_at), _time(holder.notice.acked_at), holder.notice.party.phone,
        ]
        for holder in queries.holders_of(case) for one in holder.rows
    ]  # fmt: skip
    return _("数量"), head, rows


def _harvests(goods: _Goods) -> Table:
    head = [
        _("批次号"), _("品种"), _("产品"), _("采收量（公斤）"), _("产地"), _("地块"), _("采收日期"), _("采收单位"), _("联系电话"), _("下一接收单位"), _("单据编号"),
    ]  # fmt: skip
    own = [lot for lot in goods.lots.values() if lot.kind == "harvest"]
    sent = _receivers([lot.id for lot in own])
    rows = [
        [
            lot.code, lot.product.taxon.name_zh, lot.product.name, _kilos(goods, lot), f"{lot.plot.village.township.name} {lot.plot.village.name}",
            lot.plot.code, str(lot.made_on), lot.holder.name, lot.holder.phone, "、".join(sorted({row[0] for row in sent.get(lot.id, [])})),
            "、".join(row[1] for row in sent.get(lot.id, [])) or lot.made_by.code,
        ]
        for lot in own
    ]  # fmt: skip
    return _("采收"), head, rows


def _cooling(goods: _Goods) -> Table:
    head = [_("批次号"), _("产品"), _("数量（公斤）"), _("库房"), _("入库日期"), _("出库日期"), _("单位"), _("登记人")]
    stays = Stay.select().where(Stay.lot.in_(list(goods.lots))).order_by(Stay.id)
    rows = [
        [
            goods.lots[stay.lot_id].code, goods.lots[stay.lot_id].product.name, _kilos(goods, goods.lots[stay.lot_id]), stay.place,
            str(stay.entered_on), str(stay.left_on or ""), goods.lots[stay.lot_id].holder.name, stay.recorder_name,
        ]
        for stay in stays
    ]  # fmt: skip
    return _("预冷入库"), head, rows


def _packing(goods: _Goods) -> Table:
    head = [
        _("追溯批次号"), _("产品"), _("包装量（公斤）"), _("件数"), _("包装日期"), _("包装单位"), _("联系电话"), _("投入批次"), _("投入量（公斤）"), _("单据编号"),
    ]  # fmt: skip
    rows = []
    for lot in (lot for lot in goods.lots.values() if lot.kind == "pack"):
        for parent, grams in _inputs(goods, lot):
            rows.append(
                [
                    lot.code, lot.name or lot.product.name, _kilos(goods, lot), goods.made.get(lot.id, 0), str(lot.made_on), lot.holder.name,
                    lot.holder.phone, parent, grams / 1000, lot.made_by.code,
                ]
            )  # fmt: skip
    return _("初次包装"), head, rows


def _shipping(goods: _Goods) -> Table:
    head = [
        _("追溯批次号"), _("产品"), _("发货量（公斤）"), _("发货单位"), _("收货单位"), _("发货时间"), _("来源单位"), _("状态"), _("单据编号"),
    ]  # fmt: skip
    states = {"sent": _("在途"), "received": _("已收货"), "cancelled": _("已取消")}
    sent = Dispatch.select(Dispatch, Party).join(Party, on=Dispatch.receiver).where(Dispatch.lot.in_(list(goods.lots)))
    rows = [
        [
            goods.lots[row.lot_id].code, goods.lots[row.lot_id].product.name, _weight(goods.lots[row.lot_id], row.quantity),
            goods.lots[row.lot_id].holder.name, row.receiver.name, _time(row.sent_at), goods.lots[row.lot_id].holder.name, states[row.state],
            row.code,
        ]
        for row in sent.order_by(Dispatch.id)
    ]  # fmt: skip
    sold = Movement.select(Movement, Operation).join(Operation).where(
        Movement.lot.in_(list(goods.lots)), Operation.kind == "ship", Operation.id.not_in(lots.undone_operations())
    )  # fmt: skip
    for row in sold.order_by(Movement.id):
        lot = goods.lots[row.lot_id]
        rows.append(
            [
                lot.code, lot.product.name, _weight(lot, -row.quantity), lot.holder.name, (row.operation.detail or {}).get("buyer", ""),
                str(row.operation.business_date), lot.holder.name, _("直接销售"), row.operation.code,
            ]
        )  # fmt: skip
    return _("发货"), head, rows


def _receiving(goods: _Goods) -> Table:
    head = [
        _("追溯批次号"), _("产品"), _("收货量（公斤）"), _("短少（公斤）"), _("上一来源单位"), _("收货单位"), _("收货日期"), _("来源批次"), _("单据编号"),
    ]  # fmt: skip
    query = (
        Receipt.select(Receipt, Dispatch, Lot, Operation)
        .join(Dispatch)
        .join(Lot)
        .switch(Receipt)
        .join(Operation)
        .where(Receipt.operation.in_([lot.made_by_id for lot in goods.lots.values() if lot.kind == "receipt"]))
    )
    made = {lot.made_by_id: lot for lot in goods.lots.values()}
    rows = []
    for row in query.order_by(Receipt.id):
        lot = made[row.operation_id]
        source = goods.lots.get(row.dispatch.lot_id)
        rows.append(
            [
                lot.code, lot.product.name, _weight(lot, row.received), _weight(lot, row.shortage), source.holder.name if source else "",
                lot.holder.name, str(row.operation.business_date), row.dispatch.lot.code, row.dispatch.code,
            ]
        )  # fmt: skip
    return _("收货"), head, rows


def _transformation(goods: _Goods) -> Table:
    head = [
        _("投入批次"), _("投入产品"), _("投入量（公斤）"), _("新批次号"), _("新产品"), _("产出量（公斤）"), _("工序"), _("单位"), _("完成日期"), _("单据编号"),
    ]  # fmt: skip
    rows = []
    for lot in (lot for lot in goods.lots.values() if lot.kind not in ("harvest", "receipt", "pack", "seedling")):
        for parent, grams in _inputs(goods, lot):
            known = next((one for one in goods.lots.values() if one.code == parent), None)
            rows.append(
                [
                    parent, known.product.name if known else "", grams / 1000, lot.code, lot.product.name, _kilos(goods, lot),
                    _(ledger.OperationKind(lot.made_by.kind).label), lot.holder.name, str(lot.made_on), lot.made_by.code,
                ]
            )  # fmt: skip
    return _("加工"), head, rows


def _contacts(goods: _Goods) -> Table:
    head = [_("单位"), _("编号"), _("联系电话"), _("乡镇（街道）"), _("涉及批次数")]
    counts: dict[int, int] = {}
    for lot in goods.lots.values():
        counts[lot.holder_id] = counts.get(lot.holder_id, 0) + 1
    query = (
        Party.select(Party, Township)
        .join(Township, JOIN.LEFT_OUTER, on=Party.township)
        .where(Party.id.in_(list(counts)))
    )
    rows = [
        [party.name, party.code, party.phone, party.township.name if party.township_id else "", str(counts[party.id])]
        for party in query.order_by(Party.name)
    ]
    return _("联系人"), head, rows


def _receivers(lot_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """Whom each lot was sent to, under which number."""
    found: dict[int, list[tuple[str, str]]] = {}
    query = Dispatch.select(Dispatch, Party).join(Party, on=Dispatch.receiver)
    for row in query.where(Dispatch.lot.in_(lot_ids), Dispatch.state != "cancelled").order_by(Dispatch.id):
        found.setdefault(row.lot_id, []).append((row.receiver.name, row.code))
    return found


def _inputs(goods: _Goods, lot: Lot) -> list[tuple[str, int]]:
    """What went into a lot: numbers and grams."""
    rows = Edge.select(Edge, Lot).join(Lot, on=Edge.parent).where(Edge.child == lot.id).order_by(Edge.id)
    return [(edge.parent.code, edge.weight_g) for edge in rows]


def _kilos(goods: _Goods, lot: Lot) -> float:
    return _weight(lot, goods.made.get(lot.id, 0))


def _weight(lot: Lot, quantity: int) -> float:
    return ledger.grams(quantity, lot.unit, lot.product.density_g_per_l, lot.piece_g) / 1000


def _time(at: Any) -> str:
    return to_local(at).strftime("%Y-%m-%d %H:%M") if at else ""
