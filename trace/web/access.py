"""Default deny: every route declares who may reach it, and start-up fails when one does not."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from trace.core.actor import Actor, Permission
from trace.core.errors import Forbidden, SignInNeeded
from trace.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])


class Access(Enum):
    """Who may reach a route at all; a :class:`Permission` may stand here instead."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


Level = Access | Permission

FRAMEWORK_ENDPOINTS = frozenset({"static", "api-docs.openapi_json", "api-docs.openapi_swagger_ui"})
"""Endpoints made by the framework itself: files and the public description of the interface."""


def access(*levels: Level) -> Callable[[View], View]:
    """Declare the access level of a view; several permissions mean any of them."""

    def mark(view: View) -> View:
        view.access_levels = levels  # type: ignore[attr-defined]
        return view

    return mark


def current_actor() -> Actor:
    """The signed-in actor; raises :class:`SignInNeeded` when there is none."""
    if g.get("actor") is None:
        raise SignInNeeded()
    return g.actor


def settings() -> Settings:
    """The settings of the running application."""
    return current_app.config["TRACE"]


def levels_of(app: Flask, endpoint: str) -> tuple[Level, ...]:
    """The declared levels of an endpoint (empty when none was declared)."""
    if endpoint in FRAMEWORK_ENDPOINTS:
        return (Access.PUBLIC,)
    view: Any = app.view_functions[endpoint]
    while view is not None:
        if hasattr(view, "access_levels"):
            return view.access_levels
        view = getattr(view, "__wrapped__", None)
    return ()


def enforce(app: Flask) -> None:
    """Check every request against its route's level, and refuse to start when a route has none."""
    undeclared = sorted({rule.endpoint for rule in app.url_map.iter_rules() if not levels_of(app, rule.endpoint)})
    if undeclared:
        raise RuntimeError(f"routes without an access level: {', '.join(undeclared)}")
    table = {endpoint: levels_of(app, endpoint) for endpoint in app.view_functions}

    @app.before_request
    def check() -> None:
        levels = table.get(request.endpoint or "", (Access.PUBLIC,))
        if Access.PUBLIC in levels:
            return
        actor = current_actor()
        permissions = [level for level in levels if isinstance(level, Permission)]
        if permissions and not any(actor.can(permission) for permission in permissions):
            raise Forbidden()
