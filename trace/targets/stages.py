"""Milestones (indicators 7–9): the stages of a project, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trace.core.text import N_

STAGES: dict[str, dict[str, str]] = {
    "towns": {"planned": N_("规划"), "approved": N_("批复"), "building": N_("建设"), "accepted": N_("验收")},
    "gi": {
        "prepared": N_("准备材料"), "applied": N_("提交申请"), "accepted": N_("受理"), "preliminary": N_("初步认定公告"),
        "objection": N_("异议期"), "recognised": N_("认定公告"), "used": N_("专用标志使用"),
    },
    "honours": {"applied": N_("申报"), "awarded": N_("授予"), "ended": N_("到期或撤销")},
}  # fmt: skip
COUNTS_AT = {"towns": ("accepted",), "gi": ("recognised", "used"), "honours": ("awarded",)}
SCHEMES = {
    "cnipa": N_("国家知识产权局地理标志产品认定"), "trademark": N_("地理标志证明商标"), "agi": N_("农产品地理标志（登记已停止）"), "": N_("—"),
}  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """A stage a project reached on a day, with the last day it is valid, if any."""

    project: str
    stage: str
    on_day: date
    valid_to: date | None = None


def standing(indicator: str, steps: Iterable[Reached], day: date) -> dict[str, Reached]:
    """The newest stage of each project on a day; of the same day the one further on."""
    order = list(STAGES[indicator])
    found: dict[str, Reached] = {}
    for step in sorted(steps, key=lambda s: (s.on_day, order.index(s.stage))):
        if step.on_day <= day:
            found[step.project] = step
    return found


def counted(indicator: str, steps: Iterable[Reached], day: date) -> int:
    """How many projects count on a day: far enough, and still valid."""
    now = standing(indicator, steps, day).values()
    return sum(s.stage in COUNTS_AT[indicator] and (s.valid_to is None or s.valid_to >= day) for s in now)
