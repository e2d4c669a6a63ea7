"""Invariants of targets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from trace.core.clock import business_date
from trace.targets import area, queries, rules, values


def check_figures_equal_their_rows() -> Iterator[str]:
    """Every township's area figures equal the sum of the plots one sees when opening them."""
    found = queries.progress(rules.period_of(business_date()))
    for line in found.lines:
        for figure in area.FIGURES:
            shown = getattr(line, f"{figure}_m2")
            total = sum(row.counted_m2 for row in queries.rows_behind(figure, line.code, found.day))
            if total != shown:
                yield f"township {line.code}: {figure} {shown} m² but its plots sum to {total} m²"


def check_value_rows_equal_their_parts() -> Iterator[str]:
    """The parts of every value row sum to the row, and no net figure exceeds its gross."""
    today = business_date()
    for row in values.valuation(date(today.year, 1, 1), today).rows:
        if (sum(g for g, _ in row.parts.values()), sum(o for _, o in row.parts.values())) != (
            row.gross_fen,
            row.off_fen,
        ):
            yield f"operation {row.op}: {row.stage} parts do not sum to the row"
        if row.net_fen > row.gross_fen:
            yield f"operation {row.op}: net above gross"


CHECKS = (check_figures_equal_their_rows, check_value_rows_equal_their_parts)
