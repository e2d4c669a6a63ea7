"""The chart of accounts and which account each kind of transfer debits and credits. Pure. Source: domain brief §5.7, security brief §6."""

from __future__ import annotations

from trace.core.text import N_

ACCOUNTS = {
    "source": N_("财政来源"),
    "available": N_("可用指标"),
    "reserved": N_("待审定预留"),
    "committed": N_("已审定待付"),
    "paid": N_("已支付"),
    "recovered": N_("追缴收回"),
    "lapsed": N_("年终收回"),
    "carried": N_("结转下年"),
    "receivable": N_("应收追缴款"),
    "claims": N_("追缴决定"),
    "treasury": N_("缴国库"),
    "interest": N_("追缴利息"),
}
"""The first eight carry the appropriation; claims are kept beside it in pairs, so that they never raise what may be spent."""

ENTRIES = {
    "appropriate": ("available", "source"),
    "carry_in": ("available", "source"),
    "reserve": ("reserved", "available"),
    "release": ("available", "reserved"),
    "commit": ("committed", "reserved"),
    "cancel": ("available", "committed"),
    "pay": ("paid", "committed"),
    "lapse": ("lapsed", "available"),
    "carry_out": ("carried", "available"),
    "claim": ("receivable", "claims"),
    "settle": ("claims", "receivable"),
    "recover": ("available", "recovered"),
    "interest": ("treasury", "interest"),
}
"""Transfer kind → the account debited and the account credited. ``return`` (a payment that came back) and ``reverse`` (a correction) turn an
earlier entry round."""

KINDS = {
    "appropriate": N_("下达指标"),
    "carry_in": N_("上年结转"),
    "reserve": N_("送审预留"),
    "release": N_("退回预留"),
    "commit": N_("审定"),
    "cancel": N_("撤销审定"),
    "pay": N_("支付"),
    "lapse": N_("年终收回"),
    "carry_out": N_("结转下年"),
    "claim": N_("决定追缴"),
    "settle": N_("追缴到账"),
    "recover": N_("追缴本金回指标"),
    "interest": N_("追缴利息缴库"),
    "return": N_("银行退票"),
    "reverse": N_("冲销更正"),
}
OF_APPLICATION = ("reserve", "release", "commit", "cancel", "pay", "claim", "settle", "recover", "interest", "return")
"""Kinds that belong to one application."""

BY_HAND = ("appropriate", "carry_in", "lapse", "carry_out")
"""Entries a person makes from a paper; only these can be reversed by hand. The others follow a step of an application."""

COLUMNS = {
    "appropriated_fen": (("source", -1),),
    "reserved_fen": (("reserved", 1),),
    "committed_fen": (("committed", 1),),
    "paid_fen": (("paid", 1),),
    "recovered_fen": (("recovered", -1),),
    "withdrawn_fen": (("lapsed", 1), ("carried", 1)),
    "receivable_fen": (("receivable", 1),),
}
"""Columns of a budget: the accounts they add up (debits less credits) and the sign."""
