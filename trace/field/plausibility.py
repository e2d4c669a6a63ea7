"""What a plot of this age can give in a season: per 亩 and per tree, against the register's ranges and its curve by age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from trace.core.errors import Invalid, RuleBroken
from trace.core.text import Message
from trace.db.memo import remembered
from trace.field import rules, weigh_rules
from trace.land.models import Plot
from trace.land.stands import stands_of
from trace.registry import queries as register
from trace.registry.models import ReferenceRange


@dataclass(frozen=True)
class Trees:
    """The trees of a plot on a day: (planted, number) of each stand, and the share of a full harvest they bear (None: not known)."""

    stands: tuple[tuple[date, int], ...]
    share: Fraction | None

    @cached_property
    def count(self) -> int:
        """All trees."""
        return sum(number for _, number in self.stands)

    @cached_property
    def oldest(self) -> date | None:
        """When the oldest stand was planted."""
        return min((planted for planted, _ in self.stands), default=None)


@remembered
def trees_of(plot: Plot, part: str, day: date) -> Trees:
    """The stands that stood on a day; where the register has none, the plot's own planting day and number of trees."""
    stands = tuple((s.planted_on, s.planted_count) for s in stands_of(plot) if s.planted_on <= day)
    if not stands and plot.planted_on:
        stands = ((plot.planted_on, plot.tree_count),)
    curve = register.range_curve(plot.taxon, f"{part}_share")
    return Trees(stands, weigh_rules.bearing_share(stands, day, curve))


def judge_season(plot: Plot, part: str, trees: Trees, season_g: int, reason: str) -> bool:
    """Refuse the impossible season, ask a reason for the unusual one; answers whether it is unusual (C7).

    Trees before bearing age are no reason to refuse: that is asked about apart (C8), and marked.
    """
    span, per_tree = _ranges(plot, part)
    if span is None:
        return False
    barren = trees.share == 0
    high = span.high if barren else weigh_rules.cap_at(span.high, trees.share)
    judgement = rules.judge_yield(season_g, plot.area_m2, high, span.hard_max)
    if judgement.refused:
        raise RuleBroken(
            judgement.refused.template, code="YIELD_IMPOSSIBLE", field="quantity", **judgement.refused.values
        )
    asked = judgement.needs_reason
    if asked is None and per_tree is not None:
        asked = weigh_rules.judge_trees(season_g, trees.count, per_tree.high, trees.share)
    if asked and not reason.strip():
        raise Invalid(asked.template, field="yield_reason", code="YIELD_HIGH", **asked.values)
    return asked is not None or barren


@remembered
def young_trees(plot: Plot, part: str, trees: Trees, day: date) -> Message | None:
    """C8: fruit from a plot whose oldest trees do not bear yet."""
    age = register.reference_range(plot.taxon, "bearing_age")
    if part != "fruit" or age is None:
        return None
    return rules.young_tree_warning(trees.oldest, day, age.low, age.default_value)


@remembered
def _ranges(plot: Plot, part: str) -> tuple[ReferenceRange | None, ReferenceRange | None]:
    """What a season gives per 亩 and per tree."""
    names = (f"{part}_yield", f"{part}_tree_yield")
    per_mu, per_tree = (register.reference_range(plot.taxon, name) for name in names)
    return per_mu, per_tree
