"""The assumptions by key: words, unit, shipped value. Pure. Shipped values are reference values of the brief (§4.1, §4.6), all to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from trace.core.text import N_

SHIPPED = N_("参考值，待县林业局核定")
NOT_OFFICIAL = N_("本预测按登记数据和列明的假设推算，不是官方估计；区间为残差重抽的 10％—90％。")
UNITS = {"kg": N_("公斤/亩"), "pct": "％", "plants": N_("株/亩"), "count": N_("株/年"), "g": N_("公斤/年"), "fen": N_("元/年"), "rate": N_("元/亩"), "price": N_("元/公斤或升"), "milli": "‰"}  # fmt: skip


@dataclass(frozen=True)
class Assumption:
    """One assumption; ``township`` says whether a township may have its own value."""

    key: str
    name: str
    unit: str
    default: int
    township: bool = False


ASSUMPTIONS = {
    item.key: item
    for item in (
        Assumption("kg_per_mu", N_("盛果期鲜果亩产"), "kg", 400),
        Assumption("losses_pct", N_("采后损耗"), "pct", 5),
        Assumption("density", N_("栽植密度"), "plants", 74, True),
        Assumption("survival_pct", N_("新栽成活率"), "pct", 85, True),
        Assumption("seedlings", N_("可用苗木"), "count", 600_000, True),
        Assumption("capacity_g", N_("年加工能力（鲜果）"), "g", 3_000_000_000, True),
        Assumption("budget_fen", N_("年度补助预算"), "fen", 600_000_000, True),
        Assumption("fen_per_mu", N_("新栽补助标准"), "rate", 50_000, True),
        Assumption("fresh_share", N_("鲜果直销比例"), "milli", 300),
        Assumption("dried_share", N_("制干果比例"), "milli", 400),
        Assumption("candied_share", N_("制果脯比例"), "milli", 200),
        Assumption("wine_share", N_("制果酒比例"), "milli", 100),
        Assumption("fresh_price", N_("鲜果价"), "price", 900),
        Assumption("dried_price", N_("干果出厂价"), "price", 6000),
        Assumption("candied_price", N_("果脯出厂价"), "price", 6000),
        Assumption("wine_price", N_("果酒出厂价"), "price", 16_000),
    )
}
SHARED = ("seedlings", "capacity_g", "budget_fen")
"""County figures that townships without a figure of their own share in proportion to what their task still wants."""
OUTLETS = (("fresh", "", 1000), ("dried", "drying", 250), ("candied", "candying", 800), ("wine", "fermenting", 900))
"""(name, process of the register whose default ratio counts, ratio when the register has none), in thousandths."""
