"""Reading what follows a payment: cases, samples, findings, complaints about money, and signals that ask for a look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import JOIN

from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.funds.models import Application, ApplicationDuty
from trace.payments.case_models import AuditFinding, AuditFindingStep, AuditSample, Clawback, ClawbackReceipt, Grievance
from trace.programmes.models import Programme
from trace.registry.models import Party

P = Permission
UNITS = {"bureau": "县林业局", "office": "领导小组办公室", "finance": "县财政局"}
"""Who answers a finding."""


def _county(actor: Actor) -> None:
    actor.require(P.FUND_READ)
    if not actor.county_wide:
        raise NotFound()


def cases(actor: Actor) -> Any:
    """Clawback cases with application, programme and applicant, newest first."""
    _county(actor)
    return (
        Clawback.select(Clawback, Application, Programme, Party)
        .join(Application)
        .join(Programme)
        .switch(Application)
        .join(Party, on=Application.applicant)
        .order_by(Clawback.id.desc())
    )


def get_case(actor: Actor, code: str) -> Clawback:
    """One case."""
    found = cases(actor).where(Clawback.code == code).first()
    if found is None:
        raise NotFound()
    return found


def receipts(case: Clawback) -> list[ClawbackReceipt]:
    """What came back on a case, oldest first."""
    return list(ClawbackReceipt.select().where(ClawbackReceipt.clawback == case.id).order_by(ClawbackReceipt.id))


def cases_of(application: Application) -> list[Clawback]:
    """The cases against one application."""
    return list(Clawback.select().where(Clawback.application == application.id).order_by(Clawback.id))


def samples(actor: Actor) -> Any:
    """Samples drawn, newest first."""
    actor.require(P.APPLICATION_AUDIT)
    return AuditSample.select().order_by(AuditSample.id.desc())


def get_sample(actor: Actor, code: str) -> AuditSample:
    """One sample."""
    found = samples(actor).where(AuditSample.code == code).first()
    if found is None:
        raise NotFound()
    return found


def findings(actor: Actor) -> Any:
    """Audit findings, newest first: all for auditors and leaders, those of the own unit for others."""
    _county(actor)
    rows = (
        AuditFinding.select(AuditFinding, Application)
        .join(Application, JOIN.LEFT_OUTER)
        .order_by(AuditFinding.id.desc())
    )
    if actor.can(P.APPLICATION_AUDIT) or actor.can(P.APPLICATION_APPROVE):
        return rows
    return rows.where(AuditFinding.unit.in_(units_of(actor)))


def units_of(actor: Actor) -> list[str]:
    """The units for which a person may answer a finding."""
    names = {role.value for role in actor.roles}
    found = [unit for unit in ("bureau", "office") if unit in names]
    return found + (["finance"] if names & {"finance_maker", "finance_checker"} else [])


def get_finding(actor: Actor, code: str) -> AuditFinding:
    """One finding."""
    found = findings(actor).where(AuditFinding.code == code).first()
    if found is None:
        raise NotFound()
    return found


def finding_steps(finding: AuditFinding) -> list[AuditFindingStep]:
    """The exchange about a finding, oldest first."""
    return list(AuditFindingStep.select().where(AuditFindingStep.finding == finding.id).order_by(AuditFindingStep.id))


def grievances(actor: Actor, state: str = "") -> Any:
    """Complaints about money for those who handle them; never to somebody concerned in the application."""
    actor.require(P.GRIEVANCE_READ)
    rows = Grievance.select(Grievance, Application).join(Application, JOIN.LEFT_OUTER).order_by(Grievance.id.desc())
    concerned = ApplicationDuty.select(ApplicationDuty.application).where(ApplicationDuty.user_id == actor.user_id)
    rows = rows.where(Grievance.application.is_null() | Grievance.application.not_in(concerned))
    return rows.where(Grievance.state == state) if state else rows


def get_grievance(actor: Actor, no: str) -> Grievance:
    """One complaint."""
    found = grievances(actor).where(Grievance.no == no).first()
    if found is None:
        raise NotFound()
    return found


def grievance_by_receipt(receipt: str) -> Grievance:
    """What became of a complaint, for whoever holds its receipt."""
    found = Grievance.get_or_none(Grievance.receipt == receipt.strip().upper())
    if found is None:
        raise NotFound()
    return found


def is_concerned(user_ids: Iterable[int], application_id: int) -> bool:
    """Did any of these people take a part in the application?"""
    rows = ApplicationDuty.select().where(
        ApplicationDuty.application == application_id, ApplicationDuty.user_id.in_(list(user_ids))
    )
    return rows.exists()


def waiting_for(actor: Actor) -> list[tuple[str, int, str]]:
    """Cases, findings and complaints that wait for the actor."""
    found = []
    if actor.can(P.CLAWBACK_DECIDE):
        count = Clawback.select().where(Clawback.state.in_(("opened", "notified", "heard"))).count()
        found.append(("待告知或决定的追缴案件", count, "/funds/clawbacks"))
    if actor.can(P.PAYMENT_MAKE):
        late = Clawback.select().where(Clawback.state == "decided", Clawback.due_on < business_date()).count()
        found.append(("逾期未缴的追缴案件", late, "/funds/clawbacks"))
    units = units_of(actor)
    if units:
        count = AuditFinding.select().where(AuditFinding.unit.in_(units), AuditFinding.state == "open").count()
        found.append(("待答复的审计发现", count, "/funds/audit/findings"))
    if actor.can(P.GRIEVANCE_HANDLE):
        found.append(("待受理的资金投诉", grievances(actor, "filed").count(), "/funds/grievances?state=filed"))
    return found
