"""HTML doors of a plot's dossier: state, management, papers, external numbers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.files.doors import download, uploaded
from trace.files.rules import ACCEPT
from trace.land import history, life, papers, queries, rules, states
from trace.land.doors import LABELS, counted
from trace.land.paper_schemas import ReferenceSchema, TenureSchema, VoidSchema
from trace.land.schemas import ManagementSchema, StateSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("dossier", __name__)


def _today() -> str:
    return business_date().isoformat()


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for("land.show_plot", code=code))


def _state_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    plot = queries.get_plot(actor, code)
    steps = [step for step in states.steps_by_hand(plot.state) if actor.can(step.by)]
    return render_template(
        "land/state_form.html",
        plot=plot,
        values={"on_day": _today(), **values},
        errors=errors,
        steps=steps,
        labels=LABELS,
    )


@bp.get("/<code>/state")
@access(Permission.PLOT_REGISTER, Permission.PLOT_VERIFY)
def new_state(code: str) -> ResponseReturnValue:
    """The page to enter a change of state."""
    return _state_form({}, {}, code)


@bp.post("/<code>/state")
@access(Permission.PLOT_REGISTER, Permission.PLOT_VERIFY)
@form_view(_state_form)
def change_state(code: str) -> ResponseReturnValue:
    """Keep a change of state."""
    plot = life.change_state(current_actor(), code, **load(StateSchema(), form_values()))
    done("地块 %(code)s 的状态已更新，原状态仍可查。", code=plot.code)
    return _back(code)


def _management_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    started = history.conversion_started(plot)
    return render_template(
        "land/management_form.html", plot=plot, values={"mode": plot.management, "on_day": _today(), **values}, errors=errors,
        words=rules, started=started, earliest=rules.organic_from(started) if started else None,
        changes=history.management_changes(plot),
    )  # fmt: skip


@bp.get("/<code>/management")
@access(Permission.PLOT_REGISTER)
def new_management(code: str) -> ResponseReturnValue:
    """The page to change the management mode."""
    return _management_form({}, {}, code)


@bp.post("/<code>/management")
@access(Permission.PLOT_REGISTER)
@form_view(_management_form)
def change_management(code: str) -> ResponseReturnValue:
    """Keep a change of the management mode."""
    life.change_management(current_actor(), code, **load(ManagementSchema(), form_values()))
    done("地块 %(code)s 的管理方式已更新。", code=code)
    return _back(code)


def _tenure_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    return render_template(
        "land/tenure_form.html",
        plot=plot,
        values={"holder": plot.operator.name, **values},
        errors=errors,
        words=rules,
        accept=ACCEPT,
    )


@bp.get("/<code>/tenure")
@access(Permission.PLOT_REGISTER)
def new_tenure(code: str) -> ResponseReturnValue:
    """The page for a certificate or contract."""
    return _tenure_form({}, {}, code)


@bp.post("/<code>/tenure")
@access(Permission.PLOT_REGISTER)
@form_view(_tenure_form)
def add_tenure(code: str) -> ResponseReturnValue:
    """Keep a certificate or contract."""
    papers.add_tenure(current_actor(), code, scan=uploaded("scan"), **load(TenureSchema(), form_values()))
    done("权属材料已登记。")
    return _back(code)


@bp.get("/<code>/tenure/<seq>/scan")
@access(Permission.PLOT_READ)
def tenure_scan(code: str, seq: str) -> Response:
    """The scan of a paper."""
    return download(papers.scan_of(papers.get_tenure(queries.get_plot(current_actor(), code), counted(seq))))


def _void_form(values: dict[str, Any], errors: dict[str, str], code: str, seq: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    doc = papers.get_tenure(plot, counted(seq))
    return render_template("land/tenure_void.html", plot=plot, doc=doc, values=values, errors=errors, words=rules)


@bp.get("/<code>/tenure/<seq>/void")
@access(Permission.PLOT_REGISTER)
def new_void(code: str, seq: str) -> ResponseReturnValue:
    """The page to mark a paper as wrong."""
    return _void_form({}, {}, code, seq)


@bp.post("/<code>/tenure/<seq>/void")
@access(Permission.PLOT_REGISTER)
@form_view(_void_form)
def void_tenure(code: str, seq: str) -> ResponseReturnValue:
    """Mark a paper as wrong."""
    papers.void_tenure(current_actor(), code, counted(seq), load(VoidSchema(), form_values())["reason"])
    done("权属材料已作废，记录仍可查。")
    return _back(code)


def _reference_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    return render_template("land/reference_form.html", plot=plot, values=values, errors=errors, words=rules)


@bp.get("/<code>/reference")
@access(Permission.PLOT_REGISTER)
def new_reference(code: str) -> ResponseReturnValue:
    """The page for a number of another register."""
    return _reference_form({}, {}, code)


@bp.post("/<code>/reference")
@access(Permission.PLOT_REGISTER)
@form_view(_reference_form)
def add_reference(code: str) -> ResponseReturnValue:
    """Keep a number of another register."""
    papers.add_reference(current_actor(), code, **load(ReferenceSchema(), form_values()))
    done("林班小班号已登记。")
    return _back(code)
