"""The performance report as a draft in the layout of GB/T 9704 (送审稿, no number, no seal), and the same figures as xlsx."""

from __future__ import annotations

from fractions import Fraction

from flask_babel import gettext as _

from trace.core.text import N_
from trace.core.units import format_int, format_kg, format_mu, format_pct, format_wan_yuan, mu_from_m2
from trace.effects.performance import MONEY, Performance, Target
from trace.pdf.official import Block, Paper, official
from trace.web.sheets import Column, as_xlsx

ISSUER = "衡南县土枇杷产业发展工作领导小组办公室"
MONEY_LABELS = {
    "appropriated": N_("下达指标"), "reserved": N_("待审定预留"), "committed": N_("已审定待付"), "paid": N_("已支付"), "recovered": N_("已追回"), "lapsed": N_("收回和结转"),
    "left": N_("可用余额"),
}  # fmt: skip


def said(unit: str, value: Fraction | int | None) -> str:
    """A target or a result with its unit, “—” when there is none."""
    if value is None:
        return "—"
    if unit == "share":
        return format_pct(Fraction(value), 1)
    return f"{format_mu(value)} {_('亩')}" if unit == "m2" else f"{format_wan_yuan(int(value))} {_('万元')}"


def verdict(target: Target) -> str:
    """完成, 未完成 or why it is not judged."""
    if target.met is None:
        return _("未下达") if target.target is None else _("无数据")
    return _("完成") if target.met else _("未完成")


def zh(value: int) -> str:
    """Fen as 万元 in running text."""
    return f"{format_wan_yuan(value)} 万元"


def paper(found: Performance) -> bytes:
    """The report: money, outputs, targets, problems; judgement and plans are left to those who sign it."""
    title = f"关于{found.year}年度土枇杷产业发展专项资金\n绩效自评情况的报告"
    document = Paper(title=title, to="县人民政府", issuer=ISSUER, signed_on="　　年　月　日", blocks=_story(found), attachments=[f"{found.year}年度专项资金绩效自评表"], copies="县财政局，县审计局，县林业局。", printed=ISSUER)  # fmt: skip
    return official(
        document, "effects/performance_pdf.html", found=found, money=MONEY_LABELS, said=said, verdict=verdict
    )


def _story(found: Performance) -> list[Block]:
    return [
        Block(f"按照重大事项报告和预算绩效管理的要求，现将{found.year}年度土枇杷产业发展专项资金绩效自评情况报告如下。数据截至{found.day.year}年{found.day.month}月{found.day.day}日。"),
        Block(level=1, lead="基本情况"), *_programmes(found),
        Block(level=1, lead="资金使用情况"), *_money(found),
        Block(level=1, lead="产出和效益"), *_output(found),
        Block(level=1, lead="绩效目标完成情况"), *_targets(found),
        Block(level=1, lead="发现的问题和处理情况"), *_problems(found),
        Block(level=1, lead="下一步工作打算"), Block("（由主管单位填写。）"),
    ]  # fmt: skip


def _programmes(found: Performance) -> list[Block]:
    if not found.lines:
        return [Block(f"{found.year}年度没有发布项目通知。")]
    received = sum(line.received for line in found.lines)
    refused = sum(line.refused for line in found.lines)
    text = f"{found.year}年度发布项目通知 {len(found.lines)} 个，收到申报 {format_int(received)} 份{f'，其中不予支持 {format_int(refused)} 份' if refused else ''}。"
    return [Block(text), *(Block(f"依据{line.basis}。", 2, f"{line.name}。") for line in found.lines)]


def _money(found: Performance) -> list[Block]:
    money = found.money
    return [
        Block(
            f"下达指标 {zh(money['appropriated'])}，已支付 {zh(money['paid'])}，待审定预留 {zh(money['reserved'])}，已审定待付 {zh(money['committed'])}，"
            f"追缴收回 {zh(money['recovered'])}，年终收回和结转 {zh(money['lapsed'])}，可用余额 {zh(money['left'])}。"
            f"预算执行率 {format_pct(found.rate, 1)}。各项目情况见附件。"
        )
    ]


def _output(found: Performance) -> list[Block]:
    out = found.output
    return [
        Block(f"验收合格面积 {format_mu(found.accepted_m2)} 亩；已支付地块现有查验合格面积 {format_mu(out['alive_m2'])} 亩。", 2, "面积。"),
        Block(
            f"支付当年及以后，这些地块采收 {format_kg(out['grams'])} 公斤，摊到包装 {format_int(out['packs'])} 件，"
            f"消费者扫码 {format_int(out['scans'])} 次，投诉 {format_int(out['complaints'])} 件。挂果需要 4 年左右，未到树龄的地块没有采收。", 2, "产出。"
        ),
    ]  # fmt: skip


def _targets(found: Performance) -> list[Block]:
    done = [target.name for target in found.targets if target.met]
    missed = [target for target in found.targets if target.met is False]
    text = f"完成的有：{'、'.join(done)}。" if done else "没有已完成的目标。"
    if missed:
        each = "；".join(f"{t.name}目标 {said(t.unit, t.target)}，实际 {said(t.unit, t.result)}" for t in missed)
        text += f"未完成的有：{each}。"
    absent = [target.name for target in found.targets if target.met is None]
    if absent:
        text += f"没有下达目标或没有数据、不作评价的有：{'、'.join(absent)}。"
    return [Block(text + "逐项情况见附件。")]


def _problems(found: Performance) -> list[Block]:
    p = found.problems
    findings = "；".join(f"{cause} {n} 件，已销号 {closed} 件" for cause, n, closed in p.findings)
    return [
        Block(f"收到公示异议 {p.objections} 件，其中成立 {p.upheld} 件、正在处理 {p.pending} 件。", 2, "公示异议。"),
        Block(f"决定追缴 {zh(p.claimed_fen)}，已追回 {zh(p.recovered_fen)}。", 2, "追缴。") if p.claimed_fen else Block("本年度没有追缴。", 2, "追缴。"),
        Block(f"申报 {format_mu(p.gap.stated)} 亩，对照勾绘、苗木和查验，{format_int(p.gap.gaps)} 块地有差距，合计 {format_mu(p.gap.gap)} 亩。", 2, "面积核对。"),
        Block(f"得到资金、已过挂果树龄而最近一季没有采收的地块 {format_int(p.idle)} 块。", 2, "产出核对。"),
        Block(f"{findings}。" if findings else "本年度督查没有发现问题。", 2, "督查整改。"),
    ]  # fmt: skip


def workbook(found: Performance) -> bytes:
    """One row to a programme, with living sums."""
    columns = [
        Column(_("项目编号"), 16), Column(_("项目"), 28), *(Column(_("%(name)s（元）", name=_(label)), 16, "#,##0.00", True) for label in MONEY_LABELS.values()),
        Column(_("申报（份）"), summed=True), Column(_("不予支持（份）"), summed=True), Column(_("验收面积（亩）"), 14, "#,##0.00", True),
        Column(_("成活面积（亩）"), 14, "#,##0.00", True), Column(_("采收（公斤）"), 14, "#,##0.00", True), Column(_("包装（件）"), summed=True),
        Column(_("扫码（次）"), summed=True), Column(_("投诉（件）"), summed=True),
    ]  # fmt: skip
    rows = [
        [
            line.code, line.name, *(line.money[name] / 100 for name in MONEY), line.received, line.refused,
            float(mu_from_m2(line.accepted_m2, 6)), float(mu_from_m2(line.output["alive_m2"], 6)), line.output["grams"] / 1000,
            line.output["packs"], line.output["scans"], line.output["complaints"],
        ]
        for line in found.lines
    ]  # fmt: skip
    goals = [
        _("%(name)s：目标 %(target)s，实际 %(result)s，%(verdict)s。", name=_(t.name), target=said(t.unit, t.target), result=said(t.unit, t.result), verdict=verdict(t))
        for t in found.targets
    ]  # fmt: skip
    return as_xlsx(
        _("绩效自评"), columns, rows, [_("数据截至 %(day)s。", day=found.day.isoformat()), *goals], _("合计")
    )
