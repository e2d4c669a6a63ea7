"""Records as people read them: every field with its label, what a version changed, what the rules remarked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from trace.core.text import Message
from trace.core.units import format_int, format_mu
from trace.field.activity_models import ActivityVersion
from trace.field.activity_rules import FIELDS, ActivityKind, Item
from trace.pesticides.words import Basis
from trace.web.errors import translate


@dataclass(frozen=True)
class Shown:
    """A field of a version: label, text, and whether this version changed it."""

    key: str
    label: str
    text: str
    changed: bool = False


def fields_of(kind: str, version: ActivityVersion, before: ActivityVersion | None = None) -> list[Shown]:
    """The fields of a version that say something, those changed against the version before it marked."""
    found = []
    for item in FIELDS[ActivityKind(kind)]:
        text = text_of(item, version.content)
        old = text_of(item, before.content) if before else text
        if text or old:
            found.append(Shown(item.key, _(item.label), text or "—", text != old))
    return found


def summary_of(kind: str, content: dict[str, Any]) -> str:
    """The few fields a list shows."""
    keys = {
        "planting": ("count", "mode"), "fertilise": ("product", "quantity"), "spray": ("product", "dose", "pest"), "scout": ("pest", "severity"),
        "tend": ("work",), "stop_use": ("product",),
    }[kind]  # fmt: skip
    items = {item.key: item for item in FIELDS[ActivityKind(kind)]}
    return " · ".join(text for key in keys if (text := text_of(items[key], content)))


def text_of(item: Item, content: dict[str, Any]) -> str:
    """One value as text; empty when there is none."""
    value = content.get(item.key)
    if value in (None, "", []):
        return ""
    if item.show == "choice":
        return _(item.words.get(value, value))
    if item.show == "list":
        return "、".join(value)
    if item.show == "dose":
        return _("%(n)s 倍液", n=value) if content["dose_unit"] == "倍" else f"{value} {_(content['dose_unit'])}"
    if item.show == "weight":
        return f"{value} {_(content['unit'])}"
    if item.show == "basis":
        more = content.get("basis_doc") or content.get("basis_reason")
        return _(Basis(value).label) + (f"（{more}）" if more else "")
    return _number(item.show, value)


def _number(show: str, value: Any) -> str:
    if show == "area":
        return _("%(mu)s 亩", mu=format_mu(value))
    if show == "count":
        return _("%(n)s 株", n=format_int(value))
    if show == "days":
        return _("%(n)s 天", n=value)
    return str(value)


def remarks_of(version: ActivityVersion) -> list[dict[str, str]]:
    """What the rules remarked when a version was kept, in the reader's language."""
    return [
        {
            "rule": item["rule"],
            "severity": item["severity"],
            "text": translate(Message(item["template"], item["values"])),
        }
        for item in version.findings
    ]


def record_out(version: ActivityVersion, plot_code: str) -> dict[str, Any]:
    """A record as the interface shows it: the version that counts."""
    return {
        "code": version.activity.code, "plot": plot_code, "activity": version.activity.kind, "version": version.version,
        "state": version.state, "on": version.on_day.isoformat(), "started": _iso(version.started_at), "ended": _iso(version.ended_at),
        "values": version.content, "note": version.note, "reason": version.reason, "late_days": version.late_days, "photos": version.photos,
        "gps": {"lat": version.lat, "lon": version.lon, "accuracy": version.accuracy} if version.lat else None,
        "recorded_at": _iso(version.recorded_at), "recorder": version.recorder_name, "via": version.via, "findings": remarks_of(version),
    }  # fmt: skip


def _iso(instant: Any) -> str | None:
    return instant.isoformat() if instant else None


def said(template: str, values: dict[str, Any]) -> str:
    """A kept message in the reader's language."""
    return translate(Message(template, values))
