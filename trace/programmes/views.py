"""HTML doors of programme notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.programmes import beside, queries, rules, services
from trace.programmes.schemas import ProgrammeSchema, PublishSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("programmes", __name__)
P = Permission


@bp.context_processor
def words() -> dict[str, Any]:
    """The words of notices, for every template of this domain."""
    return {"schemes": rules}


def _programme_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("programmes/form.html", values=values, errors=errors)


@bp.get("/funds/programmes/new")
@access(P.PROGRAMME_DRAFT)
def new_programme() -> ResponseReturnValue:
    """The page to draft a programme."""
    return _programme_form(
        {"kind": "per_area", "purpose": "planting", "publicity_days": rules.DEFAULT_PUBLICITY_DAYS}, {}
    )


@bp.post("/funds/programmes/new")
@access(P.PROGRAMME_DRAFT)
@form_view(_programme_form)
def draft_programme() -> ResponseReturnValue:
    """Keep a draft programme."""
    programme = services.draft_programme(current_actor(), load(ProgrammeSchema(), form_values()))
    done("项目 %(code)s 已保存为草稿，核对后发布。", code=programme.code)
    return redirect(url_for("programmes.show_programme", code=programme.code))


def programme_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    """The page of a programme, what others keep about it beside; also what doors above show again when a form of theirs was refused."""
    actor = current_actor()
    programme = queries.get_programme(actor, code)
    return render_template(
        "programmes/programme.html",
        programme=programme,
        panels=beside.panels(actor, programme),
        values=values,
        errors=errors,
        schemes=rules,
    )


@bp.get("/funds/programmes/<code>")
@access(P.FUND_READ)
def show_programme(code: str) -> ResponseReturnValue:
    """One programme: rule, window, budget, entries."""
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
