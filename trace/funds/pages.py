"""The pages that several doors of public money show: an application, its verification form, the queue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import Any

from flask import render_template, request

from trace.core.actor import Permission
from trace.core.clock import business_date, to_local
from trace.core.errors import RuleBroken
from trace.files.rules import MAX_BYTES, Upload
from trace.funds import (
    archive,
    beside,
    claims,
    documents,
    evidence,
    field_form,
    fieldwork,
    file_queries,
    file_rules,
    findings,
    gate,
    limits,
    offers,
    queries,
    rules,
)
from trace.funds.rules import Action, State
from trace.land import queries as land
from trace.land.page import picture_of
from trace.land.rules import LAND_CLASSES
from trace.land.visits import sample_percent, sample_wanted
from trace.programmes.queries import visible_programmes
from trace.programmes.sheet import lines_of
from trace.registry import queries as register
from trace.web.access import current_actor

P = Permission
QUEUE_MOST = 200
EVIDENCE_FROM = (
    State.FIELD_SCHEDULED, State.FIELD_PASSED, State.BUREAU_REVIEWED, State.PUBLICITY, State.OBJECTION, State.PUBLICITY_PASSED,
    State.APPROVING, *rules.COMMITTED, *rules.SETTLED,
)  # fmt: skip
"""States in which the page shows how far the evidence is."""


def application_page(values: dict[str, Any], errors: dict[str, str], no: str, action: str = "", **_: Any) -> str:
    """One application: papers and facts on one side, checks, map and the next step beside them."""
    if action in (Action.VERIFY_FORESTRY, Action.VERIFY_FINANCE):
        return verify_page(values, errors, no, action)
    actor, today = current_actor(), business_date()
    application = queries.get_application(actor, no)
    found = file_queries.documents_of(application)
    boundaries = land.boundaries(application.plot)
    bundle = evidence.bundle_of(application)
    items = evidence.gather(application) if application.state in EVIDENCE_FROM else []
    calendar = queries.calendar_for(today, 60)
    return render_template(
        "funds/application.html", application=application, plot=application.plot, programme=application.programme,
        state=State(application.state), checks=gate.checks(application, today), steps=queries.steps(application), files=file_rules,
        records=queries.field_records(application), objections=queries.objections(application), item=queries.notice_item(application),
        panels=beside.panels(actor, application), offers=offers.offers(actor, application, today), documents=found,
        unread={d.id for d in found if not documents.may_read(actor, application, d.kind)},
        kinds=documents.kinds_for(actor, application), materials=file_queries.required_materials(application),
        missing=file_queries.missing_materials(application, found), defects=file_queries.defects_of(application),
        visit=file_queries.site_visit(application), team=file_queries.team_of(application), form=file_queries.form_of(application),
        evidence=items, bundle=bundle, findings=findings.findings(application), land_classes=LAND_CLASSES,
        picture=picture_of(actor, application.plot, boundaries[0], boundaries[:1], []), left=limits.days_left(application.due_on, today, calendar),
        teams=_teams(application, today), filing=archive.completeness(application) if application.state == State.CLOSED else [],
        awaited=offers.awaited(application), location_id=land.location_id(application.plot), values=values, errors=errors, tried=action,
        lines=lines_of(application.sheet), needs_papers=claims.needs_papers(application), today=today, seen=len(queries.steps(application)),
    )  # fmt: skip


def verify_page(values: dict[str, Any], errors: dict[str, str], no: str, action: str = "", **_: Any) -> str:
    """The verification form: one column, made for a phone in the orchard, and for the office."""
    actor, today = current_actor(), business_date()
    application = queries.get_application(actor, no)
    found = file_queries.documents_of(application)
    sides = [side for side in ("forestry", "finance") if actor.can(P(f"application:verify_{side}"))]
    return render_template(
        "funds/verify.html", application=application, plot=application.plot, values=values, errors=errors, tried=action, today=today,
        side=sides[0] if sides and application.state == State.FIELD_SCHEDULED else "", team=file_queries.team_of(application),
        shown=field_form.shown(application), columns=file_rules.COLUMNS, form=file_queries.form_of(application), files=file_rules,
        records={row.side: row for row in queries.field_records(application)}, photos=file_queries.field_photos(application, found),
        kinds=documents.kinds_for(actor, application), wanted=sample_wanted(application.plot), percent=sample_percent(application.plot),
    )  # fmt: skip


def queue_page(filters: Mapping[str, str], today: date) -> str:
    """Applications that wait, the one due first on top; by default those that wait for me."""
    actor = current_actor()
    mine = filters.get("whose", "mine") == "mine"
    states = queries.waiting_states(actor) if mine else [state.value for state in State if state not in rules.FINAL]
    chosen = {
        "programme": filters.get("programme", ""),
        "township": filters.get("township", ""),
        "text": filters.get("q", "").strip(),
    }
    query = queries.filtered_applications(actor, states=states or ["-"], **chosen)
    if filters.get("due") == "late":
        query = query.where(queries.Application.due_on < today)
    rows = list(query.order_by(queries.Application.due_on.asc(nulls="LAST"), queries.Application.id).limit(QUEUE_MOST))
    calendar = queries.calendar_for(today, 60)
    left = {row.id: limits.days_left(row.due_on, today, calendar) for row in rows}
    return render_template(
        "funds/queue.html", rows=rows, left=left, count=query.count(), late=sum(1 for days in left.values() if days is not None and days < 0),
        most=QUEUE_MOST, whose="mine" if mine else "all", due=filters.get("due", ""), filters=chosen, today=today,
        programmes=list(visible_programmes(actor)), townships=register.townships(),
    )  # fmt: skip


def gathered(values: dict[str, Any]) -> dict[str, Any]:
    """The flat fields of a form as the services take them: columns, sample plots, answers to defects."""
    found = {key: value for key, value in values.items() if not re.match(r"(col-|plot\d|answer-)", key)}
    found.pop("seen", None)
    columns = {key[4:]: value for key, value in values.items() if key.startswith("col-") and value}
    plots = [
        [values[f"plot{n}_sampled"], values.get(f"plot{n}_alive") or "0"]
        for n in range(1, 13)
        if values.get(f"plot{n}_sampled")
    ]
    answers = [
        values[key]
        for key in sorted((key for key in values if key.startswith("answer-")), key=lambda key: int(key[7:]))
    ]
    extra = {"columns": columns, "sample_plots": plots, "answers": answers}
    return found | {key: value for key, value in extra.items() if value}


def require_seen(no: str, values: dict[str, Any]) -> None:
    """Two officials on one page: the second is told who was quicker, before anything else is judged."""
    seen = str(values.get("seen", ""))
    if not seen.isdigit():
        return
    steps = queries.steps(queries.get_application(current_actor(), no))
    if len(steps) > int(seen) and steps[-1].actor_id != current_actor().user_id:
        raise RuleBroken(
            "该申请已被%(who)s于 %(time)s 处理，页面已更新。", code="CHANGED", who=steps[-1].actor_name,
            time=to_local(steps[-1].at).strftime("%H:%M"),
        )  # fmt: skip


def uploads(name: str) -> list[Upload]:
    """All files of a form field in which several can be chosen."""
    found = []
    for given in request.files.getlist(name):
        if given.filename:
            with closing(given):
                found.append(Upload(given.filename, given.stream.read(MAX_BYTES + 1), name))
    return found


def _teams(application: Any, today: date) -> dict[str, list[tuple[str, str]]]:
    """Whom the bureau can send, when it is time to send somebody."""
    if not current_actor().can(P.APPLICATION_REVIEW) or not any(
        step.action in (Action.SCHEDULE, Action.RECHECK) for step in rules.steps_from(application.state)
    ):
        return {}
    return {
        side: [(user.username, user.display_name) for user in fieldwork.free_verifiers(application, side, today)]
        for side in ("forestry", "finance")
    }
