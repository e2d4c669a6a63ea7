"""Which records are looked at: points by rule, and a lot drawn with a printed seed. Pure, so that anybody can draw again.

Feature C10 (risk-based sampling, distance as proof, inspector ≠ recorder). All numbers are assumed (参考值) and changed in the settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from trace.core.text import N_, Message

RECORD_KINDS = {"harvest": N_("采收"), "activity": N_("生产记录")}
TASK_STATES = {"open": N_("待抽查"), "done": N_("已抽查")}
VERDICTS = {"match": N_("相符"), "mismatch": N_("不符"), "unknown": N_("无法核实")}

EVIDENCE_ACCURACY_M = 15
"""A position less exact proves nothing (domain brief §7.1 C9)."""
DUE_DAYS = 10
LOT_SPACE = 10_000

POINTS = {"late": 30, "flagged": 40, "duplicate": 60, "far": 40, "new_recorder": 20}
"""Points of each reason. A suspected duplicate is always looked at: its own clerk may have said that both stand."""
LIMITS = {
    "late_days": 3,
    "far_m": 200,
    "first_records": 3,
    "certain": 60,
    "random_permille": 50,
    "most": 40,
    "note_far_m": 200,
}
"""From how many days late on; from how many metres off the plot; how many first records of a recorder; from how many points a record is
always drawn; the random share of the rest; tasks of one draw at most; from how far off an inspector must explain."""
WORDS = {
    "late": N_("迟报"), "flagged": N_("产量异常"), "duplicate": N_("疑似重复"), "far": N_("定位远离地块"),
    "new_recorder": N_("新记录员"), "late_days": N_("补录天数起点"), "far_m": N_("距地块米数起点"), "first_records": N_("新记录员的前几条"),
    "certain": N_("必抽分数"), "random_permille": N_("随机抽取比例"), "most": N_("每次最多抽取"), "note_far_m": N_("抽查人距地块多远须说明"),
}  # fmt: skip
SETTING = "quality.sampling"
RANDOM = N_("随机抽中，签号 %(lot)s")


@dataclass(frozen=True)
class Facts:
    """What is known of one record when lots are drawn. ``earlier``: how many records the recorder had made before it."""

    kind: str
    record: str
    plot_id: int
    party_id: int
    recorder_id: int
    recorder_name: str
    happened_on: date
    late_days: int = 0
    flagged: bool = False
    duplicate: bool = False
    distance_m: int | None = None
    earlier: int = 0


@dataclass(frozen=True)
class Rated:
    """A record with its points, its reasons and its lot number."""

    facts: Facts
    score: int
    lot: int
    reasons: list[dict[str, Any]] = field(default_factory=list)


def settings_of(given: Mapping[str, int] | None) -> dict[str, int]:
    """The assumed numbers with what the bureau has set instead."""
    return {**POINTS, **LIMITS, **(given or {})}


def reasons_of(facts: Facts, rules: Mapping[str, int]) -> list[tuple[str, Message]]:
    """Why a record deserves a look, each with its rule."""
    found = []
    if facts.late_days >= rules["late_days"]:
        found.append(("late", Message("补录，晚 %(days)s 天", {"days": facts.late_days})))
    if facts.flagged:
        found.append(("flagged", Message("产量异常，已填原因")))
    if facts.duplicate:
        found.append(("duplicate", Message("疑似重复登记")))
    if facts.distance_m is not None and facts.distance_m > rules["far_m"]:
        found.append(("far", Message("登记时距地块 %(m)s 米", {"m": facts.distance_m})))
    if facts.earlier < rules["first_records"]:
        found.append(("new_recorder", Message("记录员的第 %(n)s 条记录", {"n": facts.earlier + 1})))
    return found


def lot_number(seed: str, kind: str, record: str) -> int:
    """The lot of a record, 0 to 9999: the first eight hex digits of SHA-256 over “seed|kind|record”, modulo 10 000."""
    return int(hashlib.sha256(f"{seed}|{kind}|{record}".encode()).hexdigest()[:8], 16) % LOT_SPACE


def rate(facts: Facts, seed: str, rules: Mapping[str, int]) -> Rated:
    """Points, reasons and lot number of one record."""
    found = reasons_of(facts, rules)
    reasons = [{"rule": rule, "template": text.template, "values": text.values} for rule, text in found]
    return Rated(
        facts, sum(rules[rule] for rule, _ in found), lot_number(seed, facts.kind, facts.record), reasons
    )  # fmt: skip


def choose(rated: Sequence[tuple[str, str, int]], seed: str, rules: Mapping[str, int]) -> list[tuple[str, str]]:
    """(kind, record) of everything drawn out of (kind, record, points): certain ones first, then those whose lot falls in the share.

    The lowest lot goes in when nothing else does, so that no week is without a look; the order of the input does not matter.
    """
    numbered = sorted((lot_number(seed, kind, record), kind, record, points) for kind, record, points in rated)
    certain = sorted((item for item in numbered if item[3] >= rules["certain"]), key=lambda item: (-item[3], item))
    limit = rules["random_permille"] * LOT_SPACE // 1000
    by_lot = [item for item in numbered if item[3] < rules["certain"] and item[0] < limit]
    drawn = (certain + by_lot or numbered[:1])[: rules["most"]]
    return [(kind, record) for _, kind, record, _ in drawn]


def week_of(day: date) -> tuple[date, date]:
    """Monday to Sunday around a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def last_week(today: date) -> tuple[date, date]:
    """The last week that is over."""
    return week_of(today - timedelta(days=7))


def position_mistake(accuracy_m: int | None) -> Message | None:
    """C9: a position too coarse to prove anything."""
    if accuracy_m is not None and accuracy_m <= EVIDENCE_ACCURACY_M:
        return None
    if accuracy_m is None:
        return Message("请填写定位误差；误差超过 %(most)s 米不能作为抽查依据。", {"most": EVIDENCE_ACCURACY_M})
    return Message("定位误差 %(m)s 米，建议到空旷处重新定位。", {"m": accuracy_m})
