"""Every kind of operation: the number of its present shape, and how it becomes a record. Read this map first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trace.core.text import N_
from trace.db.memo import forget
from trace.field import services as production
from trace.sync import conflicts
from trace.sync.context import Context, Outcome
from trace.sync.schemas import DiscardBody, HarvestBody, ResolveBody
from trace.sync.shapes import lifted

Handler = Callable[[Context], Outcome]


@dataclass(frozen=True)
class Kind:
    """One kind: its words, its present shape, its handler, and how the service's field names are called in its body."""

    label: str
    shape: int
    apply: Handler
    names: Mapping[str, str] = field(default_factory=dict)
    reads_alone: bool = False
    """Changes nothing that is remembered within an exchange."""


_HARVEST = HarvestBody()


def record_harvest(ctx: Context) -> Outcome:
    """A harvest becomes a lot."""
    body = ctx.read(_HARVEST)
    for name in ("unit", "gps"):
        body.pop(name, None)
    if ctx.clock_off and body["harvested_on"] > ctx.noted_on:
        body["harvested_on"] = ctx.noted_on  # a fast clock dates into the future; the receipt asks to confirm the day
    kept = production.record_harvest(ctx.actor, noted_on=ctx.noted_on, **body)
    flags = {"late"} if kept.harvest.late_days else set()
    return Outcome("harvest", kept.lot.code, 1, kept.warnings, flags)


def resolve_conflict(ctx: Context) -> Outcome:
    """A person chose between two versions."""
    body = ctx.read(ResolveBody())
    target = ctx.operation_at(body["operation"])
    return conflicts.resolve(ctx.actor, target, body["keep"], body["fields_"])


def discard(ctx: Context) -> Outcome:
    """A person threw a refused or waiting record away; what was signed stays on file."""
    body = ctx.read(DiscardBody())
    return conflicts.discard(ctx.actor, ctx.operation_at(body["operation"]), body["reason"])


KINDS: dict[str, Kind] = {
    "harvest.record": Kind(
        N_("采收"),
        1,
        record_harvest,
        {"plot_code": "plot", "harvested_on": "on", "weight": "quantity"},
        reads_alone=True,
    ),
    "conflict.resolve": Kind(N_("选定冲突版本"), 1, resolve_conflict),
    "discard": Kind(N_("丢弃"), 1, discard),
}


def is_known(kind: str, schema: int) -> bool:
    """Does this server know the kind in this shape?"""
    return kind in KINDS and schema <= KINDS[kind].shape


def apply(ctx: Context) -> Outcome:
    """Put one operation into the books; raises what the services raise, and :class:`Conflict`."""
    kind = KINDS[ctx.incoming.kind]
    if not kind.reads_alone:
        forget()
    outcome = kind.apply(ctx)
    if not kind.reads_alone:
        forget()
    return outcome


def todays_body(kind: str, schema: int, body: dict) -> dict:
    """A body in today's shape; :class:`KeyError` when it lacks what its own shape had."""
    return lifted(kind, schema, KINDS[kind].shape, body)


def label_of(kind: str) -> str:
    """The Chinese name of a kind."""
    return KINDS[kind].label if kind in KINDS else kind
