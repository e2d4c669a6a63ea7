"""What an application is worth, line by line and exact to the fen. Pure: all rates come with the terms. Source: domain brief §5.1, §2.12.

A line item is rounded once, halves up; the total is the sum of rounded lines; then come the caps, each a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from trace.core.errors import RuleBroken
from trace.core.money import round_half_up
from trace.core.text import N_, Message
from trace.core.units import M2_PER_MU, format_int, format_mu, format_pct, format_yuan
from trace.programmes import interest
from trace.programmes.caps import capped
from trace.programmes.claim import Claim, Item, Limits
from trace.programmes.interest import InterestRule, Loan, LprTable
from trace.programmes.sheet import Line, Sheet, money
from trace.programmes.terms import Terms


def calculate(terms: Terms, claim: Claim, limits: Limits | None = None) -> Sheet:
    """The sheet of a claim; refused when nothing is left of it."""
    lines = KINDS[terms.kind](terms, claim)
    amount = lines[-1].amount_fen or 0
    binding, amount = capped(terms, claim, limits or Limits(), amount)
    if amount <= 0:
        raise RuleBroken("核定金额为 0，不能通过复核，请退回验收。", code="AMOUNT_ZERO")
    total = money(Message(N_("核定金额")), Message(N_("以上封顶后的金额") if binding else N_("以上合计")), amount)
    return Sheet(
        terms.kind, [*lines, *binding, total], amount, claim.applied_m2, claim.verified_m2, claim.plot_m2, claim.accepted_m2,
        claim.instalment, terms.number,
    )  # fmt: skip


def rounded(exact: Fraction) -> int:
    """A line item in whole fen, halves up."""
    return int(round_half_up(exact))


def _area(terms: Terms, claim: Claim) -> list[Line]:
    accepted = claim.accepted_m2
    lines = [
        Line(Message(N_("申报面积")), Message(N_("申请人申报")), format_mu(claim.applied_m2), N_("亩")),
        Line(Message(N_("验收核实面积")), Message(N_("林业、财政联合验收")), format_mu(claim.verified_m2), N_("亩")),
        Line(Message(N_("地块登记面积")), Message(N_("勾绘边界")), format_mu(claim.plot_m2), N_("亩")),
        Line(Message(N_("核定面积")), Message(N_("取三者最小，合 %(m2)s m²；按准确亩数计算"), {"m2": format_int(accepted)}), format_mu(accepted), N_("亩")),
    ]  # fmt: skip
    parts = slices(terms.params["tiers"], terms.params["tier_mode"], accepted)
    found = [
        money(
            Message(N_("面积 %(mu)s 亩"), {"mu": format_mu(area)}),
            Message(N_("%(mu)s 亩 × 每亩 %(yuan)s 元"), {"mu": format_mu(area), "yuan": format_yuan(rate)}),
            rounded(Fraction(area) / M2_PER_MU * rate),
        )
        for area, rate in parts
    ]
    return [*lines, *_sum(found)]


def _area_instalments(terms: Terms, claim: Claim) -> list[Line]:
    """The share of the whole; shares are cut from the running total, so that they add up to it whatever the rounding."""
    lines = _area(terms, claim)
    shares = [Fraction(row[0]) for row in terms.params["instalments"]]
    whole = lines[-1].amount_fen or 0
    amount = instalments(whole, shares)[claim.instalment - 1]
    values = {"n": str(claim.instalment), "of": str(len(shares)), "pct": str(terms.params["instalments"][claim.instalment - 1][0])}  # fmt: skip
    rule = Message(N_("%(yuan)s 元 × %(pct)s%%"), {"yuan": format_yuan(whole), "pct": values["pct"]})
    return [*lines, money(Message(N_("第 %(n)s 期（共 %(of)s 期）"), values), rule, amount)]


def instalments(whole_fen: int, shares_pct: Sequence[Fraction]) -> list[int]:
    """A sum cut into shares (% each) that add up to it exactly."""
    sums = [rounded(whole_fen * sum(shares_pct[:n], Fraction(0)) / 100) for n in range(len(shares_pct) + 1)]
    return [after - before for before, after in zip(sums, sums[1:], strict=False)]


def slices(tiers: Sequence[Sequence[Any]], mode: str, quantity: int) -> list[tuple[int, Any]]:
    """A quantity laid over tiers ``[from, rate]``: in one piece at the tier it reaches (whole, fixed), or piece by piece (slice)."""
    reached = [(int(over), rate) for over, rate in tiers if int(over) <= quantity]
    if not reached or quantity <= 0:
        return []
    if mode != "slice":
        return [(quantity, reached[-1][1])]
    ends = [over for over, _ in reached[1:]] + [quantity]
    return [(end - over, rate) for (over, rate), end in zip(reached, ends, strict=True) if end > over]


def _units(terms: Terms, claim: Claim) -> list[Line]:
    unit, rate = terms.params["unit"], terms.params["rate_fen"]
    found = [
        money(
            Message(N_("%(name)s：%(count)s %(unit)s"), {"name": item.name, "count": plain(item.value), "unit": unit}),
            Message(N_("%(count)s %(unit)s × %(yuan)s 元"), {"count": plain(item.value), "unit": unit, "yuan": format_yuan(rate)}),
            rounded(Fraction(item.value) * rate),
        )
        for item in claim.items
    ]  # fmt: skip
    return _sum(found)


def _award(terms: Terms, claim: Claim) -> list[Line]:
    """Once per application, when the verification accepted anything."""
    earned = claim.accepted_m2 > 0 or bool(claim.items)
    return [money(Message(N_("定额")), Message(N_("每项一次")), terms.params["award_fen"] if earned else 0)]


def _percentage(label: str) -> Callable[[Terms, Claim], list[Line]]:
    """Kinds that pay a percentage of papers added up."""

    def lines(terms: Terms, claim: Claim) -> list[Line]:
        found = [
            money(Message(N_("票据 %(name)s"), {"name": item.name}), Message(label), int(item.value))
            for item in claim.items
        ]
        total = sum(line.amount_fen or 0 for line in found)
        values = {"yuan": format_yuan(total), "pct": terms.params["pct"]}
        amount = rounded(total * Fraction(terms.params["pct"]) / 100)
        found.append(money(Message(N_("按比例")), Message(N_("%(yuan)s 元 × %(pct)s%%"), values), amount))
        cap = terms.params.get("cap_fen")
        if cap is not None:
            found.append(
                money(
                    Message(N_("单项封顶")),
                    Message(N_("不超过 %(yuan)s 元"), {"yuan": format_yuan(cap)}),
                    min(amount, cap),
                )
            )
        return found

    return lines


def _interest(terms: Terms, claim: Claim) -> list[Line]:
    rule, window = interest_rule(terms.params), interest_window(terms.year)
    found, total = [], 0
    for loan in claim.loans:
        lines, amount = _loan(loan, rule, claim.lpr, *window)
        found += lines
        total += amount
    return [*found, money(Message(N_("贴息合计")), Message(N_("各笔贷款相加")), total)]


def interest_rule(params: Mapping[str, Any]) -> InterestRule:
    """The terms of an interest discount out of its parameters."""
    return InterestRule(
        Fraction(params["rate_pct"]), int(params["base"]), Fraction(params.get("share_pct", "100")), params.get("max_months"),
        params.get("lpr_plus_bp"),
    )  # fmt: skip


def interest_window(year: int) -> tuple[date, date]:
    """The year of a discount: 1 January to 1 January, the last not counted."""
    return date(year, 1, 1), date(year + 1, 1, 1)


def _loan(loan: Loan, rule: InterestRule, table: LprTable, first: date, last: date) -> tuple[list[Line], int]:
    """The spans of a loan shown each, their exact sum rounded once, then what was really paid."""
    cap = interest.cap_of(loan, rule, table)
    lines, exact = [], Fraction(0)
    for span in interest.spans(loan, first, last, rule.max_months):
        part, rate = interest.discount_of(span, rule, cap), interest.rate_of(span, rule, cap)
        exact += part
        values = {
            "yuan": format_yuan(span.principal_fen), "pct": format_pct(rate / 100, 4).rstrip("0%").rstrip("."), "days": str(span.days),
            "base": str(rule.base),
        }  # fmt: skip
        item = Message(N_("%(loan)s：%(start)s 起至 %(end)s 前"), {"loan": loan.name, "start": span.start.isoformat(), "end": span.end.isoformat()})  # fmt: skip
        text = Message(N_("%(yuan)s 元 × %(pct)s%% × %(days)s 天 ÷ %(base)s"), values)
        lines.append(Line(item, text, format_yuan(rounded(part)), N_("元")))
    amount, most = rounded(exact), interest.most_of(loan, rule)
    lines.append(
        money(Message(N_("%(loan)s：应贴息"), {"loan": loan.name}), Message(N_("各段相加，四舍五入一次")), amount)
    )
    paid = {
        "yuan": format_yuan(loan.interest_paid_fen),
        "pct": plain(rule.share_pct),
        "other": format_yuan(loan.other_discounts_fen),
    }
    text = Message(
        N_("实付利息 %(yuan)s 元，最多贴 %(pct)s%%，已由其他资金贴息 %(other)s 元，合计不超过实付利息"), paid
    )
    lines.append(money(Message(N_("%(loan)s：可贴息"), {"loan": loan.name}), text, min(amount, most)))
    return lines, min(amount, most)


def _sales(terms: Terms, claim: Claim) -> list[Line]:
    found = [
        money(Message(N_("销售 %(name)s"), {"name": item.name}), Message(N_("核实的销售额")), int(item.value))
        for item in claim.items
    ]
    total, mode = sum(line.amount_fen or 0 for line in found), terms.params["tier_mode"]
    parts = []
    for part, rate in slices(terms.params["tiers"], mode, total):
        if mode == "fixed":
            parts.append(
                money(
                    Message(N_("达到的档次")),
                    Message(N_("销售额 %(yuan)s 元，按档定额"), {"yuan": format_yuan(total)}),
                    int(rate),
                )
            )
        else:
            values = {"yuan": format_yuan(part), "pct": str(rate)}
            parts.append(
                money(
                    Message(N_("销售额 %(yuan)s 元"), values),
                    Message(N_("%(yuan)s 元 × %(pct)s%%"), values),
                    rounded(part * Fraction(rate) / 100),
                )
            )
    return [*found, *_sum(parts)]


KINDS: dict[str, Callable[[Terms, Claim], list[Line]]] = {
    "per_area": _area,
    "per_area_instalments": _area_instalments,
    "per_unit": _units,
    "fixed_award": _award,
    "pct_capped": _percentage(N_("合规金额")),
    "interest_discount": _interest,
    "fee_discount": _percentage(N_("实缴费用")),
    "sales_award": _sales,
}
"""Kind → its lines, the last of which carries the amount."""


def plain(value: Fraction | int) -> str:
    """An exact number in the fewest digits."""
    exact = Fraction(value)
    return format_int(int(exact)) if exact.denominator == 1 else f"{float(round_half_up(exact, 3)):g}"


def _sum(lines: list[Line]) -> list[Line]:
    """One line stands for itself; several get their sum; none is nought."""
    if len(lines) == 1:
        return lines
    return [*lines, money(Message(N_("小计")), Message(N_("各行相加")), sum(line.amount_fen or 0 for line in lines))]


__all__ = ["Claim", "Item", "Limits", "calculate"]
