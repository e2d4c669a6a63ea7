"""HTML doors of the inbox, and the number beside its name on every page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.alerts import queries, rules, services
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.web.access import access, current_actor
from trace.web.forms import done

bp = Blueprint("alerts", __name__)
P = Permission
TONES = {rules.Tone.LATE: "stop", rules.Tone.SOON: "todo", rules.Tone.CALM: "info"}
MOST = 300


@bp.app_context_processor
def badge() -> dict[str, Any]:
    """``inbox_count()`` for the header: asked once a page, by the layout alone."""
    return {"inbox_count": lambda: queries.unread(g.actor).count() if g.get("actor") else 0}


@bp.app_template_filter("alert_text")
def alert_text(row: Any) -> str:
    """The sentence of an alert in the reader's language."""
    facts = {key: _(value) if key == "title" else value for key, value in row.facts.items()}
    return _(rules.KINDS[row.kind].text, **facts)


@bp.get("/desk/inbox")
@access(P.ALERT_READ)
def inbox() -> ResponseReturnValue:
    """What is due, most urgent first, by kind; settled ones on request."""
    actor, today = current_actor(), business_date()
    kind, closed = request.args.get("kind", ""), bool(request.args.get("closed"))
    query = queries.visible_alerts(actor).where(queries.Alert.closed_at.is_null(not closed))
    if kind:
        query = query.where(queries.Alert.kind == kind)
    Alert = queries.Alert
    rows = list(
        query.order_by(Alert.closed_at.desc() if closed else Alert.due_on.is_null(), Alert.due_on, Alert.id).limit(MOST)
    )
    order = list(rules.KINDS)
    rows.sort(key=lambda row: order.index(row.kind))
    return render_template(
        "desk/inbox.html", groups=[(rules.KINDS[key], list(items)) for key, items in groupby(rows, key=lambda row: row.kind)],
        unread=queries.unread_ids(actor), today=today, tone=lambda row: rules.tone(row.due_on, today), tones=TONES, closed=closed, kind=kind,
        kinds=[(key, _(rules.KINDS[key].heading)) for key in rules.kinds_for(actor.roles)], total=len(rows), most=MOST,
    )  # fmt: skip


@bp.post("/desk/inbox/<code>")
@access(P.ALERT_READ)
def open_alert(code: str) -> ResponseReturnValue:
    """Go to the matter; it counts as seen."""
    return redirect(services.read(current_actor(), code).href)


@bp.post("/desk/inbox")
@access(P.ALERT_READ)
def read_all() -> ResponseReturnValue:
    """Everything counts as seen."""
    count = services.read_all(current_actor())
    done("已把 %(n)s 条标为已读。", n=count)
    return redirect(url_for("alerts.inbox"))
