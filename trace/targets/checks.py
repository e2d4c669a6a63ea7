"""Invariants of targets."""

from __future__ import annotations

from collections.abc import Iterator

from trace.core.clock import business_date
from trace.targets import queries, rules


def check_figures_equal_their_rows() -> Iterator[str]:
    """Every township's area figures equal the sum of the plots one sees when opening them."""
    found = queries.progress(rules.period_of(business_date()))
    for line in found.lines:
        for figure, shown in (
            ("registered", line.registered_m2),
            ("verified", line.verified_m2),
            ("awaiting", line.awaiting_m2),
        ):
            rows = queries.rows_behind(figure, line.code, found.day)
            total = sum(row.verified_m2 if figure == "verified" else row.area_m2 for row in rows)
            if total != shown:
                yield f"township {line.code}: {figure} {shown} m² but its plots sum to {total} m²"


CHECKS = (check_figures_equal_their_rows,)
