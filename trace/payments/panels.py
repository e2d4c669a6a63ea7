"""What the page of an application shows of its payments, cases and complaints."""

from __future__ import annotations

from trace.core.actor import Actor, Permission
from trace.funds.beside import Panel
from trace.funds.models import Application
from trace.funds.rules import AUDITABLE
from trace.payments import case_queries, case_rules, queries, rules


def panel(actor: Actor, application: Application) -> Panel:
    """Payments for everybody who sees the application; cases for county offices."""
    cases = case_queries.cases_of(application) if actor.county_wide else []
    values = {
        "payments": queries.payments_of(application), "cases": cases, "pay": rules, "words": case_rules,
        "may_audit": actor.can(Permission.APPLICATION_AUDIT) and application.state in AUDITABLE,
    }  # fmt: skip
    return Panel(values, "payments/_application_facts.html", "payments/_application_below.html")
