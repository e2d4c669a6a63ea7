"""Words of programme notices: kinds of reckoning, purposes, states, the legal steps before publishing. Pure. Source: domain brief §5.1, §0.4."""

from __future__ import annotations

from trace.core.text import N_

KINDS = {
    "per_area": N_("按面积奖补"),
    "per_area_instalments": N_("按面积分期奖补"),
    "per_unit": N_("按数量奖补"),
    "fixed_award": N_("定额奖励"),
    "pct_capped": N_("按投资比例补助"),
    "interest_discount": N_("贷款贴息"),
    "fee_discount": N_("担保费、保费补贴"),
    "sales_award": N_("销售额奖励"),
}
KIND_NOTES = {
    "per_area": N_("核定面积 × 每亩标准，可按面积分档"),
    "per_area_instalments": N_("同上，分几期兑付，每期重新验收"),
    "per_unit": N_("数量 × 单价，如苗木株数、加工吨数"),
    "fixed_award": N_("每个称号、认证或示范园一次性固定金额"),
    "pct_capped": N_("合规发票合计 × 比例，设封顶"),
    "interest_discount": N_("按贷款本金、实际天数和贴息利率逐段计算"),
    "fee_discount": N_("实缴费用 × 比例，设封顶"),
    "sales_award": N_("按核实销售额分档"),
}
AREA_KINDS = ("per_area", "per_area_instalments")
"""Kinds that pay for ground; the others pay for something entered as a claim."""

STATES = {"draft": N_("草稿"), "published": N_("申报中"), "closed": N_("已结束")}
TONES = {"draft": "draft", "published": "ok", "closed": "expired"}
PURPOSES = {
    "planting": N_("新造"),
    "tending": N_("抚育"),
    "replanting": N_("补植"),
    "infrastructure": N_("基础设施"),
    "seedlings": N_("种苗"),
    "machinery": N_("农机"),
    "certification": N_("认证"),
    "interest": N_("贴息"),
}
SHORTAGES = {"queue": N_("按申报先后依次安排"), "pro_rata": N_("按比例折算，精确到分")}
"""What is done when more was approved than there is money (domain brief §5.7)."""

DEFAULT_PUBLICITY_DAYS = 7
REPLY_DAYS = 3
"""Working days an office has to answer a consultation; no reply counts as no objection (domain brief §0.4, L227)."""
EVALUATE_MONTHS = 6
"""A basis is to be evaluated in the last months of its validity (L165)."""

LEGAL_STEPS = {
    "finance": N_("征求县财政局意见"),
    "research": N_("调查研究"),
    "townships": N_("征求乡镇（街道）意见"),
    "participation": N_("公众参与"),
    "expert": N_("专家论证"),
    "risk": N_("风险评估"),
    "legality": N_("合法性审查"),
    "competition": N_("公平竞争审查"),
    "collective": N_("集体讨论决定"),
    "basis": N_("依据失效后仍需发布，领导小组同意"),
}
"""Steps of a major decision (L169–173), the consultation of finance (L214), and the leader's word where the basis has run out (L165)."""
CONSULTED = ("finance", "townships")
"""Steps that wait for somebody's answer."""
