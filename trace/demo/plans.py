"""Tasks and stated output values of the demo county; document numbers say that they are made up."""

from __future__ import annotations

from random import Random

from trace.core.actor import Actor
from trace.demo.people import ACTIVE, People
from trace.registry.models import Township
from trace.targets import queries, services

YEARS = range(2024, 2031)
AREA_2030_M2 = 52_000_000
"""Σ of the tasks for 2030, about 78 000 亩: below the county's goal, so that the gap shows."""


def plan(rng: Random, people: People) -> None:
    """Tasks for the active townships, growing to 2030, and output values 2023–2026."""
    office = people.actor("office")
    townships = list(Township.select().where(Township.name.in_(ACTIVE)).order_by(Township.code))
    now = {line.code: line.registered_m2 for line in queries.progress("2025").lines}
    for township in townships:
        final = AREA_2030_M2 // len(townships) + rng.randrange(-300_000, 300_000)
        for year in YEARS:
            value = now[township.code] + (final - now[township.code]) * (year - 2023) // 7
            services.plan(
                office,
                indicator="area",
                township=township.code,
                year=year,
                value=max(value, 0),
                doc_no=f"演示计划〔{year}〕1号",
            )
    for township in townships:
        _values(rng, people.actor(f"township-{township.code}"), township.code)


def _values(rng: Random, officer: Actor, code: str) -> None:
    base = rng.randint(300, 1500)
    for year in range(2023, 2027):
        grown = base * (100 + 18 * (year - 2023)) // 100
        stages = (
            ("primary", grown, 0, "A"),
            ("secondary", grown * 16 // 10, grown * 7 // 10, "B"),
            ("tertiary", grown * 4 // 10, 0, "C"),
        )
        for stage, wan, inputs, grade in stages:
            services.state_value(
                officer, township=code, year=year, stage=stage, gross_fen=wan * 10**6, local_input_fen=inputs * 10**6,
                grade=grade, method={"A": "批次收购记录", "B": "企业签字报表", "C": "抽样估算"}[grade],
            )  # fmt: skip
