"""Four numbers of a plot and the gap between them; dividing what several payments brought about. Pure. Sources: features X2, X8; domain brief §6.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from trace.core.text import N_, Labelled, Message
from trace.core.units import M2_PER_MU, format_int, format_mu, format_pct


class Basis(Labelled):
    """Whose figure is put to the test: what applicants claim for money, or what the register counts."""

    CLAIMED = "claimed", N_("申报面积")
    REGISTERED = "registered", N_("登记面积")


class Check(Labelled):
    """Where the survival check of a plot stands."""

    QUALIFIED = "qualified", N_("查验合格")
    FAILED = "failed", N_("查验不合格")
    OLD = "old", N_("查验已过期")
    OVERDUE = "overdue", N_("逾期未查验")
    NOT_DUE = "not_due", N_("未到查验期")
    OTHER = "other", N_("不是土枇杷")


FIGURES = {
    "stated": N_("申报面积"),
    "ground": N_("勾绘面积（去重叠）"),
    "seedlings": N_("苗木够栽面积"),
    "verified": N_("查验成活面积"),
}
"""The four numbers in the order in which they are shown; the first is named by its basis."""


@dataclass(frozen=True)
class Density:
    """Plants to a 亩 by the register of reference ranges: the thinnest planting allowed, and the usual one."""

    low: int
    usual: int


@dataclass(frozen=True)
class Claim:
    """One live application for a plot."""

    no: str
    programme: str
    programme_name: str
    m2: int


@dataclass(frozen=True)
class Visit:
    """The newest counted visit of a plot."""

    on: date
    sampled: int
    alive: int
    kind: str = "year1"


@dataclass(frozen=True)
class Numbers:
    """One plot with its four numbers in m² (None: not on record, or not due) and the records behind them.

    ``stated_m2`` is what is put to the test: the largest live claim, or the registered area. ``shared_with`` are the plots that were
    registered earlier and keep the ground both cover. ``plants`` are seedlings whose dispatch leads to the plot; ``whole`` says that
    every stand has its dispatch, so that missing plants prove something.
    """

    plot_id: int
    code: str
    village: str
    township_code: str
    township: str
    operator: str
    state: str
    planted_on: date | None
    claims: tuple[Claim, ...]
    declared_m2: int
    gross_m2: int
    shared_m2: int
    shared_with: tuple[str, ...]
    plants: int | None
    whole: bool
    density: Density | None
    verified_m2: int
    check: Check
    visit: Visit | None
    basis: Basis

    @property
    def claim(self) -> Claim | None:
        """The claim that counts: ground applied for under several programmes exists once."""
        return max(self.claims, key=lambda claim: (claim.m2, claim.no), default=None)

    @property
    def stated_m2(self) -> int:
        """The area put to the test."""
        if self.basis == Basis.REGISTERED:
            return self.declared_m2
        return self.claim.m2 if self.claim else 0

    @property
    def ground_m2(self) -> int:
        """Ground that nobody registered earlier."""
        return self.gross_m2 - self.shared_m2

    @property
    def seedlings_m2(self) -> int | None:
        """The most ground these plants can cover, at the thinnest planting allowed."""
        return area_of(self.plants, self.density.low) if self.plants is not None and self.density else None

    @property
    def evidence(self) -> dict[str, int]:
        """The numbers that can speak against the stated one: what is not on record or not yet due is silent."""
        found = {"ground": self.ground_m2}
        if self.seedlings_m2 is not None and self.whole:
            found["seedlings"] = self.seedlings_m2
        if self.check != Check.NOT_DUE:
            found["verified"] = self.verified_m2
        return found

    @property
    def gap_m2(self) -> int:
        """By how much the smallest evidence falls short of what is stated; never negative."""
        return max(0, self.stated_m2 - min(self.evidence.values()))


def area_of(plants: int, per_mu: int) -> int:
    """m² that so many plants cover at so many to a 亩, rounded down."""
    return int(plants * M2_PER_MU / per_mu)


def sentences(row: Numbers) -> list[Message]:
    """The gap of a plot in words: one sentence for each number that falls short, largest gap first."""
    short = [(row.stated_m2 - m2, key) for key, m2 in row.evidence.items() if m2 < row.stated_m2]
    return [_SAY[key](row, gap) for gap, key in sorted(short, reverse=True)]


def _ground(row: Numbers, gap: int) -> Message:
    values = {"mu": format_mu(row.ground_m2), "gap": format_mu(gap), "codes": "、".join(row.shared_with)}
    if row.shared_m2:
        return Message(N_("勾绘面积扣除与 %(codes)s 的重叠后只有 %(mu)s 亩，差 %(gap)s 亩。"), values)
    return Message(N_("勾绘面积只有 %(mu)s 亩，差 %(gap)s 亩。"), values)


def _seedlings(row: Numbers, gap: int) -> Message:
    assert row.density
    return Message(
        N_("出圃苗木 %(plants)s 株，按每亩 %(low)s 株最多够栽 %(mu)s 亩，差 %(gap)s 亩。"),
        {
            "plants": format_int(row.plants),
            "low": row.density.low,
            "mu": format_mu(row.seedlings_m2),
            "gap": format_mu(gap),
        },
    )


def _verified(row: Numbers, gap: int) -> Message:
    values: dict[str, Any] = {"gap": format_mu(gap), "mu": format_mu(row.verified_m2)}
    if row.visit:
        values |= {"day": row.visit.on, "pct": format_pct(Fraction(row.visit.alive, row.visit.sampled), 1)}
    texts = _CHECKED | _KEPT if row.visit and row.visit.kind == "year3" else _CHECKED
    return Message(texts[row.check], values)


_SAY = {"ground": _ground, "seedlings": _seedlings, "verified": _verified}
_CHECKED = {
    Check.QUALIFIED: N_("%(day)s 查验成活 %(pct)s，核实 %(mu)s 亩，差 %(gap)s 亩。"),
    Check.FAILED: N_("%(day)s 查验成活 %(pct)s，不合格，没有核实面积。"),
    Check.OLD: N_("最近一次合格查验在 %(day)s，已超过 24 个月，没有有效的核实面积。"),
    Check.OVERDUE: N_("到期没有查验，没有核实面积。"),
    Check.OTHER: N_("登记的树种不是土枇杷，不计核实面积。"),
}


_KEPT = {
    Check.QUALIFIED: N_("%(day)s 查验保存 %(pct)s，核实 %(mu)s 亩，差 %(gap)s 亩。"),
    Check.FAILED: N_("%(day)s 查验保存 %(pct)s，不合格，没有核实面积。"),
}
"""The same of a three-year check."""


def silent(row: Numbers) -> list[Message]:
    """Which numbers of a plot are not on record, in words."""
    found = []
    if row.plants is None:
        found.append(Message(N_("没有出圃记录")))
    elif not row.whole:
        found.append(Message(N_("出圃记录不全")))
    if row.check == Check.NOT_DUE:
        found.append(Message(N_("未到查验期")))
    return found


@dataclass(frozen=True)
class Sums:
    """The four numbers of several plots and their gaps, in m²; ``plants`` and what they cover at the usual density; how many plots are silent."""

    plots: int
    stated: int
    ground: int
    seedlings: int
    verified: int
    gap: int
    gaps: int
    plants: int
    usual: int
    unknown: int
    not_due: int


def add_up(rows: list[Numbers]) -> Sums:
    """Sums of rows and nothing else."""
    return Sums(
        plots=len(rows), stated=sum(r.stated_m2 for r in rows), ground=sum(r.ground_m2 for r in rows),
        seedlings=sum(r.seedlings_m2 or 0 for r in rows), verified=sum(r.verified_m2 for r in rows),
        gap=sum(r.gap_m2 for r in rows), gaps=sum(1 for r in rows if r.gap_m2), plants=sum(r.plants or 0 for r in rows),
        usual=sum(area_of(r.plants, r.density.usual) for r in rows if r.plants and r.density),
        unknown=sum(1 for r in rows if r.plants is None or not r.whole), not_due=sum(1 for r in rows if r.check == Check.NOT_DUE),
    )  # fmt: skip


def divide(total: int, weights: Mapping[Any, int]) -> dict[Any, int]:
    """Divide a whole number in proportion, the largest remainders getting the rest; equal remainders go to the larger weight, then by key."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    parts = {key: divmod(total * weight, whole) for key, weight in weights.items()}
    found = {key: part for key, (part, _) in parts.items()}
    order = sorted(parts, key=lambda key: (-parts[key][1], -weights[key], key))
    for key in order[: total - sum(found.values())]:
        found[key] += 1
    return found
