"""HTML doors of programme notices: choose a kind, write, publish, change, print; the checklist; the LPR table."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.pdf import render
from trace.programmes import beside, calendar_views, checklist, lpr, params, queries, rules, schemas, services
from trace.programmes.schemas import LprSchema, ProgrammeSchema, PublishSchema, StepSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("programmes", __name__)
bp.register_blueprint(calendar_views.bp)
P = Permission
PRESET = {"purpose": "planting", "publicity_days": rules.DEFAULT_PUBLICITY_DAYS, "publicity_working": "1", "stacking_pct": 100, "shortage": "queue"}  # fmt: skip
PURPOSE_OF = {
    "interest_discount": "interest",
    "pct_capped": "infrastructure",
    "fixed_award": "certification",
    "per_unit": "seedlings",
}


@bp.context_processor
def words() -> dict[str, Any]:
    """The words of notices, for every template of this domain."""
    return {"schemes": rules}


def _form(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    programme = queries.get_programme(current_actor(), code) if code else None
    kind = values.get("kind") or request.args.get("kind", "")
    if kind not in rules.KINDS:
        return render_template("programmes/kinds.html", errors=errors)
    return render_template(
        "programmes/form.html", programme=programme, kind=kind, values={**values, "kind": kind}, errors=errors, simple=params.SIMPLE[kind],
        modes=params.SALES_MODES if kind == "sales_award" else params.TIER_MODES, rows=params.MOST_TIERS,
    )  # fmt: skip


@bp.get("/funds/programmes/new")
@access(P.PROGRAMME_DRAFT)
def new_programme() -> ResponseReturnValue:
    """First the kind of reckoning, then the page that asks what this kind needs."""
    kind = request.args.get("kind", "")
    defaults = {param.name: param.default for param in params.SIMPLE.get(kind, ()) if param.default}
    return _form({**PRESET, **defaults, "tier_mode": "whole", "purpose": PURPOSE_OF.get(kind, "planting")}, {})


@bp.post("/funds/programmes/new")
@access(P.PROGRAMME_DRAFT)
@form_view(_form)
def draft_programme() -> ResponseReturnValue:
    """Keep a draft programme."""
    programme = services.draft_programme(current_actor(), load(ProgrammeSchema(), form_values()))
    done("项目 %(code)s 已保存为草稿，核对后发布。", code=programme.code)
    return redirect(url_for("programmes.show_programme", code=programme.code))


@bp.get("/funds/programmes/<code>/edit")
@access(P.PROGRAMME_DRAFT)
def edit_programme(code: str) -> ResponseReturnValue:
    """The page that changes a draft, or a published notice into its next version."""
    programme = queries.get_programme(current_actor(), code)
    return _form(schemas.typed(programme, params.typed_params(programme.kind, programme.params)), {}, code)


@bp.post("/funds/programmes/<code>/edit")
@access(P.PROGRAMME_DRAFT)
@form_view(_form)
def change_programme(code: str) -> ResponseReturnValue:
    """Keep a changed draft; a published notice becomes its next version."""
    actor, values = current_actor(), form_values()
    programme = queries.get_programme(actor, code)
    body = load(ProgrammeSchema(), {"kind": programme.kind, **values})
    if programme.state == "draft":
        services.redraft_programme(actor, code, body)
        done("草稿已保存。")
    else:
        changed = services.revise_programme(actor, code, body, body["reason"])
        done("第 %(n)s 版已发布；已提交的申请仍按原版本办理。", n=changed.version)
    return redirect(url_for("programmes.show_programme", code=code))


def programme_page(values: dict[str, Any], errors: dict[str, str], code: str, step: str = "") -> str:
    """The page of a programme, what others keep about it beside; also what doors above show again when a form of theirs was refused."""
    actor = current_actor()
    programme, today = queries.get_programme(actor, code), business_date()
    return render_template(
        "programmes/programme.html", programme=programme, terms=queries.present_terms(programme), panels=beside.panels(actor, programme),
        standard=params.standard(programme.kind, programme.params), versions=queries.versions(programme) if programme.version else [],
        checklist=checklist.steps_for(programme, today) if actor.county_wide else [], may_enter=lambda name: checklist.may_enter(actor, name),
        warning=queries.basis_warning(programme, today), values=values, errors=errors, tried=step, schemes=rules,
    )  # fmt: skip


@bp.get("/funds/programmes/<code>")
@access(P.FUND_READ)
def show_programme(code: str) -> ResponseReturnValue:
    """One programme: rule, window, checklist, versions, and its money."""
    return programme_page({}, {}, code)


@bp.post("/funds/programmes/<code>/publish")
@access(P.PROGRAMME_PUBLISH)
@form_view(programme_page)
def publish_programme(code: str) -> ResponseReturnValue:
    """Publish a programme."""
    services.publish_programme(current_actor(), code, load(PublishSchema(), form_values())["finance_ref"])
    done("项目已发布，申报期内可以申报。")
    return redirect(url_for("programmes.show_programme", code=code))


@bp.post("/funds/programmes/<code>/close")
@access(P.PROGRAMME_PUBLISH)
@form_view(programme_page)
def close_programme(code: str) -> ResponseReturnValue:
    """Take no more applications."""
    services.close_programme(current_actor(), code)
    done("项目已结束申报，在办的申请继续办理。")
    return redirect(url_for("programmes.show_programme", code=code))


@bp.post("/funds/programmes/<code>/steps/<step>")
@access(P.PROGRAMME_DRAFT, P.APPLICATION_APPROVE)
@form_view(programme_page)
def record_step(code: str, step: str) -> ResponseReturnValue:
    """Enter one step of the checklist."""
    body = load(StepSchema(), form_values())
    checklist.record_step(current_actor(), code, step, checklist.Entry(**body))
    done("“%(step)s”已登记。", step=rules.LEGAL_STEPS[step])
    return redirect(url_for("programmes.show_programme", code=code, _anchor="steps"))


@bp.get("/funds/programmes/<code>/versions/<number>")
@access(P.FUND_READ)
def show_version(code: str, number: str) -> ResponseReturnValue:
    """One version of a notice, with what it changed."""
    programme = queries.get_programme(current_actor(), code)
    row = queries.version_row(programme, number)
    terms = queries.terms_of_version(row)
    before = queries.terms_of_version(queries.version_row(programme, row.number - 1)) if row.number > 1 else None
    return render_template(
        "programmes/version.html", programme=programme, row=row, terms=terms, changed=terms.changed(before) if before else [],
        standard=params.standard(terms.kind, terms.params),
    )  # fmt: skip


@bp.get("/funds/programmes/<code>/notice.pdf")
@access(P.FUND_READ)
def notice(code: str) -> Response:
    """The notice for print: a draft says that it is one; the version asked for, else the present one."""
    programme = queries.get_programme(current_actor(), code)
    number = request.args.get("version", programme.version, type=int)
    terms = (
        queries.terms_of_version(queries.version_row(programme, number)) if number else queries.present_terms(programme)
    )
    row = queries.version_row(programme, number) if number else None
    body = render(
        "programmes/notice_print.html", programme=programme, terms=terms, row=row, standard=params.standard(terms.kind, terms.params),
        schemes=rules, generated_at=utcnow(),
    )  # fmt: skip
    name = f"{programme.code}-v{number}.pdf"
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _lpr_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("programmes/lpr.html", rows=queries.lpr_rows(), values=values, errors=errors)


@bp.get("/funds/lpr")
@access(P.FUND_READ)
def lpr_rates() -> ResponseReturnValue:
    """The dated table of the one-year loan prime rate."""
    return _lpr_page({}, {})


@bp.post("/funds/lpr")
@access(P.PROGRAMME_DRAFT)
@form_view(_lpr_page)
def add_lpr() -> ResponseReturnValue:
    """Enter an announcement."""
    body = load(LprSchema(), form_values())
    lpr.add_rate(current_actor(), body["published_on"], body["rate"], body["source"])
    done("报价已登记。")
    return redirect(url_for("programmes.lpr_rates"))
