"""Reading laboratory reports; of a corrected one every version stays, and the last one counts."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.quality.certificate_models import LabCorrection, LabItem, LabReport
from trace.quality.certificate_queries import split_from
from trace.registry.models import Product, Taxon


def visible_reports(actor: Actor) -> Any:
    """Reports on lots in the actor's charge."""
    query = LabReport.select(LabReport, Lot, Product, Taxon).join(Lot).join(Product).join(Taxon)
    if actor.county_wide:
        return query
    return query.where(LabReport.lot.in_(lots.visible_lots(actor).select(Lot.id)))


def get_report(actor: Actor, code: str) -> LabReport:
    """A report the actor may see."""
    found = visible_reports(actor).where(LabReport.code == code).first()
    if found is None:
        raise NotFound()
    return found


def items_of(report: LabReport) -> list[LabItem]:
    """The actives of a report, in the order of the paper."""
    return list(LabItem.select().where(LabItem.report == report.id).order_by(LabItem.id))


def reports_of(lot: Lot) -> list[LabReport]:
    """Reports on a lot or on the batch it was split off, newest first; of a corrected one the last version."""
    rows = LabReport.select().where(LabReport.lot.in_(split_from(lot)), LabReport.id.not_in(corrected_reports()))
    return list(rows.order_by(LabReport.id.desc()))


def corrected_reports() -> Any:
    """Keys of reports that a later version stands in for, as a subquery."""
    return LabCorrection.select(LabCorrection.corrects)


def correction_of(report: LabReport) -> LabReport | None:
    """The version that stands in for a report."""
    return (
        LabReport.select()
        .join(LabCorrection, on=(LabCorrection.report == LabReport.id))
        .where(LabCorrection.corrects == report.id)
        .first()
    )


def versions_of(report: LabReport) -> list[tuple[LabReport, str]]:
    """All versions of a report, the first one first, each with the reason it was written (none for the first)."""
    links = {row.report_id: row for row in LabCorrection.select().where(LabCorrection.report.in_(_chain(report)))}
    rows = LabReport.select().where(LabReport.id.in_(_chain(report))).order_by(LabReport.version)
    return [(row, links[row.id].reason if row.id in links else "") for row in rows]


def _chain(report: LabReport) -> list[int]:
    """Keys of all versions of a report: corrections are few, so they are followed one by one."""
    back, on = {}, {}
    for made, old in LabCorrection.select(LabCorrection.report, LabCorrection.corrects).tuples():
        back[made], on[old] = old, made
    keys = [report.id]
    while keys[0] in back:
        keys.insert(0, back[keys[0]])
    while keys[-1] in on:
        keys.append(on[keys[-1]])
    return keys


def report_of_number(lab: str, report_no: str) -> LabReport | None:
    """The report of a laboratory with this number, its last version."""
    rows = LabReport.select().where(LabReport.lab == lab, LabReport.report_no == report_no)
    return rows.where(LabReport.id.not_in(corrected_reports())).first()


def last_version(lab: str, report_no: str) -> int:
    """The last version that bears this number, 0 when none does; one that was typed wrongly and corrected away counts too."""
    rows = LabReport.select(LabReport.version).where(LabReport.lab == lab, LabReport.report_no == report_no)
    return max((row[0] for row in rows.tuples()), default=0)
