"""The enterprise sentence that contradicts itself (opinion 第三条, domain brief §6.7): four readings, three counters. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trace.core.text import N_, Labelled


class Reading(Labelled):
    """How 规模以上5个，其中国家级5个、省级20个 is to be understood."""

    R1 = "R1", N_("照字面：共 5 个，其中国家级 5 个、省级 20 个（前后矛盾）")
    R2 = "R2", N_("三项各自独立：规模以上 5 个、国家级 5 个、省级 20 个")
    R3 = "R3", N_("国家级 5 个即规模以上的 5 个，省级 20 个另计")
    R4 = "R4", N_("规模以上“5个”系“25个”之误，含国家级 5 个、省级 20 个")


DEFAULT = Reading.R2
UNDECIDED = N_("由办公室暂按三项分别统计，待领导小组书面明确")
COUNTERS = ("above_scale", "leading_national", "leading_provincial")
GOALS: dict[Reading, tuple[int, int, int]] = {
    Reading.R1: (5, 5, 20), Reading.R2: (5, 5, 20), Reading.R3: (5, 5, 20), Reading.R4: (25, 5, 20),
}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Firms with each status on a day, by key, so that one firm counts once in each set."""

    above_scale: frozenset[int]
    leading_national: frozenset[int]
    leading_provincial: frozenset[int]

    @property
    def provincial_inclusive(self) -> int:
        """Provincial level or higher."""
        return len(self.leading_provincial | self.leading_national)

    @property
    def provincial_exclusive(self) -> int:
        """Provincial level only."""
        return len(self.leading_provincial - self.leading_national)


@dataclass(frozen=True)
class Line:
    """One counter under a reading: what counts, what is wanted, whether it can be met at all."""

    counter: str
    have: int
    goal: int


def lines(reading: Reading, counts: Counts) -> list[Line]:
    """The three counters as a reading counts them."""
    scale, national, provincial = counts.above_scale, counts.leading_national, counts.leading_provincial
    have: Mapping[Reading, tuple[int, int, int]] = {
        Reading.R1: (len(scale), len(scale & national), len(scale & provincial)),
        Reading.R2: (len(scale), len(national), len(provincial)),
        Reading.R3: (len(scale), len(scale & national), len(provincial - national)),
        Reading.R4: (len(scale), len(scale & national), len(scale & (provincial - national))),
    }
    return [Line(*row) for row in zip(COUNTERS, have[reading], GOALS[reading], strict=True)]


def contradictory(reading: Reading) -> bool:
    """Do the parts of a whole exceed the whole?"""
    whole, national, provincial = GOALS[reading]
    return reading is Reading.R1 and national + provincial > whole
