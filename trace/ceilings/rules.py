"""The chain of ceilings (feature X1) and the balance of a season (domain brief §4.5). Pure.

Every arrow says: what came out is no more than what went before allows. A figure nobody has written down is unknown (None), never nought:
trees that stood before the register began have no delivery, and an arrow without a figure is shown grey and stops nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trace.core.text import N_, Labelled, Message
from trace.core.units import format_int, format_kg

M2_PER_MU = Fraction(10_000, 15)
CURVE_SLACK = Fraction(12, 10)
"""A season may exceed the curve of its age by a fifth (domain brief §4.5)."""


class Arrow(Labelled):
    """The inequalities, in the order in which a label is explained."""

    PLANTED = "planted", N_("出圃苗木 → 定植株数")
    ALIVE = "alive", N_("定植株数 → 成活株数")
    HARVEST = "harvest", N_("成活树木 → 当季采收")
    BATCH = "batch", N_("采收原料 → 本批产量")
    LABELS = "labels", N_("本批产量 → 标签")


ARROWS = tuple(arrow.value for arrow in Arrow)


@dataclass(frozen=True)
class Override:
    """Who let an arrow pass, why and until when, as pages show it."""

    code: str
    reason: str
    who: str
    until: str


@dataclass(frozen=True)
class Link:
    """One arrow of a chain: ``most`` that may be, ``found`` that is, both in the arrow's unit (``pcs`` or ``g``); None: not on record.

    ``subject`` names whose figures they are (a plot with its season, a lot), ``how`` how the ceiling was computed.
    """

    arrow: Arrow
    subject: str
    unit: str
    most: int | None
    found: int | None
    how: Message
    plot: str = ""
    year: int | None = None
    part: str = ""
    lot: str = ""
    override: Override | None = None

    @property
    def slack(self) -> int | None:
        """How much more there could be; negative when the ceiling is broken."""
        return None if self.most is None or self.found is None else self.most - self.found

    @property
    def state(self) -> str:
        """``ok``, ``unknown``, ``broken``, or ``overridden``: broken but let pass."""
        if self.slack is None:
            return "unknown"
        if self.slack >= 0:
            return "ok"
        return "overridden" if self.override else "broken"


def broken(links: Sequence[Link]) -> list[Link]:
    """The arrows that stop a label, first arrow first."""
    return [link for link in links if link.state == "broken"]


def verdict(links: Sequence[Link]) -> str:
    """The whole chain in one word: ``broken``, ``overridden``, ``unknown`` (something is not on record) or ``ok``."""
    states = {link.state for link in links}
    return next((state for state in ("broken", "overridden", "unknown") if state in states), "ok")


SENTENCES = {
    Arrow.PLANTED: N_("地块 %(subject)s 定植 %(found)s 株，出圃苗木只有 %(most)s 株，多出 %(over)s 株，不能制标签。请核对记录，或请县林业局放行。"),
    Arrow.ALIVE: N_("地块 %(subject)s 成活 %(found)s 株，定植只有 %(most)s 株，多出 %(over)s 株，不能制标签。请核对记录，或请县林业局放行。"),
    Arrow.HARVEST: N_("地块 %(subject)s 采收 %(found)s 公斤，树木最多能产 %(most)s 公斤，多出 %(over)s 公斤，不能制标签。请核对记录，或请县林业局放行。"),
    Arrow.BATCH: N_("批次 %(subject)s 有 %(found)s 公斤，所用原料最多能产 %(most)s 公斤，多出 %(over)s 公斤，不能制标签。请核对记录，或请县林业局放行。"),
    Arrow.LABELS: N_("批次 %(subject)s 要有标签 %(found)s 枚，产量只够 %(most)s 枚，多出 %(over)s 枚，不能制标签。请核对记录，或请县林业局放行。"),
}  # fmt: skip
"""What is wrong and what to do, one sentence for each arrow."""


def sentence(link: Link) -> Message:
    """The broken arrow in words."""
    write = format_kg if link.unit == "g" else format_int
    most, found = link.most or 0, link.found or 0
    values = {"subject": link.subject, "found": write(found), "most": write(most), "over": write(found - most)}
    return Message(SENTENCES[link.arrow], values)


def alive_share(sampled: int, alive: int, planted: int) -> int:
    """Living trees of ``planted`` by a counted sample, rounded down."""
    return planted * alive // sampled


def season_ceiling(area_m2: int, trees: int | None, share: Fraction | None, kg_per_mu: int | None, kg_per_tree: int | None) -> int | None:  # fmt: skip
    """The most a plot of this age gives in a season, in grams: area × yield cap × curve × 1.2, and not more than its trees can carry.

    ``share`` None: no curve for this part, the cap counts in full. None when the register has no cap at all.
    """
    factor = min(Fraction(1), share) * CURVE_SLACK if share is not None else CURVE_SLACK
    ceilings = []
    if kg_per_mu is not None:
        ceilings.append(int(Fraction(area_m2) / M2_PER_MU * kg_per_mu * 1000 * factor))
    if kg_per_tree is not None and trees is not None:
        ceilings.append(int(trees * kg_per_tree * 1000 * factor))
    return min(ceilings, default=None)


@dataclass(frozen=True)
class Step:
    """One operation behind a lot: grams drawn from each input lot, and for each output its grams and the most grams out per gram in."""

    inputs: tuple[tuple[int, int], ...]
    outputs: tuple[tuple[int, Fraction, Fraction], ...]


def most_out(steps: Sequence[Step], raw: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """The most grams each lot can hold, from the raw lots on (``raw``: grams of each root), steps in the order they happened.

    What a lot may hold is never more than what its inputs may hold, however the books read: an inflated parent does not explain a child.
    """
    made, most = dict(raw), dict(raw)
    for step in steps:
        real = sum((min(Fraction(1), most[lot] / made[lot]) * grams for lot, grams in step.inputs), Fraction(0))
        for lot, grams, ratio in step.outputs:
            made[lot], most[lot] = grams, real * ratio
    return most


def within_rounding(most: Fraction, found: Fraction, steps: int) -> bool:
    """Weights are kept in whole grams: each step may round by one."""
    return found <= most + steps


@dataclass(frozen=True)
class PlantBalance:
    """One process of one plant in one year, in grams: what it made, what it bought, and what it must have used at each ratio."""

    made_g: int
    bought_g: int
    low: Fraction
    high: Fraction
    hard: Fraction
    shared_g: int = 0
    """What the plant's other processes of the same raw material must have used at least."""

    @property
    def needed_g(self) -> int:
        """Raw material at the lowest ratio: the brief's test (§4.5)."""
        return int(self.made_g / self.low)

    @property
    def least_g(self) -> int:
        """Raw material at the physical maximum: less cannot have made so much."""
        return int(self.made_g / self.hard)

    @property
    def state(self) -> str:
        """``broken``: more than physics allows of what was bought; ``flagged``: over the brief's test, to be looked into; ``ok``."""
        if self.least_g + self.shared_g > self.bought_g:
            return "broken"
        return "flagged" if self.needed_g + self.shared_g > self.bought_g else "ok"
