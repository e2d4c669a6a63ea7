"""One harvest written down twice, on two phones: flagged when it arrives, decided by a person, never silently dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.db.memo import recall, remembered, seed
from trace.field import queries, weigh_rules
from trace.field.models import Harvest
from trace.field.weigh_models import SuspectedDuplicate, Weighing
from trace.field.weigh_rules import DUPLICATE_SETTINGS, Sighting
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot, Operation
from trace.lots.services import undo
from trace.registry.queries import site_setting

Earlier = tuple[int, str, str, Sighting]
"""A harvest on file: key, lot code, who recorded it, and what makes it comparable."""
KEEPS = {"both": "both", "merge": "merged"}


@dataclass(frozen=True)
class Side:
    """One of the two records, for the page that decides."""

    harvest: Harvest
    weighing: Weighing
    net_g: int
    left_g: int
    undone: bool
    recorder: str


@dataclass(frozen=True)
class Pair:
    """A suspicion with both records; ``mine``: which lots are in the reader's own hands."""

    row: SuspectedDuplicate
    first: Side
    second: Side
    message: Message
    may_decide: bool
    why_not: Message | None = None


def suspect(op: audit.Operation, harvest: Harvest, weighing: Weighing, grams: int) -> list[Message]:
    """Look for records this one may repeat and keep each suspicion; answers what to tell the recorder (C14).

    The caller has locked the plot, so of two records arriving at once one sees the other.
    """
    settings, lot = tolerance(), harvest.lot
    own = Sighting(
        plot=lot.plot_id, part=harvest.part, day=lot.made_on, at=weighing.made_at, grams=grams, recorder=op.actor.user_id, device=weighing.device
    )  # fmt: skip
    found = []
    for key, code, name, theirs in _near(own, harvest.id, settings["minutes"]):
        if not weigh_rules.looks_like(own, theirs, **settings):
            continue
        minutes = round((own.at - theirs.at).total_seconds() / 60)
        row = SuspectedDuplicate.create(
            code=f"YC{op.at.year % 100:02d}-{next_number(f'YC{op.at.year}'):04d}", first=key, second=harvest, minutes=minutes,
            found_at=op.at,
        )  # fmt: skip
        op.record("duplicate.suspect", row, first=code, second=lot.code, minutes=minutes)
        found.append(weigh_rules.suspicion(minutes, name, theirs.grams))
    _written(own.plot).append((harvest.id, lot.code, op.actor.display_name, own))
    return found


def expect(actor: Actor, plots: list[Plot], device: str, instants: list[datetime]) -> None:
    """Many harvests of these plots follow, written down on one device at these instants: read at once what they may repeat."""
    around = timedelta(minutes=tolerance()["minutes"])
    found: dict[int, list[Earlier]] = {plot.id: [] for plot in plots}
    for key, code, name, theirs in _ask(
        list(found), actor.user_id, device, min(instants) - around, max(instants) + around
    ):
        found[theirs.plot].append((key, code, name, theirs))
    for plot, earlier in found.items():
        seed(_others, earlier, plot, device, actor.user_id)


def _near(own: Sighting, before: int, minutes: int) -> list[Earlier]:
    """Earlier harvests of the plot that somebody else, or another device, wrote down about then: as expected, or asked for this one."""
    known = recall(_others, own.plot, own.device, own.recorder)
    if known is not None:
        return known + _written(own.plot)
    around = timedelta(minutes=minutes)
    rows = _ask([own.plot], own.recorder, own.device, own.at - around, own.at + around)
    return [row for row in rows if row[0] < before]


def _others(plot: int, device: str, recorder: int) -> list[Earlier]:
    """All that others ever wrote down of a plot; asked only for what :func:`expect` seeded with the part about then."""
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    return _ask([plot], recorder, device, first, last)


@remembered
def _written(_plot: int) -> list[Earlier]:
    """Harvests of the plot written in this exchange, by whomever, to be added to; nothing lasts outside ``remembering``."""
    return []


def _ask(plots: list[int], recorder: int, device: str, since: datetime, until: datetime) -> list[Earlier]:
    """Plain SQL: nearly always there is none."""
    mark, instant = db.obj.param, Weighing.made_at.db_value
    rows = db.execute_sql(
        _NEAR % {"p": mark, "plots": ", ".join([mark] * len(plots))},
        (*plots, str(instant(since)), str(instant(until)), device, recorder),
    )
    found = []
    for key, code, name, recorded_by, made_at, on, grams, plot, part, day in rows.fetchall():
        day = Lot.made_on.python_value(day)
        at = Weighing.made_at.python_value(made_at)
        found.append((key, code, name, Sighting(plot, part, day, at, int(grams), recorded_by, on)))
    return found


_NEAR = """
SELECT h.id, l.code, o.recorder_name, o.recorded_by, w.made_at, w.device, m.quantity, l.plot_id, h.part, l.made_on
FROM lot l
JOIN harvest h ON h.lot_id = l.id
JOIN weighing w ON w.harvest_id = h.id
JOIN operation o ON o.id = l.made_by_id
JOIN movement m ON m.lot_id = l.id AND m.operation_id = o.id
WHERE l.plot_id IN (%(plots)s)
  AND w.made_at BETWEEN %(p)s AND %(p)s AND NOT (w.device = %(p)s AND o.recorded_by = %(p)s)
  AND NOT EXISTS (SELECT 1 FROM operation u WHERE u.reverses_id = o.id)
ORDER BY h.id
"""


@remembered
def tolerance() -> dict[str, int]:
    """How near two records have to be, as set or as assumed."""
    return {key.removeprefix("field.duplicate_"): int(site_setting(key, n)) for key, n in DUPLICATE_SETTINGS.items()}


def resolve(actor: Actor, lot: str, other: str, keep: str, reason: str) -> SuspectedDuplicate:
    """Decide a suspicion about two lots, named in either order. ``both``: they are two harvests; ``merge``: the second is undone.

    Merging is a paired undo in the ledger: both records stay readable for ever. Refused once the second lot was used, or when one of the
    two is already undone. Sent twice with the same answer it is decided once.
    """
    with operation(actor, Permission.DUPLICATE_RESOLVE) as op:
        row = lock_row(SuspectedDuplicate.select().where(SuspectedDuplicate.id == _find(actor, lot, other).id)).get()
        outcome = KEEPS.get(keep)
        if outcome is None:
            raise Invalid("请选择都保留或者合并。", field="keep", code="KEEP_UNKNOWN")
        if row.outcome != "open":
            if row.outcome == outcome:
                op.record("duplicate.resolve", row, outcome=outcome, again=True)
                return row
            raise RuleBroken("这两条采收已经判定过，不能再改。", code="DUPLICATE_DECIDED")
        if not reason.strip():
            raise Invalid("请填写判定的理由。", field="reason", code="REASON_MISSING")
        _require_entitled(actor, row, outcome)
        row.undone = _merge(op, row, reason.strip()) if outcome == "merged" else None
        row.outcome, row.reason = outcome, reason.strip()
        row.decided_at, row.decided_by, row.decider_name = op.at, actor.user_id, actor.display_name
        row.save()
        op.record("duplicate.resolve", row, outcome=outcome, reason=row.reason)
        return row


def resolve_by_code(actor: Actor, code: str, keep: str, reason: str) -> SuspectedDuplicate:
    """The same, the suspicion named by its number."""
    row = get_suspicion(actor, code)
    first, second = (
        Harvest.select(Harvest, Lot).join(Lot).where(Harvest.id == key).get() for key in (row.first_id, row.second_id)
    )
    return resolve(actor, first.lot.code, second.lot.code, keep, reason)


def visible_suspicions(actor: Actor) -> Any:
    """Suspicions about a lot in the actor's charge, newest first."""
    mine = lots.visible_lots(actor).select(Lot.id)
    harvests = Harvest.select(Harvest.id).where(Harvest.lot.in_(mine))
    seen = SuspectedDuplicate.first.in_(harvests) | SuspectedDuplicate.second.in_(harvests)
    return SuspectedDuplicate.select().where(seen).order_by(SuspectedDuplicate.id.desc())


def open_suspicions(actor: Actor) -> Any:
    """Those nobody has decided yet."""
    return visible_suspicions(actor).where(SuspectedDuplicate.outcome == "open")


def suspected_among(harvest_ids: list[int]) -> set[int]:
    """Which of these harvests stand in a suspicion that did not end in a merge."""
    rows = SuspectedDuplicate.select(SuspectedDuplicate.first, SuspectedDuplicate.second)
    about = SuspectedDuplicate.first.in_(harvest_ids) | SuspectedDuplicate.second.in_(harvest_ids)
    found = rows.where(about, SuspectedDuplicate.outcome != "merged").tuples() if harvest_ids else []
    return {key for pair in found for key in pair} & set(harvest_ids)


def get_suspicion(actor: Actor, code: str) -> SuspectedDuplicate:
    """A suspicion by its number."""
    found = visible_suspicions(actor).where(SuspectedDuplicate.code == code).first()
    if found is None:
        raise NotFound()
    return found


def suspicions_of(actor: Actor, harvest: Harvest) -> list[SuspectedDuplicate]:
    """All suspicions about one harvest."""
    about = (SuspectedDuplicate.first == harvest.id) | (SuspectedDuplicate.second == harvest.id)
    return list(visible_suspicions(actor).where(about))


def pairs(actor: Actor, rows: list[SuspectedDuplicate]) -> list[Pair]:
    """Suspicions with both records beside each other; names of another party's people are masked (domain brief §2.10)."""
    ids = {key for row in rows for key in (row.first_id, row.second_id)}
    sides = _sides(actor, ids)
    return [_pair(actor, row, sides[row.first_id], sides[row.second_id]) for row in rows]


def _pair(actor: Actor, row: SuspectedDuplicate, first: Side, second: Side) -> Pair:
    message = weigh_rules.suspicion(row.minutes, first.harvest.lot.made_by.recorder_name, first.net_g)
    if row.outcome != "open" or not actor.can(Permission.DUPLICATE_RESOLVE):
        return Pair(row, first, second, message, may_decide=False)
    why_not = None
    if first.undone or second.undone:
        gone = first if first.undone else second
        why_not = Message("批次 %(lot)s 已经撤销，不用再合并。", {"lot": gone.harvest.lot.code})
    elif not _own(actor, second.harvest.lot):
        why_not = Message("第二条由另一家登记，只有登记单位或县林业局可以合并。")
    elif second.left_g < second.net_g - second.weighing.damage_g:
        why_not = Message("批次 %(lot)s 已被使用，请先撤销后面的记录。", {"lot": second.harvest.lot.code})
    may = _own(actor, second.harvest.lot) or _own(actor, first.harvest.lot)
    return Pair(row, first, second, message, may_decide=may, why_not=why_not)


def _sides(actor: Actor, ids: set[int]) -> dict[int, Side]:
    rows = queries.weighed_harvests().where(Harvest.id.in_(list(ids)))
    found = {row.id: row for row in rows}
    keys = [row.lot_id for row in found.values()]
    made, left = lots.made_quantities(keys), lots.balances(keys)
    makers = [row.lot.made_by_id for row in found.values()]
    undone = {key for (key,) in lots.undone_operations().where(Operation.reverses.in_(makers)).tuples()}
    return {
        row.id: Side(
            row, row.weighing, made[row.lot_id], left[row.lot_id], row.lot.made_by_id in undone,
            queries.recorder_for(actor, row.lot),
        )
        for row in found.values()
    }  # fmt: skip


def _own(actor: Actor, lot: Lot) -> bool:
    return actor.county_wide or lot.holder_id == actor.party_id


def _find(actor: Actor, lot: str, other: str) -> SuspectedDuplicate:
    one, two = (Harvest.select(Harvest.id).join(Lot).where(Lot.code == code) for code in (lot, other))
    first, second = SuspectedDuplicate.first, SuspectedDuplicate.second
    pair = (first.in_(one) & second.in_(two)) | (first.in_(two) & second.in_(one))
    found = visible_suspicions(actor).where(pair).first()
    if found is None:
        raise NotFound()
    return found


def _require_entitled(actor: Actor, row: SuspectedDuplicate, outcome: str) -> None:
    """Undoing a record is for its own party or the bureau; saying that both stand, for either party."""
    first, second = (
        Harvest.select(Harvest, Lot).join(Lot).where(Harvest.id == key).get() for key in (row.first_id, row.second_id)
    )
    if not (_own(actor, second.lot) or (outcome == "both" and _own(actor, first.lot))):
        raise RuleBroken("第二条由另一家登记，只有登记单位或县林业局可以合并。", code="NOT_YOURS", field="keep")


def _merge(op: audit.Operation, row: SuspectedDuplicate, reason: str) -> Operation:
    first, second = (queries.weighed_harvests().where(Harvest.id == key).get() for key in (row.first_id, row.second_id))
    lots.lock_lots(sorted([first.lot_id, second.lot_id]))
    for one in (first, second):
        if Operation.select().where(Operation.reverses == one.lot.made_by_id).exists():
            raise RuleBroken(
                "批次 %(lot)s 已经撤销，不用再合并。", code="ALREADY_UNDONE", field="keep", lot=one.lot.code
            )
    note = f"与批次 {first.lot.code} 重复登记，合并：{reason}"
    loss = second.weighing.loss
    if loss is not None and not Operation.select().where(Operation.reverses == loss.id).exists():
        undo(op, loss, note)
    return undo(op, second.lot.made_by, note)
