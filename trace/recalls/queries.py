"""Reading incidents, recalls, notices, questions and drills. County-wide readers see all, a holder only what is addressed to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.field.activity_models import FieldIncident
from trace.lots.models import Hold, Lot
from trace.quality import report_queries as tests
from trace.quality.certificate_models import LabReport
from trace.recalls import rules
from trace.recalls.models import (
    Incident,
    IncidentEntry,
    IncidentLink,
    IncidentTest,
    Inquiry,
    MockRecall,
    Recall,
    RecallLot,
    RecallNotice,
    RecallStatement,
)
from trace.recalls.rules import Sums
from trace.registry.models import Party, Product
from trace.scan.models import Complaint


def incidents() -> Any:
    """All incidents, newest first."""
    return Incident.select().order_by(Incident.id.desc())


def open_incidents() -> Any:
    """Those without an end."""
    return incidents().where(Incident.id.not_in(_with("close")))


def unreported() -> Any:
    """Open ones that still have to be reported."""
    return open_incidents().where(Incident.id.not_in(_with("report")))


def get_incident(code: str) -> Incident:
    """An incident by its number."""
    return _found(Incident.get_or_none(Incident.code == code))


def entries_of(found: Incident) -> list[IncidentEntry]:
    """The story, oldest first."""
    return list(IncidentEntry.select().where(IncidentEntry.incident == found).order_by(IncidentEntry.id))


def entry_of(found: Incident, kind: str) -> IncidentEntry | None:
    """The first entry of a kind."""
    return IncidentEntry.get_or_none(IncidentEntry.incident == found, IncidentEntry.kind == kind)


def links_of(found: Incident) -> list[IncidentLink]:
    """What it is about, each with its row joined."""
    query = (
        IncidentLink.select(IncidentLink, Lot, Product, Complaint, FieldIncident)
        .join(Lot, JOIN.LEFT_OUTER)
        .join(Product, JOIN.LEFT_OUTER)
        .switch(IncidentLink)
        .join(Complaint, JOIN.LEFT_OUTER)
        .switch(IncidentLink)
        .join(FieldIncident, JOIN.LEFT_OUTER)
    )
    return list(query.where(IncidentLink.incident == found).order_by(IncidentLink.id))


def open_about(lot_id: int) -> Incident | None:
    """The open incident about this lot, the oldest one."""
    linked = IncidentLink.select(IncidentLink.incident).where(IncidentLink.lot == lot_id)
    return open_incidents().where(Incident.id.in_(linked)).order_by(Incident.id).first()


def failed_tests() -> list[LabReport]:
    """Reports over a limit, in force and uncorrected, that no incident is about."""
    known = IncidentTest.select(IncidentTest.report)
    rows = LabReport.select(LabReport, Lot, Hold).join(Lot).switch(LabReport).join(Hold)
    return list(
        rows.where(
            LabReport.conclusion == "fail", Hold.released_at.is_null(), LabReport.id.not_in(known), LabReport.id.not_in(tests.corrected_reports()),
        ).order_by(LabReport.id)
    )  # fmt: skip


def incident_of(report: LabReport) -> Incident | None:
    """The incident a laboratory report has."""
    return Incident.select().join(IncidentTest).where(IncidentTest.report == report.id).first()


def tests_of(found: Incident) -> list[LabReport]:
    """The laboratory reports an incident is about."""
    return list(LabReport.select().join(IncidentTest).where(IncidentTest.incident == found.id).order_by(LabReport.id))


def knows_complaint(complaint: Complaint) -> bool:
    """Has any incident, also an ended one, taken this complaint up?"""
    return IncidentLink.select().where(IncidentLink.complaint == complaint.id).exists()


def states_of(rows: list[Incident]) -> dict[int, set[str]]:
    """Which kinds of entries each incident has."""
    kinds: dict[int, set[str]] = {row.id: set() for row in rows}
    query = IncidentEntry.select(IncidentEntry.incident, IncidentEntry.kind).where(
        IncidentEntry.incident.in_(list(kinds))
    )
    for incident_id, kind in query.tuples() if kinds else ():
        kinds[incident_id].add(kind)
    return kinds


def to_report_soon(now: datetime) -> int:
    """How many reports are due within the reminder's time or already late."""
    return sum(1 for row in unreported() if now >= rules.remind_at(row.occurred_at))


def recalls() -> Any:
    """All cases of recalls with order, lot and product, newest first."""
    query = Recall.select(Recall, Hold, Lot, Product).join(Hold).join(Lot).join(Product)
    return query.order_by(Recall.id.desc())


def get_recall(code: str) -> Recall:
    """A recall by its number."""
    return _found(recalls().where(Recall.code == code).first())


def without_case(actor: Actor) -> list[Hold]:
    """Recall orders in force that nobody has opened a case for."""
    if not actor.can(Permission.CASE_HANDLE):
        return []
    known = Recall.select(Recall.hold)
    query = Hold.select(Hold, Lot).join(Lot).where(Hold.kind == "recall", Hold.released_at.is_null())
    return list(query.where(Hold.id.not_in(known)).order_by(Hold.id.desc()))


@dataclass
class Row:
    """One recalled lot with what counts of its statements."""

    row: RecallLot
    said: RecallStatement | None

    @property
    def sums(self) -> Sums:
        """Its grams."""
        total = self.row.left_g + self.row.sold_g
        if self.said is None:
            return Sums(total)
        return Sums(total, self.said.located_g, self.said.returned_g, self.said.destroyed_g, self.said.sold_g)


@dataclass
class Holder:
    """One holder: its notice, its lots and their sum."""

    notice: RecallNotice
    rows: list[Row] = field(default_factory=list)

    @property
    def sums(self) -> Sums:
        """The sum of its lots."""
        return sum((row.sums for row in self.rows), Sums())


def holders_of(case: Recall, party_id: int | None = None) -> list[Holder]:
    """The holders of a recall with their lots (or one of them), in the order of their names."""
    notices = RecallNotice.select(RecallNotice, Party).join(Party).where(RecallNotice.recall == case)
    rows = RecallLot.select(RecallLot, Lot, Product).join(Lot).join(Product).where(RecallLot.recall == case)
    if party_id is not None:
        notices = notices.where(RecallNotice.party == party_id)
        rows = rows.where(RecallLot.holder == party_id)
    found = {notice.party_id: Holder(notice) for notice in notices.order_by(Party.name, RecallNotice.id)}
    listed = list(rows.order_by(RecallLot.id))
    said = _newest([row.id for row in listed])
    for row in listed:
        found[row.holder_id].rows.append(Row(row, said.get(row.id)))
    return list(found.values())


def sums_of(case: Recall) -> Sums:
    """All holders together."""
    return sum((holder.sums for holder in holders_of(case)), Sums())


def statements_of(case: Recall) -> list[RecallStatement]:
    """Everything ever stated, newest first."""
    query = RecallStatement.select(RecallStatement, RecallLot, Lot).join(RecallLot).join(Lot)
    return list(query.where(RecallLot.recall == case).order_by(RecallStatement.id.desc()))


def notices_to(actor: Actor) -> Any:
    """The notices to the actor's own party, newest first, case and lot joined."""
    query = (
        RecallNotice.select(RecallNotice, Recall, Hold, Lot, Product).join(Recall).join(Hold).join(Lot).join(Product)
    )
    return query.where(RecallNotice.party == (actor.party_id or 0)).order_by(RecallNotice.id.desc())


def own_case(actor: Actor, code: str) -> tuple[Recall, Holder]:
    """A recall as the actor's own party sees it: its notice and its lots; NotFound when none was sent to it."""
    case = _found(recalls().where(Recall.code == code).first())
    found = holders_of(case, actor.party_id or 0)
    if not found:
        raise NotFound()
    return case, found[0]


def visible_inquiries(actor: Actor) -> Any:
    """All questions for readers of cases, those to or from one's own party for others; newest first."""
    asker = Party.alias()
    query = (
        Inquiry.select(Inquiry, Lot, Product, Party, asker)
        .join(Lot)
        .join(Product)
        .switch(Inquiry)
        .join(Party, on=Inquiry.party)
        .switch(Inquiry)
        .join(asker, JOIN.LEFT_OUTER, on=(Inquiry.asker_party == asker.id), attr="asking")
        .order_by(Inquiry.id.desc())
    )
    if actor.can(Permission.CASE_READ):
        return query
    own = actor.party_id or 0
    return query.where((Inquiry.party == own) | (Inquiry.asker_party == own))


def get_inquiry(actor: Actor, code: str) -> Inquiry:
    """A question one may see."""
    return _found(visible_inquiries(actor).where(Inquiry.code == code).first())


def chain_of(actor: Actor, inquiry: Inquiry) -> list[Inquiry]:
    """The chain a question belongs to, from the first to the last, as far as the actor may see it."""
    first = inquiry
    while first.forwarded_from_id is not None:
        first = Inquiry.get_by_id(first.forwarded_from_id)
    ids, last = [first.id], [first.id]
    while last:
        last = [row[0] for row in Inquiry.select(Inquiry.id).where(Inquiry.forwarded_from.in_(last)).tuples()]
        ids += last
    return list(visible_inquiries(actor).where(Inquiry.id.in_(ids)).order_by(None).order_by(Inquiry.id))


def visible_drills(actor: Actor) -> Any:
    """Mock recalls: all for readers of cases, one's own for others; newest first."""
    query = MockRecall.select(MockRecall, Lot, Product, Party).join(Lot).join(Product).switch(MockRecall)
    query = query.join(Party, on=MockRecall.holder).order_by(MockRecall.id.desc())
    return query if actor.can(Permission.CASE_READ) else query.where(MockRecall.holder == (actor.party_id or 0))


def get_drill(actor: Actor, code: str) -> MockRecall:
    """A mock recall one may see."""
    return _found(visible_drills(actor).where(MockRecall.code == code).first())


def waiting_for(actor: Actor, now: datetime) -> dict[str, int]:
    """What waits on the desk: reports due, recalls without a case, notices to confirm, questions to answer."""
    own = actor.party_id or 0
    asked = Inquiry.select().where(Inquiry.answered_at.is_null())
    found = {"report": 0, "case": 0, "notice": 0, "inquiry": 0}
    if actor.can(Permission.CASE_HANDLE):
        found["report"], found["case"] = to_report_soon(now), len(without_case(actor))
    if actor.can(Permission.NOTICE_ANSWER) and own:
        found["notice"] = notices_to(actor).where(RecallNotice.acked_at.is_null(), Recall.state == "open").count()
        found["inquiry"] = asked.where(Inquiry.party == own).count()
    return found


def _newest(row_ids: list[int]) -> dict[int, RecallStatement]:
    last = (
        RecallStatement.select(fn.MAX(RecallStatement.id))
        .where(RecallStatement.row.in_(row_ids))
        .group_by(RecallStatement.row)
    )
    return (
        {said.row_id: said for said in RecallStatement.select().where(RecallStatement.id.in_(last))} if row_ids else {}
    )


def _with(kind: str) -> Any:
    return IncidentEntry.select(IncidentEntry.incident).where(IncidentEntry.kind == kind)


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound()
    return row
