"""Programme notices: drafting, publishing, closing."""

from __future__ import annotations

from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, RuleBroken
from trace.db.counters import next_number
from trace.programmes import queries
from trace.programmes.models import Programme
from trace.programmes.rules import DEFAULT_PUBLICITY_DAYS


def draft_programme(actor: Actor, values: dict[str, Any]) -> Programme:
    """Write down a programme with its rate, window and conditions; nothing is open yet."""
    with operation(actor, Permission.PROGRAMME_DRAFT) as op:
        if values["closes_on"] < values["opens_on"]:
            raise Invalid("截止日期不能早于开始日期。", field="closes_on", code="DATE_ORDER")
        per_area = values["kind"] == "per_area"
        price = values.get("rate_fen" if per_area else "award_fen")
        if not price:
            raise Invalid("请填写奖补标准。", field="rate" if per_area else "award", code="MISSING")
        year = values.get("year") or values["opens_on"].year
        programme = Programme.create(
            code=f"XM{year % 100:02d}-{next_number(f'XM{year}'):02d}", name=values["name"].strip(), basis=values["basis"].strip(),
            kind=values["kind"], purpose=values["purpose"], year=year, rate_fen=price if per_area else None,
            award_fen=None if per_area else price, opens_on=values["opens_on"], closes_on=values["closes_on"],
            min_area_m2=values.get("min_area_m2") or 0, publicity_days=values.get("publicity_days") or DEFAULT_PUBLICITY_DAYS,
            finance_ref=values.get("finance_ref", "").strip(), contact=values.get("contact", "").strip(),
            conditions=values.get("conditions", "").strip(), state="draft", drafted_by=actor.user_id,
            drafter_name=actor.display_name, drafted_at=op.at,
        )  # fmt: skip
        op.record("programme.draft", programme, kind=programme.kind, price_fen=price)
        return programme


def publish_programme(actor: Actor, code: str, finance_ref: str = "") -> Programme:
    """Open a programme; never without the finance bureau's opinion and somewhere to send objections."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        programme = queries.get_programme(actor, code)
        if programme.state != "draft":
            raise RuleBroken("项目 %(programme)s 已经发布过。", code="ALREADY_PUBLISHED", programme=code)
        programme.finance_ref = finance_ref.strip() or programme.finance_ref
        if not programme.finance_ref:
            raise RuleBroken("尚未征求县财政局意见，不能发布。", code="FINANCE_MISSING", field="finance_ref")
        if not programme.contact:
            raise RuleBroken("没有填写公示异议受理方式，不能发布。", code="CONTACT_MISSING", field="contact")
        programme.state, programme.published_at = "published", op.at
        programme.save(only=[Programme.finance_ref, Programme.state, Programme.published_at])
        op.record("programme.publish", programme, finance_ref=programme.finance_ref)
        return programme


def close_programme(actor: Actor, code: str) -> Programme:
    """Take no more applications; those under way go on."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        programme = queries.get_programme(actor, code)
        if programme.state != "published":
            raise RuleBroken("只有申报中的项目才能结束。", code="NOT_PUBLISHED")
        programme.state = "closed"
        programme.save(only=[Programme.state])
        op.record("programme.close", programme)
        return programme
