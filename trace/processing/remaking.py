"""What leaves the straight road from orchard to pack: fruit bought outside the county, work done over, packs filled anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.core.units import format_quantity, parse_quantity
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, Make, perform
from trace.processing import rules
from trace.processing.recipe_models import Repack
from trace.processing.services import Input, draws_of, own_party
from trace.registry import queries as register

HOME_COUNTY = "430422"
_COUNTY = re.compile(r"[1-8][0-9]{5}")


@dataclass(frozen=True)
class Purchase:
    """Fruit or leaf from another county. ``origin_code``: the six digits of that county; ``household``: sold by one who grew it himself."""

    product: str
    quantity: str
    origin_code: str
    origin: str
    supplier: str
    document: str = ""
    household: bool = False
    on: date | None = None


def buy_outside(actor: Actor, bought: Purchase) -> Done:
    """Take in what grew in another county: marked with its origin for ever, and so barred from the county's own marks (F11).

    Without a certificate only a household's own fruit may be bought (F1).
    """
    with operation(actor, Permission.RECEIPT_RECORD) as op:
        today = business_date(op.at)
        product = register.get_product(bought.product)
        errors = _mistakes(bought, today)
        if product.form in ("wip", "seedling"):
            errors.append(FieldError("product", "PRODUCT_WRONG", Message("请选择果、叶、花或加工品。")))
        try:
            amount, typed = parse_quantity(bought.quantity, product.unit)
        except Invalid as error:
            raise Invalid(errors=[*error.errors, *errors]) from error
        if errors:
            raise Invalid(errors=errors)
        holder = register.party_by_id(own_party(actor))
        said = {
            "origin_code": bought.origin_code.strip(), "origin": bought.origin.strip(), "supplier": bought.supplier.strip(),
            "document": bought.document.strip() or "农户自产，未开具",
        }  # fmt: skip
        done = perform(
            op, OperationKind.PURCHASE, holder, bought.on or today, draws=[],
            makes=[Make(product, "outside", amount, holder, typed=typed)], note="；".join((said["origin"], said["supplier"], said["document"])), detail=said,
        )  # fmt: skip
        op.record("lot.purchase", done.lots[0], quantity=amount, **said)
        return done


def _mistakes(bought: Purchase, today: date) -> list[FieldError]:
    found, code = [], bought.origin_code.strip()
    if not _COUNTY.fullmatch(code):
        found.append(FieldError("origin_code", "COUNTY_CODE", Message("请填写产地县的六位行政区划代码。")))
    elif code == HOME_COUNTY:
        found.append(
            FieldError("origin_code", "COUNTY_HOME", Message("本县的果由种植户登记采收后发货，不能登记为外购。"))
        )
    if not bought.origin.strip():
        found.append(FieldError("origin", "MISSING", Message("请填写产地，如“湖南省衡东县”。")))
    if not bought.supplier.strip():
        found.append(FieldError("supplier", "MISSING", Message("请填写卖方。")))
    if not bought.document.strip() and not bought.household:
        found.append(FieldError("document", "NO_CERTIFICATE", Message("未收取承诺达标合格证，依法不得收购。")))
    if bought.on is not None and bought.on > today:
        found.append(FieldError("on", "DATE_FUTURE", Message("日期不能晚于今天。")))
    return found


def rework(
    actor: Actor, inputs: list[Input], quantity: str, *, loss: str = "", reason: str = "", on: date | None = None
) -> Done:
    """Work lots of one product over (dry again, sort again): the same product, never more of it, what is missing is said."""
    with operation(actor, Permission.RUN_RECORD) as op:
        draws = draws_of(actor, inputs)
        first = draws[0].lot
        if any(d.lot.product_id != first.product_id for d in draws):
            raise Invalid("一次返工只能用同一种产品的批次。", field="inputs", code="PRODUCTS_MIXED")
        if any(d.lot.unit == "pcs" for d in draws):
            raise RuleBroken("已包装的批次请用“改装”。", code="ALREADY_PACKED", field="inputs")
        if not reason.strip():
            raise Invalid("请填写返工原因。", field="reason", code="REASON_MISSING")
        made, typed = parse_quantity(quantity, first.unit, field="quantity")
        drawn = sum(d.quantity for d in draws)
        lost = parse_quantity(loss, first.unit, field="loss")[0] if loss.strip() not in ("", "0") else 0
        _check_closed(drawn, made, lost, first.unit)
        holder = register.party_by_id(own_party(actor))
        done = perform(
            op, OperationKind.REWORK, holder, on or business_date(op.at), draws=draws,
            makes=[Make(first.product, "batch", made, holder, typed=typed)], note=reason.strip(), detail={"loss": drawn - made},
        )  # fmt: skip
        op.record("lot.rework", done.lots[0], inputs=[d.lot.code for d in draws], loss=drawn - made)
        return done


def repack(
    actor: Actor, code: str, drawn: int, *, pieces: int, piece: str, loss: str = "", reason: str = "", on: date | None = None,
) -> Done:  # fmt: skip
    """Open ``drawn`` packs of a lot and fill ``pieces`` of another size: the number printed on them stays the first one (D6).

    The labels domain is the door to this: it knows which packs still bear live labels.
    """
    with operation(actor, Permission.PACK_RECORD) as op:
        lot = lots.get_lot(actor, code)
        actor.require_party(lot.holder_id)
        if lot.kind != "pack":
            raise RuleBroken("批次 %(lot)s 没有包装，不能改装。", code="NOT_PACKED", field="lot", lot=lot.code)
        if drawn <= 0 or pieces <= 0:
            raise Invalid("件数必须大于 0。", field="pieces", code="NOT_POSITIVE")
        if not reason.strip():
            raise Invalid("请填写改装原因。", field="reason", code="REASON_MISSING")
        unit, each = ("ml", lot.piece_ml) if lot.piece_ml else ("g", lot.piece_g)
        amount, typed = parse_quantity(piece, unit, field="piece")
        lost = parse_quantity(loss, unit, field="loss")[0] if loss.strip() not in ("", "0") else 0
        _check_closed(drawn * each, pieces * amount, lost, unit)
        net_g = amount if unit == "g" else max(1, round(amount * (lot.product.density_g_per_l or 1000) / 1000))
        done = perform(
            op, OperationKind.REPACK, lot.holder, on or business_date(op.at), draws=[Draw(lot, drawn)],
            makes=[Make(lot.product, "pack", pieces, lot.holder, piece_g=net_g, piece_ml=amount if unit == "ml" else None, name=lot.name, typed=typed)],
            note=reason.strip(), detail={"loss": drawn * each - pieces * amount},
        )  # fmt: skip
        Repack.create(lot=done.lots[0], original=original_of(lot))
        op.record("lot.repack", done.lots[0], of=lot.code, drawn=drawn, pieces=pieces)
        return done


def original_of(lot: Lot) -> Lot:
    """The lot whose number the packs bear: itself, unless it was filled from other packs."""
    found = Repack.select(Repack, Lot).join(Lot, on=Repack.original).where(Repack.lot == lot.id).first()
    return found.original if found else lot


def _check_closed(drawn: int, made: int, lost: int, unit: str) -> None:
    """These steps keep weight: no more out than in, and what is missing is declared (tolerance of §4.5)."""
    if made + lost > drawn:
        raise RuleBroken(
            "投入 %(have)s，产出和损耗合计 %(out)s，多于投入，请核对。", code="OUT_EXCEEDS_IN", field="quantity",
            have=format_quantity(drawn, unit), out=format_quantity(made + lost, unit),
        )  # fmt: skip
    if not rules.packing_closes(drawn, made + lost):
        raise RuleBroken(
            "投入 %(have)s，产出 %(out)s，相差 %(gap)s，请填写损耗。", code="LOSS_MISSING", field="loss",
            have=format_quantity(drawn, unit), out=format_quantity(made, unit), gap=format_quantity(drawn - made - lost, unit),
        )  # fmt: skip
