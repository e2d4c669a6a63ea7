"""The language of the ledger and its arithmetic. Pure."""

from __future__ import annotations

from fractions import Fraction

from trace.core.text import N_, Labelled


class OperationKind(Labelled):
    """What happened; the step words of the county with their CBV cousins in the domain brief §3.2."""

    HARVEST = "harvest", N_("采收")
    SOW = "sow", N_("播种扦插")
    INTAKE = "intake", N_("苗木入库")
    GRAFT = "graft", N_("嫁接")
    RECEIVE = "receive", N_("收购")
    SPLIT = "split", N_("拆分")
    MERGE = "merge", N_("合并")
    GRADING = "grading", N_("分级")
    DRYING = "drying", N_("烘干")
    CANDYING = "candying", N_("腌渍")
    FERMENTING = "fermenting", N_("发酵")
    LEAF_TEA = "leaf_tea", N_("制茶")
    PACK = "pack", N_("包装")
    SAMPLE = "sample", N_("抽样")
    SHIP = "ship", N_("发货")
    LOSS = "loss", N_("损耗")
    DESTROY = "destroy", N_("销毁")
    UNDO = "undo", N_("撤销")
    PURCHASE = "purchase", N_("外购")
    REWORK = "rework", N_("返工")
    REPACK = "repack", N_("改装")


CREATING = frozenset({OperationKind.HARVEST, OperationKind.SOW, OperationKind.INTAKE, OperationKind.PURCHASE})
"""Operations that make a lot out of nothing but land, seed or a supplier's papers (D9: nothing else may)."""

LOT_KINDS = {
    "harvest": N_("采收批"),
    "receipt": N_("收购批"),
    "part": N_("拆分批"),
    "blend": N_("合并批"),
    "batch": N_("加工批"),
    "byproduct": N_("副产品批"),
    "pack": N_("包装批"),
    "seedling": N_("苗木批"),
    "wip": N_("在制批"),
    "outside": N_("外购批"),
}

GAP_UNKNOWN = N_("没有上游记录")
GAP_REASONS = {"outside": N_("外县购入，没有本县地块"), "seedling": N_("苗木，没有采收地块")}
"""Why a lot that is no harvest leads no further, by its kind."""

CODE_PREFIX = {
    "harvest": "H", "receipt": "R", "part": "S", "blend": "M", "batch": "P", "byproduct": "B", "pack": "K", "seedling": "N", "wip": "Z",
    "outside": "W",
}  # fmt: skip

UNITS = {"g": N_("公斤"), "ml": N_("升"), "pcs": N_("件")}

HOLD_KINDS = {"hold": N_("封存"), "recall": N_("召回")}


class Custody(Labelled):
    """Chain-of-custody class (ISO 22095), computed from the genealogy."""

    SINGLE_PLOT = "single_plot", N_("单一地块")
    SINGLE_VILLAGE = "single_village", N_("单一产地（村）")
    BLENDED = "blended", N_("多产地拼配")
    OUTSIDE = "outside", N_("含外县原料")


def custody_of(plots: set[str], *, outside: bool = False) -> Custody:
    """The class of a lot that comes from these plot codes (the village is the part before the dash) and perhaps from another county."""
    if outside:
        return Custody.OUTSIDE
    if len(plots) == 1:
        return Custody.SINGLE_PLOT
    if len({plot.partition("-")[0] for plot in plots}) == 1:
        return Custody.SINGLE_VILLAGE
    return Custody.BLENDED


def grams(quantity: int, unit: str, density_g_per_l: int | None, piece_g: int | None) -> int:
    """The weight of a quantity: millilitres by density, pieces by net weight, grams as they are."""
    if unit == "ml":
        return round(Fraction(quantity * (density_g_per_l or 1000), 1000))
    if unit == "pcs":
        return quantity * (piece_g or 0)
    return quantity


def lot_code(kind: str, year: int, number: int) -> str:
    """The short public code of a lot, such as ``H26-0001``; ≤ 20 characters of the GS1 lot set."""
    return f"{CODE_PREFIX[kind]}{year % 100:02d}-{number:04d}"
