"""The scales in the orchard: several containers make one harvest; damage is counted apart, the price may come later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.core.units import Weight, parse_weight, parse_weight_or_none
from trace.db.counters import next_number
from trace.db.rows import add, put_many
from trace.field import queries, weigh_rules
from trace.field.models import Harvest
from trace.field.positions import Fix, distance_to
from trace.field.weigh_models import HarvestContainer, HarvestPrice, Weighing
from trace.field.weigh_rules import MOST_CONTAINERS, Weighed
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot, Operation
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, perform

MOST_PICKERS = 1000
ZERO = Weight(0, "", "")


@dataclass(frozen=True)
class OnScales:
    """One container as read: gross, tare and damage, each as typed with its unit and in grams."""

    gross: Weight
    tare: Weight = ZERO
    damage: Weight = ZERO

    @property
    def weighed(self) -> Weighed:
        """The same in grams."""
        return Weighed(self.gross.grams, self.tare.grams, self.damage.grams)


@dataclass(frozen=True)
class WeighIn:
    """What a weigh-in knows beside plot, part and day. ``made_at``: the clock of the device that wrote it down; ``device``: its id."""

    containers: Sequence[OnScales] = ()
    pickers: int | None = None
    destination: str = ""
    made_at: datetime | None = None
    device: str = ""
    fix: Fix | None = None

    @property
    def net(self) -> Weight | None:
        """The weight of the lot, computed and so in 公斤; nothing when only one figure was given."""
        if not self.containers:
            return None
        grams = weigh_rules.net_weight([one.weighed for one in self.containers])
        return Weight(grams, plain(grams), "公斤")

    @property
    def damage_g(self) -> int:
        """All damage together."""
        return weigh_rules.damaged([one.weighed for one in self.containers])


def read_containers(typed: Iterable[dict[str, Any]], default_unit: str = "公斤") -> list[OnScales]:
    """Containers as typed (``gross``, ``tare``, ``damage``; each may carry its own unit): every mistake is found, at its own field.

    A row without any figure is left out.
    """
    rows = [{key: str(row.get(key) or "") for key in ("gross", "tare", "damage")} for row in typed]
    errors: list[FieldError] = []
    kept: list[tuple[int, OnScales]] = []
    for n, row in enumerate(rows):
        if any(text.strip() for text in row.values()):
            one = _read(n, row, default_unit, errors)
            if one:
                kept.append((n, one))
    if len(rows) > MOST_CONTAINERS:
        errors.append(
            FieldError("containers", "TOO_MANY", Message("一次最多过 %(most)s 筐，请分几次登记。", {"most": MOST_CONTAINERS}))
        )  # fmt: skip
    errors += _impossible(kept)
    if errors:
        raise Invalid.of(errors)
    return [one for _, one in kept]


def check(weigh: WeighIn) -> None:
    """Raise :class:`Invalid` for a number of pickers or a destination that cannot be."""
    if weigh.pickers is not None and not 0 < weigh.pickers <= MOST_PICKERS:
        raise Invalid("采摘人数应在 1 到 %(most)s 之间。", field="pickers", code="PICKERS_RANGE", most=MOST_PICKERS)
    if weigh.destination and weigh.destination not in weigh_rules.DESTINATIONS:
        raise Invalid("请从列表中选择。", field="destination", code="DESTINATION_UNKNOWN")


def written_on(weigh: WeighIn, now: datetime) -> date:
    """The day a record was written down: the phone's, which may have had no signal since; never later than the server's."""
    return business_date(min(weigh.made_at or now, now))


def keep(op: audit.Operation, harvest: Harvest, lot: Lot, plot: Plot, weigh: WeighIn) -> Weighing:
    """Write a weigh-in beside its harvest. Damaged fruit leaves the lot at once, as a loss in the ledger that the weighing points to."""
    loss = _write_off(op, lot, weigh.damage_g)
    fix = weigh.fix
    row = add(
        Weighing, code=f"CG{lot.made_on.year % 100:02d}-{next_number(f'CG{lot.made_on.year}'):04d}", harvest=harvest,
        made_at=min(weigh.made_at or op.at, op.at), device=weigh.device, pickers=weigh.pickers, destination=weigh.destination,
        damage_g=weigh.damage_g, loss=loss, lon=fix.lon if fix else None, lat=fix.lat if fix else None,
        accuracy_m=fix.accuracy_m if fix else None, distance_m=distance_to(plot, fix, lot.made_on) if fix else None,
    )  # fmt: skip
    put_many(HarvestContainer, [_row(row, seq, one) for seq, one in enumerate(weigh.containers, 1)])
    return row


def price_harvest(
    actor: Actor, code: str, *, fen_per_kg: int, priced_on: date, buyer: str = "", reason: str = ""
) -> HarvestPrice:
    """Say what a harvest fetched. The first price needs no reason; each later one replaces the last with a reason, and all stay readable."""
    with operation(actor, Permission.HARVEST_RECORD) as op:
        harvest = queries.lock_harvest(actor, code)
        actor.require_party(harvest.lot.holder_id)
        if not harvest.lot.made_on <= priced_on <= business_date(op.at):
            raise Invalid("定价日期应在采收日期与今天之间。", field="priced_on", code="DATE_RANGE")
        version = 1 + HarvestPrice.select().where(HarvestPrice.harvest == harvest).count()
        if version > 1 and not reason.strip():
            raise Invalid("改价请填写原因，原价仍可查。", field="reason", code="REASON_MISSING")
        row = HarvestPrice.create(
            harvest=harvest, version=version, fen_per_kg=fen_per_kg, priced_on=priced_on, buyer=buyer.strip(), reason=reason.strip(),
            recorded_at=op.at, recorded_by=actor.user_id, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("harvest.price", harvest.lot, version=version, fen_per_kg=fen_per_kg, reason=row.reason)
        return row


def _read(n: int, row: dict[str, str], unit: str, errors: list[FieldError]) -> OnScales | None:
    values = {}
    for key, text in row.items():
        field = f"containers.{n}.{key}"
        try:
            if key == "gross":
                values[key] = parse_weight(text, unit, field)
            else:
                values[key] = parse_weight_or_none(text, unit, field) or ZERO
        except Invalid as error:
            errors += error.errors
    return OnScales(**values) if len(values) == len(row) else None


def _impossible(kept: Sequence[tuple[int, OnScales]]) -> list[FieldError]:
    """Mistakes of the sums, with the row they were typed in."""
    last = max((n for n, _ in kept), default=-1)
    by_row = dict(kept)
    # A row left out weighs something by definition, so it is never complained about.
    filled = [by_row[n].weighed if n in by_row else Weighed(1) for n in range(last + 1)]
    return weigh_rules.container_mistakes(filled)


def _write_off(op: audit.Operation, lot: Lot, damage_g: int) -> Operation | None:
    if not damage_g:
        return None
    done = perform(
        op, OperationKind.LOSS, lot.holder, lot.made_on, draws=[Draw(lot, damage_g)], makes=[], note="过磅时挑出的破损果",
        detail={"loss_g": damage_g},
    )  # fmt: skip
    return done.operation


def _row(weighing: Weighing, seq: int, one: OnScales) -> dict[str, Any]:
    found: dict[str, Any] = {"weighing": weighing.id, "seq": seq}
    for key in ("gross", "tare", "damage"):
        weight: Weight = getattr(one, key)
        found |= {f"{key}_g": weight.grams, f"{key}_typed": weight.typed_quantity, f"{key}_unit": weight.typed_unit}
    return found


def unit_words(typed: Iterable[dict[str, Any]], chosen: str) -> Message | None:
    """Figures typed with another unit than the one chosen, to be confirmed (C6): “420.5斤” is 210.25 公斤."""
    for row in typed:
        for key in ("gross", "tare", "damage"):
            weight = parse_weight_or_none(str(row.get(key) or ""), chosen, key)
            if weight and weight.typed_unit != chosen and weight.typed_unit.lower() not in SAME.get(chosen, ()):
                return Message(
                    "%(typed)s%(unit)s 合 %(kg)s 公斤，请核对后确认。",
                    {"typed": weight.typed_quantity, "unit": weight.typed_unit, "kg": plain(weight.grams)},
                )
    return None


SAME = {"公斤": ("千克", "kg", "㎏"), "斤": ("市斤",)}
"""Other words for the same unit need no confirmation."""


def plain(grams: int) -> str:
    """210.25, 420.5: kilograms without idle noughts."""
    return f"{Decimal(grams) / 1000:f}".rstrip("0").rstrip(".") if grams % 1000 else str(grams // 1000)


def left_of(harvest: Harvest) -> int:
    """What is still there of a harvest's lot, in grams."""
    return lots.balance(harvest.lot)
