"""Statements of the demo county: most on time and locked, one late, one returned, one waiting, one amended, two missing; prices and papers of indicators."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from trace.core.actor import Actor
from trace.demo.calendar import on
from trace.demo.people import ACTIVE, People
from trace.registry import queries as register
from trace.registry.models import SiteSetting, Township
from trace.statements import queries, rules, sampling, services
from trace.statements.models import Statement
from trace.statements.prefill import FIRST_KEY
from trace.statements.rules import Typed
from trace.targets import queries as progress
from trace.targets import services as targets
from trace.targets.models import FactoryPrice, MilestoneStep

QUARTERS = ("2026Q2", "2026Q3")
YEAR = "2025"
PRICES = (("TD", 6200), ("TC", 5800), ("TJ", 16_800), ("TT", 22_000), ("TG", 1100))
"""Fen per kilogram or litre, net of VAT, all made up."""
HEADS = (
    "王建平",
    "李春生",
    "周志强",
    "陈立新",
    "刘卫国",
    "何小兰",
    "彭国庆",
    "罗明辉",
    "邓海燕",
    "唐文斌",
    "谢金生",
    "欧阳波",
)
LATE, RETURNED, WAITING, MISSING = 1, 2, 3, (4, 5)
"""Which of the active townships, in order, does what in the last quarter."""


def set_prices(people: People) -> None:
    """Signed price lists of the six makers, from the first season on."""
    products = {p.code: p for p in register.products()}
    for n, firm in enumerate(people.firms[:6]):
        clerk = people.recorder(firm)
        for code, fen in PRICES:
            with on(clerk, date(2023, 1, 15)) as op:
                row = FactoryPrice.create(
                    party=firm, product=products[code], valid_from=date(2023, 1, 1), version=1, fen=fen + 50 * n, grade="A" if n < 3 else "B",
                    basis="演示发票汇总" if n < 3 else "演示企业签字报表", recorded_at=op.at, recorder_name=clerk.display_name,
                )  # fmt: skip
                op.record("price.factory", firm, product=code, fen=row.fen, grade=row.grade, version=1)


def settle_indicators(people: People) -> None:
    """The county's own path to 2030, milestones with their papers."""
    office = people.actor("office")
    path = {2024: 30_000, 2025: 38_000, 2026: 48_000, 2027: 60_000, 2028: 74_000, 2029: 88_000}
    for year, mu in path.items():
        targets.plan_county(
            office, indicator="area", year=year, value=mu * 10_000 // 15, doc_no=f"演示规划〔{year}〕1号"
        )
    for year, yi in {2024: 3, 2025: 5, 2026: 9, 2027: 17, 2028: 31, 2029: 56}.items():
        targets.plan_county(
            office, indicator="output_value", year=year, value=yi * 10**10, doc_no=f"演示规划〔{year}〕1号"
        )
    steps = (
        ("gi", "衡南土枇杷地理标志", "cnipa", "prepared", date(2024, 9, 3), "演示〔2024〕11号"),
        ("gi", "衡南土枇杷地理标志", "cnipa", "applied", date(2025, 6, 20), "演示申报〔2025〕2号"),
        ("towns", "松江土枇杷小镇", "", "planned", date(2024, 4, 8), "演示规划〔2024〕6号"),
        ("towns", "松江土枇杷小镇", "", "approved", date(2025, 11, 12), "演示批复〔2025〕9号"),
        ("honours", "县级土枇杷示范园", "", "awarded", date(2025, 3, 5), "演示认定〔2025〕1号"),
    )
    for indicator, project, scheme, stage, day, doc in steps:
        with on(office, day) as op:
            MilestoneStep.create(
                indicator=indicator, project=project, scheme=scheme, stage=stage, on_day=day, doc_no=doc, recorded_at=op.at,
                recorder_name=office.display_name,
            )  # fmt: skip
            op.record("indicator.reach", project, indicator=indicator, stage=stage, doc_no=doc)


class Statements:
    """The active townships report; the bureau looks and locks."""

    def __init__(self, rng: Random, people: People) -> None:
        """Townships in the order of the list."""
        self.rng, self.people, self.bureau = rng, people, people.actor("bureau")
        rows = {t.name: t for t in Township.select().where(Township.name.in_(ACTIVE))}
        self.townships = [rows[name] for name in ACTIVE]

    def happen(self) -> None:
        """Last year, then two quarters; the county asked for none before."""
        SiteSetting.create(key=FIRST_KEY, value=QUARTERS[0])
        for n, township in enumerate(self.townships[:6]):
            self._lock(self._sign(n, township, YEAR, 3))
        for n, township in enumerate(self.townships):
            self._lock(self._sign(n, township, QUARTERS[0], 4 if n != LATE else -7))
        for n, township in enumerate(self.townships):
            if n not in MISSING:
                self._last_quarter(n, township)

    def _last_quarter(self, n: int, township: Township) -> None:
        row = self._sign(n, township, QUARTERS[1], 2 if n != LATE else -3)
        if n == RETURNED:
            with on(self.bureau, row.due_on + timedelta(2)) as op:
                row.state = rules.State.RETURNED.value
                row.save()
                services.step(op, row, "return", "务工人次与工资不匹配，请核对。")
                op.record("statement.return", row, text="务工人次与工资不匹配，请核对。")
        elif n != WAITING:
            self._lock(row)
            if n == 0:
                self._amend(row)

    def _officer(self, township: Township) -> Actor:
        return self.people.actor(f"township-{township.code}")

    def _sign(self, n: int, township: Township, period: str, days_before: int) -> Statement:
        """Filled in and signed some days before (or after) the day it is due."""
        officer = self._officer(township)
        day = rules.due_on(period) - timedelta(days=days_before)
        with on(officer, day) as op:
            row = services.write_open(op, township, period)
            services.write_fill(
                op, row, self._figures(n, row), "春旱影响补植，部分村缺管护人员。" if n % 3 == 0 else ""
            )
            row = services.write_sign(
                op,
                queries.get_statement(officer, row.code),
                HEADS[n],
                "情况属实，同意上报。",
                f"签字件{period}-{n + 1}",
            )
        return queries.get_statement(officer, row.code)

    def _figures(self, n: int, row: Statement) -> dict[str, Typed]:
        jobs = self.rng.randint(300, 2400)
        found = {
            "jobs": Typed(jobs), "wages_fen": Typed(jobs * 12_000), "loans_fen": Typed(self.rng.randint(20, 400) * 10**6),
        }  # fmt: skip
        lines = queries.lines_of(row)
        if n % 4 == 1 and "Q" in row.period:
            found["coops"] = Typed((lines["coops"].register or 0) + 1, "新办一家，登记手续办理中")
        if "Q" not in row.period:
            found |= self._values(row)
        return found

    def _values(self, row: Statement) -> dict[str, Typed]:
        """What was stated for the year before the statement was made, with why it is more than the ledger shows."""
        stated = {v.stage: v for v in progress.output_values(int(row.period)).get(row.township.code, [])}
        found = {}
        for stage, (key, off) in rules.STAGE_LINES.items():
            if stage in stated:
                found[key] = Typed(stated[stage].gross_fen, "含未进平台的企业和农户，见签字报表", True)
                if off:
                    found[off] = Typed(stated[stage].local_input_fen, "同上", True)
        return found

    def _lock(self, row: Statement) -> None:
        day = row.due_on + timedelta(days=8)
        with on(self.bureau, day) as op:
            for item in sampling.write_draw(op, row):
                sampling.write_look(op, row, item.plot.code, "match")
            services.write_lock(op, queries.get_statement(self.bureau, row.code))

    def _amend(self, row: Statement) -> None:
        """A household too many, corrected in November under number one; still being filled in."""
        officer = self._officer(row.township)
        services.amend(officer, row.code, reason="种植户数多计 3 户", doc_ref="演示更正函〔2026〕1号")
