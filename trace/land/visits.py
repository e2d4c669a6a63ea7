"""Survival visits: recording, correcting, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from peewee import fn
from shapely.geometry import Point

from trace.audit import operation
from trace.audit.operation import Operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.geometry import gap_m
from trace.core.text import N_, Message
from trace.core.units import format_mu
from trace.files.models import StoredFile
from trace.files.rules import Upload
from trace.files.services import keep
from trace.land import history, life, overlaps, preferences, queries, rules, schedule, states
from trace.land.assess import present_boundary
from trace.land.dossier import VisitPhoto
from trace.land.models import Plot, SurvivalVisit, superseded
from trace.land.rules import Caution
from trace.registry.models import Township

FAR_FROM_PLOT_M = 50
"""A fix further from the boundary than this was not taken on the plot."""


@dataclass(frozen=True)
class Count:
    """What a visitor saw. ``verified_m2`` None: the whole plot; ``lon``, ``lat``: where the visitor stood."""

    kind: str
    visited_on: date
    sampled: int
    alive: int
    verified_m2: int | None = None
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: int | None = None


def record_visit(actor: Actor, code: str, *, photos: Sequence[Upload] = (), **seen: Any) -> SurvivalVisit:
    """A survival visit (fields of :class:`Count`) with its photographs: the share alive decides the plot's state.

    The verified area can be smaller than the polygon, never larger; the visitor is nobody of the plot's own people.
    """
    with operation(actor, Permission.PLOT_VERIFY) as op:
        plot = queries.get_plot(actor, code)
        count = _checked(op, plot, Count(**seen))
        known = SurvivalVisit.plot == plot, SurvivalVisit.kind == count.kind, ~superseded()
        if SurvivalVisit.select().where(*known, SurvivalVisit.visited_on == count.visited_on).exists():
            raise RuleBroken(
                "该地块 %(day)s 已有一次同类查验。", code="VISIT_KNOWN", field="visited_on", day=count.visited_on
            )
        state = history.state_on(plot, count.visited_on) or plot.state
        states.require_visitable(state)
        last = SurvivalVisit.select(fn.MAX(SurvivalVisit.number)).where(SurvivalVisit.plot == plot).scalar() or 0
        visit = _write(op, plot, count, number=last + 1)
        for seq, photo in enumerate(photos, 1):
            VisitPhoto.create(visit=visit, seq=seq, file=keep(op, photo))
        to = _arrive(op, plot, visit, state, "visit")
        op.record("plot.visit", plot, kind=count.kind, sampled=count.sampled, alive=count.alive,
                  verified_m2=visit.verified_m2, state=to)  # fmt: skip
        return visit


def correct_visit(actor: Actor, code: str, number: int, reason: str, **seen: Any) -> SurvivalVisit:
    """A new version of a visit that was recorded wrongly; the wrong one stays readable, its consequences end."""
    with operation(actor, Permission.PLOT_VERIFY) as op:
        plot = queries.get_plot(actor, code)
        wrong = get_visit(plot, number)
        if not reason.strip():
            raise Invalid("请填写更正的原因。", field="reason", code="REASON_MISSING")
        count = _checked(op, plot, Count(**seen))
        state = history.state_on(plot, count.visited_on) or "planted"
        visit = _write(op, plot, count, number=number, version=wrong.version + 1, reason=reason.strip())
        to = _arrive(op, plot, visit, state, "correction", reason.strip())
        op.record("plot.correct_visit", plot, number=number, version=visit.version, reason=visit.reason, state=to)
        return visit


def get_visit(plot: Plot, number: int) -> SurvivalVisit:
    """The version of a visit that counts."""
    found = SurvivalVisit.get_or_none(SurvivalVisit.plot == plot, SurvivalVisit.number == number, ~superseded())
    if found is None:
        raise NotFound()
    return found


def photos_of(plot: Plot) -> dict[int, list[VisitPhoto]]:
    """The photographs of a plot's visits by the number of the visit, files joined."""
    query = VisitPhoto.select(VisitPhoto, SurvivalVisit, StoredFile).join(SurvivalVisit).switch(VisitPhoto)
    found: dict[int, list[VisitPhoto]] = {}
    for row in query.join(StoredFile).where(SurvivalVisit.plot == plot).order_by(VisitPhoto.seq):
        found.setdefault(row.visit.number, []).append(row)
    return found


def get_photo(plot: Plot, number: int, seq: int) -> StoredFile:
    """One photograph of a visit of a plot the actor may see."""
    for row in photos_of(plot).get(number, []):
        if row.seq == seq:
            return row.file
    raise NotFound()


def require_independent(actor: Actor, plot: Plot) -> None:
    """Nobody verifies what he registered, nor what his own organisation runs."""
    own = {plot.operator_id, plot.steward_id, plot.operator.belongs_to_id} - {None}
    if actor.party_id in own:
        raise RuleBroken("您所在的单位经营或代管这块地，请由其他人查验。", code="NOT_INDEPENDENT")
    if plot.registered_by == actor.user_id:
        raise RuleBroken("这块地是您登记的，请由其他人查验。", code="NOT_INDEPENDENT")


def due_visits(actor: Actor, today: date, *, kind: str = "", township: str = "", overdue: bool = False) -> Any:
    """Visible plots whose first or three-year check may be made today, those planted first before all others."""
    base = fn.COALESCE(Plot.replanted_on, Plot.planted_on)
    before = schedule.due_before if overdue else schedule.open_before
    wanted = [
        (Plot.state == state) & (base < before(check, today))
        for state, check in schedule.KINDS.items()
        if kind in ("", check)
    ]
    query = queries.visible_plots(actor).where(wanted[0] | wanted[1] if len(wanted) == 2 else wanted[0])
    if township:
        query = query.where(Township.code == township)
    return query.order_by(base, Plot.id)


def due_of(plot: Plot) -> schedule.Due | None:
    """The check a plot waits for, open already or not."""
    kind, base = schedule.KINDS.get(plot.state), plot.replanted_on or plot.planted_on
    return schedule.check_due(kind, base) if kind and base else None


def sample_wanted(plot: Plot, plan: preferences.Plan | None = None) -> int:
    """How many trees of a plot a visit should count; lists read the bureau's plan once and hand it in."""
    return rules.sample_size(plot.area_m2, plot.tree_count, plan or preferences.sampling_plan())


def sample_percent(plot: Plot) -> int:
    """The share of a plot's trees a visit should count, in per cent."""
    return rules.sample_percent(plot.area_m2, preferences.sampling_plan())


def _checked(op: Operation, plot: Plot, count: Count) -> Count:
    """The count with its area filled in, or every mistake at once."""
    require_independent(op.actor, plot)
    if plot.planted_on is None:
        raise RuleBroken("地块 %(plot)s 还没有栽植，不能查成活率。", code="NOT_PLANTED", plot=plot.code)
    errors = []
    if not plot.planted_on <= count.visited_on <= business_date(op.at):
        errors.append(FieldError("visited_on", "DATE_RANGE", Message("查验日期应在栽植日期与今天之间。")))
    if not 0 <= count.alive <= count.sampled or count.sampled == 0:
        errors.append(FieldError("alive", "COUNT_RANGE", Message("成活株数应在 0 与抽查株数之间。")))
    area = plot.area_m2 if count.verified_m2 is None else count.verified_m2
    if area > plot.area_m2:
        message = Message("核实面积不能大于勾绘面积 %(mu)s 亩。", {"mu": format_mu(plot.area_m2)})
        errors.append(FieldError("verified_mu", "AREA_RANGE", message))
    if (count.lon is None) != (count.lat is None):
        errors.append(FieldError("lat", "POINT_HALF", Message("经度和纬度要一起填写。")))
    if errors:
        raise Invalid.of(errors)
    return replace(count, verified_m2=area)


def _cautions(plot: Plot, count: Count) -> list[Caution]:
    found, wanted = rules.accuracy_warning("accuracy_m", count.accuracy_m), sample_wanted(plot)
    if count.sampled < wanted:
        text = N_("抽查 %(sampled)s 株，少于抽样方案的 %(wanted)s 株（参考值）。")
        found.append(Caution("sampled", "SAMPLE_SMALL", Message(text, {"sampled": count.sampled, "wanted": wanted})))
    base = plot.replanted_on or plot.planted_on
    opens = schedule.check_due(count.kind, base).opens
    if count.visited_on < opens:
        text = N_("查验早于应查时间 %(day)s，成活情况可能还会变化。")
        found.append(Caution("visited_on", "VISIT_EARLY", Message(text, {"day": opens})))
    if count.lon is not None and count.lat is not None:
        far = round(gap_m(Point(count.lon, count.lat), overlaps.as_boundary(present_boundary(plot))))
        if far > FAR_FROM_PLOT_M + (count.accuracy_m or 0):
            text = N_("定位点距地块边界 %(m)s 米，请核对是否走错地块。")
            found.append(Caution("lat", "POINT_FAR", Message(text, {"m": far})))
    return found


def _write(
    op: Operation, plot: Plot, count: Count, *, number: int, version: int = 1, reason: str = ""
) -> SurvivalVisit:
    return SurvivalVisit.create(
        plot=plot, **vars(count), number=number, version=version, reason=reason, recorded_at=op.at,
        verifier_id=op.actor.user_id, verifier_name=op.actor.display_name, is_evidence=rules.is_evidence(count.accuracy_m),
        cautions=[caution.kept() for caution in _cautions(plot, count)],
    )  # fmt: skip


def _arrive(op: Operation, plot: Plot, visit: SurvivalVisit, state: str, evidence: str, reason: str = "") -> str:
    to = states.after_visit(state, rules.state_after_visit(visit.kind, visit.sampled, visit.alive))
    life.move(op, plot, to, on_day=visit.visited_on, evidence=evidence, reason=reason, visit=visit)
    return to
