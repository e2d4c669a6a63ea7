"""The ceilings of a notice, those that bind each a line of the sheet. Pure."""

from __future__ import annotations

from trace.core.text import N_, Message
from trace.core.units import format_yuan
from trace.programmes.claim import Claim, Limits
from trace.programmes.sheet import Line, money
from trace.programmes.terms import Terms


def capped(terms: Terms, claim: Claim, limits: Limits, amount: int) -> tuple[list[Line], int]:
    """The ceilings of the notice that bind, in their order, each a line."""
    lines = []
    for item, rule, most in _ceilings(terms, claim, limits):
        if most < amount:
            amount = max(0, most)
            lines.append(money(item, rule, amount))
    return lines, amount


def _ceilings(terms: Terms, claim: Claim, limits: Limits) -> list[tuple[Message, Message, int]]:
    found = []
    if terms.application_cap_fen is not None:
        most = terms.application_cap_fen
        found.append(
            (Message(N_("单份申请封顶")), Message(N_("不超过 %(yuan)s 元"), {"yuan": format_yuan(most)}), most)
        )
    if terms.beneficiary_cap_fen is not None:
        values = {"yuan": format_yuan(terms.beneficiary_cap_fen), "used": format_yuan(limits.granted_fen)}
        text = (
            N_("年度上限 %(yuan)s 元，本人和关联主体已核定 %(used)s 元")
            if limits.linked
            else N_("年度上限 %(yuan)s 元，已核定 %(used)s 元")
        )
        found.append(
            (Message(N_("同一受益人封顶")), Message(text, values), terms.beneficiary_cap_fen - limits.granted_fen)
        )
    if terms.programme_cap_fen is not None:
        values = {"yuan": format_yuan(terms.programme_cap_fen), "used": format_yuan(limits.programme_granted_fen)}
        found.append(
            (
                Message(N_("项目总额封顶")),
                Message(N_("总额 %(yuan)s 元，已核定 %(used)s 元"), values),
                terms.programme_cap_fen - limits.programme_granted_fen,
            )
        )
    if terms.stacking and terms.kind == "pct_capped" and limits.other_support_fen:
        cost = sum(int(item.value) for item in claim.items)
        most = cost * terms.stacking_pct // 100 - limits.other_support_fen
        values = {
            "pct": str(terms.stacking_pct),
            "cost": format_yuan(cost),
            "other": format_yuan(limits.other_support_fen),
        }
        found.append(
            (
                Message(N_("叠加补助封顶")),
                Message(N_("各项补助合计不超过投资 %(cost)s 元的 %(pct)s%%，其他资金已补 %(other)s 元"), values),
                most,
            )
        )
    return found
