"""Dispatch, receipt, runs and packing. Each writes one ledger operation and its own row beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import format_quantity, parse_quantity, parse_weight
from trace.db import lock_row
from trace.db.counters import next_number
from trace.lots import queries as lots
from trace.lots.models import Dispatch
from trace.lots.paths import refuse_cycle
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, Make, draw_grams, perform
from trace.processing import certified, rules
from trace.processing.certified import NO_PAPERS, Papers
from trace.processing.models import ProcessRun, Receipt
from trace.processing.recipes import taxa_for
from trace.registry import queries as register
from trace.registry.models import Party, Process


@dataclass(frozen=True)
class Input:
    """One input line as typed: the lot's code and the quantity."""

    lot: str
    quantity: str


@dataclass(frozen=True)
class Output:
    """One output line as typed: the product's code and the quantity."""

    product: str
    quantity: str
    byproduct: bool = False
    lot: str = ""
    """A lot that exists already, as a caller may wrongly name it: an output is always a new lot."""


def dispatch_lot(actor: Actor, code: str, receiver_code: str, quantity: str) -> Dispatch:
    """Send (part of) a lot to another party. What is under way can not be promised twice."""
    with operation(actor, Permission.LOT_DISPATCH) as op:
        lot = lots.get_lot(actor, code)
        actor.require_party(lot.holder_id)
        lot = lots.lock_lots([lot.id])[lot.id]
        if lot.id in lots.open_holds([lot.id]):
            raise RuleBroken("批次 %(lot)s 已锁定，不能发货。", code="LOT_HELD", lot=lot.code)
        if lot.kind == "wip":
            raise RuleBroken("批次 %(lot)s 还在加工中，不能发货。", code="LOT_IN_PROCESS", lot=lot.code)
        receiver = register.party_by_code(receiver_code)
        if receiver.id == lot.holder_id:
            raise Invalid("收货单位不能是自己。", field="receiver", code="SAME_PARTY")
        amount, _typed = parse_quantity(quantity, lot.unit)
        free = lots.balance(lot) - lots.promised([lot.id]).get(lot.id, 0)
        if amount > free:
            raise RuleBroken(
                "批次 %(lot)s 可发 %(have)s，不足 %(need)s。", code="LOT_BALANCE", field="quantity", lot=lot.code,
                have=format_quantity(free, lot.unit), need=format_quantity(amount, lot.unit),
            )  # fmt: skip
        certified.may_leave(lot, amount)
        row = Dispatch.create(
            code=f"FH{op.at.year % 100:02d}-{next_number(f'FH{op.at.year}'):04d}",
            lot=lot.id, receiver=receiver, quantity=amount, sent_at=op.at, sent_by=actor.user_id,
        )  # fmt: skip
        op.record("lot.dispatch", row, lot=lot.code, to=receiver.code, quantity=amount)
        return row


def receive(
    actor: Actor,
    code: str,
    quantity: str,
    *,
    reason: str = "",
    price_fen_per_kg: int | None = None,
    on: date | None = None,
    papers: Papers = NO_PAPERS,
) -> Done:
    """Take a dispatch over: the sent quantity leaves the sender's lot, the received one becomes the receiver's own lot.

    Fresh goods that are bought come with a certificate, or are refused; ``papers``: what else was taken (see :mod:`trace.processing.certified`).

    ``on``: the day it changed hands, when it is written down later (a handover without network).
    """
    with operation(actor, Permission.RECEIPT_RECORD) as op:
        row = lock_row(Dispatch.select().where(Dispatch.code == code)).first()
        if row is None or row.receiver_id != actor.party_id:
            raise NotFound()
        if row.state != "sent":
            raise RuleBroken("发货单 %(number)s 已经办理过。", code="DISPATCH_DONE", number=code)
        lot = lots.lock_lots([row.lot_id])[row.lot_id]
        received, typed = parse_quantity(quantity, lot.unit)
        if received > row.quantity:
            raise Invalid(
                "实收不能多于发出的 %(sent)s。",
                field="quantity",
                code="MORE_THAN_SENT",
                sent=format_quantity(row.quantity, lot.unit),
            )
        if rules.shortage_needs_reason(row.quantity, received) and not reason.strip():
            raise Invalid("短少超过 5%，请填写原因。", field="reason", code="SHORTAGE_REASON")
        receiver = register.party_by_id(row.receiver_id)
        row.state = "received"
        row.save(only=[Dispatch.state])
        done = perform(
            op, OperationKind.RECEIVE, receiver, on or business_date(op.at),
            draws=[Draw(lot, row.quantity)],
            makes=[Make(lot.product, "receipt", received, receiver, piece_g=lot.piece_g, piece_ml=lot.piece_ml, typed=typed)],
            note=reason.strip(), detail={"loss_g": row.quantity - received, "dispatch": row.code},
        )  # fmt: skip
        receipt = Receipt.create(
            dispatch=row, operation=done.operation, received=received, shortage=row.quantity - received, reason=reason.strip(),
            price_fen_per_kg=price_fen_per_kg,
        )  # fmt: skip
        op.record("lot.receive", done.lots[0], dispatch=row.code, sent=row.quantity, received=received)
        certified.collected(op, receipt, lot, papers)
        return done


def record_run(
    actor: Actor,
    process_code: str,
    inputs: list[Input],
    outputs: list[Output],
    *,
    loss: str = "",
    reason: str = "",
    on: date | None = None,
) -> Done:
    """One run of a process: n input lots → the main product and by-products, judged by the register's ratios."""
    with operation(actor, Permission.RUN_RECORD) as op:
        process = register.get_process(process_code)
        draws = draws_of(actor, inputs)
        check_part(process, draws)
        refuse_old_lots(actor, draws, outputs)
        holder = register.party_by_id(own_party(actor))
        makes = [make_output(output, holder) for output in outputs]
        loss_g, unusual = judge_outputs(process, sum(draw_grams(d.lot, d.quantity) for d in draws), makes, loss, reason)
        done = perform(
            op, OperationKind(process.step), holder, on or business_date(op.at), draws=draws, makes=makes,
            note=reason.strip(), detail={"loss_g": loss_g},
            taxa=taxa_for(process, [m.product.id for m in makes if m.kind == "batch"], on or business_date(op.at)),
        )  # fmt: skip
        ProcessRun.create(
            operation=done.operation, process=process, loss_g=loss_g, flagged=unusual, reason=reason.strip()
        )
        op.record(
            "run.record", done.operation, process=process.code, lots=[lot.code for lot in done.lots], flagged=unusual
        )
        return done


def judge_outputs(process: Process, input_g: int, makes: list[Make], loss: str, reason: str) -> tuple[int, bool]:
    """Grams lost and whether the yield is unusual; refuses what cannot be, asks for a reason where it is odd."""
    main = [make for make in makes if make.product.form == process.output_form and make.kind == "batch"]
    if not main:
        raise Invalid("请填写%(process)s的主产品和数量。", field="outputs", code="NO_MAIN_OUTPUT", process=process.name)
    loss_g = parse_weight(loss, field="loss").grams if loss.strip() not in ("", "0") else 0
    unusual = rules.judge_run(
        input_g, sum(m.quantity for m in main), sum(m.quantity for m in makes if m not in main), loss_g,
        rules.Ratios(process.low_milli, process.high_milli, process.hard_max_milli, process.keeps_weight),
        main[0].product.name.removeprefix("土枇杷"), main[0].unit,
    )  # fmt: skip
    if unusual and not reason.strip():
        raise Invalid(
            "得率超出参考范围（%(low)s—%(high)s），请确认并填写原因。", field="reason", code="YIELD_UNUSUAL",
            low=process.low_milli / 1000, high=process.high_milli / 1000,
        )  # fmt: skip
    return loss_g, unusual


def pack(
    actor: Actor,
    inputs: list[Input],
    *,
    pieces: int,
    piece: str,
    name: str = "",
    reason: str = "",
    on: date | None = None,
) -> Done:
    """Fill ``pieces`` packs of ``piece`` net content each; packs can not hold more than was put in."""
    with operation(actor, Permission.PACK_RECORD) as op:
        draws = draws_of(actor, inputs)
        product = draws[0].lot.product
        if any(d.lot.product_id != product.id for d in draws):
            raise Invalid("一次包装只能用同一种产品的批次。", field="inputs", code="PRODUCTS_MIXED")
        if pieces <= 0:
            raise Invalid("件数必须大于 0。", field="pieces", code="NOT_POSITIVE")
        unit = draws[0].lot.unit
        if unit == "pcs":
            raise RuleBroken(
                "批次 %(lot)s 已经是包装批。", code="ALREADY_PACKED", field="inputs", lot=draws[0].lot.code
            )
        amount, typed = parse_quantity(piece, unit, field="piece")
        drawn = sum(d.quantity for d in draws)
        if pieces * amount > drawn:
            raise RuleBroken(
                "投入 %(have)s 不够包装 %(pieces)s 件（需 %(need)s），请核对。", code="OUT_EXCEEDS_IN", field="pieces",
                have=format_quantity(drawn, unit), pieces=pieces, need=format_quantity(pieces * amount, unit),
            )  # fmt: skip
        if not rules.packing_closes(drawn, pieces * amount):
            raise RuleBroken(
                "投入 %(have)s，装成 %(pieces)s 件共 %(packed)s，相差 %(gap)s，请按实际用量填写投入，余下的留在原批次。",
                code="LOSS_MISSING", field="inputs", have=format_quantity(drawn, unit), pieces=pieces,
                packed=format_quantity(pieces * amount, unit), gap=format_quantity(drawn - pieces * amount, unit),
            )  # fmt: skip
        holder = register.party_by_id(own_party(actor))
        net_g = amount if unit == "g" else draw_grams(draws[0].lot, amount)
        done = perform(
            op, OperationKind.PACK, holder, on or business_date(op.at), draws=draws,
            makes=[Make(product, "pack", pieces, holder, piece_g=net_g, piece_ml=amount if unit == "ml" else None, name=name.strip(), typed=typed)],
            note=reason.strip(), detail={"loss_g": drawn - pieces * amount},
        )  # fmt: skip
        op.record("pack.record", done.lots[0], pieces=pieces, net_g=net_g)
        return done


def record_operation(actor: Actor, body: dict[str, Any]) -> Done:
    """Any operation by its kind, as the JSON interface sends it."""
    kind = OperationKind(body["kind"])
    inputs = [Input(**line) for line in body["inputs"]]
    outputs = [Output(**line) for line in body["outputs"]]
    if kind.value in {process.step for process in register.processes()}:
        code = next(process.code for process in register.processes() if process.step == kind.value)
        return record_run(actor, code, inputs, outputs, loss=body["loss"], reason=body["reason"], on=body.get("on"))
    with operation(actor, Permission.LOT_OPERATE) as op:
        draws = draws_of(actor, inputs)
        refuse_old_lots(actor, draws, outputs)
        holder = register.party_by_id(own_party(actor))
        makes = _plain_makes(kind, draws, outputs, holder)
        done = perform(
            op, kind, holder, body.get("on") or business_date(op.at), draws=draws, makes=makes, note=body["reason"]
        )
        op.record(f"lot.{kind.value}", done.operation, lots=[lot.code for lot in done.lots])
        return done


def _plain_makes(kind: OperationKind, draws: list[Draw], outputs: list[Output], holder: Party) -> list[Make]:
    """Merging and splitting keep product and weight exactly; taking out (sample, loss, shipping, destroying) makes nothing."""
    if kind not in (OperationKind.MERGE, OperationKind.SPLIT):
        if outputs:
            raise Invalid("这项操作没有产出批次。", field="outputs", code="NO_OUTPUTS")
        return []
    first = draws[0].lot
    if any(d.lot.product_id != first.product_id or d.lot.piece_g != first.piece_g for d in draws):
        raise Invalid("只有同一种产品的批次才能合并。", field="inputs", code="PRODUCTS_MIXED")
    total = sum(d.quantity for d in draws)
    if kind == OperationKind.MERGE:
        return [Make(first.product, "blend", total, holder, piece_g=first.piece_g, piece_ml=first.piece_ml)]
    parts = [parse_quantity(output.quantity, first.unit, field="outputs") for output in outputs]
    if sum(quantity for quantity, _ in parts) != total:
        raise RuleBroken("拆分前后数量不等，请核对。", code="OUT_EXCEEDS_IN", field="outputs")
    return [
        Make(first.product, "part", q, holder, piece_g=first.piece_g, piece_ml=first.piece_ml, typed=typed)
        for q, typed in parts
    ]


def draws_of(actor: Actor, inputs: list[Input]) -> list[Draw]:
    """Input lines as draws on the actor's own lots."""
    if not inputs:
        raise Invalid("请至少选择一个投入批次。", field="inputs", code="NO_INPUT")
    draws = []
    for line in inputs:
        lot = lots.get_lot(actor, line.lot)
        actor.require_party(lot.holder_id)
        quantity, typed = parse_quantity(line.quantity, lot.unit, field="inputs")
        draws.append(Draw(lot, quantity, typed))
    return draws


def refuse_old_lots(actor: Actor, draws: list[Draw], outputs: list[Output]) -> None:
    """Outputs are new lots: a lot among its own ancestors is refused with the way round shown (D5), any other old one plainly."""
    for output in outputs:
        if output.lot:
            old = lots.get_lot(actor, output.lot)
            refuse_cycle([draw.lot for draw in draws], old)
            raise RuleBroken("产出须是新批次；要并入已有批次，请另行合并。", code="OUTPUT_NOT_NEW", field="outputs")


def check_part(process: Process, draws: list[Draw]) -> None:
    """Tea is made of leaves, wine of fruit: a process takes the part the register names."""
    for draw in draws:
        if draw.lot.product.part != process.input_part:
            raise RuleBroken(
                "%(process)s不能用批次 %(lot)s（%(product)s）。", code="PART_WRONG", field="inputs", process=process.name,
                lot=draw.lot.code, product=draw.lot.product.name,
            )  # fmt: skip


def make_output(output: Output, holder: Party) -> Make:
    """An output line as a lot to be made."""
    product = register.get_product(output.product)
    quantity, typed = parse_quantity(output.quantity, product.unit, field="outputs")
    return Make(product, "byproduct" if output.byproduct else "batch", quantity, holder, typed=typed)


def own_party(actor: Actor) -> int:
    """The key of the party the actor works for."""
    if actor.party_id is None:
        raise NotFound()
    return actor.party_id
