"""X2: for every plot with a claim, four areas side by side: claimed, drawn (shared ground taken off), implied by its seedlings, verified alive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace.ceilings.seasons import trees_on
from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.effects import rules
from trace.funds.models import Application
from trace.funds.queries import visible_applications
from trace.funds.rules import INACTIVE
from trace.land.models import Plot, SurvivalVisit, superseded
from trace.land.overlaps import overlaps_of
from trace.registry.queries import reference_range

AT_ONCE = 500


@dataclass(frozen=True)
class Row:
    """One plot, or the sum of a township (``plot`` empty). Areas in m²; None where nobody wrote anything down."""

    township: str
    village: str
    plot: str
    applications: tuple[str, ...]
    claimed_m2: int
    drawn_m2: int
    implied_m2: int | None
    living_m2: int | None
    verdict: str

    @property
    def gap_m2(self) -> int:
        """What is claimed and not proved."""
        proved = rules.proved_m2(self.drawn_m2, self.implied_m2, self.living_m2)
        return max(0, self.claimed_m2 - (proved or 0))


def plots(actor: Actor, township: str = "") -> list[Row]:
    """Every plot with a claim for planting that still counts, the widest gap first. For county offices."""
    actor.require(Permission.FUND_READ)
    if not actor.county_wide:
        raise NotFound()
    claims = _claims(actor, township)
    known = {one.plot_id: one.plot for several in claims.values() for one in several}
    trees, visits = trees_on(list(known.values())), newest_visits(list(known))
    found = []
    for key, several in claims.items():
        plot = known[key]
        span = reference_range(plot.taxon, "density")
        of = trees[key]
        implied = rules.implied_m2(
            of.delivered if of.delivered is not None else of.planted or None, span.default_value if span else None
        )
        found.append(_row(plot, several, implied, rules.living_m2(*visits.get(key, (None, None, None)))))
    return sorted(found, key=lambda row: (-row.gap_m2, row.plot))


def townships(rows: Sequence[Row]) -> list[Row]:
    """The same summed by township; where some plots have nothing written down, only what is known is added."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.township, []).append(row)
    found = []
    for name, several in groups.items():
        claimed = sum(row.claimed_m2 for row in several)
        drawn = sum(row.drawn_m2 for row in several)
        implied, living = _sum([row.implied_m2 for row in several]), _sum([row.living_m2 for row in several])
        gap = sum(row.gap_m2 for row in several)
        proved = claimed - gap
        found.append(Row(name, "", "", (), claimed, drawn, implied, living, rules.verdict(claimed, proved)))
    return sorted(found, key=lambda row: row.township)


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _claims(actor: Actor, township: str) -> dict[int, list[Application]]:
    """Claims for planting by plot; a plot claimed in several years is claimed with its largest area."""
    rows = visible_applications(actor).where(Application.state.not_in([state.value for state in INACTIVE]))
    found: dict[int, list[Application]] = {}
    for one in rows:
        if one.programme.purpose == "planting" and (not township or one.plot.village.township.code == township):
            found.setdefault(one.plot_id, []).append(one)
    return found


def _row(plot: Plot, several: list[Application], implied: int | None, living: int | None) -> Row:
    claimed = max(one.applied_m2 for one in several)
    shared = sum(item.area_m2 for item in overlaps_of(plot) if not item.settled)
    drawn = max(0, plot.area_m2 - shared)
    village = plot.village
    verdict = rules.verdict(claimed, rules.proved_m2(drawn, implied, living))
    if implied is None and living is None and verdict == "ok":
        verdict = "unproven"
    nos = tuple(one.no for one in several)
    return Row(village.township.name, village.name, plot.code, nos, claimed, drawn, implied, living, verdict)


def newest_visits(keys: list[int]) -> dict[int, tuple[int, int, int]]:
    """The newest visit of each plot that counts: verified m², sampled, alive."""
    found: dict[int, tuple[int, int, int]] = {}
    for start in range(0, len(keys), AT_ONCE):
        rows = SurvivalVisit.select(
            SurvivalVisit.plot, SurvivalVisit.verified_m2, SurvivalVisit.sampled, SurvivalVisit.alive
        )
        rows = rows.where(SurvivalVisit.plot.in_(keys[start : start + AT_ONCE]), ~superseded())
        for plot, area, sampled, alive in rows.order_by(SurvivalVisit.visited_on, SurvivalVisit.id).tuples():
            found[plot] = (area, sampled, alive)
    return found
