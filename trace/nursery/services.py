"""Raising seedlings: accessions, sowing, phases, losses, mixing, splitting, grafting, and undoing any of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.audit import Operation as Write
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.core.units import format_int
from trace.db.counters import next_number
from trace.lots import queries as ledger
from trace.lots import services as ledger_services
from trace.lots.models import Lot, Operation
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, Make, perform
from trace.nursery import queries, rules
from trace.nursery.models import Accession, PhaseEntry, Planting, SeedlingDispatch, SeedlingLot
from trace.registry import queries as register
from trace.registry.models import Party, Product, Taxon
from trace.registry.regions import village_in_force

ONE = 1
"""Seedlings share in what is mixed from them by their number, so a plant weighs one (docs/adr/0010)."""


@dataclass(frozen=True)
class Change:
    """Plants in one phase of a lot, more or fewer."""

    lot: Lot
    phase: str
    quantity: int
    reason: str = ""


def register_accession(actor: Actor, values: dict[str, Any]) -> Accession:
    """Record a tree, stand or orchard seed and scions come from. ``values``: kind, name, village, taxon, place, trees, area_m2, variety_no, traits, surveyed_on."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        village = village_in_force(values["village"])
        _not_later(op, values["surveyed_on"], "surveyed_on")
        row = Accession.create(
            code=f"ZY{op.at.year % 100:02d}-{next_number(f'ZY{op.at.year}'):04d}", kind=values["kind"], name=values["name"].strip(),
            taxon=register.get_taxon(values["taxon"]) if values.get("taxon") else register.default_taxon(), holder=_own(actor), village=village,
            place=values.get("place", "").strip(), trees=values.get("trees") or 1, area_m2=values.get("area_m2") or 0,
            variety_no=values.get("variety_no", "").strip(), traits=values.get("traits", "").strip(), surveyed_on=values["surveyed_on"],
            recorded_at=op.at,
        )  # fmt: skip
        op.record("nursery.accession", row, kind=row.kind)
        return row


def sow(actor: Actor, accession_code: str, *, way: str, count: int, on: date, note: str = "") -> SeedlingLot:
    """Seed sown or cuttings set from an accession: the first trace unit of the chain. ``count``: seeds or cuttings."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        accession = queries.get_accession(actor, accession_code)
        actor.require_party(accession.holder_id)
        _not_later(op, on, "on")
        done = _create(op, OperationKind.SOW, accession.taxon, count, on, note)
        seedling = _describe(done.lots[0], accession, way, variety_no=accession.variety_no)
        _enter(op, on, [Change(seedling.lot, "germinating", count)], done.operation, note)
        op.record("nursery.sow", seedling.lot, accession=accession.code, way=way, count=count)
        return seedling


def take_in(
    actor: Actor, *, taxon: str, phase: str, count: int, on: date, source: str, variety_no: str = ""
) -> SeedlingLot:
    """Seedlings bought, or in the nursery before this register began; ``source`` names the supplier and its papers."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        _not_later(op, on, "on")
        if not source.strip():
            raise Invalid("请写明来源单位和证书编号。", field="source", code="SOURCE_MISSING")
        done = _create(op, OperationKind.INTAKE, register.get_taxon(taxon), count, on, source.strip())
        seedling = _describe(done.lots[0], None, "bought", source=source.strip(), variety_no=variety_no.strip())
        _enter(op, on, [Change(seedling.lot, phase, count)], done.operation, source.strip())
        op.record("nursery.intake", seedling.lot, count=count)
        return seedling


def advance(actor: Actor, code: str, *, source: str, target: str, count: int, on: date, note: str = "") -> None:
    """Plants go on to another phase; going back needs a word why."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        lot = _own_lot(actor, code)
        _not_later(op, on, "on")
        if source == target:
            raise Invalid("请选择另一个阶段。", field="target", code="SAME_PHASE")
        if rules.ORDER.index(target) < rules.ORDER.index(source) and not note.strip():
            raise Invalid("退回上一阶段，请填写原因。", field="note", code="REASON_MISSING")
        _require_plants(lot, source, count)
        _enter(op, on, [Change(lot, source, -count), Change(lot, target, count)], None, note)
        op.record("nursery.advance", lot, source=source, target=target, count=count)


def lose(actor: Actor, code: str, *, phase: str, count: int, reason: str, on: date, note: str = "") -> Operation:
    """Plants lost, with the reason."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        lot = _own_lot(actor, code)
        _not_later(op, on, "on")
        _require_plants(lot, phase, count)
        done = perform(op, OperationKind.LOSS, lot.holder, on, draws=[Draw(lot, count)], makes=[], note=note.strip())
        _enter(op, on, [Change(lot, phase, -count, reason)], done.operation, note)
        op.record("nursery.lose", lot, count=count, reason=reason)
        return done.operation


def split(actor: Actor, code: str, *, phase: str, count: int, on: date, note: str = "") -> SeedlingLot:
    """Part of a lot becomes a lot of its own, in the same phase."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        seedling = queries.get_seedling(actor, code)
        made = _from_lots(op, OperationKind.SPLIT, [(_own_lot(actor, code), count)], phase, count, on, note)
        fresh = _describe(made.lots[0], seedling.accession, "split", seedling.source, seedling.variety_no)
        _enter(op, on, [Change(fresh.lot, phase, count)], made.operation, note)
        op.record("nursery.split", fresh.lot, origin=code, count=count)
        return fresh


def mix(actor: Actor, parts: list[tuple[str, int]], *, phase: str, on: date, note: str = "") -> SeedlingLot:
    """Plants of several lots, all in one phase, become one lot; each keeps its exact share. An approved variety stays one only unmixed."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        if len({code for code, _ in parts}) < 2:
            raise Invalid("合批至少选两个批次。", field="parts", code="MIX_ONE")
        lots = [(_own_lot(actor, code), count) for code, count in parts]
        total = sum(count for _, count in parts)
        made = _from_lots(op, OperationKind.MERGE, lots, phase, total, on, note)
        numbers = {queries.get_seedling(actor, code).variety_no for code, _ in parts}
        fresh = _describe(made.lots[0], None, "mix", variety_no=numbers.pop() if len(numbers) == 1 else "")
        _enter(op, on, [Change(fresh.lot, phase, total)], made.operation, note)
        op.record("nursery.mix", fresh.lot, origins=[code for code, _ in parts], count=total)
        return fresh


def graft(
    actor: Actor, code: str, *, accession_code: str, phase: str, count: int, taken: int, on: date, note: str = ""
) -> SeedlingLot:
    """Scions of an accession on rootstocks of a lot: ``count`` rootstocks used, ``taken`` grew on; the rest is loss within the operation."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        rootstock, scion = _own_lot(actor, code), queries.get_accession(actor, accession_code)
        if not 0 < taken <= count:
            raise Invalid("成活株数应在 1 与嫁接株数之间。", field="taken", code="COUNT_RANGE")
        if scion.taxon_id != rootstock.product.taxon_id:
            raise RuleBroken("接穗与砧木树种不同，不能嫁接为一批。", code="TAXA_MIXED", field="accession")
        made = _from_lots(op, OperationKind.GRAFT, [(rootstock, count)], phase, taken, on, note)
        fresh = _describe(made.lots[0], scion, "graft", f"砧木 {rootstock.code}", scion.variety_no)
        _enter(op, on, [Change(fresh.lot, "growing", taken)], made.operation, note)
        op.record("nursery.graft", fresh.lot, rootstock=code, scion=scion.code, used=count, taken=taken)
        return fresh


def undo(actor: Actor, operation_code: str, note: str) -> None:
    """Take an operation on seedlings back: the ledger and every phase stand exactly as before, and both records stay readable."""
    with operation(actor, Permission.NURSERY_RECORD) as op:
        event = Operation.get_or_none(Operation.code == operation_code)
        if (
            event is None
            or event.party_id != actor.party_id
            or not PhaseEntry.select().where(PhaseEntry.operation == event).exists()
        ):
            raise NotFound()
        if not note.strip():
            raise Invalid("请填写撤销原因。", field="note", code="REASON_MISSING")
        dispatch = SeedlingDispatch.get_or_none(SeedlingDispatch.operation == event)
        if dispatch is not None and Planting.select().where(Planting.dispatch == dispatch).exists():
            raise RuleBroken("这批苗木已有定植记录，不能撤销出圃。", code="DISPATCH_PLANTED")
        reverse = ledger_services.undo(op, event, note.strip())
        entries = list(PhaseEntry.select().where(PhaseEntry.operation == event))
        for entry in entries:
            if entry.quantity > 0:
                _require_plants(ledger.lock_lots([entry.lot_id])[entry.lot_id], entry.phase, entry.quantity)
        today = business_date(op.at)
        for entry in entries:
            _write(op, today, Change(entry.lot, entry.phase, -entry.quantity, entry.reason), reverse, note)
        if dispatch is not None:
            dispatch.undone = True
            dispatch.save(only=[SeedlingDispatch.undone])
        op.record("nursery.undo", reverse, of=event.code, note=note.strip())


def draw_ready(op: Write, lot: Lot, count: int, on: date, note: str) -> Operation:
    """Take plants that are ready out of the nursery, for a dispatch."""
    done = perform(op, OperationKind.SHIP, lot.holder, on, draws=[Draw(lot, count)], makes=[], note=note)
    _enter(op, on, [Change(lot, "ready", -count)], done.operation, note)
    return done.operation


def shortage(lot: Lot, phase: str, count: int) -> list[FieldError]:
    """What is wrong with taking so many plants of a phase; scenario N3 of the domain brief."""
    have = queries.phases_of([lot.id])[lot.id][phase]
    if count < 1:
        return [FieldError("count", "COUNT_RANGE", Message("株数须是大于 0 的整数。"))]
    if have < count:
        values = {"have": format_int(have), "need": format_int(count)}
        return [FieldError("count", "STOCK_SHORT", Message("库存 %(have)s 株，不足 %(need)s 株。", values))]
    return []


def _own(actor: Actor) -> Party:
    if actor.party_id is None:
        raise RuleBroken("请用苗圃的账号办理。", code="NOT_NURSERY")
    return register.party_by_id(actor.party_id)


def _own_lot(actor: Actor, code: str) -> Lot:
    seedling = queries.get_seedling(actor, code)
    actor.require_party(seedling.lot.holder_id)
    return ledger.lock_lots([seedling.lot_id])[seedling.lot_id]


def _not_later(op: Write, on: date, field: str) -> None:
    if on > business_date(op.at):
        raise Invalid("日期不能晚于今天。", field=field, code="DATE_FUTURE")


def _require_plants(lot: Lot, phase: str, count: int) -> None:
    errors = shortage(lot, phase, count)
    if errors:
        raise Invalid(errors=errors)


def _create(op: Write, kind: OperationKind, taxon: Taxon, count: int, on: date, note: str) -> Done:
    if count < 1:
        raise Invalid("株数须是大于 0 的整数。", field="count", code="COUNT_RANGE")
    holder = _own(op.actor)
    make = Make(_product(taxon), "seedling", count, holder, piece_g=ONE, name=taxon.name_zh)
    return perform(op, kind, holder, on, draws=[], makes=[make], note=note.strip())


def _from_lots(
    op: Write, kind: OperationKind, parts: list[tuple[Lot, int]], phase: str, made: int, on: date, note: str
) -> Done:
    _not_later(op, on, "on")
    for lot, count in parts:
        _require_plants(lot, phase, count)
    first = parts[0][0]
    make = Make(first.product, "seedling", made, first.holder, piece_g=ONE, name=first.name)
    done = perform(
        op, kind, first.holder, on, draws=[Draw(lot, count) for lot, count in parts], makes=[make], note=note.strip()
    )
    _enter(op, on, [Change(lot, phase, -count) for lot, count in parts], done.operation, note)
    return done


def _product(taxon: Taxon) -> Product:
    found = Product.get_or_none(Product.taxon == taxon, Product.part == "seedling")
    if found is None:
        raise Invalid("该树种没有登记苗木产品。", field="taxon", code="PRODUCT_UNKNOWN")
    return found


def _describe(lot: Lot, accession: Accession | None, way: str, source: str = "", variety_no: str = "") -> SeedlingLot:
    return SeedlingLot.create(lot=lot, accession=accession, way=way, source=source, variety_no=variety_no)


def _enter(op: Write, on: date, changes: list[Change], event: Operation | None, note: str) -> None:
    for change in changes:
        _write(op, on, change, event, note)


def _write(op: Write, on: date, change: Change, event: Operation | None, note: str) -> None:
    PhaseEntry.create(
        lot=change.lot, phase=change.phase, quantity=change.quantity, operation=event, on_day=on, reason=change.reason,
        note=note.strip()[:200], recorder_name=op.actor.display_name, recorded_at=op.at,
    )  # fmt: skip
