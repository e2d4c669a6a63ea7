"""What follows a payment: audit findings, clawback, complaints about money. Words, states, interest. Pure. Source: domain brief §5.3, §7.7 P8, §7.9, §7.10."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from trace.core.money import round_half_up
from trace.core.text import N_

CAUSES = {
    "ghost": N_("未种或面积不实"),
    "dead": N_("成活率不达标"),
    "double": N_("重复享受"),
    "identity": N_("主体或账户不符"),
    "amount": N_("金额计算有误"),
    "use": N_("资金用途不符"),
    "papers": N_("资料虚假或缺失"),
    "other": N_("其他"),
}
CASE_STATES = {
    "opened": N_("已立案"),
    "notified": N_("已告知，待陈述申辩"),
    "heard": N_("已陈述申辩"),
    "decided": N_("已决定追缴"),
    "settled": N_("已追回"),
    "cleared": N_("核查无问题"),
}
CASE_TONES = {
    "opened": "todo",
    "notified": "todo",
    "heard": "todo",
    "decided": "stop",
    "settled": "ok",
    "cleared": "void",
}
OPEN_CASES = ("opened", "notified", "heard", "decided")
HEARING_DAYS, HEARING_KEY = 5, "clawback.hearing_days"
"""Working days a beneficiary has to state his case after the notice [A]; the county's number is a site setting."""
DECISION_DAYS, DECISION_KEY = 15, "clawback.payment_days"
"""Natural days to pay the money back [A]."""

FINDING_STATES = {
    "open": N_("待被审单位答复"),
    "answered": N_("已答复，待跟踪"),
    "followed": N_("整改中"),
    "closed": N_("已销号"),
}
FINDING_TONES = {"open": "todo", "answered": "info", "followed": "todo", "closed": "ok"}

GRIEVANCE_STATES = {"filed": N_("待受理"), "handling": N_("办理中"), "answered": N_("已答复")}
GRIEVANCE_TONES = {"filed": "todo", "handling": "todo", "answered": "ok"}
GRIEVANCE_KINDS = {
    "not_paid": N_("应发未发"),
    "wrong_amount": N_("金额不对"),
    "wrong_account": N_("打错账户"),
    "unfair": N_("评定不公"),
    "fraud": N_("举报虚报冒领"),
    "staff": N_("反映工作人员"),
    "other": N_("其他"),
}
GRIEVANCE_DAYS, GRIEVANCE_KEY = 15, "grievance.days"
"""Working days to answer a complaint about money [A]."""
OUTCOMES = {"upheld": N_("反映属实"), "partly": N_("部分属实"), "groundless": N_("反映不实")}

DAY_BASE = 360


def interest_fen(principal_fen: int, rate: Fraction, paid_on: date, due_on: date) -> int:
    """Simple interest on money that must come back: principal × yearly rate × days ÷ 360, the first day counted, the last not, half up to the fen."""
    days = max((due_on - paid_on).days, 0)
    return int(round_half_up(Fraction(principal_fen) * rate * days / DAY_BASE))
