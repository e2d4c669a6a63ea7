"""Reading label runs and single codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, Case, fn

from trace.core.actor import Actor
from trace.core.errors import Invalid, NotFound
from trace.core.public_code import normalise
from trace.labels.codes import BATCH, batch_book, book
from trace.labels.models import LabelActivation, LabelRun, LabelUnit
from trace.labels.rules import UnitState, carton_span
from trace.layouts.models import LabelTemplate
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.registry.models import Party, Product, Taxon


@dataclass(frozen=True)
class Unit:
    """One code: its run, its place in it (from 1), its state; for a carton the units inside, for a unit the carton around it."""

    run: LabelRun
    number: int
    state: UnitState
    reason: str
    at: datetime | None
    replaced_by: int | None
    inside: tuple[int, int] | None
    carton: tuple[LabelRun, int] | None


def runs_joined() -> Any:
    """Runs with lot, product, taxon, holder, template and the run in cartons joined."""
    inside = LabelRun.alias()
    return (
        LabelRun.select(LabelRun, Lot, Product, Taxon, Party, LabelTemplate, inside)
        .join(Lot)
        .join(Product)
        .join(Taxon)
        .switch(Lot)
        .join(Party, on=Lot.holder)
        .switch(LabelRun)
        .join(LabelTemplate, JOIN.LEFT_OUTER)
        .switch(LabelRun)
        .join(inside, JOIN.LEFT_OUTER, on=(LabelRun.carton_of == inside.id), attr="carton_of")
    )


def visible_runs(actor: Actor) -> Any:
    """Runs for lots in the actor's charge."""
    query = runs_joined()
    return query if actor.county_wide else query.where(LabelRun.lot.in_(lots.visible_lots(actor).select(Lot.id)))


def get_run(actor: Actor, no: str) -> LabelRun:
    """A run the actor may see."""
    found = visible_runs(actor).where(LabelRun.no == no).first()
    if found is None:
        raise NotFound()
    return found


def run_of_serial(serial: int) -> LabelRun | None:
    """The run a serial number belongs to: the last block that begins at or before it, if it reaches that far."""
    run = runs_joined().where(LabelRun.first_serial <= serial).order_by(LabelRun.first_serial.desc()).first()
    return run if run is not None and serial < run.first_serial + run.count else None


def run_of_batch(lot_id: int | None) -> LabelRun | None:
    """The newest batch run of a lot that is in use, else its newest."""
    rank = Case(LabelRun.state, (("activated", 0), ("made", 1)), 2)
    found = runs_joined().where(LabelRun.lot == (lot_id or 0), LabelRun.kind == "batch")
    return found.order_by(rank, LabelRun.id.desc()).first()


def run_of_code(code: str) -> tuple[LabelRun, int]:
    """The run and serial number of a code as typed or scanned, with or without its address."""
    text = normalise(code.strip().rstrip("/").rpartition("/")[2])
    if text[:1] == BATCH:
        run = run_of_batch(batch_book().read(text))
        serial = run.first_serial if run is not None else None
    else:
        serial = book().read(text)
        run = run_of_serial(serial) if serial is not None else None
    if run is None or serial is None:
        raise Invalid("追溯码不存在或有误，请核对或重新扫描。", field="code", code="CODE_UNKNOWN")
    return run, serial


def find_unit(actor: Actor, code: str) -> Unit:
    """What is known of one code, for those who may see its run."""
    run, serial = run_of_code(code)
    return unit_at(get_run(actor, run.no), serial - run.first_serial + 1)


def unit_at(run: LabelRun, number: int) -> Unit:
    """The n-th label of a run, counted from 1."""
    row = LabelUnit.get_or_none(LabelUnit.serial == run.first_serial + number - 1)
    state, at = _state(run, number, row)
    inside = carton_span(number - 1, run.per_carton, run.carton_of.count) if run.carton_of_id else None
    around = LabelRun.get_or_none(LabelRun.carton_of == run.id, LabelRun.state != "voided")
    return Unit(
        run, number, state, row.reason if row else run.void_reason, at, row.replaced_by if row else None, inside,
        (around, (number - 1) // around.per_carton + 1) if around else None,
    )  # fmt: skip


def _state(run: LabelRun, number: int, row: LabelUnit | None) -> tuple[UnitState, datetime | None]:
    if row is not None:
        return UnitState(row.state), row.at
    if run.state == "voided":
        return UnitState.VOIDED, run.voided_at
    if run.state == "activated":
        return UnitState.ACTIVATED, run.activated_at
    active = LabelActivation.get_or_none(
        LabelActivation.run == run.id, LabelActivation.first_no <= number, LabelActivation.last_no >= number
    )
    if active is not None:
        return UnitState.ACTIVATED, active.at
    return (UnitState.PRINTED, run.printed_at) if run.printed_at else (UnitState.MADE, run.made_at)


def activated_count(run: LabelRun) -> int:
    """How many labels of a run were activated, range by range or as a whole."""
    if run.state == "activated":
        return run.count
    spans = fn.SUM(LabelActivation.last_no - LabelActivation.first_no + 1)
    return int(LabelActivation.select(fn.COALESCE(spans, 0)).where(LabelActivation.run == run.id).scalar())


def gone_counts(run: LabelRun) -> dict[str, int]:
    """Single labels of a run that were voided or reprinted."""
    rows = LabelUnit.select(LabelUnit.state, fn.COUNT(LabelUnit.id)).where(LabelUnit.run == run.id)
    return dict(rows.group_by(LabelUnit.state).tuples())


def gone_spans(run: LabelRun) -> list[tuple[int, int, str, str, datetime]]:
    """Voided and reprinted labels as spans (first, last, state, reason, when), the newest act first."""
    rows = LabelUnit.select(LabelUnit.serial, LabelUnit.state, LabelUnit.reason, LabelUnit.at)
    spans: list[tuple[int, int, str, str, datetime]] = []
    for serial, state, reason, at in rows.where(LabelUnit.run == run.id).order_by(LabelUnit.serial).tuples():
        number = serial - run.first_serial + 1
        if spans and spans[-1][1] == number - 1 and spans[-1][2:] == (state, reason, at):
            spans[-1] = (spans[-1][0], number, state, reason, at)
        else:
            spans.append((number, number, state, reason, at))
    return sorted(spans, key=lambda span: span[4], reverse=True)


def relatives(run: LabelRun) -> list[LabelRun]:
    """Runs that hang together with this one: its cartons, what is in its cartons, reprints and what they replaced."""
    near = (LabelRun.carton_of == run.id) | (LabelRun.replaces == run.id)
    for key in (run.carton_of_id, run.replaces_id):
        if key:
            near = near | (LabelRun.id == key)
    return list(LabelRun.select().where(near).order_by(LabelRun.id))


def activations(run: LabelRun) -> list[LabelActivation]:
    """The ranges of a run that were activated one by one."""
    return list(LabelActivation.select().where(LabelActivation.run == run.id).order_by(LabelActivation.first_no))


def run_by_no(no: str) -> LabelRun | None:
    """A run by number, without scope: for the worker and commands."""
    return runs_joined().where(LabelRun.no == no).first()


def run_state(run: LabelRun) -> str:
    """The state of a run as it is now."""
    return str(LabelRun.select(LabelRun.state).where(LabelRun.id == run.id).scalar())


def runs_with_key(version: str) -> int:
    """Runs not voided whose codes were written with a key."""
    return LabelRun.select().where(LabelRun.key_version == version, LabelRun.state != "voided").count()
