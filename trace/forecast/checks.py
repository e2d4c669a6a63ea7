"""Invariants of forecasts."""

from __future__ import annotations

from collections.abc import Iterator

from trace.forecast import assuming
from trace.forecast.rules import OUTLETS


def check_shares_of_the_fruit_fit() -> Iterator[str]:
    """The uses of the fruit together are no more than all of it."""
    found = assuming.figures()
    total = sum(found[f"{name}_share"] for name, *_ in OUTLETS)
    if total > 1000:
        yield f"forecast: shares of the fruit sum to {total} ‰"


CHECKS = (check_shares_of_the_fruit_fit,)
