"""HTML doors of production records: lists, one record with its versions, forms, the printed archive."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound
from trace.field import activities, archive, incidents, record_forms, record_pages
from trace.field import activity_queries as queries
from trace.field import activity_rules as rules
from trace.field import activity_schemas as schemas
from trace.field.activity_rules import ActivityKind
from trace.files import queries as files
from trace.files.doors import download, is_voice, play
from trace.files.rules import ACCEPT
from trace.land import queries as land
from trace.land.doors import all_uploaded
from trace.lots import queries as lots
from trace.web.access import access, current_actor
from trace.web.errors import translate
from trace.web.forms import done, form_errors, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("records", __name__, url_prefix="/field")
KINDS = [(kind.value, kind.label) for kind in ActivityKind]


@bp.get("/records")
@access(Permission.ACTIVITY_READ)
def index() -> ResponseReturnValue:
    """Records of all plots in one's charge, the last written first."""
    kind = request.args.get("kind", "")
    season = _asked_season()
    text = request.args.get("q", "").strip()[:60]
    query = queries.visible_records(current_actor(), kind=kind, season=season, text=text)
    today = business_date()
    return render_template(
        "field/records.html", page=page_by_id(query, queries.ActivityVersion.id), kinds=KINDS, kind=kind, season=season or "", text=text,
        seasons=range(today.year, today.year - 6, -1), labels=dict(KINDS), summary=record_pages.summary_of,
    )  # fmt: skip


def _asked_season() -> int | None:
    """``?season=2026``; nonsense counts as absent."""
    asked = request.args.get("season", type=int)
    return asked if asked and 1990 <= asked <= 2200 else None


def _season(plot: Any) -> int:
    return _asked_season() or max((day.year for day in queries.days_of(plot)), default=business_date().year)


@bp.get("/records/plots/<code>")
@access(Permission.ACTIVITY_READ)
def of_plot(code: str) -> ResponseReturnValue:
    """What was done on a plot in a season, harvests and their judgement among it."""
    plot = land.get_plot(current_actor(), code)
    season = _season(plot)
    picked = queries.harvests_of(plot, season)
    ids = [lot.id for lot in picked]
    rows = queries.records_of(plot, season)
    return render_template(
        "field/plot_records.html", plot=plot, season=season, seasons=rules.seasons(queries.days_of(plot)) or [season], rows=rows,
        harvests=picked, made=lots.made_quantities(ids), holds=lots.open_holds(ids), judged=queries.last_judgements(ids),
        stops=queries.stops_of(plot, season), kinds=KINDS, labels=dict(KINDS), summary=record_pages.summary_of,
        remarks=record_pages.remarks_of, days=_by_day(rows, picked),
    )  # fmt: skip


def _by_day(rows: list[Any], picked: list[Any]) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Acts and harvests of a season by day, the last day first."""
    found: dict[Any, list[tuple[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.on_day, []).append(("record", row))
    for lot in picked:
        found.setdefault(lot.made_on, []).append(("harvest", lot))
    return sorted(found.items(), key=lambda item: item[0], reverse=True)


@bp.get("/records/plots/<code>/archive.pdf")
@access(Permission.ACTIVITY_READ)
def printed(code: str) -> Response:
    """生产档案 of a plot and season as PDF."""
    plot = land.get_plot(current_actor(), code)
    season = _season(plot)
    answer = Response(archive.as_pdf(plot, season), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "inline", filename=f"生产档案-{plot.code}-{season}.pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _kind() -> str:
    return schemas.kind_of(request.args.get("activity") or "spray").value


def _form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    plot = land.get_plot(actor, code)
    kind = _kind()
    return render_template(
        "field/record_form.html", plot=plot, kind=kind, kinds=KINDS, label=dict(KINDS)[kind], values=values, errors=errors, accept=ACCEPT,
        correcting=None, **record_forms.options(actor, plot, kind, values),
    )  # fmt: skip


@bp.get("/records/plots/<code>/new")
@access(Permission.ACTIVITY_RECORD)
def new_record(code: str) -> ResponseReturnValue:
    """The form of one kind of record; a bottle's code in the address fills it in."""
    plot, kind = land.get_plot(current_actor(), code), _kind()
    scanned = request.args.get("label", "").strip()[:400]
    try:
        return _form(record_forms.begin(plot, kind, label=scanned, product=request.args.get("product", "")), {}, code)
    except Invalid as error:
        return _form({**record_forms.begin(plot, kind), "label_code": scanned}, form_errors(error), code), error.status


@bp.post("/records/plots/<code>/new")
@access(Permission.ACTIVITY_RECORD)
@form_view(_form)
def record(code: str) -> ResponseReturnValue:
    """Keep a record; says what the rules remarked."""
    kind = _kind()
    values = schemas.read(kind, _typed(), lenient=True)
    kept = activities.record_activity(
        current_actor(),
        plot_code=code,
        activity=kind,
        on=values.pop("on"),
        values=values,
        uploads=all_uploaded("photos"),
    )
    return _kept(kept)


def _typed() -> dict[str, Any]:
    """The form, the product out of the list unless one was typed."""
    form = form_values()
    form["reg_no"] = form.get("reg_no") or form.get("reg_no_pick", "")
    return form


def tell(kept: activities.RecordedActivity) -> None:
    """On the next page: how many remarks stand there, and what happened beyond the record."""
    for message in kept.beyond:
        flash(translate(message), "stop" if "held" in kept.flags else "todo")
    if "incident" in kept.flags:
        flash(_("已自动上报县林业局，请停止使用并等候处理。"), "stop")
    remarks = len(kept.warnings) - len(kept.beyond)
    if remarks:
        flash(_("有 %(n)s 条提醒，写在记录下面。", n=remarks), "todo")


def _kept(kept: activities.RecordedActivity) -> ResponseReturnValue:
    tell(kept)
    done("%(code)s 已保存，第 %(version)s 版。", code=kept.code, version=kept.version)
    return redirect(url_for("records.show", code=kept.code))


@bp.get("/records/<code>")
@access(Permission.ACTIVITY_READ)
def show(code: str) -> ResponseReturnValue:
    """One record with all its versions."""
    return _page({}, {}, code)


def _page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    record = queries.get_record(current_actor(), code)
    versions = queries.versions_of(record)
    older: list[Any] = [*versions[1:], None]
    return render_template(
        "field/record.html", record=record, plot=record.plot, label=dict(KINDS)[record.kind], stands=versions[0], states=rules.STATES,
        versions=[
            (row, record_pages.fields_of(record.kind, row, before), record_pages.remarks_of(row), bool(before) and before.on_day != row.on_day)
            for row, before in zip(versions, older, strict=True)
        ],
        incidents=list(record.incidents.order_by(queries.FieldIncident.id)), incident_words=incidents, values=values, errors=errors,
    )  # fmt: skip


def _correction(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    record = queries.get_record(actor, code)
    stands = queries.versions_of(record)[0]
    plot = land.get_plot(actor, record.plot.code)
    values = values or record_forms.of_version(stands)
    return render_template(
        "field/record_form.html", plot=plot, kind=record.kind, kinds=KINDS, label=dict(KINDS)[record.kind], values=values, errors=errors,
        accept=ACCEPT, correcting=record, stands=stands, **record_forms.options(actor, plot, record.kind, values),
    )  # fmt: skip


@bp.get("/records/<code>/correct")
@access(Permission.ACTIVITY_RECORD)
def new_correction(code: str) -> ResponseReturnValue:
    """The form of a correction, filled with the version that stands."""
    return _correction({}, {}, code)


@bp.post("/records/<code>/correct")
@access(Permission.ACTIVITY_RECORD)
@form_view(_correction)
def correct(code: str) -> ResponseReturnValue:
    """Keep a correction as a new version."""
    actor = current_actor()
    record = queries.get_record(actor, code)
    frame = load(schemas.ActivityCorrectionSchema(), form_values())
    form = _typed()
    values = {**schemas.read(record.kind, form, lenient=True), **record_forms.cleared(form)}
    kept = activities.correct_activity(
        actor,
        code=code,
        base_version=frame["base"],
        reason=frame["reason"],
        values=values,
        uploads=all_uploaded("photos"),
    )
    return _kept(kept)


@bp.post("/records/<code>/void")
@access(Permission.ACTIVITY_RECORD)
@form_view(_page)
def void(code: str) -> ResponseReturnValue:
    """Mark a record as void."""
    body = load(schemas.ActivityVoidSchema(), form_values())
    kept = activities.void_activity(current_actor(), code=code, base_version=body["base"], reason=body["reason"])
    tell(kept)
    done("%(code)s 已作废，记录仍可查。", code=code)
    return redirect(url_for("records.show", code=code))


@bp.get("/records/<code>/photos/<sha256>")
@access(Permission.ACTIVITY_READ)
def photo(code: str, sha256: str) -> Response:
    """A picture or a spoken note of a record, when it has arrived."""
    record = queries.get_record(current_actor(), code)
    named = {item["sha256"] for row in queries.versions_of(record) for item in row.photos}
    stored = files.file_by_sha256(sha256) if sha256 in named else None
    if stored is None:
        raise NotFound("这张照片或录音还没有传到，或不属于这条记录。")
    return play(stored) if is_voice(stored) else download(stored)


@bp.get("/records/safety")
@access(Permission.ACTIVITY_READ)
def safety() -> ResponseReturnValue:
    """Lots held before their safety interval, and incidents."""
    return _safety({}, {})


def _safety(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    actor = current_actor()
    state = request.args.get("state", "open")
    found = queries.visible_incidents(actor, "" if state == "all" else "open")
    return render_template(
        "field/safety.html", held=queries.held_lots(actor), page=page_by_id(found, queries.FieldIncident.id), state=state, words=incidents,
        values=values, errors=errors, failed=code, say=_said,
    )  # fmt: skip


def _said(row: Any) -> str:
    return record_pages.said(row.template, row.facts)


@bp.post("/records/incidents/<code>/handle")
@access(Permission.INCIDENT_HANDLE)
@form_view(_safety)
def handle(code: str) -> ResponseReturnValue:
    """Close an incident with what was done."""
    incidents.handle_incident(current_actor(), code, load(schemas.IncidentSchema(), form_values())["measures"])
    done("%(code)s 已办结。", code=code)
    return redirect(url_for("records.safety"))
