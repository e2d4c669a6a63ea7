"""Clocks and sums of incidents and recalls. Pure.

Sources: opinion 清政办发〔2022〕7号 line 104 (two hours after the event), 食品召回管理办法 as the domain brief §2.5 gives it, §7.8 M3–M5.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from trace.core.calendar import WorkingCalendar
from trace.core.clock import business_date
from trace.core.text import N_

REPORT_WITHIN = timedelta(hours=2)
REMIND_BEFORE = timedelta(minutes=20)
"""Occurred 10:00 → reminder 11:40, due 12:00 (M3)."""
ANSWER_WITHIN = timedelta(hours=24)
"""A holder confirms a recall notice within a day (assumption; the regulation names no term)."""
DRILL_TARGET = timedelta(hours=4)
"""A mock recall ends within four hours (BRCGS, domain brief §2.6)."""

LEVELS = {1: N_("一级召回"), 2: N_("二级召回"), 3: N_("三级召回")}
START_HOURS = {1: 24, 2: 48, 3: 72}
FINISH_DAYS = {1: 10, 2: 20, 3: 30}
"""Start within so many hours after knowing, end within so many working days after the start."""

INCIDENT_KINDS = {
    "food": N_("食品安全"), "residue": N_("农药残留"), "seedling": N_("苗木病虫或品种"), "complaint": N_("消费者投诉"), "other": N_("其他"),
}  # fmt: skip
GRADES = {"gravest": N_("特别重大"), "grave": N_("重大"), "large": N_("较大"), "common": N_("一般")}
BY_TELEPHONE = frozenset({"gravest", "grave"})
"""Grades reported at once by telephone, before the written report."""
ENTRY_KINDS = {
    "report": N_("书面上报"), "call": N_("电话报告"), "follow": N_("续报"), "remind": N_("到期提醒"), "link": N_("补充关联"), "close": N_("结案"),
}  # fmt: skip
RECALL_STATES = {"open": N_("召回中"), "closed": N_("已完成"), "mistaken": N_("误发已更正")}
STATE_TONES = {"open": "recall", "closed": "ok", "mistaken": "void"}
DRILL_STATES = {"running": N_("演练中"), "sealed": N_("已封存")}


def report_due(occurred_at: datetime) -> datetime:
    """Until when to report: two hours after the event, whenever it was learnt."""
    return occurred_at + REPORT_WITHIN


def remind_at(occurred_at: datetime) -> datetime:
    """When to remind those who have to report."""
    return report_due(occurred_at) - REMIND_BEFORE


def minutes_late(due: datetime, at: datetime) -> int:
    """Whole minutes past the term, a begun one counts; zero when in time."""
    return max(0, -((due - at) // timedelta(minutes=1)))


def start_due(level: int, known_at: datetime) -> datetime:
    """Until when a recall of this level has to begin."""
    return known_at + timedelta(hours=START_HOURS[level])


def finish_due(level: int, started_at: datetime, days: WorkingCalendar) -> date:
    """Until which day it should be finished, in working days of the county's calendar."""
    return days.add_working_days(business_date(started_at), FINISH_DAYS[level])


@dataclass(frozen=True)
class Sums:
    """Grams of a recall: what has to be explained, and what became of it."""

    total_g: int = 0
    located_g: int = 0
    returned_g: int = 0
    destroyed_g: int = 0
    sold_g: int = 0

    @property
    def unexplained_g(self) -> int:
        """What nobody has said anything about."""
        return self.total_g - self.located_g - self.returned_g - self.destroyed_g - self.sold_g

    @property
    def effectiveness(self) -> Fraction:
        """The part that is back under control: found and sealed, returned or destroyed. What was eaten is explained, not recovered."""
        return (
            Fraction(self.located_g + self.returned_g + self.destroyed_g, self.total_g) if self.total_g else Fraction(1)
        )

    @property
    def explained(self) -> Fraction:
        """The part of which it is known what became of it."""
        return 1 - Fraction(self.unexplained_g, self.total_g) if self.total_g else Fraction(1)

    def __add__(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(
            self.total_g + other.total_g, self.located_g + other.located_g, self.returned_g + other.returned_g,
            self.destroyed_g + other.destroyed_g, self.sold_g + other.sold_g,
        )  # fmt: skip


def place_of(seed: str, count: int) -> int:
    """Which of ``count`` lots (in the order of their making, from 0) a printed seed draws: SHA-256 of it, modulo the count."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()) % count
