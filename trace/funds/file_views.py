"""HTML doors of an application's file: papers, the verification form, evidence, and what is carried away."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import SHANGHAI, business_date, utcnow
from trace.core.errors import NotFound
from trace.files.doors import download
from trace.files.rules import Upload
from trace.funds import archive, documents, evidence, field_form, file_queries, file_rules, pages, queries
from trace.funds.schemas import DocumentSchema, StrikeSchema
from trace.land.doors import counted
from trace.land.visits import sample_wanted
from trace.pdf import render
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("file", __name__)
P = Permission
CARRIERS = (P.APPLICATION_REVIEW, P.APPLICATION_APPROVE, P.APPLICATION_AUDIT, P.PAYMENT_READ)
"""Who takes evidence and archive with them: those who judge, pay and audit."""


@bp.post("/funds/applications/<no>/documents")
@access(P.FUND_READ)
@form_view(pages.application_page)
def add_document(no: str) -> ResponseReturnValue:
    """Keep one paper, or several photographs of one time and place."""
    actor, body = current_actor(), load(DocumentSchema(), form_values())
    taken = documents.Taken(_instant(body.get("taken_at")), body.get("lon"), body.get("lat"), body.get("accuracy"))
    given: list[Upload | None] = list(pages.uploads("scan")) or [None]
    for upload in given:
        documents.add_document(actor, no, body["kind"], upload, title=body["title"], taken=taken)
    done("已上传 %(n)s 份。", n=len(given))
    back = "funds.file.verify_page" if body["kind"] == "field_photo" else "funds.show_application"
    return redirect(url_for(back, no=no))


@bp.get("/funds/applications/<no>/documents/<seq>")
@access(P.FUND_READ)
def document(no: str, seq: str) -> Response:
    """One paper; a look at personal numbers is kept."""
    actor = current_actor()
    return download(documents.take_document(actor, queries.get_application(actor, no), counted(seq)))


@bp.post("/funds/applications/<no>/documents/<seq>/strike")
@access(P.FUND_READ)
def strike_document(no: str, seq: str) -> ResponseReturnValue:
    """Take a paper out of the file."""
    documents.strike_document(current_actor(), no, counted(seq), load(StrikeSchema(), form_values())["reason"])
    done("材料已撤下，原件仍可供审计查阅。")
    return redirect(url_for("funds.show_application", no=no))


@bp.get("/funds/applications/<no>/verify")
@access(P.FUND_READ)
def verify_page(no: str) -> ResponseReturnValue:
    """The verification form on the ground."""
    return pages.verify_page({}, {}, no)


@bp.get("/funds/applications/<no>/form.pdf")
@access(P.FUND_READ)
def form_pdf(no: str) -> Response:
    """The form as it is signed, or prefilled to be taken along."""
    return _pdf(_form(queries.get_application(current_actor(), no)), f"{no}-yanshou.pdf")


def _form(application: Any) -> bytes:
    form = file_queries.form_of(application)
    return render(
        "funds/form_print.html", application=application, columns=file_rules.COLUMNS, shown=field_form.shown(application), form=form,
        records=queries.field_records(application), team=file_queries.team_of(application), wanted=sample_wanted(application.plot),
        photos=file_queries.field_photos(application, file_queries.documents_of(application)), generated_at=utcnow(),
    )  # fmt: skip


@bp.get("/funds/applications/<no>/defects.pdf")
@access(P.FUND_READ)
def defects_pdf(no: str) -> Response:
    """The one-time notice of all defects."""
    application = queries.get_application(current_actor(), no)
    defects = file_queries.last_defects(application)
    if not defects:
        raise NotFound()
    days = queries.state_limits()
    body = render(
        "funds/defects_print.html", application=application, defects=defects, days=days[queries.rules.State.RETURNED].days,
        generated_at=utcnow(),
    )  # fmt: skip
    return _pdf(body, f"{application.no}-buzheng.pdf")


@bp.get("/funds/applications/<no>/evidence")
@access(P.FUND_READ)
def show_evidence(no: str) -> ResponseReturnValue:
    """The evidence item by item, with what is missing, and the frozen bundles."""
    actor = current_actor()
    application = queries.get_application(actor, no)
    bundle = evidence.bundle_of(application)
    return render_template(
        "funds/evidence.html", application=application, items=evidence.gather(application), bundle=bundle,
        changed=evidence.changes(application, bundle) if bundle else [], bundles=file_queries.bundles_of(application),
        facts=json.loads(bundle.body) if bundle else {}, may_take=any(actor.can(permission) for permission in CARRIERS),
    )  # fmt: skip


@bp.get("/funds/applications/<no>/evidence.zip")
@access(*CARRIERS)
def take_evidence(no: str) -> Response:
    """The frozen bundle with its documents, for a check without this system."""
    actor = current_actor()
    application = queries.get_application(actor, no)
    bundle = evidence.bundle_of(application)
    if bundle is None:
        raise NotFound()
    documents.record_download(actor, application, "application.take_evidence", hash=bundle.hash)
    return _zip(archive.evidence_zip(application, bundle), f"{application.no}-{bundle.hash[:12]}.zip")


@bp.get("/funds/applications/<no>/archive.zip")
@access(*CARRIERS)
def take_archive(no: str) -> Response:
    """The whole file of an archived application."""
    actor = current_actor()
    application = queries.get_application(actor, no)
    papers = {"yanshou.pdf": _form(application)} if file_queries.form_of(application) else {}
    body = archive.archive_zip(application, papers)
    documents.record_download(actor, application, "application.take_archive", archive_no=application.archive_no)
    return _zip(body, f"{application.archive_no}.zip")


@bp.get("/funds/queue")
@access(P.FUND_READ)
def queue() -> ResponseReturnValue:
    """What waits, by due date, with filters kept in the address."""
    return pages.queue_page(request.args, business_date())


def _instant(text: datetime | None) -> datetime | None:
    """What a form gives is the county's clock."""
    return text if text is None or text.tzinfo else text.replace(tzinfo=SHANGHAI)


def _pdf(body: bytes, name: str) -> Response:
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _zip(body: bytes, name: str) -> Response:
    answer = Response(
        body, mimetype="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
