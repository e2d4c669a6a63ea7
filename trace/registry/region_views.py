"""HTML doors to mergers of villages."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.registry import regions
from trace.registry.doors import bp, village_groups
from trace.registry.schemas import VillageMergeIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load


def _merges_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    return render_template(
        "registry/villages.html", rows=regions.merges(), villages=village_groups(actor), errors=errors,
        values={"on": business_date().isoformat(), **values}, may_change=actor.can(Permission.REGION_CHANGE),
    )  # fmt: skip


@bp.get("/villages")
@access(Permission.PARTY_READ)
def village_merges() -> ResponseReturnValue:
    """Villages that were merged, and the form for one more."""
    return _merges_page({}, {})


@bp.post("/villages")
@access(Permission.REGION_CHANGE)
@form_view(_merges_page)
def merge_village() -> ResponseReturnValue:
    """Record that a village is part of another since a day."""
    body = load(VillageMergeIn(), form_values())
    row = regions.merge_village(current_actor(), body["village"], body["into"], body["on"], body["document"])
    done("%(village)s已并入%(into)s，原有记录仍在原村名下。", village=row.village.name, into=row.into.name)
    return redirect(url_for("registry.village_merges"))
