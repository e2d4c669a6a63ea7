"""Connections per request, and who is asking: a session cookie for pages, a bearer token for the JSON interface."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from trace.accounts import devices, queries, services
from trace.accounts.models import Device
from trace.core.actor import Actor
from trace.core.errors import Forbidden
from trace.db import db
from trace.web.access import settings

KEY = "sid"
BEFORE_PASSWORD = frozenset(
    {"accounts.password", "accounts.change_password", "accounts.sign_out", "language.switch", "static"}
)
"""All that can be reached with a one-time password."""
FOR_PHONES = "/api/v1/sync"


def register(app: Flask) -> None:
    """Open a connection before and close it after each request; load the actor in between."""

    @app.before_request
    def open_request() -> ResponseReturnValue | None:
        if db.is_closed():
            db.connect()
            g.opened_connection = True
        g.actor = g.device = None
        g.actor = _load_actor()
        return _password_first()

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


def _password_first() -> ResponseReturnValue | None:
    """Who came with a one-time password chooses an own one before anything else."""
    if g.actor is None or not g.actor.must_change or request.endpoint in BEFORE_PASSWORD:
        return None
    if request.path.startswith("/api/"):
        raise Forbidden("请先登录网页修改一次性密码。", code="PASSWORD_FIRST")
    return redirect(url_for("accounts.password"))


def _load_actor() -> Actor | None:
    if request.endpoint == "static":
        return None
    if request.path.startswith("/api/"):
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if kind.lower() == "bearer" else ""
        if token.startswith(devices.PREFIX):
            return _load_device(token)
        return queries.actor_of_token(token) if token else None
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


def _load_device(token: str) -> Actor | None:
    """The person of a phone; its token opens nothing but the exchange of the field app."""
    if not request.path.startswith(FOR_PHONES):
        return None
    g.device = devices.device_of_token(token)
    return queries.actor_of(g.device.user) if g.device else None


def current_device() -> Device | None:
    """The phone that asks, or None when a person's token does."""
    return g.get("device")
