"""The papers of supervision: 提示函, 整改通知, 情况通报 as drafts for people to number and seal; 考核得分表 as a report of the system."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from trace.core.clock import to_local
from trace.pdf.official import Block, Paper, official
from trace.supervision import queries, rules, scoring
from trace.supervision.models import Finding, ScoreRun, ScoreSnapshot

ISSUER = "衡南县土枇杷产业发展工作领导小组办公室"
TAKES = {"letter": "提示函", "notice": "整改通知", "circular": "情况通报"}


def zh(day: date | datetime | None) -> str:
    """2026年7月18日, Arabic digits without zeros before them; blanks to be filled in when there is no day yet."""
    if day is None:
        return "　　年　月　日"
    found = to_local(day).date() if isinstance(day, datetime) else day
    return f"{found.year}年{found.month}月{found.day}日"


def letter(finding: Finding) -> bytes:
    """The 提示函 or 整改通知 of a finding, as its ``paper`` says; empty number, marked 送审稿."""
    return official(_letter(finding))


def _letter(finding: Finding) -> Paper:
    notice = finding.paper == "notice"
    kind = TAKES[finding.paper]
    place = finding.township.name
    opening = f"经{rules.SOURCES[finding.source]}，发现你单位辖区内土枇杷产业工作存在需要改进的问题。"
    opening += f"根据{finding.authority_ref}，现要求限期整改。" if notice else "现提示如下，供你单位改进工作参考。"
    return Paper(
        title=f"关于{place}土枇杷产业有关问题的\n{kind}", to=_addressee(place), issuer=ISSUER, signed_on=zh(finding.issued_at),
        blocks=[
            Block(opening), Block(level=1, lead="发现的问题"), Block(finding.facts), *_objects(finding),
            Block(level=1, lead="整改要求" if notice else "建议"), Block(finding.requirement),
            *(_demands(finding) if notice else _advice(finding)),
        ],
        copies="县林业局，县政府督查室。" if notice else "县林业局。", printed=ISSUER,
    )  # fmt: skip


def _addressee(place: str) -> str:
    return f"{place}办事处" if place.endswith("街道") else f"{place}人民政府"


def _objects(finding: Finding) -> list[Block]:
    """Which party and plot it is about, when it is about one."""
    named = [f"涉及地块：{finding.plot.code}"] if finding.plot_id else []
    named += [f"涉及主体：{finding.party.name}"] if finding.party_id else []
    return [Block("；".join(named) + "。")] if named else []


def _deadline(finding: Finding) -> str:
    if hours := rules.URGENT_HOURS.get(finding.urgency):
        return f"{hours} 小时内" if finding.due_at is None else f"{to_local(finding.due_at):%Y年%-m月%-d日%H时%M分}前"
    return f"收到本件后 {finding.days} 个工作日内" if finding.due_at is None else f"{zh(finding.due_at)}前"


def _demands(finding: Finding) -> list[Block]:
    who = f"由{finding.responsible}负责，" if finding.responsible else ""
    return [
        Block(level=1, lead="时限和程序"),
        Block(f"请{who}先报整改方案，并于{_deadline(finding)}报送整改结果和佐证材料。", 2, "报送。"),
        Block("整改结果由发现问题和报送整改以外的人员复核，复核通过后销号。", 2, "复核。"),
        Block("逾期未报或复核不通过的，予以情况通报并提请督办。确有困难的，可申请延期一次。", 2, "督办。"),
    ]


def _advice(finding: Finding) -> list[Block]:
    return [
        Block(f"如采纳，建议于{_deadline(finding)}函告改进情况。本函不是指令性文件，不作为逾期认定和考核扣分的依据。")
    ]


def circular(finding: Finding) -> bytes:
    """The 情况通报 after a failed recheck; only for notices."""
    return official(_circular(finding))


def _circular(finding: Finding) -> Paper:
    steps = queries.steps_of(finding)
    said = next((s.text for s in reversed(steps) if s.action == rules.Action.CIRCULATE), "")
    failed = next((s.text for s in reversed(steps) if s.action == rules.Action.FAIL), "")
    marks = queries.late_marks([finding]).get(finding.id, [])
    told = next((s.at for s in reversed(steps) if s.action == rules.Action.CIRCULATE), None)
    late = f"其间 {len(marks)} 次超过规定时限。" if marks else "报送未超过规定时限。"
    return Paper(
        title=f"关于{finding.township.name}土枇杷产业整改情况的\n通报", to="各乡镇人民政府、街道办事处，县直有关单位", issuer=ISSUER, signed_on=zh(told),
        blocks=[
            Block(f"根据{finding.authority_ref}，现将{finding.township.name}整改情况通报如下。"),
            Block(level=1, lead="基本情况"), Block(finding.facts),
            Block(f"整改通知于{zh(finding.issued_at)}发出，要求{finding.requirement.rstrip('。')}。{late}"),
            Block(level=1, lead="复核结果"), Block(failed), Block(level=1, lead="下一步要求"), Block(said),
        ],
        copies="县委办，县政府督查室，县林业局。", printed=ISSUER,
    )  # fmt: skip


def scorecard(run: ScoreRun, snapshot: ScoreSnapshot, township: str = "") -> bytes:
    """The table of points: of all townships, or of one with its data. Says in which state the scores are, and their hash."""
    indicators = snapshot.body["scheme"]["indicators"]
    rows = sorted(snapshot.result["townships"], key=lambda r: (r["rank"] is None, r["rank"] or 0, r["code"]))
    one = next((r for r in rows if r["code"] == township), None)
    place = f"{one['name']}" if one else ""
    paper = Paper(
        title=f"{run.year}年度土枇杷产业年终目标管理\n{place}考核得分表", kind="report", generated_at=snapshot.at,
        digest=f"依据快照 SHA-256 {snapshot.sha256}",
    )  # fmt: skip
    return official(
        paper, "supervision/scorecard_print.html", run=run, snapshot=snapshot, indicators=indicators, rows=rows, one=one,
        state=scoring.RunState(run.state), lines=score_lines(snapshot, one) if one else [], points=scoring.format_points,
        kinds=scoring.DEDUCTIONS, scheme=snapshot.body["scheme"],
    )  # fmt: skip


def unscored(snapshot: ScoreSnapshot, township: str) -> list[tuple[str, int, int]]:
    """What the snapshot holds of a township and the scheme gives no weight: formula, numerator, denominator."""
    scored = {i["key"] for i in snapshot.body["scheme"]["indicators"]}
    inputs = next(t["inputs"] for t in snapshot.body["townships"] if t["code"] == township)
    return [(scoring.INPUTS[key], *inputs[key]) for key in scoring.INPUTS if key in inputs and key not in scored]


def score_lines(snapshot: ScoreSnapshot, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Formula, data and points of one township, line by line."""
    points = {line["key"]: line for line in row["lines"]}
    return [
        {
            "name": i["name"], "weight": i["weight"], "formula": scoring.INPUTS[i["key"]], "empty": scoring.EMPTY[i["empty"]],
            "part": points[i["key"]]["data"][0], "whole": points[i["key"]]["data"][1], "points_centi": points[i["key"]]["points_centi"],
            "key": i["key"],
        }
        for i in snapshot.body["scheme"]["indicators"]
    ]  # fmt: skip
