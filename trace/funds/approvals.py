"""Approval: a list laid before the leading group reserves its money, the decision commits it, what is sent back gives it free again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import IntegrityError

from trace import audit
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db import db
from trace.db.counters import next_number
from trace.db.rows import put_rows
from trace.funds import ledger, many, rules, workflow
from trace.funds.approval_models import ApprovalItem, ApprovalList
from trace.funds.approval_rules import HEAD_FEN, HEAD_KEY, SHORTAGES, Claim, Share, shares
from trace.funds.ledger import Posting
from trace.funds.models import Application
from trace.funds.publicity import require_period_over
from trace.funds.rules import Action, State
from trace.registry.queries import site_setting


def convene(
    actor: Actor, nos: list[str], opinion: str = "", *, finance_ref: str = "", shortage: str = ""
) -> list[ApprovalList]:
    """Lay applications before the leading group, one list for each programme, and reserve their money.

    When it does not reach: without ``shortage`` refused with both figures; the rule of the notice leaves the last ones waiting (``queue``)
    or reduces all alike (``pro_rata``); another rule than the notice's is refused.
    """
    with workflow.acting(actor, rules.permissions_for(Action.CONVENE), Action.CONVENE, ",".join(nos)[:80]) as op:
        if not nos:
            raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
        applications = many.lock_many(actor, nos)
        many.require_legal(applications, Action.CONVENE)
        by_programme: dict[int, list[Application]] = {}
        for one in applications:
            by_programme.setdefault(one.programme_id, []).append(one)
        return [
            _convene_one(op, group, opinion.strip(), finance_ref.strip(), shortage)
            for _, group in sorted(by_programme.items())
        ]


def _convene_one(
    op: audit.Operation, group: list[Application], opinion: str, finance_ref: str, shortage: str
) -> ApprovalList:
    programme = group[0].programme
    reference = finance_ref or programme.finance_ref
    if not reference:
        raise Invalid("请填写财政会商意见文号。", field="finance_ref", code="MISSING")
    budget = ledger.lock_budget(group[0].programme_id)
    left, claimed = ledger.remaining_fen(budget), sum(one.amount_fen for one in group)
    if claimed > left and shortage not in ("queue", "pro_rata"):
        ledger.require_room(budget, claimed)
    if claimed > left and shortage != programme.shortage:
        words = SHORTAGES[programme.shortage]
        raise Invalid("项目通知规定，指标不够时%(rule)s。", field="shortage", code="SHORTAGE_RULE", rule=words)
    given = shares([Claim(one.no, one.amount_fen) for one in in_order(group)], left, shortage)
    by_no = {one.no: one for one in group}
    served = [by_no[share.no] for share in given if share.amount_fen > 0]
    if not served:
        ledger.require_room(budget, min(one.amount_fen for one in group))
        raise RuleBroken("剩余指标不够任何一份申请，请申请追加。", code="BUDGET_EXCEEDED")
    steps = many.require_steps(op, served, Action.CONVENE)
    made = _write_list(
        op, programme, [share for share in given if share.amount_fen > 0], by_no, claimed, left, reference, shortage
    )
    amounts = {share.no: share for share in given}
    ledger.post_all(op, [_posting(op, "reserve", made.no, one, amounts[one.no].amount_fen) for one in served])
    for one in served:  # before the evidence is frozen: the sheet that is paid by is part of it
        many.change(one, _reduced(one, amounts[one.no]))
    many.advance_all(
        op, served, steps, opinion=opinion,
        detail=lambda one: {"list": made.no, "amount_fen": amounts[one.no].amount_fen},
    )  # fmt: skip
    op.record("approval.convene", made, lines=len(served), total_fen=made.total_fen, waiting=len(group) - len(served))
    return made


def in_order(applications: Sequence[Application]) -> list[Application]:
    """Who is served first: the earlier submission, then the lower number."""
    return sorted(applications, key=lambda one: (one.submitted_at or one.created_at, one.no))


def approve(actor: Actor, nos: list[str], opinion: str, minutes_ref: str, head_ref: str = "") -> list[Application]:
    """Approve applications with opinion and minutes, all or none, and commit their money. A large list needs the head's signature too."""
    with workflow.acting(actor, rules.permissions_for(Action.APPROVE), Action.APPROVE, ",".join(nos)[:80]) as op:
        _require_signature(nos, opinion, minutes_ref)
        applications = many.lock_many(actor, nos)
        for one in applications:
            if one.state == State.PUBLICITY:  # looked for one step too soon: the words of the period
                require_period_over(one, business_date(op.at))
        steps = many.require_steps(op, applications, Action.APPROVE)
        items = _open_items(applications)
        _require_head(items, head_ref)
        ledger.post_all(
            op, [_posting(op, "commit", items[one.id].list.no, one, items[one.id].amount_fen) for one in applications]
        )
        minutes = minutes_ref.strip()
        many.advance_all(
            op, applications, steps, opinion=opinion.strip(), changes=lambda _one: {"minutes_ref": minutes},
            detail=lambda one: {"minutes_ref": minutes, "list": items[one.id].list.no, "amount_fen": one.amount_fen},
        )  # fmt: skip
        _decide(op, items, "approved", opinion.strip(), minutes, head_ref.strip())
        return applications


def let_go(op: audit.Operation, application: Application, state: str) -> None:
    """An application leaves its list without being approved (``back`` or ``rejected``): its money is free again, a reduced claim whole again."""
    items = _open_items([application])
    item = items[application.id]
    ledger.post_all(op, [_posting(op, "release", item.list.no, application, item.amount_fen)])
    if application.amount_fen != item.claimed_fen:
        many.change(application, {"amount_fen": item.claimed_fen})
    _decide(op, items, state, "", "", "")


def _reduced(one: Application, share: Share) -> dict[str, Any]:
    """A reduced application carries the reduced amount, and its sheet says why."""
    if share.amount_fen == share.claimed_fen:
        return {}
    note = {"claimed_fen": share.claimed_fen, "amount_fen": share.amount_fen, "rule": "pro_rata"}
    return {"amount_fen": share.amount_fen, "sheet": {**(one.sheet or {}), "reduction": note}}


def _write_list(
    op: audit.Operation, programme: Any, given: list[Share], by_no: dict[str, Application], claimed: int, left: int,
    reference: str, shortage: str,
) -> ApprovalList:  # fmt: skip
    year = business_date(op.at).year
    total = sum(share.amount_fen for share in given)
    made = ApprovalList.create(
        no=f"SD{year % 100:02d}-{next_number(f'SD{year}'):04d}", programme=programme, state="open", finance_ref=reference,
        claimed_fen=claimed, total_fen=total, left_fen=left, shortage=shortage if claimed > left else "none",
        needs_head=total >= int(site_setting(HEAD_KEY, HEAD_FEN)), preparer_id=op.actor.user_id,
        preparer_name=op.actor.display_name, prepared_at=op.at,
    )  # fmt: skip
    rows = [
        {"list": made.id, "application": by_no[share.no].id, "position": place, "claimed_fen": share.claimed_fen,
         "amount_fen": share.amount_fen, "state": "open"}
        for place, share in enumerate(given, 1)
    ]  # fmt: skip
    try:
        with db.atomic():
            put_rows(ApprovalItem, rows)
    except IntegrityError as error:
        raise RuleBroken("所选申请中有刚被送审的，请刷新后再办理。", code="CHANGED") from error
    return made


def _posting(op: audit.Operation, kind: str, list_no: str, one: Application, amount_fen: int) -> Posting:
    """The key names the list: an application sent back and convened again is reserved anew."""
    return Posting(
        kind, one.programme_id, amount_fen, f"{kind}:{one.no}/{one.instalment}:{list_no}", "list", list_no, one.id
    )


def _open_items(applications: Sequence[Application]) -> dict[int, ApprovalItem]:
    found: dict[int, ApprovalItem] = {}
    for part in many.chunks(applications):
        rows = ApprovalItem.select(ApprovalItem, ApprovalList).join(ApprovalList)
        rows = rows.where(ApprovalItem.application.in_([one.id for one in part]), ApprovalItem.state == "open")
        found.update({row.application_id: row for row in rows})
    missing = [one for one in applications if one.id not in found]
    if missing:
        raise RuleBroken("申请 %(no)s 不在待审定的送审批次中。", code="NOT_ON_LIST", no=missing[0].no)
    return found


def _require_signature(nos: list[str], opinion: str, minutes_ref: str) -> None:
    faults = []
    if not nos:
        faults.append(FieldError("applications", "MISSING", Message("请至少选择一份申请。")))
    if not opinion.strip():
        faults.append(FieldError("opinion", "MISSING", Message("请签署审定意见。")))
    if not minutes_ref.strip():
        faults.append(FieldError("minutes_ref", "MISSING", Message("请填写会议纪要文号。")))
    if faults:
        raise Invalid(errors=faults)


def _require_head(items: dict[int, ApprovalItem], head_ref: str) -> None:
    if head_ref.strip():
        return
    for item in items.values():
        if item.list.needs_head:
            raise Invalid(
                "送审批次 %(list)s 金额较大，须填写主要负责人签批件文号。", field="head_ref", code="HEAD_MISSING", list=item.list.no
            )  # fmt: skip


def _decide(
    op: audit.Operation, items: dict[int, ApprovalItem], state: str, opinion: str, minutes: str, head: str
) -> None:
    keys = [item.id for item in items.values()]
    for part in many.chunks(keys):
        ApprovalItem.update(state=state).where(ApprovalItem.id.in_(part)).execute()
    for row in {item.list_id: item.list for item in items.values()}.values():
        if state == "approved":
            row.minutes_ref, row.head_ref, row.opinion = minutes, head or row.head_ref, opinion
        left = ApprovalItem.select().where(ApprovalItem.list == row.id, ApprovalItem.state == "open").count()
        if not left:
            done = ApprovalItem.select().where(ApprovalItem.list == row.id, ApprovalItem.state == "approved").exists()
            row.state, row.decided_at = ("approved" if done else "emptied"), op.at
            row.decider_id, row.decider_name = op.actor.user_id, op.actor.display_name
        row.save()
        op.record(
            "approval.decide", row, outcome=state, applications=sum(item.list_id == row.id for item in items.values())
        )
