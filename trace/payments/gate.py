"""What must be true of an application before money leaves: evidence frozen, nothing open against it, an account that is its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from trace.core.errors import RuleBroken
from trace.core.units import format_yuan
from trace.funds.evidence import frozen_hashes
from trace.funds.many import chunks, require_all
from trace.funds.models import Application, Objection
from trace.lots.models import Hold, HoldLot, Lot
from trace.payments import queries, rules
from trace.payments.case_models import Grievance
from trace.payments.payee_accounts import Payee, payees_of


def require_payable(applications: Sequence[Application], today: date) -> tuple[dict[int, Payee], dict[int, str]]:
    """Every application's account and evidence hash; refuses with all faults told together."""
    payees = payees_of((one.applicant for one in applications), today)
    evidence = frozen_hashes(applications)
    faults = {**_open_matters(applications), **_held_plots(applications), **_paid_before(applications)}
    require_all((one, faults.get(one.id) or payees[one.applicant_id].fault) for one in applications)
    require_all((one, None if evidence.get(one.id) else _no_bundle(one)) for one in applications)
    return payees, {key: value or "" for key, value in evidence.items()}


def _no_bundle(application: Application) -> RuleBroken:
    return RuleBroken("申请 %(no)s 的证据包没有固定，不能支付。", code="EVIDENCE_MISSING", no=application.no)


def _open_matters(applications: Sequence[Application]) -> dict[int, RuleBroken]:
    """An open objection or an open complaint about this money stops it."""
    found: dict[int, RuleBroken] = {}
    for part in chunks(applications):
        keys = [one.id for one in part]
        open_now = Objection.select(Objection.application).where(
            Objection.application.in_(keys), Objection.handled_at.is_null()
        )
        for (key,) in open_now.tuples():
            found[key] = RuleBroken("有未处理的公示异议，处理完毕后才能支付。", code="OBJECTION_OPEN")
        disputed = Grievance.select(Grievance.application, Grievance.no).where(
            Grievance.application.in_(keys),
            Grievance.closed_at.is_null(),
            Grievance.stops_payment == True,  # noqa: E712
        )
        for key, no in disputed.tuples():
            found[key] = RuleBroken("有未办结的资金投诉 %(no)s，办结后才能支付。", code="GRIEVANCE_OPEN", no=no)
    return found


def _held_plots(applications: Sequence[Application]) -> dict[int, RuleBroken]:
    """A lot of the plot is blocked: its money waits with it (features E4)."""
    found: dict[int, RuleBroken] = {}
    for part in chunks(applications):
        plots = {one.plot_id: one for one in part}
        rows = (
            HoldLot.select(Lot.plot, Lot.code, Hold.code)
            .join(Hold)
            .switch(HoldLot)
            .join(Lot)
            .where(Lot.plot.in_(list(plots)), Hold.released_at.is_null())
        )
        for plot, lot, hold in rows.tuples():
            for one in part:
                if one.plot_id == plot:
                    found[one.id] = RuleBroken(
                        "地块的批次 %(lot)s 正在封存（%(hold)s），解除封存后才能支付。",
                        code="LOT_HELD",
                        lot=lot,
                        hold=hold,
                    )
    return found


def _paid_before(applications: Sequence[Application]) -> dict[int, RuleBroken]:
    """The instalment stands in a live line already: refused with the words of domain brief §5.10."""
    keys = {rules.live_key(one.no, one.instalment): one for one in applications}
    found = {}
    for key, line in queries.live_lines(list(keys)).items():
        one = keys[key]
        words = (
            "该申请第 %(n)s 期已支付 %(yuan)s 元（批次 %(batch)s），不能重复支付。"
            if line.state == "paid"
            else "该申请第 %(n)s 期 %(yuan)s 元已在批次 %(batch)s 中，不能重复支付。"
        )
        found[one.id] = RuleBroken(
            words, code="PAID_BEFORE", n=one.instalment, yuan=format_yuan(line.amount_fen), batch=line.batch.no
        )
    return found


def require_still_payable(applications: Sequence[Application]) -> None:
    """Nothing has come up between making and releasing: no objection, no complaint, no hold."""
    faults = {**_open_matters(applications), **_held_plots(applications)}
    require_all((one, faults.get(one.id)) for one in applications)
