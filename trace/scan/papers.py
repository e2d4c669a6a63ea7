"""The papers behind a pack: certificates taken with the goods, laboratory tests, visits to the plots.

An allow-list like the story's: no household is named, and of a household's certificate not even the number is shown, for it holds the code of the
household in the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from peewee import JOIN

from trace.land.models import Plot, SurvivalVisit, superseded
from trace.lots import queries as lots
from trace.lots.models import Hold, Lot
from trace.lots.rules import LOT_KINDS
from trace.lots.tracing import Share
from trace.pesticides.limits import Outcome
from trace.processing.models import Receipt
from trace.quality.certificate_models import Certificate, CollectedCertificate, LabItem, LabReport
from trace.quality.certificate_queries import split_from
from trace.quality.certificate_rules import BASES
from trace.quality.test_rules import METHODS
from trace.registry.models import Party
from trace.registry.rules import PERSONS

MOST = 6
"""So many certificates and tests are listed, the newest; of the others the page says how many there are."""


@dataclass(frozen=True)
class Promise:
    """One certificate of an organisation, with a page of its own at ``/cert/<no>``."""

    no: str
    product: str
    issuer: str
    issued_on: date
    bases: list[str]
    is_cancelled: bool


@dataclass(frozen=True)
class Promises:
    """What was taken with the goods. ``households``: their certificates; ``photographed``: paper ones; ``own_word``: none, the buyer checked itself."""

    shown: list[Promise]
    more: int
    households: int
    photographed: int
    own_word: int

    def __bool__(self) -> bool:
        """Is there anything to tell?"""
        return bool(self.shown or self.households or self.photographed or self.own_word)


@dataclass(frozen=True)
class Test:
    """One laboratory report: what was looked for in what, and how many actives came out how. ``is_open``: the lot is held because of it."""

    lot_kind: str
    sampled_on: date
    method: str
    lab: str
    recorder: str
    has_scan: bool
    actives: list[str]
    counts: dict[str, int]
    over: list[str]
    is_open: bool


@dataclass(frozen=True)
class Visits:
    """How much of the pack grew on plots the authority visited and counted, and when it last did."""

    share: Fraction
    last: date | None


def promises_of(lot: Lot, codes: list[str]) -> Promises:
    """Certificates taken at the receipts behind a lot, and those of the lot itself; receipts taken back do not count."""
    made_by = Lot.select(Lot.made_by).where(Lot.code.in_(codes))
    taken = list(
        CollectedCertificate.select(CollectedCertificate.kind, CollectedCertificate.certificate)
        .join(Receipt)
        .where(Receipt.operation.in_(made_by), Receipt.operation.not_in(lots.undone_operations()))
        .tuples()
    )
    ids = {key for kind, key in taken if kind == "certificate"}
    rows = list(
        Certificate.select(Certificate, Party)
        .join(Party)
        .where(Certificate.id.in_(list(ids) or [0]) | Certificate.lot.in_(split_from(lot)))
        .order_by(Certificate.issued_on.desc(), Certificate.id.desc())
    )
    named = [_promise(row) for row in rows if row.issuer.kind not in PERSONS]
    kinds = [kind for kind, _ in taken]
    return Promises(
        named[:MOST],
        len(named[MOST:]),
        len(rows) - len(named),
        kinds.count("paper"),
        kinds.count("household"),
    )


def _promise(row: Certificate) -> Promise:
    bases = [BASES[key] for key in row.basis]
    return Promise(row.no, row.product_name, row.issuer.name, row.issued_on, bases, row.state == "cancelled")


def tests_of(codes: list[str]) -> tuple[list[Test], int]:
    """The newest tests of the lots of a trace, and how many more there are. A rapid test that a quantitative one settled is left out."""
    settled = LabReport.alias()
    query = (
        LabReport.select(LabReport, Lot, Party, Hold)
        .join(Lot)
        .join_from(LabReport, Party, on=(LabReport.party == Party.id))
        .join_from(LabReport, Hold, JOIN.LEFT_OUTER)
        .where(
            Lot.code.in_(codes),
            LabReport.id.not_in(settled.select(settled.confirms).where(settled.confirms.is_null(False))),
        )
    )
    rows = list(query.order_by(LabReport.sampled_on.desc(), LabReport.id.desc()))
    shown = rows[:MOST]
    items = defaultdict(list)
    for item in LabItem.select().where(LabItem.report.in_([row.id for row in shown])).order_by(LabItem.id):
        items[item.report_id].append(item)
    return [_test(row, items[row.id]) for row in shown], len(rows) - len(shown)


def _test(row: LabReport, items: list[LabItem]) -> Test:
    party = "" if row.party.kind in PERSONS else row.party.name
    return Test(
        lot_kind=LOT_KINDS[row.lot.kind],
        sampled_on=row.sampled_on,
        method=METHODS[row.method],
        lab=row.lab if row.entrusted else "",
        recorder=party,
        has_scan=row.scan_id is not None,
        actives=[item.active for item in items],
        counts={outcome.value: sum(item.verdict == outcome for item in items) for outcome in Outcome},
        over=[item.active for item in items if item.verdict == Outcome.OVER],
        is_open=row.hold_id is not None and row.hold.released_at is None,
    )


def visits_of(shares: Iterable[Share]) -> Visits:
    """Exact part of a pack from plots with a survival visit in force."""
    parts: dict[str, Fraction] = defaultdict(Fraction)
    for share in shares:
        parts[share.plot] += share.fraction
    rows = (
        SurvivalVisit.select(Plot.code, SurvivalVisit.visited_on)
        .join(Plot)
        .where(Plot.code.in_([code for code in parts if code]), ~superseded())
        .tuples()
    )
    days: dict[str, date] = {}
    for code, day in rows:
        days[code] = max(day, days.get(code, day))
    return Visits(sum((parts[code] for code in days), Fraction(0)), max(days.values(), default=None))
