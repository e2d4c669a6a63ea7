"""What an application is worth by the terms it was made under."""

from __future__ import annotations

from trace.funds import ceilings, claims
from trace.funds.models import Application
from trace.funds.terms import terms_of
from trace.programmes import calculator
from trace.programmes.queries import lpr_table
from trace.programmes.sheet import Sheet


def sheet_of(application: Application, instalment: int = 1) -> Sheet:
    """The calculation sheet of a verified application (for one instalment where the notice pays in several); refused when it comes to nothing."""
    terms = terms_of(application)
    claim = claims.claim_of(application, terms, lpr_table() if terms.kind == "interest_discount" else (), instalment)
    return calculator.calculate(terms, claim, ceilings.limits_of(application, terms))
