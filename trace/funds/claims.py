"""What an application claims beside its plot: invoices, fees, quantities, sales, loans; each with its paper, entered before submission."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from peewee import IntegrityError

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import normalise_digits
from trace.db import db
from trace.files.models import StoredFile
from trace.files.queries import file_by_id
from trace.files.rules import Upload
from trace.files.services import keep
from trace.funds import queries, rules, terms
from trace.funds.claim_models import ClaimItem, ClaimLoan, LoanEvent
from trace.funds.claim_rules import ITEMS_OF
from trace.funds.models import Application
from trace.funds.rules import State
from trace.programmes.claim import Claim, Item
from trace.programmes.interest import Loan, LprTable
from trace.programmes.terms import Terms

EDITABLE = (State.DRAFT.value, State.RETURNED.value)


def add_item(actor: Actor, no: str, values: dict[str, Any], scan: Upload | None = None) -> ClaimItem:
    """Enter an invoice, a fee, a quantity or a sale of an application that is still with its applicant."""
    with operation(actor, Permission.APPLICATION_SUBMIT) as op:
        application = _editable(actor, no)
        kind = ITEMS_OF.get(terms.terms_of(application).kind)
        if kind is None:
            raise RuleBroken("这个项目不需要登记票据。", code="NO_ITEMS")
        if values["issued_on"] > business_date(op.at):
            raise Invalid("日期不能晚于今天。", field="issued_on", code="DATE_FUTURE")
        wanted = "quantity_milli" if kind == "unit" else "amount_fen"
        if not values.get(wanted):
            raise Invalid(
                "请填写数量。" if kind == "unit" else "请填写金额。",
                field=wanted.removesuffix("_milli").removesuffix("_fen"),
                code="MISSING",
            )
        doc_no = normalise_digits(values["doc_no"]).upper()
        same = (ClaimItem.application == application.id) & (ClaimItem.doc_no == doc_no)
        if ClaimItem.select().where(same).exists():
            raise Invalid("这张凭证已经登记过。", field="doc_no", code="DOC_TWICE")
        item = ClaimItem.create(
            application=application, kind=kind, doc_no=doc_no, issued_on=values["issued_on"], name=values["name"].strip(),
            party_name=values.get("party_name", "").strip(), scan=keep(op, scan) if scan else None, entered_by=actor.user_id, entered_at=op.at,
            **{wanted: values[wanted]},
        )  # fmt: skip
        op.record("claim.item", application, kind=kind, doc_no=doc_no)
        return item


def add_loan(actor: Actor, no: str, values: dict[str, Any], scan: Upload | None = None) -> ClaimLoan:
    """Enter a loan with its changes. ``values["events"]``: rows of kind, on_day, and amount_fen, rate_milli or until."""
    with operation(actor, Permission.APPLICATION_SUBMIT) as op:
        application = _editable(actor, no)
        if terms.terms_of(application).kind != "interest_discount":
            raise RuleBroken("这个项目不需要登记贷款。", code="NO_LOANS")
        _require_loan(values)
        loan = ClaimLoan.create(
            application=application, contract_no=normalise_digits(values["contract_no"]).upper(), lender=values["lender"].strip(),
            used_for=values["used_for"].strip(), drawn_on=values["drawn_on"], due_on=values["due_on"], principal_fen=values["principal_fen"],
            rate_milli=values["rate_milli"], interest_paid_fen=values["interest_paid_fen"],
            other_discounts_fen=values.get("other_discounts_fen") or 0, scan=keep(op, scan) if scan else None, entered_by=actor.user_id,
            entered_at=op.at,
        )  # fmt: skip
        for event in values.get("events", ()):
            LoanEvent.create(loan=loan, **event)
        op.record("claim.loan", application, contract_no=loan.contract_no)
        return loan


def remove(actor: Actor, no: str, what: str, n: str) -> None:
    """Take back the n-th entry (``item`` or ``loan``) while the application is still with its applicant."""
    with operation(actor, Permission.APPLICATION_SUBMIT) as op:
        application = _editable(actor, no)
        row = _entry(application, what, n)
        if what == "loan" and LoanEvent.select().where(LoanEvent.loan == row.id).exists():
            LoanEvent.delete().where(LoanEvent.loan == row.id).execute()
        row.delete_instance()
        op.record("claim.remove", application, what=what)


def hold(application: Application) -> None:
    """Take the numbers of papers for a submitted application: one invoice, one loan contract a year, is claimed once in the county."""
    year = application.programme.year
    try:
        with db.atomic():
            for item in items_of(application):
                ClaimItem.update(doc_key=f"{item.kind}:{item.doc_no}").where(ClaimItem.id == item.id).execute()
            for loan in loans_of(application):
                ClaimLoan.update(contract_key=f"{year}:{loan.contract_no}").where(ClaimLoan.id == loan.id).execute()
    except IntegrityError as error:
        raise RuleBroken("凭证或借款合同已用于另一份申报，同一凭证只能申报一次。", code="DOC_TAKEN") from error


def release(application: Application) -> None:
    """Give the numbers back when an application ends without money."""
    ClaimItem.update(doc_key=None).where(ClaimItem.application == application.id).execute()
    ClaimLoan.update(contract_key=None).where(ClaimLoan.application == application.id).execute()


def items_of(application: Application) -> list[ClaimItem]:
    """The entries of an application, oldest first."""
    return list(ClaimItem.select().where(ClaimItem.application == application.id).order_by(ClaimItem.id))


def loans_of(application: Application) -> list[ClaimLoan]:
    """The loans of an application, oldest first."""
    return list(ClaimLoan.select().where(ClaimLoan.application == application.id).order_by(ClaimLoan.id))


def events_of(loans: list[ClaimLoan]) -> dict[int, list[LoanEvent]]:
    """The changes of loans, each in the order of days."""
    found: dict[int, list[LoanEvent]] = {loan.id: [] for loan in loans}
    for event in LoanEvent.select().where(LoanEvent.loan.in_(list(found))).order_by(LoanEvent.on_day, LoanEvent.id):
        found[event.loan_id].append(event)
    return found


def claim_of(application: Application, agreed: Terms, lpr: LprTable, instalment: int = 1) -> Claim:
    """The claim as the calculators take it."""
    loans = loans_of(application) if agreed.kind == "interest_discount" else []
    events = events_of(loans)
    items = items_of(application) if agreed.kind in ITEMS_OF else []
    return Claim(
        applied_m2=application.applied_m2, verified_m2=application.verified_m2 or 0, plot_m2=application.plot.area_m2, instalment=instalment,
        items=[Item(item.name, Fraction(item.quantity_milli, 1000) if item.kind == "unit" else item.amount_fen) for item in items],
        loans=[_loan(loan, events[loan.id]) for loan in loans], lpr=lpr,
    )  # fmt: skip


def _loan(row: ClaimLoan, events: list[LoanEvent]) -> Loan:
    rates = [(row.drawn_on, Fraction(row.rate_milli, 1000))]
    rates += [(event.on_day, Fraction(event.rate_milli, 1000)) for event in events if event.kind == "rate"]
    return Loan(
        row.contract_no, row.drawn_on, row.due_on, row.principal_fen, rates, row.interest_paid_fen,
        [(event.on_day, event.amount_fen) for event in events if event.kind == "repay"],
        [(event.on_day, event.until) for event in events if event.kind == "overdue"], row.other_discounts_fen,
    )  # fmt: skip


def scan_of(application: Application, what: str, n: str) -> StoredFile:
    """The paper of the n-th entry."""
    row = _entry(application, what, n)
    if row.scan_id is None:
        raise NotFound()
    return file_by_id(row.scan_id)


def needs_papers(application: Application) -> bool:
    """Does the notice of an application pay for papers or loans?"""
    kind = terms.terms_of(application).kind
    return kind in ITEMS_OF or kind == "interest_discount"


def may_edit(actor: Actor, application: Application) -> bool:
    """May this person enter papers now?"""
    if not actor.can(Permission.APPLICATION_SUBMIT) or application.state not in EDITABLE:
        return False
    sides = {application.applicant_id, application.agent_id} - {None}
    return actor.party_id in sides or application.plot.village.township.code in actor.township_codes


def _entry(application: Application, what: str, n: str) -> ClaimItem | ClaimLoan:
    if what not in ("item", "loan") or not n.isdecimal():
        raise NotFound()
    rows = loans_of(application) if what == "loan" else items_of(application)
    if not 1 <= int(n) <= len(rows):
        raise NotFound()
    return rows[int(n) - 1]


def _editable(actor: Actor, no: str) -> Application:
    application = queries.get_application(actor, no)
    sides = {application.applicant_id, application.agent_id} - {None}
    if actor.party_id not in sides and application.plot.village.township.code not in actor.township_codes:
        raise NotFound()
    if application.state not in EDITABLE:
        raise RuleBroken(
            "申报已提交（%(state)s），不能再改凭证。", code="NOT_EDITABLE", state=rules.State(application.state).label
        )
    return application


def _require_loan(values: dict[str, Any]) -> None:
    if values["due_on"] <= values["drawn_on"]:
        raise Invalid("到期日要晚于放款日。", field="due_on", code="DATE_ORDER")
    first: date = values["drawn_on"]
    repaid = sum(event.get("amount_fen") or 0 for event in values.get("events", ()))
    if repaid > values["principal_fen"]:
        raise Invalid("归还的本金合计超过了贷款本金。", field="events", code="REPAID_TOO_MUCH")
    if any(not first <= event["on_day"] <= values["due_on"] for event in values.get("events", ())):
        raise Invalid("还款、利率调整和逾期的日期要在贷款期内。", field="events", code="DATE_ORDER")
