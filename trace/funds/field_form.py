"""The verification form of domain brief §5.4: filled in from what is known, completed on the ground, kept as signed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from trace.audit import Operation
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.core.units import M2_PER_MU, format_pct, mu_from_m2
from trace.funds import file_queries, file_rules
from trace.funds.dossier import FieldForm
from trace.funds.models import Application
from trace.land import history
from trace.land.models import PlotBoundary
from trace.land.rules import LAND_CLASSES
from trace.nursery.models import Planting, SeedlingDispatch
from trace.programmes.rules import PURPOSES
from trace.registry.rules import PARTY_KINDS

if TYPE_CHECKING:
    from trace.funds.fieldwork import Verification

SOURCES = {"drawn": "勾绘", "pasted": "坐标录入", "walked": "实地绕测", "imported": "导入"}


def mu_1(m2: int) -> str:
    """亩 with the one decimal of acceptance forms, halves up."""
    return str(mu_from_m2(m2, 1))


def prefilled(application: Application) -> dict[str, str]:
    """Every column that follows from the register, the notice and the application."""
    plot, programme = application.plot, application.programme
    numbers = {row.scheme: row.value for row in reversed(history.references(plot))}
    boundary = PlotBoundary.get(PlotBoundary.plot == plot.id, PlotBoundary.valid_to.is_null())
    rate = mu_price(application)
    accuracy = f"，误差 {boundary.accuracy_m} 米" if boundary.accuracy_m is not None else ""
    per_mu = plot.tree_count * M2_PER_MU / plot.area_m2 if plot.tree_count else 0
    return {
        "number": application.no, "village": f"{plot.village.township.name}{plot.village.name}",
        "subcompartment": numbers.get("subcompartment", ""), "plan_year": str(programme.year),
        "planting_year": str(plot.planted_on.year) if plot.planted_on else "", "kind_applied": PURPOSES[programme.purpose],
        "land_before": LAND_CLASSES[plot.land_class], "rate_applied": rate, "rate_verified": rate, "species": plot.taxon.name_zh,
        "area_applied": mu_1(application.applied_m2), "subject_kind": PARTY_KINDS.get(application.applicant.kind, ""),
        "plot": plot.code, "polygon": f"{SOURCES[boundary.source]}，第 {boundary.version} 版{accuracy}",
        "density": f"{float(per_mu):.0f} 株/亩" if per_mu else "", "seedling_lots": "、".join(_lots(application)),
    }  # fmt: skip


def mu_price(application: Application) -> str:
    """The standard of the notice in words."""
    return "；".join(str(sentence) for sentence in application.programme.standard)


def counted(plots: Sequence[Sequence[int]], sampled: int | None, alive: int | None) -> tuple[int | None, int | None]:
    """Trees counted and alive: the sums of the sample plots, else the figures typed. Every mistake at once."""
    errors = [
        FieldError(f"plot{n}", "COUNT_RANGE", Message("样地 %(n)s：成活株数应在 0 与抽查株数之间。", {"n": n}))
        for n, (total, living) in enumerate(plots, 1)
        if not 0 <= living <= total or total == 0
    ]
    if plots:
        sampled, alive = sum(row[0] for row in plots), sum(row[1] for row in plots)
    elif (sampled is None) != (alive is None):
        errors.append(FieldError("alive", "COUNT_RANGE", Message("抽查株数和成活株数要一起填写。")))
    elif sampled is not None and alive is not None and (not 0 <= alive <= sampled or sampled == 0):
        errors.append(FieldError("alive", "COUNT_RANGE", Message("成活株数应在 0 与抽查株数之间。")))
    if errors:
        raise Invalid.of(errors)
    return sampled, alive


def fill(
    op: Operation, application: Application, found: Verification, sampled: int | None, alive: int | None, area: int
) -> FieldForm:
    """Keep the form as the forestry verifier signs it; the finance verifier signs the same one."""
    qualified, lost = _areas(application, found, area)
    columns = prefilled(application) | _typed(found.columns)
    columns |= {
        "area_verified": mu_1(area), "area_qualified": mu_1(qualified), "area_lost": mu_1(lost),
        "trees_counted": "" if sampled is None else str(sampled), "trees_alive": "" if alive is None else str(alive),
    }  # fmt: skip
    if sampled and alive is not None:
        columns["survival"] = format_pct(Fraction(alive, sampled))
        columns["survival_grade"] = file_rules.GRADES[file_rules.survival_grade(sampled, alive)]
    level = file_rules.claim_level(application.applied_m2, area)
    form = FieldForm.create(
        application=application, round=application.field_round, columns=columns, sample_plots=[list(row) for row in found.sample_plots],
        verified_m2=area, qualified_m2=qualified, lost_m2=lost, claim_level=level, filled_by=op.actor.user_id,
        filler_name=op.actor.display_name, filled_at=op.at,
    )  # fmt: skip
    if level != "none":
        op.record(
            "application.over_claim", application, level=level, applied_m2=application.applied_m2, verified_m2=area
        )
    return form


def _typed(given: object) -> dict[str, str]:
    """The columns typed on the ground; pick-lists hold their own words only."""
    values = dict(given) if isinstance(given, dict) else {}
    known = {column.name: column for column in file_rules.TYPED}
    errors = [
        FieldError(name, "CHOICE", Message("请选择“%(label)s”。", {"label": known[name].label}))
        for name, value in values.items()
        if name in known and value and known[name].words and value not in known[name].words
    ]
    if errors:
        raise Invalid.of(errors)
    return {name: str(value).strip() for name, value in values.items() if name in known and str(value).strip()}


def _areas(application: Application, found: Verification, area: int) -> tuple[int, int]:
    """Qualified and lost area: what is typed, within what was verified; the right to the ground caps what qualifies."""
    lost = found.lost_m2 or 0
    qualified = area - lost if found.qualified_m2 is None else found.qualified_m2
    if qualified + lost > area or qualified < 0:
        raise Invalid("合格面积与损失面积之和不能大于核实面积。", field="qualified_mu", code="AREA_RANGE")
    papers = [doc.area_m2 for doc in history.valid_tenure(application.plot, business_date()) if doc.area_m2]
    return min([qualified, *([sum(papers)] if papers else [])]), lost


def _lots(application: Application) -> list[str]:
    stands = [stand.id for stand in application.plot.stands]
    rows = Planting.select(Planting, SeedlingDispatch).join(SeedlingDispatch).where(Planting.stand.in_(stands))
    return sorted({row.dispatch.code for row in rows})


def shown(application: Application) -> dict[str, str]:
    """The form as it is signed, or as far as it can be filled in before."""
    form = file_queries.form_of(application)
    return dict(form.columns) if form is not None else prefilled(application)
