"""Mass balance of a run. Pure. Source: domain brief §4.5 and scenarios F2–F4."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trace.core.errors import FieldError, RuleBroken
from trace.core.text import N_, Message
from trace.core.units import format_kg, format_pct

SHORTAGE_NEEDS_REASON = Fraction(5, 100)
KEEPING_TOLERANCE = Fraction(5, 1000)
KEEPING_TOLERANCE_G = 200


PURPOSES = {"sale": N_("销售"), "transfer": N_("调拨、委托加工"), "return": N_("退货")}
"""Why goods are sent to another party."""


@dataclass(frozen=True)
class Outflow:
    """One way goods leave a lot for good: what has to be said besides the quantity, and the question for each."""

    label: str
    details: dict[str, str]
    missing: dict[str, str]


OUTFLOWS = {
    "ship": Outflow(N_("直接销售"), {"buyer": N_("购买人或单位")}, {"buyer": N_("请填写卖给了谁，零售可填“零售”。")}),
    "sample": Outflow(N_("抽样、留样"), {"purpose": N_("用途")}, {"purpose": N_("请填写抽样用途，如送检、留样。")}),
    "loss": Outflow(N_("损耗"), {"cause": N_("原因")}, {"cause": N_("请填写损耗原因，如霉变、破损。")}),
    "destroy": Outflow(
        N_("销毁"),
        {"cause": N_("原因"), "place": N_("销毁地点"), "witness": N_("见证人")},
        {
            "cause": N_("请填写销毁原因。"),
            "place": N_("请填写在哪里销毁。"),
            "witness": N_("销毁须有见证人，请填写姓名。"),
        },
    ),
}
"""Ways out of a lot (domain brief §3.2: destroying needs kilograms, witness, place)."""


def missing_details(kind: str, details: dict[str, str]) -> list[FieldError]:
    """Everything an outflow has to say and does not."""
    return [
        FieldError(name, "MISSING", Message(text))
        for name, text in OUTFLOWS[kind].missing.items()
        if not details.get(name, "").strip()
    ]


@dataclass(frozen=True)
class Ratios:
    """Yield of a process in thousandths of output base units per input gram."""

    low: int
    high: int
    hard_max: int
    keeps_weight: bool


def shortage_needs_reason(sent: int, received: int) -> bool:
    """More than 5 % missing at receipt has to be explained."""
    return Fraction(sent - received, sent) > SHORTAGE_NEEDS_REASON


def judge_run(
    input_g: int, main_out: int, other_out_g: int, loss_g: int, ratios: Ratios, product: str, unit: str
) -> bool:
    """Refuse the impossible; answer whether the yield is unusual and must be explained.

    ``main_out`` is in the product's base unit (g or ml), everything else in grams. Weight-keeping steps must close within
    max(0.5 %, 0.2 kg); other steps only have a range and a physical maximum.
    """
    if ratios.keeps_weight:
        _check_closed(input_g, main_out + other_out_g, loss_g)
    elif main_out * 1000 > input_g * ratios.hard_max:
        most = input_g * ratios.hard_max // 1000
        raise RuleBroken(
            "投入 %(input)s 公斤最多可产出%(product)s %(most)s %(unit)s（得率上限 %(cap)s），填写的 %(out)s %(unit)s有误。",
            code="YIELD_IMPOSSIBLE",
            field="outputs",
            input=short(input_g),
            product=product,
            most=short(most),
            cap=format_pct(Fraction(ratios.hard_max, 1000), 0),
            out=short(main_out),
            unit="公斤" if unit == "g" else "升",
        )
    elif main_out + other_out_g + loss_g > input_g * ratios.hard_max // 1000 + input_g:
        raise RuleBroken("产出与损耗合计超过投入，请核对。", code="OUT_EXCEEDS_IN", field="outputs")
    return not ratios.keeps_weight and not input_g * ratios.low <= main_out * 1000 <= input_g * ratios.high


def packing_closes(drawn: int, packed: int) -> bool:
    """Packing keeps weight: what is drawn but not packed stays within the tolerance (in grams or millilitres alike)."""
    return drawn - packed <= max(KEEPING_TOLERANCE * drawn, Fraction(KEEPING_TOLERANCE_G))


def _check_closed(input_g: int, output_g: int, loss_g: int) -> None:
    gap = input_g - output_g - loss_g
    tolerance = max(KEEPING_TOLERANCE * input_g, Fraction(KEEPING_TOLERANCE_G))
    if gap < 0:
        raise RuleBroken(
            "投入 %(input)s 公斤，产出和损耗合计 %(out)s 公斤，多出 %(gap)s 公斤，请核对。",
            code="OUT_EXCEEDS_IN",
            field="outputs",
            input=kilos(input_g),
            out=kilos(output_g + loss_g),
            gap=kilos(-gap),
        )
    if gap > tolerance:
        raise RuleBroken(
            "投入 %(input)s、产出 %(out)s，相差 %(gap)s 公斤，请填写损耗或副产品。",
            code="LOSS_MISSING",
            field="loss",
            input=kilos(input_g),
            out=kilos(output_g),
            gap=kilos(gap),
        )


def short(grams: int) -> str:
    """Kilograms without needless zeros: 150, 420.5; at least one decimal when there is a fraction."""
    text = format_kg(grams)
    return text.rstrip("0").rstrip(".") if "." in text else text


def kilos(grams: int) -> str:
    """Kilograms with at least one decimal, as on a weigh ticket: 418.0."""
    text = short(grams)
    return text if "." in text else f"{text}.0"
