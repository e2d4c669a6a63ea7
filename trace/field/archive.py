"""生产档案 of one plot and season, as the law asks for it: inputs with source, use, amount, day of use and of stopping; pests; harvests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from trace.core.clock import business_date, utcnow
from trace.core.units import format_quantity
from trace.field import activity_queries as queries
from trace.field import record_pages
from trace.field.activity_models import ActivityVersion
from trace.field.activity_rules import FIELDS, ActivityKind
from trace.land.models import Plot
from trace.land.rules import MANAGEMENT_MODES
from trace.lots import queries as lots
from trace.pdf import html_to_pdf

SECTIONS = (
    (ActivityKind.SPRAY, ("product", "reg_no", "actives", "dose", "pest", "area_m2", "method", "operator", "weather", "dealer", "purchase_ref", "basis", "phi_days")),
    (ActivityKind.FERTILISE, ("product", "fertiliser", "reg_no", "quantity", "method", "dealer")),
    (ActivityKind.SCOUT, ("pest", "severity")),
    (ActivityKind.PLANTING, ("dispatch", "source", "count", "spacing", "mode", "area_m2")),
    (ActivityKind.TEND, ("work",)),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A record on paper: day, cells, who wrote it down when, and how often it was corrected."""

    code: str
    day: Any
    cells: list[str]
    note: str
    recorder: str
    written: Any
    version: int
    late_days: int
    stop: Any = None


@dataclass(frozen=True)
class Section:
    """One table of the archive."""

    title: str
    heads: list[str]
    lines: list[Line]


def as_pdf(plot: Plot, season: int) -> bytes:
    """The archive as PDF bytes; it ends with a fingerprint of what it says."""
    rows = queries.records_of(plot, season)
    valid = [row for row in reversed(rows) if row.state == "valid"]
    stops = {(item.product, item.reg_no): item for item in queries.stops_of(plot, season)}
    picked = list(reversed(queries.harvests_of(plot, season)))
    ids = [lot.id for lot in picked]
    history = queries.versions_before([row.activity_id for row in rows if row.version > 1])
    sections = [_section(kind, keys, valid, stops) for kind, keys in SECTIONS]
    html = render_template(
        "field/archive_print.html", plot=plot, season=season, sections=[item for item in sections if item.lines],
        harvests=[(lot, format_quantity(made, lot.unit)) for lot, made in _made(picked, ids)], judged=queries.last_judgements(ids),
        holds=lots.open_holds(ids), stops=list(stops.values()), changes=_changes(history, rows), generated_at=utcnow(),
        today=business_date(), modes=MANAGEMENT_MODES, years=queries.setting("field.retention_years"), digest=_digest(rows), labels={kind.value: kind.label for kind in ActivityKind},
    )  # fmt: skip
    return html_to_pdf(html)


def _made(picked: list[Any], ids: list[int]) -> list[tuple[Any, int]]:
    made = lots.made_quantities(ids)
    return [(lot, made[lot.id]) for lot in picked]


def _section(kind: ActivityKind, keys: tuple[str, ...], rows: list[ActivityVersion], stops: dict[Any, Any]) -> Section:
    items = [item for item in FIELDS[kind] if item.key in keys]
    own = [row for row in rows if row.activity.kind == kind]
    used = [item for item in items if any(record_pages.text_of(item, row.content) for row in own)]
    return Section(_(kind.label), [_(item.label) for item in used], [_line(row, used, stops) for row in own])


def _line(row: ActivityVersion, items: list[Any], stops: dict[Any, Any]) -> Line:
    stop = stops.get((row.content.get("product", ""), row.content.get("reg_no", "")))
    return Line(
        row.activity.code, row.on_day, [record_pages.text_of(item, row.content) or "—" for item in items], row.note, row.recorder_name,
        row.recorded_at, row.version, row.late_days, stop.day if stop else None,
    )  # fmt: skip


def _changes(history: dict[int, list[ActivityVersion]], rows: list[ActivityVersion]) -> list[dict[str, Any]]:
    """Every correction and voiding of the season: what each version changed, why, by whom."""
    found = []
    for row in reversed(rows):
        versions = history.get(row.activity_id, [])
        for before, after in zip(versions, versions[1:], strict=False):
            shown = [item for item in record_pages.fields_of(row.activity.kind, after, before) if item.changed]
            old = {item.key: item.text for item in record_pages.fields_of(row.activity.kind, before)}
            told = [
                _("%(what)s：%(old)s → %(new)s", what=item.label, old=old.get(item.key, "—"), new=item.text)
                for item in shown
            ]
            if before.on_day != after.on_day:
                told.insert(0, _("%(what)s：%(old)s → %(new)s", what=_("日期"), old=before.on_day, new=after.on_day))
            found.append({"row": row, "version": after, "told": told})
    return found


def _digest(rows: list[ActivityVersion]) -> str:
    told = "\n".join(f"{row.activity.code} {row.version} {row.state}" for row in rows)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
