"""Words and arithmetic of the nursery. Pure. Sources: domain brief §1.4, §2.8, §4.1."""

from __future__ import annotations

from fractions import Fraction

from trace.core.text import N_, Labelled


class Phase(Labelled):
    """How far the plants of a lot are; only those ready may leave."""

    GERMINATING = "germinating", N_("出苗期")
    GROWING = "growing", N_("培育期")
    READY = "ready", N_("可出圃")


ORDER = [phase.value for phase in Phase]

ACCESSION_KINDS = {
    "tree": N_("优树（母树）"),
    "stand": N_("母树林"),
    "scion_orchard": N_("采穗圃"),
    "seed_source": N_("采种点"),
}

WAYS = {
    "seed": N_("播种"),
    "cutting": N_("扦插"),
    "graft": N_("嫁接"),
    "bought": N_("外购"),
    "mix": N_("合批"),
    "split": N_("分批"),
}

LOSS_REASONS = {
    "not_germinated": N_("未出苗"),
    "disease": N_("病虫害"),
    "drought": N_("干旱"),
    "waterlogging": N_("积水"),
    "frost": N_("冻害"),
    "cull": N_("不合格淘汰"),
    "theft": N_("失窃"),
    "count": N_("清点差错"),
    "other": N_("其他"),
}

PAPER_KINDS = {
    "quarantine": N_("产地检疫合格证"),
    "phyto": N_("植物检疫证书"),
    "quality": N_("苗木质量检验证书"),
}

GRADES = {"1": N_("Ⅰ级苗"), "2": N_("Ⅱ级苗"), "": N_("未分级")}

PURPOSES = {"sale": N_("销售"), "gift": N_("赠送、扶持发放"), "own": N_("自用造林"), "research": N_("科研试验")}

NEEDED = {
    "sale": ("licence", "quarantine", "quality"),
    "gift": ("licence", "quarantine", "quality"),
    "own": ("quarantine",),
    "research": (),
}
"""Papers that must be in force on the day seedlings leave, by purpose."""
LABEL_NEEDED = ("licence", "quarantine")
"""A label vouches for these whatever the seedlings left for (features B5): without them none is printed."""


def germination_rate(sown: int, not_germinated: int, germinating: int) -> Fraction | None:
    """Plants that came up ÷ what was sown, once nothing is germinating any more."""
    return Fraction(sown - not_germinated, sown) if sown and not germinating else None


def loss_rate(made: int, lost: int) -> Fraction | None:
    """Plants lost for any reason ÷ what the lot began with."""
    return Fraction(lost, made) if made else None


def trees_per_mu(count: int, area_m2: int) -> Fraction | None:
    """株/亩."""
    return Fraction(count * 10_000, area_m2 * 15) if area_m2 else None
