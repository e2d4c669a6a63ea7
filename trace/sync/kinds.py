"""Every kind of operation: the number of its present shape, and how it becomes a record. Read this map first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trace.accounts import devices
from trace.accounts import queries as accounts
from trace.core import p256
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.text import N_
from trace.db.memo import forget
from trace.field import duplicates
from trace.field import services as production
from trace.field.positions import read_fix
from trace.field.weighing import WeighIn, read_containers
from trace.processing import handover
from trace.quality import certificates
from trace.quality.certificates import Wanted
from trace.sync import conflicts, records
from trace.sync.context import Context, Outcome
from trace.sync.envelope import Incoming
from trace.sync.plain import read_harvest
from trace.sync.schemas import CertificateBody, DiscardBody, DuplicateBody, HandoverBody, HarvestBody, ResolveBody
from trace.sync.shapes import lifted

Handler = Callable[[Context], Outcome]
Noted = tuple[Incoming, datetime]
"""An operation with the time of writing, the phone's error taken off."""


@dataclass(frozen=True)
class Kind:
    """One kind: its words, its present shape, its handler, and how the service's field names are called in its body."""

    label: str
    shape: int
    apply: Handler
    names: Mapping[str, str] = field(default_factory=dict)
    reads_alone: bool = False
    """Changes nothing that is remembered within an exchange."""
    expect: Callable[[Actor, list[Noted]], None] | None = None
    """Reads at once what the operations of an exchange will ask one by one."""
    series: Callable[[int], list[str]] | None = None
    """The running numbers that each takes, of a year."""


_HARVEST = HarvestBody()


def record_harvest(ctx: Context) -> Outcome:
    """A harvest becomes a lot, with what stood on the scales."""
    body = read_harvest(ctx.body) or ctx.read(_HARVEST)
    body.pop("photos", None)
    if ctx.clock_off and body["harvested_on"] > ctx.noted_on:
        body["harvested_on"] = ctx.noted_on  # a fast clock dates into the future; the receipt asks to confirm the day
    unit, rows = body.pop("unit"), body.pop("containers")
    weigh = WeighIn(
        read_containers(rows, unit), body.pop("pickers", None), body.pop("destination"), made_at=ctx.noted_at, device=ctx.incoming.device,
        fix=read_fix(body.pop("gps", None)),
    )  # fmt: skip
    kept = production.record_harvest(ctx.actor, **body, weigh=weigh)
    marks = {
        "late": kept.harvest.late_days > 0,
        "duplicate": kept.suspected,
        "held": kept.held,
    }
    return Outcome("harvest", kept.lot.code, 1, kept.warnings, {name for name, bears in marks.items() if bears})


def resolve_duplicate(ctx: Context) -> Outcome:
    """Two harvests, or one that was recorded twice."""
    body = ctx.read(DuplicateBody())
    lot, other = (records.code_of(ctx, body[name], "harvest") for name in ("lot", "other"))
    return Outcome("duplicate", duplicates.resolve(ctx.actor, lot, other, body["keep"], body["reason"]).code)


def record_handover(ctx: Context) -> Outcome:
    """Both papers, checked again with the keys on file: custody moves now."""
    body = ctx.read(HandoverBody())
    return Outcome("handover", handover.record_handover(ctx.actor, body["offer"], body["acceptance"], signer_of).code)


def issue_certificate(ctx: Context) -> Outcome:
    """A certificate issued in the field, judged by the books as they are now; its number must come from this phone's block."""
    body = ctx.read(CertificateBody())
    for name in ("note", "gps", "photos"):
        body.pop(name, None)
    lot = records.code_of(ctx, body.pop("lot"), "harvest")
    bases, day = tuple(body.pop("bases")), body.pop("issued_on") or ctx.noted_on
    wanted = Wanted(lot=lot, bases=bases, issued_on=day, device=ctx.incoming.device, **body)
    return Outcome("certificate", certificates.issue(ctx.actor, wanted).no)


def signer_of(device: str) -> handover.Signer | None:
    """Whose phone signed; nothing for one that is unknown, revoked, or whose person's account is closed."""
    found = devices.devices_named({device}).get(device)
    if found is None or found.revoked_at is not None or found.user.disabled:
        return None
    return handover.Signer(p256.public_key(found.x, found.y), accounts.actor_of(found.user))


def expect_harvests(actor: Actor, noted: list[Noted]) -> None:
    """The plots named, with what is asked about each of them."""
    codes = {op.body["plot"] for op, _ in noted if isinstance(op.body.get("plot"), str)}
    instants = [at for _, at in noted]
    production.expect_harvests(actor, sorted(codes), business_date().year, noted[0][0].device, instants)


def expect(actor: Actor, noted: Iterable[Noted]) -> None:
    """Before the operations of one author on one phone: read together what they need."""
    by_kind: dict[str, list[Noted]] = {}
    for one in noted:
        by_kind.setdefault(one[0].kind, []).append(one)
    for name, same in by_kind.items():
        kind = KINDS.get(name)
        if kind is not None and kind.expect is not None and len(same) > 1:
            kind.expect(actor, same)


def numbers_for(ops: Iterable[Incoming]) -> tuple[list[str], int]:
    """The running numbers these operations will take this year, and how many of each at most."""
    takers = [op for op in ops if op.kind in KINDS and KINDS[op.kind].series is not None]
    year = business_date().year
    keys: list[str] = []
    for kind in dict.fromkeys(op.kind for op in takers):
        keys += KINDS[kind].series(year)  # type: ignore[misc]
    return list(dict.fromkeys(keys)), len(takers)


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
        expect=expect_harvests,
        series=production.series_of_harvest,
    ),
    "activity.record": Kind(N_("生产记录"), 1, records.record_activity),
    "activity.correct": Kind(N_("更正生产记录"), 1, records.correct_activity),
    "duplicate.resolve": Kind(N_("判定重复"), 1, resolve_duplicate),
    "handover.record": Kind(N_("离线交接"), 1, record_handover),
    "certificate.issue": Kind(N_("开具合格证"), 1, issue_certificate),
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
