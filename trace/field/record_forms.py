"""What the record forms begin with and offer: defaults from the last record, pick-lists instead of typing, a bottle's code read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from trace.core.actor import Actor
from trace.core.clock import business_date, to_local
from trace.core.units import format_mu, mu_from_m2
from trace.field import activity_queries as queries
from trace.field import activity_rules as rules
from trace.field.activity_models import ActivityVersion
from trace.field.activity_rules import ActivityKind
from trace.land.models import Plot
from trace.nursery import queries as nursery
from trace.pesticides import queries as pesticides
from trace.pesticides import rules as pesticide_rules
from trace.pesticides.words import DOSE_UNITS, Basis

KEPT_FROM_LAST = {
    "spray": ("reg_no", "product", "pest", "method", "operator", "dealer", "dose_unit", "basis", "basis_doc"),
    "fertilise": ("product", "fertiliser", "reg_no", "dealer", "method", "unit"),
    "planting": ("spacing", "mode"),
    "scout": ("pest",),
    "tend": ("work",),
    "stop_use": (),
}
"""What is likely the same as last time; amounts and days are asked anew."""
MOST_PRODUCTS, MOST_RECENT = 60, 40
CLEARABLE = (
    "note", "source", "dispatch", "density_reason", "label_code", "purchase_ref", "basis_doc", "basis_reason", "late_reason", "started", "ended",
)  # fmt: skip


def begin(plot: Plot, kind: str, *, label: str = "", product: str = "") -> dict[str, Any]:
    """The values a new form shows: today, the whole plot, what was the same last time, what the bottle says."""
    last = queries.last_of(plot, kind)
    values: dict[str, Any] = {key: last.content[key] for key in KEPT_FROM_LAST[kind] if last and last.content.get(key)}
    values |= {"on": business_date().isoformat(), "area": str(mu_from_m2(plot.area_m2))}
    values.setdefault("unit", "公斤")
    values.setdefault("dose_unit", "克/亩")
    if kind == ActivityKind.STOP_USE:
        values |= _last_use(plot, product)
    if label:
        values |= read_label(label)
    return values


def read_label(text: str) -> dict[str, Any]:
    """What a bottle's code fills in: the code, and the product when only one can be meant. Raises :class:`Invalid` for another code."""
    code = pesticide_rules.parse_label_code(text)
    found = pesticides.by_label(code)
    values: dict[str, Any] = {"label_code": code.digits, "label_found": len(found), "reg_no": "", "product": ""}
    if len(found) == 1:
        values |= {"reg_no": found[0].reg_no, "product": found[0].name}
    return values


def of_version(version: ActivityVersion) -> dict[str, Any]:
    """A version as the form of its correction shows it."""
    content = version.content
    values = {key: value for key, value in content.items() if isinstance(value, (str, int))}
    values |= {
        "actives": "、".join(content.get("actives", [])), "on": version.on_day.isoformat(), "note": version.note,
        "started": _clock(version.started_at), "ended": _clock(version.ended_at), "late_reason": version.late_reason,
        "base": version.version,
    }  # fmt: skip
    if content.get("area_m2"):
        values["area"] = str(mu_from_m2(content["area_m2"]))
    return values


def options(actor: Actor, plot: Plot, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The pick-lists of a form."""
    recent = _recent(plot, kind)
    found: dict[str, Any] = {
        "words": rules, "dose_units": [(unit, _(unit)) for unit in DOSE_UNITS], "operators": _used(recent, "operator"),
        "dealers": _used(recent, "dealer"), "products_used": _used(recent, "product"), "plot_mu": format_mu(plot.area_m2),
    }  # fmt: skip
    if kind in (ActivityKind.SPRAY, ActivityKind.SCOUT):
        found["pests"] = sorted({*pesticides.pests_of(plot.taxon), *_used(recent, "pest")})
    if kind == ActivityKind.SPRAY:
        found["products"] = _products(recent, values.get("reg_no", ""))
        found["listed"] = values.get("reg_no") in {number for number, *_words in found["products"]}
        found["bases"] = [
            (Basis.PROVINCIAL_TEMPORARY.value, _(Basis.PROVINCIAL_TEMPORARY.label)),
            (Basis.NONE.value, _(Basis.NONE.label)),
        ]
    if kind == ActivityKind.PLANTING:
        found["dispatches"] = _dispatches(actor, plot)
    if kind == ActivityKind.STOP_USE:
        found["stops"] = queries.stops_of(plot, business_date().year)
    return found


def cleared(form: dict[str, Any]) -> dict[str, str]:
    """Fields a correction was sent without: they are emptied."""
    return {key: "" for key in CLEARABLE if form.get(key) == ""}


def _recent(plot: Plot, kind: str) -> list[ActivityVersion]:
    rows = queries.current([plot.id]).where(queries.Activity.kind == kind)
    return list(rows.order_by(ActivityVersion.id.desc()).limit(MOST_RECENT))


def _used(rows: list[ActivityVersion], key: str) -> list[str]:
    return sorted({row.content[key] for row in rows if row.content.get(key)})


def _products(recent: list[ActivityVersion], chosen: str) -> list[tuple[str, str, str]]:
    """Products used here before first, then others; the page looks further ones up as one types."""
    first = list(dict.fromkeys([chosen, *(row.content["reg_no"] for row in recent)]))
    rows = {row.reg_no: row for row in pesticides.products().limit(MOST_PRODUCTS)}
    for reg_no in first:
        known = rows.get(reg_no) or pesticides.product_of(reg_no)
        if known is not None:
            rows[reg_no] = known
    order = [*(no for no in first if no in rows), *(no for no in rows if no not in first)]
    return [(no, f"{rows[no].name}（{no}）", f"{rows[no].initials} {' '.join(rows[no].actives)}") for no in order]


def _dispatches(actor: Actor, plot: Plot) -> list[tuple[str, str]]:
    rows = nursery.visible_dispatches(actor).where(nursery.Lot.product.is_null(False)).limit(MOST_RECENT)
    return [
        (row.code, _("%(code)s　%(n)s 株　%(day)s", code=row.code, n=row.quantity, day=row.on_day))
        for row in rows
        if not row.undone and row.lot.product.taxon_id == plot.taxon_id
    ]


def _last_use(plot: Plot, product: str) -> dict[str, Any]:
    stops = queries.stops_of(plot, business_date().year)
    found = next((item for item in stops if item.product == product), stops[0] if stops else None)
    return {"product": found.product, "reg_no": found.reg_no, "on": found.day.isoformat()} if found else {}


def _clock(instant: datetime | None) -> str:
    return f"{to_local(instant):%H:%M}" if instant else ""
