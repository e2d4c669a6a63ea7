"""The public story of a pack: an allow-list built field by field, so that a new column can never leak by itself.

Never here: names of persons, phones, coordinates, plot codes, prices, stock (domain brief §2.10, scenario U8). A household is “农户”.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from trace.core.text import N_
from trace.labels.models import LabelRun
from trace.log.queries import newest_public_entry
from trace.lots import tracing
from trace.lots.rules import Custody
from trace.scan import helped, journey
from trace.scan.evidence import Evidence
from trace.scan.journey import Step
from trace.scan.papers import Promises, Test, Visits, promises_of, tests_of, visits_of

HOUSEHOLD = N_("农户")


@dataclass(frozen=True)
class Place:
    """A village and its exact part of the pack."""

    township: str
    village: str
    share: Fraction


@dataclass(frozen=True)
class Story:
    """Everything the page tells; nothing else is told."""

    product: str
    taxon_zh: str
    latin: str
    taxon_en: str
    net: str
    producer: str
    lot: str
    packed_on: date
    best_before: date | None
    legal_basis: str
    custody: Custody | None
    complete: bool
    places: list[Place]
    steps: list[Step]
    visits: Visits
    promises: Promises
    tests: list[Test]
    more_tests: int
    programmes: list[str]
    leaf: str

    @property
    def made_by(self) -> Step:
        """Who wrote down what the pack holds and when it was packed: the platform weighs it against what went in."""
        return Step(self.product, self.packed_on, self.packed_on, self.producer, Evidence.CHECKED)

    @property
    def grown_by(self) -> Step:
        """Who says where it grew: official as far as the plots were visited."""
        grade = Evidence.OFFICIAL if self.complete and self.visits.share == 1 else Evidence.STATED
        return Step(self.taxon_zh, self.packed_on, self.packed_on, "", grade)


def story_of(run: LabelRun) -> Story:
    """Gather the story of a run's packs from the ledger."""
    lot = run.lot
    trace = tracing.build_trace(lot, "back", None)
    plots = sorted({share.plot for share in trace.shares if share.plot})
    codes = [node.code for node in trace.nodes]
    tests, more_tests = tests_of(codes)
    return Story(
        product=lot.name or lot.product.name,
        taxon_zh=lot.product.taxon.name_zh,
        latin=lot.product.taxon.latin,
        taxon_en=lot.product.taxon.name_en,
        net=f"{lot.piece_ml} ml" if lot.piece_ml else f"{lot.piece_g} g",
        producer=HOUSEHOLD if lot.holder.kind == "household" else lot.holder.name,
        lot=lot.code,
        packed_on=lot.made_on,
        best_before=run.best_before,
        legal_basis=lot.product.legal_basis,
        custody=trace.custody,
        complete=trace.complete,
        places=_places(trace),
        steps=journey.steps_of(codes, plots),
        visits=visits_of(trace.shares),
        promises=promises_of(lot, codes),
        tests=tests,
        more_tests=more_tests,
        programmes=helped.programmes_of(plots),
        leaf=published.leaf if (published := newest_public_entry(run.no)) else "",
    )


def _places(trace: tracing.Trace) -> list[Place]:
    shares: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for share in trace.shares:
        if share.village:
            shares[share.township, share.village] += share.fraction
    return [
        Place(township, village, part)
        for (township, village), part in sorted(shares.items(), key=lambda item: -item[1])
    ]
