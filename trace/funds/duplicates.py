"""Duplicates and stacking (domain brief §5.6): what an application has in common with others and with other funds' lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trace.core.clock import business_date
from trace.core.geometry import gap_m
from trace.core.identifiers import mask_name
from trace.core.text import N_, Message
from trace.core.units import format_mu
from trace.funds import external, linked
from trace.funds.claim_rules import FACTS
from trace.funds.finding_rules import Finding, Level
from trace.funds.models import Application
from trace.funds.terms import terms_of
from trace.land.models import Plot, PlotBoundary
from trace.land.overlaps import as_boundary, overlaps_of
from trace.programmes.models import Programme
from trace.programmes.rules import AREA_KINDS
from trace.registry.models import Party

CONTIGUOUS_M = 10
"""Plots no further apart are taken for one piece of land [assumption]."""


def live(year: int) -> Any:
    """Applications of a year that occupy their plots, with plot, programme and applicant joined."""
    return (
        Application.select(Application, Plot, Programme, Party)
        .join(Plot)
        .switch(Application)
        .join(Programme)
        .switch(Application)
        .join(Party, on=Application.applicant)
        .where(Application.active_key.is_null(False), Programme.year == year)
    )


def overlapping_ground(application: Application) -> Iterator[Finding]:
    """Ground shared with another applicant's claim freezes both until the boundary is settled; geometry beats names (§5.6.3)."""
    shared = {item.plot_id: item for item in overlaps_of(application.plot) if not item.settled}
    if not shared:
        return
    others = live(application.programme.year).where(
        Application.plot.in_(list(shared)), Application.id != application.id
    )
    for other in others:
        piece = shared[other.plot_id]
        if not external.counts(piece.area_m2, piece.own_m2, piece.other_m2):
            continue
        own = other.applicant_id == application.applicant_id
        if own and other.programme.purpose != application.programme.purpose:
            continue
        values = {"plot": other.plot.code, "mu": format_mu(piece.area_m2)}
        if own:
            text = Message("与您自己申报的 %(plot)s 号地块重叠 %(mu)s 亩，同一块地不能申报两次。", values)
        else:
            name = {"name": mask_surname(other.applicant.name)}
            text = Message("与%(name)s申报的 %(plot)s 号地块重叠 %(mu)s 亩，请先核实边界。", {**values, **name})
        yield Finding("GROUND_SHARED", Level.BLOCKING, text, (other.plot.code,))


def mask_surname(name: str) -> str:
    """How another applicant is named in a message: 李某某 for a person; an organisation as 某 with its kind of ending."""
    if len(name) <= 4:
        return f"{name[:1]}某某"
    return mask_name(name)


def external_lists(application: Application) -> Iterator[Finding]:
    """Another fund paid for the same plot, ground or person in the year: the same purpose forbids, unless the notice lets them stack."""
    stacking = terms_of(application).stacking
    for match in external.matches(application):
        row = match.row
        same = row.purpose == application.programme.purpose
        values = {
            **external.shown(row),
            "year": str(row.year),
            "plot": application.plot.code,
            "mu": format_mu(match.overlap_m2),
        }
        if match.by == "person":
            text = N_("%(fund)s %(year)s 年名单中有同一人同村的“%(purpose)s”补助，请核实是否同一地块。")
        elif match.by == "ground":
            text = N_("%(fund)s %(year)s 年已对重叠的 %(mu)s 亩给予“%(purpose)s”补助。")
        else:
            text = N_("%(fund)s %(year)s 年已对地块 %(plot)s 给予“%(purpose)s”补助。")
        if stacking:
            level = Level.FLAG
        else:
            level = Level.BLOCKING if same and match.by != "person" else Level.WARNING
        yield Finding("EXTERNAL_SUPPORT", level, Message(text, values), (row.plot_code or row.fund,))


def exclusion(application: Application) -> Iterator[Finding]:
    """Programmes of one group exclude each other: on the same plot where land is paid for, for the same applicant elsewhere (§5.6.4)."""
    agreed = terms_of(application)
    if not agreed.exclusion_group:
        return
    others = live(application.programme.year).where(
        Programme.exclusion_group == agreed.exclusion_group, Application.programme != application.programme_id
    )
    if agreed.kind in AREA_KINDS:
        others = others.where(Application.plot == application.plot_id)
    else:
        others = others.where(Application.applicant.in_(linked.group_of(application.applicant)))
    for other in others:
        values = {"name": other.programme.name, "group": agreed.exclusion_group}
        yield Finding(
            "EXCLUDED",
            Level.BLOCKING,
            Message("已申报‘%(name)s’，与本项目互斥（%(group)s），只能选一个。", values),
            (other.no,),
        )


def linked_parties(application: Application) -> Iterator[Finding]:
    """Parties tied to the applicant that apply in the same programme: their sums are capped together (§5.6.6)."""
    links = {link.party.id: link for link in linked.linked_to(application.applicant)}
    if not links:
        return
    others = live(application.programme.year).where(
        Application.programme == application.programme_id, Application.applicant.in_(list(links))
    )
    for other in others:
        link = links[other.applicant_id]
        values = {
            "name": mask_surname(link.party.name),
            "what": "、".join(FACTS[kind] for kind in link.kinds),
            "no": other.no,
        }
        text = Message("与%(name)s（%(no)s）的%(what)s相同，属关联主体，金额合并计算上限。", values)
        yield Finding("LINKED", Level.WARNING, text, (other.no,))
        if _split(application, other):
            text = Message(
                "与关联主体%(name)s的 %(plot)s 号地块相连且同日申报，请核实是否拆分申报。",
                {**values, "plot": other.plot.code},
            )
            yield Finding("SPLIT", Level.FLAG, text, (other.plot.code,))


def _split(one: Application, other: Application) -> bool:
    """Contiguous plots of linked parties, submitted on the same day (§5.6.7); a draft counts as of today."""
    day = business_date(one.submitted_at) if one.submitted_at else business_date()
    if other.submitted_at is None or business_date(other.submitted_at) != day:
        return False
    rows = {
        row.plot_id: as_boundary(row)
        for row in PlotBoundary.select().where(
            PlotBoundary.plot.in_([one.plot_id, other.plot_id]), PlotBoundary.valid_to.is_null()
        )
    }
    return len(rows) == 2 and gap_m(rows[one.plot_id], rows[other.plot_id]) <= CONTIGUOUS_M
