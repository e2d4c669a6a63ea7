"""The yearly performance of the fund (domain brief §0.4, L85): money from the books, outputs from the registers, targets against results, problems.

The year is that of the programmes; money and outputs are counted up to the year's last day, or up to today while it lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from peewee import Case, fn

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.text import N_
from trace.effects import books, planting, shelf
from trace.effects.rules import Sums
from trace.effects.shelf import Share
from trace.funds.models import Application, Objection
from trace.funds.rules import State
from trace.land.models import SurvivalVisit, superseded
from trace.land.rules import SURVIVAL_QUALIFIED
from trace.programmes.models import Programme
from trace.supervision.models import Finding
from trace.supervision.rules import CAUSES
from trace.targets import queries as targets

MONEY = ("appropriated", "reserved", "committed", "paid", "recovered", "lapsed", "left")


@dataclass(frozen=True)
class Line:
    """One programme of the year. Money in fen: appropriated (carried in included), reserved for approval, committed and not yet paid, paid (returns taken off), recovered,
    lapsed (carried out included), left; applications received and refused; what its payments came to so far."""

    code: str
    name: str
    basis: str
    money: dict[str, int]
    received: int
    refused: int
    accepted_m2: int
    output: dict[str, int]

    @property
    def rate(self) -> Fraction | None:
        """How much of the appropriation was paid for good."""
        whole = self.money["appropriated"]
        return Fraction(self.money["paid"] - self.money["recovered"], whole) if whole else None


@dataclass(frozen=True)
class Target:
    """One target against its result, both in the unit (``share``, ``m2``, ``fen``); None: no target was set, or nothing to divide by."""

    name: str
    unit: str
    target: Fraction | int | None
    result: Fraction | int | None
    note: str

    @property
    def met(self) -> bool | None:
        """Reached? None when one of the two is missing."""
        return None if self.target is None or self.result is None else self.result >= self.target


@dataclass(frozen=True)
class Problems:
    """What went wrong: objections (all, found right, still open), money claimed back, findings of supervision by cause (all, closed), gaps, idle plots."""

    objections: int
    upheld: int
    pending: int
    claimed_fen: int
    recovered_fen: int
    findings: list[tuple[str, int, int]]
    gap: Sums
    idle: int


@dataclass(frozen=True)
class Performance:
    """The year."""

    year: int
    day: date
    lines: list[Line]
    money: dict[str, int]
    output: dict[str, int]
    accepted_m2: int
    targets: list[Target]
    problems: Problems

    @property
    def over(self) -> bool:
        """Is the year over, so that the figures are those of its last day?"""
        return self.day == date(self.year, 12, 31)

    @property
    def rate(self) -> Fraction | None:
        """How much of all appropriations was paid for good."""
        whole = self.money["appropriated"]
        return Fraction(self.money["paid"] - self.money["recovered"], whole) if whole else None


def performance(actor: Actor, year: int) -> Performance:
    """The performance of a year's programmes; the county's own paper, for county-wide roles."""
    if not actor.county_wide:
        raise NotFound()
    day = min(business_date(), date(year, 12, 31))
    schemes = list(
        Programme.select().where(Programme.year == year, Programme.state != "draft").order_by(Programme.code)
    )
    ids = [scheme.id for scheme in schemes]
    codes = {scheme.code for scheme in schemes}
    way = shelf.follow(actor, shelf.Asked(), day)
    shares = [share for share in way.shares if share.programme in codes]
    money, counts = books.balances(ids, day), _counts(ids)
    lines = [_line(scheme, money[scheme.id], counts.get(scheme.id, (0, 0, 0)), shares) for scheme in schemes]
    total = {name: sum(line.money[name] for line in lines) for name in MONEY}
    objections = _objections(ids)
    problems = Problems(
        *objections, books.claimed(ids, day), total["recovered"], _findings(year), planting.four_numbers(actor, planting.Asked(), day).sums,
        len({one.ground.plot_id for one in way.idle} & {share.ground.plot_id for share in shares}),
    )  # fmt: skip
    return Performance(
        year, day, lines, total, _output(shares), sum(line.accepted_m2 for line in lines), _targets(year, day, total, objections), problems
    )  # fmt: skip


def years() -> list[int]:
    """Years that have programmes, newest first."""
    rows = Programme.select(Programme.year).where(Programme.state != "draft").distinct().order_by(Programme.year.desc())
    return [year for (year,) in rows.tuples()]


def _line(scheme: Programme, account: dict[str, int], counts: tuple[int, int, int], shares: Iterable[Share]) -> Line:
    """Appropriations and carry-overs both come out of the source."""
    money = {
        "appropriated": account["source"], "reserved": account["reserved"], "committed": account["committed"], "paid": account["paid"], "recovered": account["recovered"],
        "lapsed": account["lapsed"] + account["carried"], "left": account["available"],
    }  # fmt: skip
    own = [share for share in shares if share.programme == scheme.code]
    return Line(scheme.code, scheme.name, scheme.basis, money, *counts, _output(own))


def _output(shares: Iterable[Share]) -> dict[str, int]:
    several = list(shares)
    return {name: sum(share.values[name] for share in several) for name in shelf.FIGURES}


def _counts(ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """Applications received, refused, and accepted m² of those approved, by programme."""
    refused = fn.SUM(Case(None, [(Application.state == State.REJECTED.value, 1)], 0))
    rows = (
        Application.select(
            Application.programme, fn.COUNT(Application.id), refused, fn.COALESCE(fn.SUM(Application.accepted_m2), 0)
        )
        .where(Application.programme.in_(ids), Application.state.not_in([State.DRAFT.value, State.WITHDRAWN.value]))
        .group_by(Application.programme)
    )
    return {key: (int(count), int(no), int(area)) for key, count, no, area in rows.tuples()}


def _objections(ids: list[int]) -> tuple[int, int, int]:
    """All objections to applications of the year's programmes, those found right, those still open."""
    rows = (
        Objection.select(Objection.upheld, fn.COUNT(Objection.id))
        .join(Application)
        .where(Application.programme.in_(ids))
        .group_by(Objection.upheld)
    )
    found = {upheld: int(count) for upheld, count in rows.tuples()}
    return sum(found.values()), found.get(True, 0), found.get(None, 0)


def _findings(year: int) -> list[tuple[str, int, int]]:
    """Findings of supervision in a year: cause in words, all, closed."""
    rows = (
        Finding.select(Finding.cause, fn.COUNT(Finding.id), fn.COUNT(Finding.closed_at))
        .where(Finding.found_on.between(date(year, 1, 1), date(year, 12, 31)))
        .group_by(Finding.cause)
    )
    found = {cause: (int(count), int(closed)) for cause, count, closed in rows.tuples()}
    return [(CAUSES[cause], *found[cause]) for cause in CAUSES if cause in found]


def _targets(year: int, day: date, money: dict[str, int], objections: tuple[int, int, int]) -> list[Target]:
    progress = targets.progress(str(year) if day == date(year, 12, 31) else f"{year}Q{(day.month - 1) // 3 + 1}")
    values = [line.plan_fen for line in progress.lines if line.plan_fen is not None]
    paid = Fraction(money["paid"] - money["recovered"], money["appropriated"]) if money["appropriated"] else None
    received, _upheld, pending = objections
    return [
        Target(N_("预算执行率"), "share", Fraction(1), paid, N_("已付减追回，除以下达指标")),
        Target(N_("核实种植面积"), "m2", progress.plan_total_m2, progress.total("verified_m2"), N_("目标为下达乡镇的当年任务合计")),
        Target(N_("当年查验成活率"), "share", SURVIVAL_QUALIFIED, _survival(year, day), N_("成活株数除以抽查株数")),
        Target(N_("综合产值"), "fen", sum(values) if values else None, progress.total("gross_fen"), N_("乡镇上报的三次产业产值合计")),
        Target(
            N_("公示异议办结率"), "share", Fraction(1), Fraction(received - pending, received) if received else None, N_("已处理除以收到")
        ),
    ]  # fmt: skip


def _survival(year: int, day: date) -> Fraction | None:
    """Living ÷ counted over the first-year visits of a year."""
    row = (
        SurvivalVisit.select(fn.COALESCE(fn.SUM(SurvivalVisit.alive), 0), fn.COALESCE(fn.SUM(SurvivalVisit.sampled), 0))
        .where(SurvivalVisit.kind == "year1", SurvivalVisit.visited_on.between(date(year, 1, 1), day), ~superseded())
        .tuples()
        .get()
    )
    return Fraction(int(row[0]), int(row[1])) if row[1] else None
