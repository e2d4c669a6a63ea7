"""Writing what indicators mean: cards, the reading of the enterprise sentence, milestones, ex-factory prices."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.registry import queries as register
from trace.targets import planning, stages
from trace.targets.models import FactoryPrice, IndicatorCard, MilestoneStep, TargetReading
from trace.targets.readings import Reading

P = Permission
CARD_FIELDS = (
    "name", "unit", "period", "source_doc", "source_place", "source_text", "counted", "evidence", "caution",
)  # fmt: skip


def define_card(
    actor: Actor, indicator: str, *, counted: str, evidence: str, caution: str = "", reason: str
) -> IndicatorCard:
    """A new version of an indicator's definition; name, unit and source stay what they are."""
    with operation(actor, P.TARGET_PLAN) as op:
        last = planning.card(indicator)
        if last is None:
            raise Invalid("没有这个指标。", field="indicator", code="INDICATOR_UNKNOWN")
        texts = {"counted": counted.strip(), "evidence": evidence.strip(), "caution": caution.strip()}
        if texts == {key: getattr(last, key) for key in texts}:
            raise Invalid("口径没有变化，不必保存。", field="counted", code="UNCHANGED")
        values = {key: getattr(last, key) for key in CARD_FIELDS} | texts
        row = IndicatorCard.create(
            indicator=indicator, version=last.version + 1, valid_from=business_date(op.at), reason=reason.strip(), recorded_at=op.at,
            recorder_name=actor.display_name, **values,
        )  # fmt: skip
        op.record("indicator.define", indicator, version=row.version)
        return row


def decide_reading(
    actor: Actor, *, reading: str, decided_by: str, doc_ref: str, decided_on: date, note: str = ""
) -> TargetReading:
    """Write down how the enterprise sentence is to be read; it holds from the day of the decision on, never before."""
    with operation(actor, P.TARGET_PLAN) as op:
        if decided_on > business_date(op.at):
            raise Invalid("日期不能晚于今天。", field="decided_on", code="DATE_FUTURE")
        row = TargetReading.create(
            reading=Reading(reading).value, decided_by=decided_by.strip(), doc_ref=doc_ref.strip(), decided_on=decided_on,
            note=note.strip(), recorded_at=op.at, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("indicator.read", "enterprise", reading=reading, doc_ref=row.doc_ref)
        return row


def reach_stage(actor: Actor, indicator: str, values: dict[str, Any]) -> MilestoneStep:
    """A project reached a stage: its paper and day. The order of stages is not forced, for papers may come late."""
    with operation(actor, P.TARGET_PLAN) as op:
        if values["stage"] not in stages.STAGES[indicator]:
            raise Invalid("请从列表中选择。", field="stage", code="STAGE_UNKNOWN")
        if values["on_day"] > business_date(op.at):
            raise Invalid("日期不能晚于今天。", field="on_day", code="DATE_FUTURE")
        row = MilestoneStep.create(indicator=indicator, recorded_at=op.at, recorder_name=actor.display_name, **values)
        op.record("indicator.reach", row.project, indicator=indicator, stage=row.stage, doc_no=row.doc_no)
        return row


def set_price(
    actor: Actor, *, party: str, product: str, valid_from: date, fen: int, grade: str, basis: str, reason: str = ""
) -> FactoryPrice:
    """The ex-factory price of a firm's product from a day on, with its proof; a correction is a new version with its reason."""
    with operation(actor, P.VALUE_PRICE) as op:
        firm, what = register.party_by_code(party), register.get_product(product)
        if not actor.county_wide:
            actor.require_party(firm.id)
        same = (FactoryPrice.party == firm) & (FactoryPrice.product == what) & (FactoryPrice.valid_from == valid_from)
        version = int(FactoryPrice.select(fn.COALESCE(fn.MAX(FactoryPrice.version), 0)).where(same).scalar()) + 1
        if version > 1 and not reason.strip():
            raise Invalid("这一天的出厂价已经登记，更正须填写原因。", field="reason", code="REASON_MISSING")
        row = FactoryPrice.create(
            party=firm, product=what, valid_from=valid_from, version=version, fen=fen, grade=grade, basis=basis.strip(),
            reason=reason.strip(), recorded_at=op.at, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("price.factory", firm, product=what.code, fen=fen, grade=grade, version=version)
        return row
