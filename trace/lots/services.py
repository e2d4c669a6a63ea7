"""Writing the ledger: perform, undo, hold, release. Higher domains call :func:`perform` inside their own operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import parse_quantity
from trace.db.counters import next_number
from trace.db.rows import add, put_many
from trace.lots import queries, rules
from trace.lots.drawing import Draw, check_draws, check_taxa, held, lock_stock, promised
from trace.lots.models import Edge, Hold, HoldLot, Lot, Movement, Operation
from trace.lots.rules import OperationKind
from trace.registry.models import Party, Product


@dataclass(frozen=True)
class Make:
    """Make a new lot of ``quantity`` base units of a product."""

    product: Product
    kind: str
    quantity: int
    holder: Party
    plot: Any = None
    piece_g: int | None = None
    piece_ml: int | None = None
    name: str = ""
    typed: tuple[str, str] = ("", "")

    @property
    def unit(self) -> str:
        """Pieces when a net weight per piece is given, else the product's own unit."""
        return "pcs" if self.piece_g is not None else self.product.unit


@dataclass(frozen=True)
class Done:
    """What an operation left behind."""

    operation: Operation
    lots: list[Lot] = field(default_factory=list)


def perform(
    op: audit.Operation,
    kind: OperationKind,
    party: Party,
    on: date,
    *,
    draws: list[Draw],
    makes: list[Make],
    note: str = "",
    detail: dict[str, Any] | None = None,
    wip: bool = False,
    recalled: bool = False,
    taxa: frozenset[int] = frozenset(),
) -> Done:
    """Record one operation: n inputs drawn, m lots made, edges between all of them.

    Refuses lots that are held or too small, two taxa in one operation (but those of a declared recipe, ``taxa``), and outputs out of nothing (D9: only a harvest makes those).
    Work in process is drawn only by the run it belongs to, which says ``wip``. Held goods are only ever destroyed, by a recall (``recalled``).
    """
    stock = lock_stock([d.lot.id for d in draws]) if draws else {}
    if draws:
        check_draws(draws, stock, wip=wip, free=recalled and kind is OperationKind.DESTROY)
        check_taxa(stock, makes, taxa)
    if makes and not draws and kind not in rules.CREATING:
        raise RuleBroken("没有投入批次，不能产生新批次。", code="NO_INPUT")
    event = add(
        Operation,
        code=f"OP{on.year % 100:02d}-{next_number(f'OP{on.year}'):06d}",
        kind=kind.value,
        party=party,
        business_date=on,
        recorded_at=op.at,
        recorded_by=op.actor.user_id,
        recorder_name=op.actor.display_name,
        note=note,
        detail=detail or {},
    )
    made = [_make(event, make, on) for make in makes]
    moves = [(draw.lot.id, -draw.quantity, draw.typed) for draw in draws]
    moves += [(lot.id, make.quantity, make.typed) for lot, make in zip(made, makes, strict=True)]
    _move(event, moves)
    if draws and made:
        grams = {draw.lot.id: stock[draw.lot.id].grams(draw.quantity) for draw in draws}
        put_many(
            Edge,
            [
                {"parent": parent, "child": lot.id, "operation": event.id, "weight_g": weight}
                for lot in made
                for parent, weight in grams.items()
            ],
        )
    return Done(event, made)


def series_of(kind: str, year: int) -> list[str]:
    """The running numbers one operation that makes a lot of this kind takes, in the order it takes them."""
    return [f"OP{year}", f"{rules.CODE_PREFIX[kind]}{year}"]


def undo(op: audit.Operation, event: Operation, note: str) -> Operation:
    """Reverse an operation exactly: every movement gets its opposite. Refused once anything was drawn from what it made."""
    if event.kind == OperationKind.UNDO:
        raise RuleBroken("撤销记录不能再撤销，请重新登记。", code="UNDO_OF_UNDO")
    if Operation.get_or_none(Operation.reverses == event.id):
        raise RuleBroken("这条记录已经撤销过。", code="ALREADY_UNDONE")
    moves = list(Movement.select().where(Movement.operation == event.id))
    locked = queries.lock_lots([m.lot_id for m in moves])
    left, holds = queries.balances(list(locked)), queries.open_holds(list(locked))
    away = queries.promised(list(locked))
    for move in moves:
        if move.quantity > 0 and move.lot_id in holds:
            raise held(locked[move.lot_id].code, holds[move.lot_id][0])
        if left[move.lot_id] < move.quantity:
            raise RuleBroken(
                "批次 %(lot)s 已被使用，请先撤销后面的记录。", code="LOT_IN_USE", lot=locked[move.lot_id].code
            )
        if left[move.lot_id] - away.get(move.lot_id, 0) < move.quantity:
            raise promised(locked[move.lot_id].code, away[move.lot_id], locked[move.lot_id].unit)
    event_undo = Operation.create(
        code=f"OP{op.at.year % 100:02d}-{next_number(f'OP{op.at.year}'):06d}",
        kind=OperationKind.UNDO.value,
        party=event.party_id,
        business_date=business_date(op.at),
        recorded_at=op.at,
        recorded_by=op.actor.user_id,
        recorder_name=op.actor.display_name,
        reverses=event.id,
        note=note,
    )
    _move(event_undo, [(move.lot_id, -move.quantity, ("", "")) for move in sorted(moves, key=lambda m: -m.quantity)])
    return event_undo


def place_hold(
    actor: Actor, code: str, reason: str, *, kind: str = "hold", public_reason: str = "", contact: str = ""
) -> Hold:
    """Block a lot and everything made from it, in one transaction: draws, labels and scan pages all read the same rows."""
    permission = Permission.RECALL_OPEN if kind == "recall" else Permission.HOLD_PLACE
    with operation(actor, permission) as op:
        lot = queries.get_lot(actor, code)
        if not actor.county_wide:
            actor.require_party(lot.holder_id)
        if not reason.strip():
            raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
        return block(op, lot, reason, kind=kind, public_reason=public_reason, contact=contact)


def block(
    op: audit.Operation,
    lot: Lot,
    reason: str,
    *,
    kind: str = "hold",
    public_reason: str = "",
    contact: str = "",
    placer: str = "",
) -> Hold:
    """Place a hold or recall inside the operation of somebody else's deed: a person's order, or a rule's (``placer`` names the rule).

    The person whose deed it was counts as the one who placed it, so that it takes another to lift it.
    """
    hold = Hold.create(
        code=f"{'ZH' if kind == 'recall' else 'FC'}{op.at.year % 100:02d}-{next_number(f'{kind}{op.at.year}'):04d}",
        kind=kind,
        lot=lot.id,
        reason=reason.strip(),
        public_reason=public_reason.strip(),
        contact=contact.strip(),
        placed_at=op.at,
        placed_by=op.actor.user_id,
        placer_name=placer or op.actor.display_name,
    )
    reached = _lock_descendants(lot.id)
    for start in range(0, len(reached), 200):
        HoldLot.insert_many([{"hold": hold.id, "lot": i} for i in reached[start : start + 200]]).execute()
    op.record(f"{kind}.place", hold, lot=lot.code, reached=len(reached), reason=hold.reason)
    return hold


def release_hold(actor: Actor, code: str, note: str) -> Hold:
    """Lift a hold or recall; never by the person who placed it."""
    with operation(actor, Permission.HOLD_RELEASE) as op:
        hold = Hold.get_or_none(Hold.code == code)
        if hold is None:
            raise NotFound("没有这条封存或召回记录。")
        if hold.released_at is not None:
            raise RuleBroken("这条记录已经解除。", code="ALREADY_RELEASED")
        if hold.placed_by == actor.user_id:
            raise RuleBroken("封存和解除须由两人办理，您不能解除自己下达的封存。", code="SAME_PERSON")
        hold.released_at, hold.released_by, hold.release_note = op.at, actor.user_id, note.strip()
        hold.save(only=[Hold.released_at, Hold.released_by, Hold.release_note])
        op.record(f"{hold.kind}.release", hold, note=hold.release_note)
        return hold


def _lock_descendants(lot_id: int) -> list[int]:
    """Lock a lot and all made from it; again when a run that was still open meanwhile added to them."""
    reached = queries.descendants(lot_id)
    while True:
        queries.lock_lots(sorted(reached))
        now = queries.descendants(lot_id)
        if len(now) == len(reached):
            return now
        reached = now


def draw_grams(lot: Lot, quantity: int) -> int:
    """The weight of a quantity of a lot (at least one gram, so that a share is never lost to rounding)."""
    return max(1, rules.grams(quantity, lot.unit, lot.product.density_g_per_l, lot.piece_g))


def _make(event: Operation, make: Make, on: date) -> Lot:
    return add(
        Lot,
        code=rules.lot_code(make.kind, on.year, next_number(f"{rules.CODE_PREFIX[make.kind]}{on.year}")),
        kind=make.kind,
        product=make.product,
        holder=make.holder,
        made_by=event,
        made_on=on,
        plot=make.plot,
        piece_g=make.piece_g,
        piece_ml=make.piece_ml,
        unit=make.unit,
        name=make.name,
    )


def _move(event: Operation, moves: list[tuple[int, int, tuple[str, str]]]) -> None:
    put_many(
        Movement,
        [
            {
                "operation": event,
                "lot": lot_id,
                "quantity": quantity,
                "typed_quantity": typed[0],
                "typed_unit": typed[1],
            }
            for lot_id, quantity, typed in moves
        ],
    )


def split_lot(actor: Actor, code: str, parts: list[str]) -> list[Lot]:
    """Divide a lot into new lots; what is not divided stays in the parent."""
    with operation(actor, Permission.LOT_SPLIT) as op:
        parent = queries.get_lot(actor, code)
        actor.require_party(parent.holder_id)
        if parent.kind == "seedling":
            raise RuleBroken("苗木请在苗圃的批次页分批。", code="SPLIT_AT_NURSERY")
        amounts = [parse_quantity(part, parent.unit, field="parts") for part in parts]
        made = []
        for quantity, typed in amounts:
            made += perform(
                op, OperationKind.SPLIT, parent.holder, business_date(op.at),
                draws=[Draw(parent, quantity, typed)],
                makes=[Make(parent.product, "part", quantity, parent.holder, piece_g=parent.piece_g, piece_ml=parent.piece_ml, typed=typed)],
            ).lots  # fmt: skip
        op.record("lot.split", parent, into=[lot.code for lot in made])
        return made


def undo_operation(actor: Actor, code: str, note: str) -> Operation:
    """Reverse one's own operation; both records stay visible for ever."""
    with operation(actor, Permission.LOT_OPERATE) as op:
        event = Operation.get_or_none(Operation.code == code)
        if event is None:
            raise NotFound()
        actor.require_party(event.party_id)
        kinds = {lot.kind for lot in queries.lots_of(event)}
        if "seedling" in kinds:
            raise RuleBroken("苗木的记录请在苗圃的批次页撤销。", code="UNDO_AT_NURSERY")
        if "wip" in kinds:
            raise RuleBroken("分次加工的记录请在它的加工记录页撤销。", code="UNDO_AT_RUN")
        if not note.strip():
            raise Invalid("请填写撤销原因。", field="note", code="REASON_MISSING")
        reverse = undo(op, event, note.strip())
        op.record("operation.undo", reverse, of=event.code, note=note.strip())
        return reverse
