"""What templates may use: filters for figures, hashed static addresses, the actor and the navigation."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Flask, g, request, url_for
from flask_babel import get_locale, gettext

from trace.core import clock, units
from trace.core.actor import Permission
from trace.core.redaction import redact
from trace.core.text import Message
from trace.web.errors import translate
from trace.web.navigation import navigation


def register(app: Flask) -> None:
    """Attach filters and globals."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        kg=units.format_kg,
        mu=units.format_mu,
        yuan=units.format_yuan,
        wan_yuan=units.format_wan_yuan,
        yi_yuan=units.format_yi_yuan,
        pct=lambda share, places=1: units.format_pct(share, places),
        num=units.format_int,
        quantity=_quantity,
        date=format_date,
        date_zh=format_date_zh,
        datetime=format_datetime,
        ratio=lambda value: "—" if value is None else f"{float(value):.3f}",
        say=lambda message: translate(message) if isinstance(message, Message) else gettext(str(message)),
    )

    @app.context_processor
    def globals_for_templates() -> dict[str, Any]:
        actor = g.get("actor")
        return {
            "current_actor": actor,
            "nav_items": navigation(),
            "static_url": static_url,
            "own_address": own_address(),
            "locale": str(get_locale() or "zh").partition("_")[0],
            "demo_mode": app.extensions["demo_mode"](),
            "can": (lambda name: actor is not None and actor.can(Permission(name))),
        }


def _quantity(quantity: int | None, unit: str) -> str:
    """A quantity with its unit word in the reader's language."""
    if quantity is None:
        return units.DASH
    number, word = units.quantity_parts(quantity, unit)
    return f"{number} {gettext(word)}"


def own_address() -> str:
    """The address being read, for links back to it; one with a personal number in it is not repeated (it may be a mistyped search)."""
    address = request.full_path.rstrip("?")
    return address if redact(unquote(address)) == unquote(address) else "/"


def static_url(name: str) -> str:
    """The address of a static file with a hash of its content, so that caches may keep it for ever."""
    return url_for("static", filename=name, v=_content_hash(name))


@lru_cache(maxsize=512)
def _content_hash(name: str) -> str:
    path = Path(__file__).resolve().parents[2] / "static" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def format_date(value: date | datetime | None) -> str:
    """2026-07-18, of an instant the county's date."""
    if value is None:
        return "—"
    return (clock.to_local(value).date() if isinstance(value, datetime) else value).isoformat()


def format_date_zh(value: date | datetime | None) -> str:
    """2026年7月18日 in prose (English: 2026-07-18)."""
    if value is None:
        return "—"
    day = clock.to_local(value).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日" if str(get_locale() or "zh").startswith("zh") else day.isoformat()


def format_datetime(value: datetime | None) -> str:
    """2026-07-18 15:02 in the county's time."""
    return "—" if value is None else clock.to_local(value).strftime("%Y-%m-%d %H:%M")


def percent(part: int, whole: int) -> Fraction | None:
    """A ratio, or nothing when there is nothing to divide by."""
    return Fraction(part, whole) if whole else None
