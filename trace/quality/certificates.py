"""Issuing and cancelling 承诺达标合格证 (Order 4/2025; domain brief §2.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import IntegrityError

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.identifiers import check_phone, mask_name
from trace.core.text import N_, Message
from trace.core.units import parse_quantity
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.field import activity_queries as books
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.pesticides import queries as pesticides
from trace.pesticides.rules import clean_active
from trace.quality import certificate_queries as queries
from trace.quality import certificate_rules as rules
from trace.quality import report_queries as tests
from trace.quality.certificate_models import Certificate, LabReport, NumberBlock
from trace.quality.test_rules import BAD
from trace.registry import numbers
from trace.registry import queries as register
from trace.registry.models import Party, Village
from trace.registry.rules import PERSONS
from trace.registry.vault import vault


@dataclass(frozen=True)
class Wanted:
    """A certificate as somebody asks for it. ``no`` and ``device``: drawn from a block while there was no network."""

    lot: str
    quantity: str
    bases: tuple[str, ...]
    village: str = ""
    contact: str = ""
    product_name: str = ""
    report: str = ""
    issued_on: date | None = None
    no: str = ""
    device: str = ""


@dataclass(frozen=True)
class _Gathered:
    lot: Lot
    facts: rules.Facts
    village: Village | None
    report: LabReport | None
    sources: list[dict[str, Any]]


def issue(actor: Actor, wanted: Wanted) -> Certificate:
    """Issue a certificate for (part of) a lot the actor's party holds; every reason against it is told at once."""
    with operation(actor, Permission.CERTIFICATE_ISSUE) as op:
        return issue_in(op, wanted)


def issue_in(op: audit.Operation, wanted: Wanted) -> Certificate:
    """The same inside an operation that is already open."""
    gathered = _gather(op, wanted)
    errors = rules.mistakes(gathered.facts)
    errors += _number_mistakes(op, gathered.lot.holder, wanted, gathered.facts.issued_on)
    if errors:
        raise Invalid.of(errors)
    row = _write(op, wanted, gathered)
    op.record("certificate.issue", row, lot=gathered.lot.code, quantity=row.quantity, sources=len(row.sources))
    return row


def cancel(actor: Actor, no: str, reason: str) -> Certificate:
    """Take a certificate back: by its issuer, with a reason, and only before anything was received on it."""
    with operation(actor, Permission.CERTIFICATE_ISSUE) as op:
        row = queries.get_certificate(actor, no)
        actor.require_party(row.issuer_id)
        list(lock_row(Certificate.select(Certificate.id).where(Certificate.id == row.id)))
        row = Certificate.get_by_id(row.id)
        if row.state != "valid":
            raise RuleBroken("合格证 %(no)s 已经作废。", code="CERTIFICATE_STATE", no=no)
        if not reason.strip():
            raise Invalid("请填写作废原因。", field="reason", code="REASON_MISSING")
        if queries.collected_of(row):
            raise RuleBroken("合格证 %(no)s 已有收购使用，只能通过召回作废。", code="CERTIFICATE_USED", no=no)
        row.state, row.cancelled_at, row.cancelled_by = "cancelled", op.at, actor.display_name
        row.cancel_reason = reason.strip()
        row.save(only=["state", "cancelled_at", "cancelled_by", "cancel_reason"])
        op.record("certificate.cancel", row, reason=row.cancel_reason)
        return row


def give_numbers(actor: Actor, device: str) -> NumberBlock:
    """Reserve numbers of this year for one device of the own party, to issue without network."""
    with operation(actor, Permission.CERTIFICATE_ISSUE) as op:
        party = register.party_by_id(_own(actor))
        year = business_date(op.at).year
        first = rules.ONLINE_MOST + next_number(f"HNC-{party.code}-{year}", rules.BLOCK)
        if first + rules.BLOCK - 1 > rules.MOST:
            raise RuleBroken("本年度离线编号已发完，请联网开具。", code="BLOCKS_GONE")
        row = NumberBlock.create(
            party=party, year=year, device=device, first=first, last=first + rules.BLOCK - 1, given_at=op.at,
            given_by=actor.display_name,
        )  # fmt: skip
        op.record("certificate.numbers", party.code, device=device, first=row.first, last=row.last)
        return row


def require_for_mixed(lot: Lot, quantity: int) -> None:
    """H4: what was mixed from several producers leaves only with a new certificate that lists its sources."""
    if not rules.is_fresh(lot.product.part, lot.product.form):
        return
    producers = queries.producers_of(lot)
    if len(producers) < 2:
        return
    if sum(left for _, left in queries.covering(lot)) < quantity:
        raise RuleBroken(rules.MIXED_WITHOUT, code="CERTIFICATE_NEEDED", field="lot", lot=lot.code, n=len(producers))


def _gather(op: audit.Operation, wanted: Wanted) -> _Gathered:
    """Everything the rules look at, the lot locked."""
    if re.search(r"[,，、;；\s]", wanted.lot.strip()):
        raise Invalid(rules.MIXED, field="lot", code="ONE_BATCH")
    lot = lots.get_lot(op.actor, wanted.lot.strip())
    op.actor.require_party(lot.holder_id)
    lots.lock_lots(sorted(queries.split_from(lot)))
    if lot.kind in ("seedling", "wip"):
        raise RuleBroken("批次 %(lot)s 不能开具合格证。", code="LOT_KIND", field="lot", lot=lot.code)
    quantity, _ = parse_quantity(wanted.quantity, lot.unit)
    harvests = queries.harvests_behind(lot)
    today = business_date(op.at)
    issued_on = wanted.issued_on or today
    report, unusable = _report(op.actor, lot, wanted)
    village = _village(wanted.village, harvests)
    holds = lots.open_holds([lot.id]).get(lot.id, [])
    producers = {harvest.holder_id for harvest in harvests}
    interval, unknown = _intervals(harvests)
    used = queries.actives_used(harvests)
    own = [harvest for harvest in harvests if harvest.holder_id == lot.holder_id]
    holder = lot.holder
    known = [p for p in register.products() if p.taxon_id == lot.product.taxon_id and p.part == lot.product.part]
    facts = rules.Facts(
        lot=lot.code, unit=lot.unit, is_fresh=rules.is_fresh(lot.product.part, lot.product.form), taxon=lot.product.taxon.key,
        product_name=wanted.product_name.strip() or lot.product.name, known_names=frozenset(p.name for p in known),
        quantity=quantity, remaining=queries.not_certified(lot), village=village is not None,
        is_person=holder.kind in PERSONS, uscc=holder.uscc or "", contact=_contact(wanted, holder), bases=wanted.bases,
        report=report.code if report else "", report_usable=unusable, issued_on=issued_on, today=today,
        harvested_on=max((harvest.made_on for harvest in harvests), default=None), producers=len(producers),
        issuer_buys=queries.buys(holder, today), held=holds[0].reason if holds else "", interval=interval, unknown_interval=unknown,
        banned=_banned(lot, used), uncovered=rules.uncovered(used, _tested(report)),
        bare_plots=queries.bare_plots(own) if holder.kind not in PERSONS else (),
    )  # fmt: skip
    return _Gathered(lot, facts, village, report, _sources(harvests) if len(producers) > 1 else [])


def _write(op: audit.Operation, wanted: Wanted, gathered: _Gathered) -> Certificate:
    facts, holder = gathered.facts, gathered.lot.holder
    contact = check_phone(facts.contact, "contact")
    sealed = vault().seal(contact) if facts.is_person else ""
    try:
        with db.atomic():
            return Certificate.create(
                no=wanted.no.strip().upper() or next_no(holder, facts.issued_on), lot=gathered.lot.id, issuer=holder,
                product_name=facts.product_name, quantity=facts.quantity, village=gathered.village,
                contact="" if sealed else contact, contact_sealed=sealed, basis=list(facts.bases), report=gathered.report,
                sources=gathered.sources, issued_on=facts.issued_on, recorded_at=op.at, recorded_by=op.actor.user_id,
                recorder_name=op.actor.display_name, device=wanted.device,
            )  # fmt: skip
    except IntegrityError as error:
        raise RuleBroken(rules.NUMBER_TAKEN, code="NUMBER_TAKEN", field="no") from error


def next_no(party: Party, day: date) -> str:
    """The next number of a party and day given out online."""
    prefix = prefix_of(party)
    sequence = next_number(f"{prefix}{day:%Y%m%d}")
    if sequence > rules.ONLINE_MOST:
        raise RuleBroken("今天的合格证编号已用完，请明天再开具。", code="NUMBERS_GONE")
    return rules.number(prefix, day, sequence)


def prefix_of(party: Party) -> str:
    """What all numbers of a party begin with."""
    return rules.number_prefix(party.uscc or "", party.code)


def _number_mistakes(op: audit.Operation, party: Party, wanted: Wanted, day: date) -> list[FieldError]:
    """A number brought along must be this party's, of that day, out of a block of that device, and new."""
    if not wanted.no:
        return []
    read = rules.read_number(wanted.no)
    prefix = prefix_of(party)
    if read is None or read[:2] != (prefix, day):
        return [FieldError("no", "NUMBER_FORMAT", Message(N_("合格证编号与开具单位或日期不符。")))]
    blocks = queries.block_of(party, wanted.device, day.year)
    if not any(block.first <= read[2] <= block.last for block in blocks):
        return [FieldError("no", "NUMBER_FOREIGN", Message(rules.OFFLINE_EMPTY))]
    if queries.certificate_by_no(wanted.no) is not None:
        return [FieldError("no", "NUMBER_TAKEN", Message(rules.NUMBER_TAKEN))]
    return []


def _report(actor: Actor, lot: Lot, wanted: Wanted) -> tuple[LabReport | None, str]:
    """The report named, and why it can be no basis."""
    if not wanted.report.strip():
        return None, ""
    try:
        found = tests.get_report(actor, wanted.report.strip())
    except NotFound:
        return None, ""
    if found.lot_id not in queries.split_from(lot):
        return found, N_("这份检测报告不是本批次的。")
    if tests.correction_of(found) is not None:
        return found, N_("这份检测报告已经更正，请选更正后的一版。")
    if found.conclusion in BAD:
        return found, N_("这份检测报告结论为不合格或待确证，不能作承诺依据。")
    if "entrusted_test" in wanted.bases and not found.entrusted:
        return found, N_("这份报告是自行检测，请选择‘自行检测’。")
    return found, ""


def _village(code: str, harvests: list[Lot]) -> Village | None:
    """The village chosen, or the only one the lot comes from."""
    if code:
        try:
            return register.get_village(code)
        except (Invalid, NotFound):
            return None
    villages = {harvest.plot.village.code: harvest.plot.village for harvest in harvests}
    return next(iter(villages.values())) if villages else None


def _contact(wanted: Wanted, holder: Party) -> str:
    if wanted.contact.strip():
        return wanted.contact.strip()
    return numbers.unseal(holder.phone_sealed) if holder.phone_sealed else holder.phone


def _intervals(harvests: list[Lot]) -> tuple[str, bool]:
    """P8 as it was judged: the words of a harvest that came too soon and is still held, and whether any interval is unknown."""
    judged = books.last_judgements([harvest.id for harvest in harvests])
    waiting = [row for row in judged.values() if row.outcome == "held"]
    held = [row for row in waiting if row.hold_id is None or row.hold.released_at is None]
    unknown = len(waiting) > len(held) or any(row.outcome == "unknown" for row in judged.values())
    return (held[0].reason if held else ""), unknown


def _banned(lot: Lot, used: set[str]) -> tuple[str, ...]:
    """Banned actives that were sprayed or found in the batch."""
    bans = {clean_active(ban.active) for ban in pesticides.bans()}
    found = {clean_active(name) for name in used}
    for report in tests.reports_of(lot):
        found |= {clean_active(item.active) for item in tests.items_of(report) if 0 < item.result_ng >= item.lod_ng}
    return tuple(sorted(found & bans))


def _tested(report: LabReport | None) -> set[str]:
    return {item.active for item in tests.items_of(report)} if report else set()


def _sources(harvests: list[Lot]) -> list[dict[str, Any]]:
    """Where a mixed batch came from: producer (persons masked), village, harvest lots."""
    found: dict[int, dict[str, Any]] = {}
    for harvest in harvests:
        holder, village = harvest.holder, harvest.plot.village
        name = mask_name(holder.name) if holder.kind in PERSONS else holder.name
        source = found.setdefault(holder.id, {"producer": name, "villages": [], "lots": []})
        place = f"{village.township.name}{village.name}"
        if place not in source["villages"]:
            source["villages"].append(place)
        source["lots"].append(harvest.code)
    return list(found.values())


def _own(actor: Actor) -> int:
    if actor.party_id is None:
        raise NotFound()
    return actor.party_id
