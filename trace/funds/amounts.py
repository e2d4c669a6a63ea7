"""What an application is worth by the terms it was made under."""

from __future__ import annotations

from trace.funds.models import Application
from trace.programmes import calculator
from trace.programmes.calculator import Sheet


def sheet_of(application: Application) -> Sheet:
    """The calculation sheet of a verified application; refused when it comes to nothing."""
    programme = application.programme
    return calculator.calculate(
        programme.kind, rate_fen=programme.rate_fen, award_fen=programme.award_fen, applied_m2=application.applied_m2,
        verified_m2=application.verified_m2, plot_m2=application.plot.area_m2,
    )  # fmt: skip
