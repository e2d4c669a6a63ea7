"""The scales: net weight, what a season may weigh at an age, and when two records look like one. Pure.

Sources: domain brief §2.2 (harvest row), §4.1 (yield curve by age), §4.5 (1.2 × curve), §7.1 C7, C8, C14. The tolerances of a duplicate are
assumed (参考值) and can be changed in the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from trace.core.errors import FieldError
from trace.core.text import N_, Message
from trace.core.units import format_int, format_kg

DESTINATIONS = {
    "plant": N_("送加工厂"), "fresh": N_("鲜果销售"), "store": N_("入库存放"), "own": N_("自用"),
}  # fmt: skip
"""Where a harvest goes from the scales; blank when nobody knows yet."""

MOST_CONTAINERS = 200
CURVE_SLACK = Fraction(12, 10)
"""A season may exceed the curve of its age by a fifth before anybody asks (domain brief §4.5)."""

DUPLICATE_SETTINGS = {"field.duplicate_minutes": 60, "field.duplicate_permille": 10, "field.duplicate_grams": 500}
"""Assumed: two records within an hour whose weights differ by at most one per cent or half a kilogram."""
OUTCOMES = {"open": N_("待判定"), "both": N_("两条都保留"), "merged": N_("已合并")}


@dataclass(frozen=True)
class Weighed:
    """One container on the scales, in grams."""

    gross: int
    tare: int = 0
    damage: int = 0

    @property
    def net(self) -> int:
        """Gross less tare; damaged fruit is part of it and counted apart."""
        return self.gross - self.tare


def net_weight(containers: Sequence[Weighed]) -> int:
    """Σ(gross − tare), in grams."""
    return sum(container.net for container in containers)


def damaged(containers: Sequence[Weighed]) -> int:
    """Σ damage, in grams: a fact of its own, never taken off the net weight."""
    return sum(container.damage for container in containers)


def container_mistakes(containers: Sequence[Weighed]) -> list[FieldError]:
    """What cannot be: a container heavier than what is in it, more damage than fruit."""
    found = []
    for n, one in enumerate(containers):
        if one.net <= 0:
            text = N_("第 %(n)s 筐毛重 %(gross)s 公斤，不比皮重 %(tare)s 公斤多，请核对。")
            values = {"n": n + 1, "gross": format_kg(one.gross), "tare": format_kg(one.tare)}
            found.append(FieldError(f"containers.{n}.tare", "TARE_TOO_HEAVY", Message(text, values)))
        elif one.damage > one.net:
            text = N_("第 %(n)s 筐破损 %(damage)s 公斤，多于净重 %(net)s 公斤，请核对。")
            values = {"n": n + 1, "damage": format_kg(one.damage), "net": format_kg(one.net)}
            found.append(FieldError(f"containers.{n}.damage", "DAMAGE_TOO_MUCH", Message(text, values)))
    return found


def tree_age(planted_on: date, day: date) -> int:
    """Years since planting, as growers count them: by calendar year."""
    return day.year - planted_on.year


def share_at(age: int, curve: Mapping[int, int]) -> Fraction | None:
    """The share of a full harvest that trees of an age bear; below the curve's first year nothing, beyond its last the last."""
    if not curve:
        return None
    known = [year for year in curve if year <= age]
    return Fraction(curve[max(known)], 100) if known else Fraction(0)


def bearing_share(stands: Sequence[tuple[date, int]], day: date, curve: Mapping[int, int]) -> Fraction | None:
    """The share over all stands ((planted, number of trees) each), weighed by trees; None without curve or stand."""
    shares = [(share_at(tree_age(planted, day), curve), count) for planted, count in stands]
    total = sum(count for _, count in shares)
    if not curve or not total:
        return None
    return sum((share * count for share, count in shares if share is not None), Fraction(0)) / total


def cap_at(high: int, share: Fraction | None) -> int:
    """The reference high for trees of this share: never above that of full bearing."""
    if share is None:
        return high
    slack = CURVE_SLACK  # in whole numbers: it is asked for every harvest, and fractions are slow
    return min(high, high * share.numerator * slack.numerator // (share.denominator * slack.denominator))


def judge_trees(season_g: int, trees: int, high_kg: int | None, share: Fraction | None) -> Message | None:
    """Season total per tree over the reference high of its age asks for a reason. Never refused: the number of trees is often a declaration."""
    if not trees or high_kg is None:
        return None
    cap = cap_at(high_kg, share)
    if not cap or season_g <= cap * 1000 * trees:
        return None
    per_tree = Fraction(season_g, 1000 * trees)
    return Message(
        "每株 %(kg)s 公斤高于参考上限 %(high)s 公斤（登记 %(trees)s 株），请确认并填写原因。",
        {"kg": format_kg(round(per_tree * 1000)), "high": format_int(cap), "trees": format_int(trees)},
    )


@dataclass(frozen=True)
class Sighting:
    """What makes two records comparable: where, what, which day, when written down, how much, by whom, on what."""

    plot: int
    part: str
    day: date
    at: datetime
    grams: int
    recorder: int
    device: str = ""


def looks_like(one: Sighting, other: Sighting, *, minutes: int, permille: int, grams: int) -> bool:
    """Could these be one harvest written down twice? Symmetric. Two records of one person on one device never are: he knows what he weighed."""
    if (one.plot, one.part, one.day) != (other.plot, other.part, other.day):
        return False
    if (one.recorder, one.device) == (other.recorder, other.device):
        return False
    if abs((one.at - other.at).total_seconds()) > minutes * 60:
        return False
    gap = abs(one.grams - other.grams)
    return gap <= grams or gap * 1000 <= max(one.grams, other.grams) * permille


def suspicion(minutes: int, recorder: str, grams: int) -> Message:
    """C14. ``minutes``: how long before this record the other was written down; negative when it was after."""
    values = {"who": somebody(recorder), "kg": plain_kg(grams), "minutes": abs(minutes)}
    if minutes > 0:
        return Message("疑似重复：%(minutes)s 分钟前%(who)s已登记同一地块 %(kg)s 公斤。", values)
    if minutes < 0:
        return Message("疑似重复：%(minutes)s 分钟后%(who)s又登记了同一地块 %(kg)s 公斤。", values)
    return Message("疑似重复：同一时刻%(who)s也登记了同一地块 %(kg)s 公斤。", values)


def somebody(name: str) -> str:
    """A person's name as others may read it: the surname and 某 (domain brief §2.10)."""
    return f"{name.strip()[:1]}某"


def plain_kg(grams: int) -> str:
    """Kilograms as on a weigh ticket, with at least one decimal: 420.5, 418.0."""
    text = format_kg(grams).rstrip("0")
    return f"{text}0" if text.endswith(".") else text
