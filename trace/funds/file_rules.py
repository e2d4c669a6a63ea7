"""What an application's file is made of: kinds of papers, the columns of the verification form, how much was over-claimed. Pure.

Source: domain brief §5.3 (what each step must have), §5.4 (form), §5.9 (archive), §5.2 with opinion L250 (interests).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from trace.core.text import N_

DOCUMENT_KINDS = {
    "request": N_("申报书（签字盖章）"),
    "identity": N_("身份证明或营业执照"),
    "tenure": N_("权属或流转合同"),
    "design": N_("作业设计"),
    "contract": N_("合同"),
    "seedling": N_("苗木标签、检疫证"),
    "invoice": N_("发票或票据"),
    "loan": N_("借款合同、借据、结息单"),
    "title": N_("称号、证书"),
    "consent": N_("同意书（签字件）"),
    "site_photo": N_("乡镇核查照片"),
    "field_photo": N_("验收照片"),
    "replant": N_("补植整改证明"),
    "board": N_("乡镇公示照片"),
    "other": N_("其他材料"),
}
"""Kinds of papers; the first word of each is how people call them."""

PERSONAL = ("identity", "consent", "loan")
"""Papers that carry personal numbers: only for those who judge the application; each look is kept."""

APPLICANT_KINDS = (
    "request", "identity", "tenure", "design", "contract", "seedling", "invoice", "loan", "title", "consent", "replant", "other",
)  # fmt: skip
PHOTO_KINDS = ("site_photo", "field_photo", "replant", "board")
LEAST_PHOTOS = 4
LEAST_SAMPLE_PLOTS = 3
FAR_FROM_PLOT_M = 500
"""A photograph taken further away shows another place (auditor's filter A1)."""

INTEREST_KINDS = {
    "relative": N_("亲属"),
    "holding": N_("投资、任职或持股"),
    "household": N_("同户"),
    "phone": N_("电话号码"),
    "account": N_("银行账号"),
    "identity": N_("身份证号"),
}
NUMBERED = ("phone", "account", "identity")

CLAIM_LEVELS = {"none": N_("无"), "credit": N_("记入信用记录"), "audit": N_("转审计关注")}
CREDIT_OVER, AUDIT_OVER = Fraction(1, 10), Fraction(3, 10)
"""Shares over-claimed beyond which it is noted, and beyond which the auditor is told [A]."""

QUALIFIED, REPLANT = Fraction(85, 100), Fraction(41, 100)
GRADES = {"qualified": N_("合格（≥85%）"), "replant": N_("待补植（41%—84%）"), "failed": N_("失败（≤40%）")}


class Column(NamedTuple):
    """One column of the form: its name, its heading, where it is filled in from, and the words it may hold."""

    name: str
    label: str
    source: str = "typed"
    words: tuple[str, ...] = ()


YES_NO = (N_("有"), N_("无"), N_("不需要"))
PLANTING_KINDS = (N_("人工造林"), N_("补植补造"), N_("抚育"), N_("低产改造"))
COLUMNS: tuple[Column, ...] = (
    Column("number", N_("序号"), "application"),
    Column("village", N_("村（林班）"), "plot"),
    Column("subcompartment", N_("小班号"), "plot"),
    Column("sheet", N_("图幅号")),
    Column("plan_year", N_("计划年度"), "programme"),
    Column("planting_year", N_("造林年度"), "plot"),
    Column("land_right", N_("林地权属"), "typed", (N_("集体"), N_("国有"), N_("个人承包"))),
    Column("tree_right", N_("林木权属"), "typed", (N_("集体"), N_("国有"), N_("个人"), N_("企业"))),
    Column("kind_applied", N_("申报造林类别"), "programme", PLANTING_KINDS),
    Column("kind_verified", N_("核实造林类别"), "typed", PLANTING_KINDS),
    Column("land_before", N_("造林前地类"), "plot"),
    Column("rate_applied", N_("申报补贴标准"), "programme"),
    Column("rate_verified", N_("核实补贴标准"), "programme"),
    Column("species", N_("造林树种"), "plot"),
    Column("area_applied", N_("申报面积"), "application"),
    Column("area_verified", N_("核实面积"), "figures"),
    Column("area_qualified", N_("合格面积"), "figures"),
    Column("area_lost", N_("损失面积"), "figures"),
    Column("survival", N_("成活率"), "figures"),
    Column("survival_grade", N_("成活率等级"), "figures"),
    Column("reason_unverified", N_("不核实原因")),
    Column("reason_unqualified", N_("不合格原因")),
    Column("reason_lost", N_("损失原因")),
    Column("subject_kind", N_("造林主体类型"), "application"),
    Column("design", N_("作业设计"), "typed", YES_NO),
    Column("design_approval", N_("作业设计审批"), "typed", YES_NO),
    Column("designer", N_("设计单位资质")),
    Column("built_as_designed", N_("按作业设计施工"), "typed", (N_("是"), N_("否"), N_("不适用"))),
    Column("contract_signed", N_("合同书签订"), "typed", YES_NO),
    Column("records_kept", N_("档案管理"), "typed", (N_("齐全"), N_("不齐全"))),
    Column("plot", N_("地块编号"), "plot"),
    Column("polygon", N_("边界来源和精度"), "plot"),
    Column("density", N_("栽植密度"), "plot"),
    Column("trees_counted", N_("抽查株数"), "figures"),
    Column("trees_alive", N_("成活株数"), "figures"),
    Column("seedling_lots", N_("苗木批次"), "plot"),
    Column("weather", N_("天气"), "typed", (N_("晴"), N_("多云"), N_("阴"), N_("雨"))),
    Column("applicant_present", N_("申报人到场"), "typed", (N_("是"), N_("否"))),
)
"""The columns of the national county-check form of sub-compartments, then ours (domain brief §5.4). Areas in 亩, one decimal."""

TYPED = tuple(column for column in COLUMNS if column.source == "typed")


def claim_level(applied_m2: int, verified_m2: int) -> str:
    """How grave an over-claim is: none, a note on the applicant's record, or the auditor's attention."""
    over = Fraction(applied_m2 - verified_m2, applied_m2)
    if over > AUDIT_OVER:
        return "audit"
    return "credit" if over > CREDIT_OVER else "none"


def survival_grade(sampled: int, alive: int) -> str:
    """The grade of a survival rate."""
    rate = Fraction(alive, sampled)
    if rate >= QUALIFIED:
        return "qualified"
    return "replant" if rate >= REPLANT else "failed"
