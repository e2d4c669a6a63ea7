"""What the pages of effects are asked by their addresses: township, programme, year, each within what the actor may see."""

from __future__ import annotations

from flask import Response, request

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.programmes import queries as programmes
from trace.targets.queries import visible_townships


def inline(body: bytes, name: str, mimetype: str) -> Response:
    """A file shown in the browser, with a name that says what it is and nothing about persons."""
    return Response(body, mimetype=mimetype, headers={"Content-Disposition": f'inline; filename="{name}"'})


def asked_year(name: str = "year") -> int | None:
    """``?year=2026``; nonsense counts as absent."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100 else None


def townships_of(actor: Actor) -> list[tuple[str, str]]:
    """The townships the actor may open, for pick-lists."""
    return [(township.code, township.name) for township in visible_townships(actor)]


def asked_township(actor: Actor) -> str:
    """``?township=``; one that is not the actor's does not exist."""
    code = request.args.get("township", "")
    if code and code not in {known for known, _ in townships_of(actor)}:
        raise NotFound()
    return code


def asked_programme(actor: Actor) -> str:
    """``?programme=``; one the actor may not see does not exist."""
    code = request.args.get("programme", "")
    return programmes.get_programme(actor, code).code if code else ""


def programmes_of(actor: Actor) -> list[tuple[str, str]]:
    """The programmes the actor may see, newest first, for pick-lists."""
    return [(programme.code, programme.name) for programme in programmes.visible_programmes(actor)]
