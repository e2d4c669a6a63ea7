"""Connections per request, and who is asking: a session cookie for pages, a bearer token for the JSON interface."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g, request, session

from trace.accounts import queries, services
from trace.core.actor import Actor
from trace.db import db
from trace.web.access import settings

KEY = "sid"


def register(app: Flask) -> None:
    """Open a connection before and close it after each request; load the actor in between."""

    @app.before_request
    def open_request() -> None:
        if db.is_closed():
            db.connect()
            g.opened_connection = True
        g.actor = _load_actor()

    @app.teardown_request
    def close_request(_error: BaseException | None) -> None:
        if g.pop("opened_connection", False) and not db.is_closed():
            db.close()


def begin(secret: str) -> None:
    """Put a fresh session's secret into the cookie; nothing of the old one survives."""
    session.clear()
    session[KEY] = secret


def end() -> None:
    """Sign out on both sides."""
    secret = session.pop(KEY, None)
    session.clear()
    if secret:
        services.sign_out(secret)


def _load_actor() -> Actor | None:
    if request.endpoint == "static":
        return None
    if request.path.startswith("/api/"):
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return queries.actor_of_token(token.strip()) if kind.lower() == "bearer" and token else None
    secret = session.get(KEY)
    if not secret:
        return None
    found = queries.actor_of_session(
        secret,
        idle=timedelta(minutes=settings().idle_minutes),
        absolute=timedelta(hours=settings().session_hours),
    )
    g.session_expired = found is None
    return found
