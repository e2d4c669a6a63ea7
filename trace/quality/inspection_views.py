"""HTML doors of the quality queue: tasks, verdicts with evidence, draws, rules of the draw."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.text import Message
from trace.field.positions import read_fix
from trace.files.doors import download
from trace.files.rules import ACCEPT
from trace.land.doors import all_uploaded, counted
from trace.quality import inspecting, queries, sampling, sampling_rules
from trace.quality.inspecting import Found
from trace.quality.records import KINDS
from trace.quality.schemas import DrawSchema, InspectionSchema, SamplingSchema
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("inspections", __name__)
VIEWS = {"open": ("open", ""), "done": ("done", ""), "findings": ("", "findings"), "": ("", "")}


def reasons(task: Any) -> list[Message]:
    """Why a task was drawn, as messages."""
    return [Message(item["template"], item["values"]) for item in task.reasons]


@bp.get("/inspections")
@access(Permission.INSPECTION_READ)
def index() -> ResponseReturnValue:
    """The queue: what is to be looked at, what was, and where something did not hold."""
    actor = current_actor()
    shown = request.args.get("show", "open")
    state, bad = VIEWS.get(shown, VIEWS["open"])
    township = request.args.get("township", "")
    query = queries.tasks_to_show(actor, state=state, township=township, bad=bool(bad))
    page = page_by_id(query, queries.InspectionTask.id)
    return render_template(
        "quality/inspections.html", page=page, shown=shown if shown in VIEWS else "open", township=township, verdicts=sampling_rules.VERDICTS,
        found=queries.verdicts_of([task.id for task in page.items]), kinds=sampling_rules.RECORD_KINDS, reasons=reasons, today=business_date(),
        counts={name: queries.tasks_to_show(actor, state=s, bad=bool(b), township=township).count() for name, (s, b) in VIEWS.items()},
        townships=[(t.code, t.name) for t in register.townships()] if actor.county_wide else [],
    )  # fmt: skip


def _task_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    task = queries.get_task(actor, code)
    return render_template(
        "quality/inspection.html", task=task, values=values, errors=errors, reasons=reasons(task), found=queries.inspections_of(task),
        photos=queries.photos_of(task), kinds=sampling_rules.RECORD_KINDS, verdicts=sampling_rules.VERDICTS, accept=ACCEPT,
        record_href=url_for(KINDS[task.kind].page, code=task.record), why_not=inspecting.dependence(actor, task),
        verdict_options=[(k, gettext(v)) for k, v in sampling_rules.VERDICTS.items()], today=business_date(),
    )  # fmt: skip


@bp.get("/inspections/<code>")
@access(Permission.INSPECTION_READ)
def show(code: str) -> ResponseReturnValue:
    """One task: why it was drawn, what was found, and the form for the verdict."""
    return _task_page({}, {}, code)


@bp.post("/inspections/<code>")
@access(Permission.INSPECTION_RECORD)
@form_view(_task_page)
def record(code: str) -> ResponseReturnValue:
    """Keep a verdict with position and photographs."""
    queries.get_task(current_actor(), code)
    body = load(InspectionSchema(), form_values())
    fix = read_fix({key: body.pop(key) for key in ("lon", "lat", "accuracy")})
    inspecting.record_inspection(current_actor(), code, Found(**body, fix=fix), all_uploaded("photos"))
    done("抽查结论已登记。")
    return redirect(url_for("quality.inspections.show", code=code))


@bp.get("/inspections/<code>/photos/<number>")
@access(Permission.INSPECTION_READ)
def photo(code: str, number: str) -> Response:
    """A photograph of a task."""
    return download(queries.get_photo(queries.get_task(current_actor(), code), counted(number)))


def _draws_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    first, last = sampling_rules.last_week(business_date())
    page = page_by_id(queries.draws(), queries.SampleDraw.id)
    return render_template(
        "quality/draws.html", page=page, values={"week": first.isoformat(), **values}, errors=errors, first=first, last=last,
        due=queries.draw_of(first, last) is None, rules=sampling.current_rules(), counts=queries.counts_of(current_actor(), [row.id for row in page.items]),
    )  # fmt: skip


@bp.get("/draws")
@access(Permission.INSPECTION_READ)
def draws() -> ResponseReturnValue:
    """All draws, newest first, and the one that is due."""
    return _draws_page({}, {})


@bp.post("/draws")
@access(Permission.SAMPLE_DRAW)
@form_view(_draws_page)
def draw() -> ResponseReturnValue:
    """Draw from a week that is over."""
    row = sampling.draw(current_actor(), load(DrawSchema(), form_values()).get("week") or _last_monday())
    done("已抽取，编号 %(code)s。", code=row.code)
    return redirect(url_for("quality.inspections.show_draw", code=row.code))


@bp.get("/draws/<code>")
@access(Permission.INSPECTION_READ)
def show_draw(code: str) -> ResponseReturnValue:
    """One draw as a paper to print: seed, rules, what was chosen from and what was chosen."""
    actor = current_actor()
    row = queries.get_draw(code)
    drawn = sampling.again(row)
    lots = [
        (kind, record, score, sampling_rules.lot_number(row.seed, kind, record), (kind, record) in drawn)
        for kind, record, score in row.population
    ]
    return render_template(
        "quality/draw.html", draw=row, tasks=queries.tasks_of(actor, row), reasons=reasons, words=sampling_rules.WORDS, kinds=sampling_rules.RECORD_KINDS,
        population=sorted(lots, key=lambda item: (not item[4], item[3])) if actor.county_wide else [],
        verdicts=sampling_rules.VERDICTS, found=queries.verdicts_of([task.id for task in queries.tasks_of(actor, row)]),
    )  # fmt: skip


def _rules_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "quality/sampling_form.html", values={**sampling.current_rules(), **values}, errors=errors, points=sampling_rules.POINTS,
        limits=sampling_rules.LIMITS, words=sampling_rules.WORDS, assumed=sampling.is_assumed(),
    )  # fmt: skip


@bp.get("/sampling")
@access(Permission.SAMPLE_DRAW)
def rules() -> ResponseReturnValue:
    """The page to set points and limits."""
    return _rules_page({}, {})


@bp.post("/sampling")
@access(Permission.SAMPLE_DRAW)
@form_view(_rules_page)
def change_rules() -> ResponseReturnValue:
    """Set points and limits."""
    sampling.change_rules(current_actor(), load(SamplingSchema(), form_values()))
    done("抽查参数已更新，已经抽过的不受影响。")
    return redirect(url_for("quality.inspections.draws"))


def _last_monday() -> date:
    return sampling_rules.last_week(business_date())[0]
