"""Papers, dispatch under papers, and planting. What is missing on the day seedlings leave is told all at once, and they stay."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.core.units import format_int
from trace.db import lock_row
from trace.db.counters import next_number, take_turn
from trace.files.rules import Upload
from trace.files.services import keep
from trace.land import queries as land
from trace.land.models import Stand
from trace.land.stands import plant_stand
from trace.lots import queries as ledger
from trace.lots.models import Lot
from trace.nursery import queries, rules
from trace.nursery.models import NurseryPaper, PaperLot, Planting, SeedlingDispatch, SeedlingLot
from trace.nursery.services import draw_ready, shortage
from trace.registry import queries as register
from trace.registry.models import Title


def record_paper(actor: Actor, values: dict[str, Any], scan: Upload | None = None) -> NurseryPaper:
    """Enter a quarantine or quality certificate for one's own lots. ``values``: kind, number, issuer, quantity, issued_on, valid_to, lots, grade,
    height_cm, diameter_mm, inspector."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        lots = [queries.get_seedling(actor, code).lot for code in values["lots"]]
        for lot in lots:
            actor.require_party(lot.holder_id)
        errors = _paper_mistakes(values, business_date(op.at))
        if errors:
            raise Invalid(errors=errors)
        paper = NurseryPaper.create(
            code=f"MZ{op.at.year % 100:02d}-{next_number(f'MZ{op.at.year}'):04d}", kind=values["kind"], number=values["number"].strip(),
            issuer=values["issuer"].strip(), holder=lots[0].holder_id, quantity=values["quantity"], issued_on=values["issued_on"],
            valid_to=values.get("valid_to"), grade=values.get("grade", ""), height_cm=values.get("height_cm"),
            diameter_mm=values.get("diameter_mm"), inspector=values.get("inspector", "").strip(), recorded_at=op.at,
            scan=keep(op, scan) if scan else None,
        )  # fmt: skip
        PaperLot.insert_many([{"paper": paper.id, "lot": lot.id} for lot in lots]).execute()
        op.record("nursery.paper", paper, kind=paper.kind, number=paper.number, lots=values["lots"])
        return paper


def dispatch(
    actor: Actor,
    code: str,
    *,
    purpose: str,
    count: int,
    on: date,
    receiver: str = "",
    bundles: int = 1,
    improved: bool = False,
) -> SeedlingDispatch:
    """Let plants leave that are ready, under the papers their purpose needs; every missing paper is told at once."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        seedling = queries.get_seedling(actor, code)
        actor.require_party(seedling.lot.holder_id)
        take_turn(f"nursery-{seedling.lot.holder_id}")
        lot = ledger.lock_lots([seedling.lot_id])[seedling.lot_id]
        to = register.party_by_code(receiver) if receiver else None
        errors = _dispatch_mistakes(seedling, lot, purpose, count, on, to is not None, improved, business_date(op.at))
        if not 0 < bundles <= max(count, 1):
            errors.append(FieldError("bundles", "COUNT_RANGE", Message("捆数应在 1 与株数之间。")))
        papers, missing = papers_for(seedling, lot, purpose, count, on)
        errors += missing
        if errors:
            raise Invalid(errors=errors)
        licence, quarantine, quality = papers
        row = SeedlingDispatch.create(
            code=f"MC{on.year % 100:02d}-{next_number(f'MC{on.year}'):04d}", lot=lot, operation=draw_ready(op, lot, count, on, ""),
            purpose=purpose, receiver=to or (lot.holder if purpose == "own" else None), quantity=count, bundles=bundles, on_day=on,
            licence_no=licence.doc_no if licence else "", quarantine=quarantine, quality=quality, improved=improved, recorded_at=op.at,
        )  # fmt: skip
        op.record("nursery.dispatch", row, lot=lot.code, count=count, purpose=purpose)
        return row


def plant(
    actor: Actor, code: str, *, plot: str, count: int, planted_on: date, spacing: str = "", density_reason: str = ""
) -> Stand:
    """Seedlings of a dispatch into a plot: the stand is made, the plot waits for its survival visits."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        row = queries.get_dispatch(actor, code)
        lock_row(SeedlingDispatch.select().where(SeedlingDispatch.id == row.id)).get()
        ground = land.get_plot(actor, plot)
        if row.undone or row.lot_id in ledger.open_holds([row.lot_id]):
            raise RuleBroken("这批苗木已撤销出圃或已锁定，不能定植。", code="DISPATCH_CLOSED")
        left = row.quantity - queries.planted_of([row.id])[row.id]
        errors = []
        if not 0 < count <= left:
            values = {"left": format_int(left)}
            errors.append(
                FieldError("count", "COUNT_RANGE", Message("这批苗木还有 %(left)s 株没有定植，请核对株数。", values))
            )
        if planted_on < row.on_day:
            errors.append(
                FieldError("planted_on", "DATE_ORDER", Message("栽植日期早于出圃日期 %(day)s。", {"day": row.on_day}))
            )
        if errors:
            raise Invalid(errors=errors)
        stand = plant_stand(
            op,
            ground,
            row.lot.product.taxon,
            planted_on=planted_on,
            count=count,
            spacing=spacing,
            density_reason=density_reason,
        )
        Planting.create(dispatch=row, stand=stand, quantity=count, recorder_name=actor.display_name, recorded_at=op.at)
        op.record("nursery.plant", ground, dispatch=row.code, stand=stand.code, count=count)
        return stand


def papers_for(
    seedling: SeedlingLot, lot: Lot, purpose: str, count: int, on: date
) -> tuple[tuple[Title | None, NurseryPaper | None, NurseryPaper | None], list[FieldError]]:
    """The licence and certificates that cover so many plants on a day, and what is missing (scenarios N2 and N5)."""
    needed, errors = rules.NEEDED[purpose], []
    licence = quarantine = quality = None
    if "licence" in needed:
        licence, problem = _licence(lot, on)
        errors += problem
    if "quarantine" in needed:
        quarantine, problem = _certificate(lot, ("quarantine", "phyto"), count, on)
        errors += problem
    if "quality" in needed:
        quality, problem = _certificate(lot, ("quality",), count, on)
        errors += problem
    return (licence, quarantine, quality), errors


def label_obstacles(row: SeedlingDispatch) -> list[Message]:
    """Why labels of a dispatch may not be printed: a paper that was not in force on the day the seedlings left, a hold, an undone dispatch."""
    found = []
    if row.undone:
        found.append(Message("这次出圃已撤销。"))
    if row.lot_id in ledger.open_holds([row.lot_id]):
        found.append(Message("这批苗木已锁定。"))
    needed = {*rules.NEEDED[row.purpose], *rules.LABEL_NEEDED}
    found += [error.message for error in _licence(row.lot, row.on_day)[1]]
    for paper, name in ((row.quarantine, "quarantine"), (row.quality, "quality")):
        if name not in needed:
            continue
        if paper is None:
            found.append(Message("没有登记%(paper)s，不能打印标签。", {"paper": Message(rules.PAPER_KINDS[name])}))
        elif (paper.valid_to is not None and paper.valid_to < row.on_day) or paper.issued_on > row.on_day:
            found.append(
                Message("%(paper)s在出圃当日无效，不能打印标签。", {"paper": Message(rules.PAPER_KINDS[name])})
            )
    return found


def _licence(lot: Lot, on: date) -> tuple[Title | None, list[FieldError]]:
    held = queries.licences_of(lot.holder)
    good = [
        t
        for t in held
        if t.valid_from <= on
        and (t.valid_to is None or on <= t.valid_to)
        and (t.withdrawn_on is None or on < t.withdrawn_on)
    ]
    fitting = [title for title in good if not title.taxa or lot.product.taxon.key in title.taxa]
    if fitting:
        return fitting[0], []
    if good:
        values = {"taxon": lot.product.taxon.name_zh}
        return None, [
            FieldError(
                "", "LICENCE_SCOPE", Message("林草种子生产经营许可证的经营范围不含%(taxon)s，不能销售。", values)
            )
        ]
    ended = [title.valid_to for title in held if title.valid_to is not None and title.valid_to < on]
    if ended:
        message = Message("林草种子生产经营许可证已于 %(day)s 到期，不能销售。", {"day": max(ended)})
        return None, [FieldError("", "LICENCE_EXPIRED", message)]
    return None, [FieldError("", "LICENCE_MISSING", Message("没有有效的林草种子生产经营许可证，不能销售。"))]


def _certificate(
    lot: Lot, kinds: tuple[str, ...], count: int, on: date
) -> tuple[NurseryPaper | None, list[FieldError]]:
    name = Message(rules.PAPER_KINDS[kinds[0]])
    held = [paper for paper in queries.papers_of(lot.id) if paper.kind in kinds]
    valid = [paper for paper in held if paper.issued_on <= on and (paper.valid_to is None or on <= paper.valid_to)]
    for paper in valid:
        if paper.quantity - queries.used_of(paper) >= count:
            return paper, []
    if valid:
        paper = max(valid, key=lambda item: item.quantity - queries.used_of(item))
        used = queries.used_of(paper)
        values = {
            "paper": name, "number": paper.number, "covered": format_int(paper.quantity), "used": format_int(used),
            "left": format_int(max(paper.quantity - used, 0)),
        }  # fmt: skip
        text = "%(paper)s %(number)s 核准 %(covered)s 株，已出圃 %(used)s 株，本次最多 %(left)s 株。"
        return None, [FieldError("count", "PAPER_USED_UP", Message(text, values))]
    if held:
        values = {"paper": name, "day": max(paper.valid_to or paper.issued_on for paper in held)}
        return None, [FieldError("", "PAPER_EXPIRED", Message("%(paper)s已于 %(day)s 到期，不能出圃。", values))]
    return None, [FieldError("", "PAPER_MISSING", Message("这批苗木没有登记%(paper)s，不能出圃。", {"paper": name}))]


def _dispatch_mistakes(
    seedling: SeedlingLot, lot: Lot, purpose: str, count: int, on: date, has_receiver: bool, improved: bool, today: date
) -> list[FieldError]:
    errors = shortage(lot, "ready", count)
    if lot.id in ledger.open_holds([lot.id]):
        errors.append(FieldError("", "LOT_HELD", Message("批次 %(lot)s 已锁定，不能出圃。", {"lot": lot.code})))
    if on > today:
        errors.append(FieldError("on", "DATE_FUTURE", Message("日期不能晚于今天。")))
    if purpose in ("sale", "gift") and not has_receiver:
        errors.append(FieldError("receiver", "RECEIVER_MISSING", Message("请选择收苗单位或农户。")))
    if improved and not seedling.variety_no:
        message = Message("该批苗木没有良种审定（认定）编号，标签不能写‘良种’。")
        errors.append(FieldError("improved", "VARIETY_MISSING", message))
    return errors


def _paper_mistakes(values: dict[str, Any], today: date) -> list[FieldError]:
    errors = []
    if values["issued_on"] > today:
        errors.append(FieldError("issued_on", "DATE_FUTURE", Message("签发日期不能晚于今天。")))
    if values.get("valid_to") and values["valid_to"] < values["issued_on"]:
        errors.append(FieldError("valid_to", "DATE_ORDER", Message("有效期止早于签发日期。")))
    if NurseryPaper.get_or_none(NurseryPaper.kind == values["kind"], NurseryPaper.number == values["number"].strip()):
        errors.append(FieldError("number", "PAPER_KNOWN", Message("这个证书编号已登记。")))
    return errors
