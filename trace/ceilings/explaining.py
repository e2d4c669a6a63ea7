"""Can trees explain a lot? The chain from the seedlings of every plot behind it to the labels on it (feature X1)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from trace.ceilings import overrides, rules, seasons
from trace.ceilings.rules import Arrow, Link, Step
from trace.core.errors import RuleBroken
from trace.core.text import Message
from trace.db.memo import remembering
from trace.land import queries as land
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.genealogy import topological
from trace.lots.models import Lot, Operation
from trace.registry import queries as register

AT_ONCE = 500
TREE_ROOTS = "harvest"


@dataclass(frozen=True)
class Explanation:
    """The chain of a lot. ``strangers``: codes of the roots that are no harvest, which no tree of the county explains."""

    lot: str
    links: list[Link]
    strangers: list[str]

    @property
    def verdict(self) -> str:
        """``broken``, ``overridden``, ``unknown`` or ``ok``."""
        return rules.verdict(self.links)


def explain(lot: Lot, today: date, labels: int | None = None) -> Explanation:
    """The whole chain of a lot; ``labels``: how many labels it bears or is to bear (None: labels are not asked about).

    Fruit bought outside the county explains its own weight (its papers do) and no tree; it is named apart.
    """
    with remembering():
        edges = lots.edges_back(lot.id)
        behind = _lots({lot.id, *(key for row in edges for key in row[:2])})
        made_from = {row[1] for row in edges}
        roots = [behind[key] for key in behind if key not in made_from]
        picked = [root for root in roots if root.kind == TREE_ROOTS]
        links = _season_links(picked, today)
        most, found, steps = _weights(lot, edges, behind)
        passed = overrides.for_lot(lot, today)
        if edges:
            links.append(_batch_link(lot, most, found, steps, passed))
        if labels is not None and lot.piece_g:
            links.append(_labels_link(lot, most, found, steps, labels, passed))
        return Explanation(lot.code, links, sorted(root.code for root in roots if root.kind != TREE_ROOTS))


def require_explained(lot: Lot, today: date, labels: int) -> None:
    """Refuse labels that trees cannot explain; the sentence names the broken arrow."""
    wrong = rules.broken(explain(lot, today, labels).links)
    if wrong:
        told = rules.sentence(wrong[0])
        raise RuleBroken(told.template, code="CEILING_BROKEN", field="lot", **told.values)


def _lots(ids: set[int]) -> dict[int, Lot]:
    found: dict[int, Lot] = {}
    keys = sorted(ids)
    for start in range(0, len(keys), AT_ONCE):
        found |= {lot.id: lot for lot in lots.lots_joined().where(Lot.id.in_(keys[start : start + AT_ONCE]))}
    return found


def _season_links(picked: list[Lot], today: date) -> list[Link]:
    """The seasons these harvests belong to: all of what the plot bore counts, not only what went into this lot."""
    wanted = {(lot.plot_id, lot.made_on.year, lot.product.part) for lot in picked}
    keys, plots = sorted({plot for plot, _, _ in wanted}), []
    for start in range(0, len(keys), AT_ONCE):
        plots += list(land.plots_joined().where(Plot.id.in_(keys[start : start + AT_ONCE])))
    found = seasons.seasons_of(plots, {year for _, year, _ in wanted})
    return seasons.links_of([s for s in found if (s.plot.id, s.year, s.part) in wanted], today)


def _weights(lot: Lot, edges: list[lots.Row], behind: dict[int, Lot]) -> tuple[Fraction, Fraction, int]:
    """The most grams a lot can hold, what it holds by the books, and the number of steps between."""
    made = lots.made_quantities(list(behind))
    grams = {key: exact_grams(one, made.get(key, 0)) for key, one in behind.items()}
    order = topological(edges, [lot.id])
    incoming: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for parent, child, weight in edges:
        incoming[child].append((parent, weight))
    ratios = _ratios({one.made_by_id for one in behind.values()})
    steps = [
        Step(tuple(incoming[key]), ((key, grams[key], _ratio(behind[key], ratios)),)) for key in order if incoming[key]
    ]
    raw = {key: grams[key] for key in order if not incoming[key]}
    return rules.most_out(steps, raw)[lot.id], grams[lot.id], len(steps)


def exact_grams(lot: Lot, quantity: int) -> Fraction:
    """The weight of a quantity of a lot without rounding: volumes by density, packs of a volume by what is in them."""
    density = Fraction(lot.product.density_g_per_l or 1000, 1000)
    if lot.unit == "ml":
        return quantity * density
    if lot.unit == "pcs":
        return quantity * (lot.piece_ml * density if lot.piece_ml else Fraction(lot.piece_g))
    return Fraction(quantity)


def _ratios(operations: set[int]) -> dict[int, str]:
    """The kind of each operation."""
    found: dict[int, str] = {}
    keys = sorted(operations)
    for start in range(0, len(keys), AT_ONCE):
        rows = Operation.select(Operation.id, Operation.kind).where(Operation.id.in_(keys[start : start + AT_ONCE]))
        found |= dict(rows.tuples())
    return found


def _ratio(lot: Lot, kinds: dict[int, str]) -> Fraction:
    """The most grams out per gram in: a process's physical maximum for its main product, 1 for everything else."""
    kind = kinds[lot.made_by_id]
    for process in register.processes():
        if process.step == kind and lot.kind == "batch" and lot.product.form == process.output_form:
            per_gram = Fraction(process.hard_max_milli, 1000)
            return per_gram * Fraction(lot.product.density_g_per_l, 1000) if lot.unit == "ml" else per_gram
    return Fraction(1)


def _batch_link(lot: Lot, most: Fraction, found: Fraction, steps: int, passed: dict[str, rules.Override]) -> Link:
    top = int(found) if rules.within_rounding(most, found, steps) and found > most else int(most)
    how = Message("逐道工序按得率上限推算，共 %(steps)s 道", {"steps": steps})
    return Link(Arrow.BATCH, lot.code, "g", top, int(found), how, lot=lot.code, override=passed.get(Arrow.BATCH.value))


def _labels_link(
    lot: Lot, most: Fraction, found: Fraction, steps: int, labels: int, passed: dict[str, rules.Override]
) -> Link:
    weight = found if rules.within_rounding(most, found, steps) else min(most, found)
    packs = int(weight / exact_grams(lot, 1))
    how = Message("每件 %(g)s 克", {"g": lot.piece_g})
    return Link(
        Arrow.LABELS, lot.code, "pcs", packs, labels, how, lot=lot.code, override=passed.get(Arrow.LABELS.value)
    )
