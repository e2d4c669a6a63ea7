"""HTML doors of the effects of public money."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.units import mu_from_m2
from trace.effects import ghosts, rules, yields
from trace.programmes.queries import visible_programmes
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.sheets import Column, as_xlsx, attachment

bp = Blueprint("effects", __name__)
P = Permission
SHOWN = 300


@bp.get("/funds/ghosts")
@access(P.FUND_READ)
def ghost_page() -> ResponseReturnValue:
    """Claimed, drawn, implied by seedlings, verified alive: by township and plot by plot."""
    township = request.args.get("township", "")
    rows = ghosts.plots(current_actor(), township)
    return render_template(
        "effects/ghosts.html", rows=rows[:SHOWN], count=len(rows), townships=ghosts.townships(rows), words=rules, chosen=township,
        places=register.townships(),
    )  # fmt: skip


@bp.get("/funds/ghosts.xlsx")
@access(P.FUND_READ)
def ghost_sheet() -> Response:
    """The same as a sheet, plot by plot."""
    area = "#,##0.00"
    columns = [
        Column("乡镇", 14), Column("村", 14), Column("地块", 22), Column("申请", 24), Column("申报（亩）", 12, area), Column("勾绘（亩）", 12, area),
        Column("苗木折算（亩）", 14, area), Column("验收成活（亩）", 14, area), Column("差额（亩）", 12, area), Column("结论", 12),
    ]  # fmt: skip
    rows = [
        [row.township, row.village, row.plot, "、".join(row.applications), *(None if m2 is None else mu_from_m2(m2) for m2 in (
            row.claimed_m2, row.drawn_m2, row.implied_m2, row.living_m2, row.gap_m2)), rules.VERDICTS[row.verdict]]
        for row in ghosts.plots(current_actor(), request.args.get("township", ""))
    ]  # fmt: skip
    return attachment(as_xlsx("面积四比", columns, rows), "ghost-planting.xlsx")


@bp.get("/funds/effects")
@access(P.FUND_READ)
def effects_page() -> ResponseReturnValue:
    """Yuan followed to the shelf."""
    actor = current_actor()
    year = request.args.get("year", type=int) or business_date().year
    programme = request.args.get("programme", "")
    return render_template(
        "effects/effects.html", found=yields.of_year(actor, year, programme), year=year, chosen=programme,
        programmes=list(visible_programmes(actor).limit(200)), this_year=business_date().year,
    )  # fmt: skip
