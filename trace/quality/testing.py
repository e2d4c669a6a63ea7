"""Writing laboratory reports: judged on the spot, and what is over a limit holds the lot in the same transaction (domain brief §2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import IntegrityError

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken, TraceError
from trace.core.identifiers import check_catl, check_cma
from trace.core.text import N_, Message
from trace.db import db
from trace.db.counters import next_number
from trace.files.rules import Upload
from trace.files.services import keep
from trace.lots import queries as lots
from trace.lots.models import Hold, Lot
from trace.lots.services import block
from trace.pesticides import queries as pesticides
from trace.pesticides.limits import Outcome
from trace.pesticides.rules import clean_active
from trace.quality import certificate_queries as queries
from trace.quality import report_queries as tests
from trace.quality import test_rules as rules
from trace.quality.certificate_models import LabCorrection, LabItem, LabReport
from trace.registry import queries as register
from trace.registry.models import Party

MOST_ITEMS = 400


@dataclass(frozen=True)
class Line:
    """One active as typed: what was found and from which amount on it can be seen, both in mg/kg."""

    active: str
    result: str
    lod: str = ""


@dataclass(frozen=True)
class Paper:
    """A report as typed from the paper."""

    lot: str
    lab: str
    report_no: str
    sample_no: str
    sampled_on: date
    sampler: str
    method: str
    lines: tuple[Line, ...]
    entrusted: bool = False
    cma: str = ""
    catl: str = ""
    lab_party: str = ""
    confirms: str = ""
    scan: Upload | None = None


def record_report(actor: Actor, paper: Paper) -> LabReport:
    """Keep a report on a lot in one's charge. Over a limit, or a rapid test's suspicion: the lot and everything made from it is held at once."""
    with operation(actor, Permission.TEST_RECORD) as op:
        lot = lots.get_lot(actor, paper.lot.strip())
        if not actor.county_wide:
            actor.require_party(lot.holder_id)
        return keep_report(op, lot, paper)


def correct_report(actor: Actor, code: str, paper: Paper, reason: str) -> LabReport:
    """Write a mistyped report again as its next version, with a reason; both stay to be read.

    The new one is judged anew: over a limit it holds (the hold of the old one goes on if it is still in force). That it is *not* over any more
    lifts nothing: a hold is released by a second person, who sees both.
    """
    with operation(actor, Permission.TEST_RECORD) as op:
        old = tests.get_report(actor, code)
        if not actor.county_wide:
            actor.require_party(old.lot.holder_id)
        lots.lock_lots([old.lot_id])
        if newer := tests.correction_of(old):
            raise RuleBroken("这份报告已更正为 %(now)s，请更正最新的一版。", code="REPORT_CORRECTED", now=newer.code)
        if not reason.strip():
            raise Invalid("请填写更正原因。", field="reason", code="REASON_MISSING")
        row = keep_report(op, old.lot, paper, old)
        LabCorrection.create(report=row, corrects=old, reason=reason.strip())
        op.record("test.correct", row, of=old.code, reason=reason.strip())
        return row


def keep_report(op: Operation, lot: Lot, paper: Paper, old: LabReport | None = None) -> LabReport:
    """The same inside an operation that is already open, for a lot somebody may write about; ``old`` is the version it corrects."""
    errors, values = _checked(op, lot, paper)
    items, wrong = _items(lot, paper)
    if errors + wrong:
        raise Invalid.of(errors + wrong)
    known = tests.report_of_number(paper.lab.strip(), paper.report_no.strip())
    if known is not None and (old is None or known.id != old.id):
        raise RuleBroken("这份报告已经登记过。", code="REPORT_KNOWN", field="report_no")
    values["version"] = 1 + max(
        old.version if old else 0, tests.last_version(paper.lab.strip(), paper.report_no.strip())
    )
    return _write(op, lot, paper, values, items, old)


def _write(
    op: Operation, lot: Lot, paper: Paper, values: dict[str, Any], items: list[rules.Item], old: LabReport | None
) -> LabReport:
    ending = rules.conclusion(paper.method, items)
    hold = None
    if ending in rules.BAD:
        hold = _still_holding(old) or _hold(op, lot, ending, items)
    try:
        with db.atomic():
            row = LabReport.create(
                code=f"JC{op.at.year % 100:02d}-{next_number(f'JC{op.at.year}'):04d}", lot=lot.id, party=lot.holder_id,
                lab=paper.lab.strip(), report_no=paper.report_no.strip(), sample_no=paper.sample_no.strip(), sampled_on=paper.sampled_on,
                sampler=paper.sampler.strip(), method=paper.method, entrusted=paper.entrusted, conclusion=ending, hold=hold,
                scan=keep(op, paper.scan) if paper.scan else None, recorded_at=op.at, recorded_by=op.actor.user_id,
                recorder_name=op.actor.display_name, **values,
            )  # fmt: skip
    except IntegrityError as error:
        raise RuleBroken("这份报告已经登记过。", code="REPORT_KNOWN", field="report_no") from error
    for item in items:
        limit = item.limit.limit
        LabItem.create(
            report=row, active=item.active, result_ng=item.result_ng, lod_ng=item.lod_ng, verdict=item.verdict.value,
            limit_ng=limit.ng_kg if limit else None, limit_source=f"{limit.std_version} {limit.food_path}".strip()[:120] if limit else "",
        )  # fmt: skip
    op.record("test.record", row, lot=lot.code, conclusion=ending, hold=hold.code if hold else None)
    return row


def _still_holding(old: LabReport | None) -> Hold | None:
    return old.hold if old is not None and old.hold_id and old.hold.released_at is None else None


def _hold(op: Operation, lot: Lot, ending: str, items: list[rules.Item]) -> Hold:
    """Inside the report's own transaction, so that no draw slips between the two."""
    bad = [i.active for i in items if i.verdict is Outcome.OVER]
    if ending == "to_confirm":
        names = bad or [i.active for i in items if i.is_found]
        reason = Message(N_("快检阳性（%(actives)s），待定量检测确证"), {"actives": "、".join(names)})
    else:
        reason = Message(N_("检测不合格：%(actives)s"), {"actives": "、".join(bad)})
    return block(op, lot, str(reason)[:200], placer=rules.RULE_NAME)


def _checked(op: Operation, lot: Lot, paper: Paper) -> tuple[list[FieldError], dict[str, Any]]:
    """The paper's head: everything wrong, and the columns made of it."""
    errors: list[FieldError] = []
    values: dict[str, Any] = {"cma": "", "catl": "", "lab_party": None, "confirms": None}

    def say(field: str, code: str, template: str, **more: Any) -> None:
        errors.append(FieldError(field, code, Message(template, more)))

    for name, check in (("cma", check_cma), ("catl", check_catl)):
        if text := getattr(paper, name).strip():
            try:
                values[name] = check(text, name)
            except Invalid as error:
                errors += error.errors
    if paper.entrusted and not (paper.cma.strip() or paper.catl.strip()):
        say("cma", "LAB_NUMBER", N_("委托检测请填写检测机构的 CMA 或 CATL 证书编号。"))
    harvested = [harvest.made_on for harvest in queries.harvests_behind(lot)]
    if paper.sampled_on < max(harvested, default=lot.made_on):
        say("sampled_on", "SAMPLED_EARLY", rules.EARLY)
    if paper.sampled_on > business_date(op.at):
        say("sampled_on", "SAMPLED_AHEAD", N_("采样日期不能晚于今天。"))
    if paper.lab_party.strip():
        values["lab_party"] = _lab(paper.lab_party, errors)
    if paper.confirms.strip():
        values["confirms"] = _confirmed(op.actor, lot, paper, errors)
    return errors, values


def _lab(code: str, errors: list[FieldError]) -> Party | None:
    try:
        party = register.party_by_code(code.strip())
    except TraceError:
        party = None
    if party is None or party.kind != "lab":
        errors.append(FieldError("lab_party", "NOT_A_LAB", Message(N_("请选择登记为检测机构的主体。"))))
    return party


def _confirmed(actor: Actor, lot: Lot, paper: Paper, errors: list[FieldError]) -> LabReport | None:
    """The rapid test that this one settles: of the same lot, still open, and by a quantitative method."""
    found = tests.visible_reports(actor).where(LabReport.code == paper.confirms.strip()).first()
    if found is None or found.lot_id != lot.id or found.conclusion != "to_confirm" or paper.method != "quant":
        text = Message(N_("只能用本批次的定量检测确证快检阳性的报告。"))
        errors.append(FieldError("confirms", "CONFIRMS_WRONG", text))
        return None
    return found


def _items(lot: Lot, paper: Paper) -> tuple[list[rules.Item], list[FieldError]]:
    items, errors, seen = [], list[FieldError](), set[str]()
    banned = {clean_active(ban.active) for ban in pesticides.bans()}
    for number, line in enumerate(paper.lines, 1):
        name = clean_active(line.active)
        try:
            result, lod = rules.parse_mg(line.result, "items"), rules.parse_mg(line.lod, "items")
        except Invalid as error:
            errors += error.errors
            continue
        if not name or name in seen:
            text = Message(N_("第 %(n)s 行的检测项目没有填写或重复。"), {"n": number})
            errors.append(FieldError("items", "ITEM_TWICE", text))
            continue
        seen.add(name)
        limit = pesticides.limit_for(lot.product.taxon, lot.product.part, name)
        items.append(rules.Item(name, result, lod, limit, name in banned))
    if not items and not errors or len(items) > MOST_ITEMS:
        errors.append(FieldError("items", "ITEMS_MISSING", Message(N_("请至少填写一个检测项目。"))))
    return items, errors
