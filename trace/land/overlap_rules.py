"""Overlapping plots: what is noise, what kind it is, what a decision settles. Pure. Source: features A2, domain brief §5.6."""

from __future__ import annotations

from trace.core.text import N_

CASE_STATES = {"open": N_("待裁定"), "accepted": N_("已同意"), "refused": N_("已退回"), "withdrawn": N_("已撤回")}

DECISIONS = {
    "intercropped": N_("套种，两块地都成立"),
    "measurement": N_("测量误差，认可现状"),
    "to_correct": N_("原地块边界待更正"),
    "disputed": N_("权属争议，待核"),
}
SETTLING = ("intercropped", "measurement")
"""Decisions after which nothing is left to do; the others keep the conflict open."""

KINDS = {
    "identical": N_("同一块地"),
    "contained": N_("整块在对方地块内"),
    "contains": N_("包含对方整块地"),
    "partial": N_("部分重叠"),
}
NOISE_SHARE = 0.02
"""However small in m², an overlap of more than this share of the smaller plot is no sliver."""
WHOLE = 0.995
"""Covered this far, a plot lies wholly inside the other: drawing by hand leaves a rim."""


def is_noise(overlap_m2: int, one_m2: int, other_m2: int, tolerance_m2: int) -> bool:
    """Is it a sliver, as two people drawing the same ditch produce it?"""
    return overlap_m2 <= tolerance_m2 and overlap_m2 <= NOISE_SHARE * min(one_m2, other_m2)


def kind_of(overlap_m2: int, own_m2: int, other_m2: int, *, same_ring: bool) -> str:
    """Identical, contained, contains or partial, seen from the own plot."""
    inside, around = overlap_m2 >= WHOLE * own_m2, overlap_m2 >= WHOLE * other_m2
    if same_ring or (inside and around):
        return "identical"
    if inside:
        return "contained"
    return "contains" if around else "partial"


def settles(decision: str, decided_m2: int, present_m2: int, tolerance_m2: int) -> bool:
    """Does a decision still cover the overlap as it is now? Not when the shared ground has grown."""
    return decision in SETTLING and present_m2 <= decided_m2 + tolerance_m2
