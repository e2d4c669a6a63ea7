"""Papers of the county in the layout of GB/T 9704: the progress report with vector charts and forecasts, the yearly performance report of the funds."""

from __future__ import annotations

from datetime import date

from trace.core.actor import Actor
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import utcnow
from trace.core.units import format_mu, format_pct, format_wan_yuan, format_yi_yuan
from trace.forecast import queries as forecasts
from trace.forecast import shown
from trace.forecast.constraints import UNIT
from trace.forecast.rules import NOT_OFFICIAL
from trace.funds import queries as funds
from trace.pdf.official import Block, Paper, official
from trace.programmes import queries as programmes
from trace.targets import papers, queries, rules
from trace.web.jinja import percent

__all__ = ["UNIT", "performance_report", "progress_report"]


def progress_report(period: str, today: date) -> bytes:
    """County totals, goals, townships, enterprises under the reading in force, forecast with its band and back-test; a report of the system."""
    progress = queries.progress(period)
    weak = forecasts.weak_shares(today.year - 1)
    areas, money = forecasts.area_series(today), forecasts.value_series(today)
    found = [forecasts.forecast(areas[""], today), forecasts.forecast(money[""], today, weak.get(""))]
    paper = Paper(
        title=f"衡南县土枇杷产业进展报告\n（{period}）", kind="report", generated_at=utcnow(),
        digest=f"数据 SHA-256 {sha256_hex(canonical_bytes(papers.as_json(progress)))}",
    )  # fmt: skip
    return official(
        paper, "desk/progress_print.html", progress=progress, rules=rules, forecasts=found, shown=shown, note=NOT_OFFICIAL,
        tests={item.series.indicator: shown.tested(forecasts.back_test(item.series), item.series.indicator) for item in found},
        cohort=forecasts.cohort_years("", today), simulated=forecasts.simulations(today), township_names={t.code: t.name for t in progress.lines},
        one=False, **papers.context(progress),
    )  # fmt: skip


def performance_report(actor: Actor, today: date) -> bytes:
    """资金管理与使用绩效年度评估 (L80–85) as a draft: money by programme through the funds' own queries, what it bought, what is not reached."""
    year = today.year
    rows = [row for row in programmes.visible_programmes(actor) if row.year == year and row.state != "draft"]
    books = funds.budgets(row.id for row in rows)
    progress, before = queries.progress(str(year)), queries.progress(str(year - 1))
    table = [
        (row.name, book.appropriated_fen, book.committed_fen, book.paid_fen)
        for row in rows
        if (book := books.get(row.id)) is not None
    ]
    given, paid = sum(r[1] for r in table), sum(r[3] for r in table)
    grown = progress.total("verified_m2") - before.total("verified_m2")
    goal = progress.goal("area")
    blocks = [
        Block(f"按照年度评估要求，现将{year}年度土枇杷产业发展专项资金管理与使用绩效情况报告如下。"),
        Block(level=1, lead="资金安排和执行"),
        Block(
            f"{year}年纳入管理的项目{len(table)}个，下达预算{_plain(format_wan_yuan(given))}万元，已支付{_plain(format_wan_yuan(paid))}万元，"
            f"预算执行率{format_pct(percent(paid, given), 1)}。各项目情况见附表。"
        ),
        Block(level=1, lead="产出和效果"),
        Block(
            f"核实种植面积{_plain(format_mu(progress.total('verified_m2')))}亩，比上年末{'增加' if grown >= 0 else '减少'}{_plain(format_mu(abs(grown)))}亩；"
            f"待查面积{_plain(format_mu(progress.total('awaiting_m2')))}亩，未达标面积{_plain(format_mu(progress.total('failed_m2')))}亩。"
            f"全产业链总产值{_plain(format_yi_yuan(progress.total('gross_fen')))}亿元，剔重产值{_plain(format_yi_yuan(progress.total('net_fen')))}亿元。"
        ),
        Block(level=1, lead="存在的问题"),
        Block(_problems(progress, goal.value if goal else None)),
        Block(level=1, lead="说明"),
        Block("本件数字取自登记和批次记录，总产值含各环节产值，存在中间投入重复；上报部分按证据等级列示。资金数取自支付台账，补助不计入产值。"),
    ]  # fmt: skip
    return official(
        Paper(
            title=f"关于{year}年度土枇杷产业发展专项资金绩效情况的报告", to="县人民政府", blocks=blocks, issuer="衡南县林业局", signed_on="　　年　月　日",
            attachments=["各项目预算执行情况表"],
        ),
        "desk/performance_print.html", table=table, given=given, paid=paid, year=year, shares=progress.grades,
    )  # fmt: skip


def _problems(progress: queries.Progress, goal: int | None) -> str:
    have = progress.total("verified_m2")
    said = []
    if goal and have < goal:
        said.append(f"核实面积为2030年目标的{format_pct(percent(have, goal), 1)}，差距较大")
    weak, whole = progress.grades["C"], sum(progress.grades.values())
    if whole:
        said.append(f"产值中估算（C级）占{format_pct(percent(weak, whole), 1)}，证据有待加强")
    if progress.total("failed_m2"):
        said.append("部分地块成活不达标，需要补植")
    return ("；".join(said) + "。") if said else "未发现明显问题。"


def _plain(text: str) -> str:
    """Without the thin spaces of the screen: official papers set figures close."""
    return text.replace("\u2009", "")
