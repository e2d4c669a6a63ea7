"""Year-end scores (domain brief §6.8): a scheme of indicators and weights as data, exact arithmetic, the same result from the same snapshot. Pure.

Points are hundredths (``_centi``). Fractions are exact; each line is rounded half up once. Lines without data leave the sum and the weights it is
measured against; the sum of the rounded lines over those weights, times a hundred, is rounded once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import Invalid
from trace.core.text import N_, Labelled


class RunState(Labelled):
    """Where a score run stands."""

    DRAFT = "draft", N_("拟定")
    FEEDBACK = "feedback", N_("征求意见")
    HANDLED = "handled", N_("意见已处理")
    AGREED = "agreed", N_("领导小组已审")
    FIXED = "fixed", N_("常务会议审定")
    PUBLISHED = "published", N_("已公布")


FEEDBACK_DAYS = 3
"""Working days for the townships' opinion; no reply is no objection (L227)."""
NO_REPLY = N_("逾期未回复，视为无不同意见")
TOTAL = 100
INPUTS = {
    "area": N_("核实面积 ÷ 面积任务"), "survival": N_("核实面积 ÷ 已到查验期的登记面积"), "output": N_("总产值 ÷ 产值任务"),
    "brand": N_("有在效称号的企业 ÷ 登记企业"), "trace": N_("已启用追溯码的包装批次 ÷ 全部包装批次"),
    "statements": N_("按期报送的报表 ÷ 到期应报的报表"),
    "rectification": N_("按期整改的事项 ÷ 到期事项"), "scans": N_("当年首次被查询的追溯码 ÷ 启用的追溯码"),
    "complaints": N_("没有投诉的批次 ÷ 被查询过的批次"),
}  # fmt: skip
"""What a snapshot holds for each township: a numerator and a denominator under each of these names."""
DEDUCTIONS = {"false_report": N_("虚报瞒报"), "fund": N_("资金问题"), "food_safety": N_("食品安全事件")}
VETO = "food_safety"
"""A food-safety event of this kind takes the whole score [assumed]."""

DEFAULT_SCHEME: dict[str, Any] = {
    "name": "衡南县土枇杷产业年终目标管理考核方案（试行稿）",
    "indicators": [
        {"key": "area", "name": "种植面积", "weight": 25, "empty": "skip"},
        {"key": "survival", "name": "成活与质量", "weight": 15, "empty": "skip"},
        {"key": "output", "name": "综合产值", "weight": 15, "empty": "skip"},
        {"key": "brand", "name": "企业与品牌", "weight": 10, "empty": "zero"},
        {"key": "trace", "name": "追溯覆盖", "weight": 15, "empty": "skip"},
        {"key": "statements", "name": "报表与数据质量", "weight": 10, "empty": "zero"},
        {"key": "rectification", "name": "督查整改", "weight": 10, "empty": "full"},
    ],
}
"""The starting point the county edits; weights are assumed (§6.8 [A]), names are data and therefore not translated."""
EMPTY = {"skip": N_("无数据不计分，其余折算"), "zero": N_("无数据计零分"), "full": N_("无事项计满分")}


def check_scheme(content: Mapping[str, Any]) -> None:
    """Weights sum to 100, every indicator is known and stands once; raises :class:`Invalid`."""
    rows = content.get("indicators") or []
    keys = [row["key"] for row in rows]
    if not keys or len(set(keys)) != len(keys) or not set(keys) <= set(INPUTS):
        raise Invalid("考核指标不能重复，且须从列表中选取。", field="indicators", code="SCHEME_KEYS")
    if any(row["weight"] <= 0 for row in rows) or sum(row["weight"] for row in rows) != TOTAL:
        raise Invalid("各项权重须为正数，合计 100 分。", field="indicators", code="SCHEME_WEIGHTS")


def snapshot_hash(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of a snapshot."""
    return sha256_hex(canonical_bytes(snapshot))


def score(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The whole result from a snapshot alone: lines, totals and ranks of every township."""
    indicators = snapshot["scheme"]["indicators"]
    found = [_township(indicators, row) for row in snapshot["townships"]]
    for row, rank in zip(found, ranks([r["total_centi"] if r["ranked"] else None for r in found]), strict=True):
        row["rank"] = rank
    return {"townships": found}


def _township(indicators: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> dict[str, Any]:
    shares = {i["key"]: _share(i, *row["inputs"][i["key"]]) for i in indicators}
    counted = sum(i["weight"] for i in indicators if shares[i["key"]] is not None)
    lines = []
    for i in indicators:
        share = shares[i["key"]]
        points = None if share is None else half_up(share * i["weight"] * 100)
        lines.append({"key": i["key"], "points_centi": points, "data": row["inputs"][i["key"]]})
    minus = sum(d["points_centi"] for d in row["deductions"])
    veto = any(d["kind"] == VETO for d in row["deductions"])
    raw = sum(line["points_centi"] or 0 for line in lines)
    scaled = half_up(Fraction(raw * TOTAL, counted)) if counted else 0
    total = 0 if veto else max(scaled - minus, 0)
    return {
        "code": row["code"], "name": row["name"], "ranked": row["ranked"], "lines": lines, "raw_centi": raw, "counted": counted, "minus_centi": minus, "veto": veto,
        "total_centi": total,
    }  # fmt: skip


def _share(indicator: Mapping[str, Any], part: int, whole: int) -> Fraction | None:
    """How much of an indicator is done, at most all of it; what happens without data is a rule of the scheme."""
    if whole == 0:
        return {"skip": None, "zero": Fraction(0), "full": Fraction(1)}[indicator["empty"]]
    return max(min(Fraction(part, whole), Fraction(1)), Fraction(0))


def half_up(value: Fraction) -> int:
    """Nearest integer, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def ranks(totals: Sequence[int | None]) -> list[int | None]:
    """Standard competition ranks, highest first; equal totals share one, None is not ranked."""
    known = [total for total in totals if total is not None]
    return [None if total is None else 1 + sum(other > total for other in known) for total in totals]


def format_points(centi: int | None) -> str:
    """Points with two decimals; — when the line does not count."""
    return "—" if centi is None else f"{centi // 100}.{centi % 100:02d}"
