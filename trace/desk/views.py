"""HTML doors of the desks, the front page and health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from trace.db import db
from trace.db.migrate import pending
from trace.web.access import Access, access, current_actor

bp = Blueprint("desk", __name__)


@bp.get("/")
@access(Access.PUBLIC)
def home() -> ResponseReturnValue:
    """The public front page."""
    return render_template("desk/home.html")


@bp.get("/desk")
@access(Access.SIGNED_IN)
def desk() -> ResponseReturnValue:
    """What waits for me, what I did last, my one or two main actions."""
    return render_template("desk/desk.html", actor=current_actor())


@bp.get("/healthz")
@access(Access.PUBLIC)
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="ok")


@bp.get("/readyz")
@access(Access.PUBLIC)
def readyz() -> ResponseReturnValue:
    """The database answers and has all migrations."""
    missing = pending(db.obj)
    return (jsonify(status="ok"), 200) if not missing else (jsonify(status="pending", migrations=missing), 503)
