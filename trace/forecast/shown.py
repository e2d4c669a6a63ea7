"""Forecasts as pages and papers show them: points in the unit people read, sentences with their values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from trace.core.units import format_mu, format_pct, format_wan_yuan
from trace.forecast.queries import Forecast, Tested
from trace.forecast.series import Pace

SCALE = {"area": Fraction(10_000, 15) * 10_000, "output_value": Fraction(10**6) * 10_000}
"""万亩 and 亿元: what the axes of the charts are in."""


def amount(value: int | Fraction | None, indicator: str) -> str:
    """A figure in 亩 or 万元, without the unit's word."""
    if value is None:
        return "—"
    if indicator == "area":
        return format_mu(int(value))
    return format_wan_yuan(round(Fraction(value) / 10_000) * 10_000)


def chart(found: Forecast) -> dict[str, Any]:
    """Points, band and plan for the trend macro, in 万亩 or 亿元."""
    scale = SCALE[found.series.indicator]

    def shown(value: int) -> float:
        return float(Fraction(value) / scale)

    points = [
        {"label": label, "value": shown(value), "figure": f"{shown(value):.2f}"}
        for label, value in zip(found.series.labels, found.series.values, strict=True)
    ]
    band = [
        {"label": label, "low": shown(p.low), "mid": shown(p.mid), "high": shown(p.high)}
        for label, p in zip(found.labels, found.outlook.points, strict=False)
    ]
    known = {*found.series.labels, *found.labels}
    plan = []
    for year, value in sorted(found.plan.items()):
        label = str(year) if found.series.per_year == 1 else f"{year}Q4"
        if label in known:
            plan.append({"label": label, "value": shown(value), "figure": f"{shown(value):.2f}"})
    return {"points": points, "band": band, "plan": plan}


def pace_facts(pace: Pace | None, indicator: str) -> list[tuple[str, str]]:
    """Needed and achieved, a year."""
    if pace is None:
        return []
    rate = [format_pct(r, 1) if r is not None else "—" for r in (pace.needed_rate, pace.achieved_rate)]
    return [(amount(pace.needed, indicator), rate[0]), (amount(pace.achieved, indicator), rate[1])]


def tested(rows: list[Tested], indicator: str) -> list[dict[str, Any]]:
    """The back-test in words."""
    return [
        {
            "label": row.label, "method": row.method.label, "low": amount(row.low, indicator), "mid": amount(row.mid, indicator),
            "high": amount(row.high, indicator), "actual": amount(row.actual, indicator), "inside": row.inside,
            "error": format_pct(row.error, 1) if row.error is not None else "—",
        }
        for row in rows
    ]  # fmt: skip
