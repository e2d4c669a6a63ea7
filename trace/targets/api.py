"""JSON doors of targets."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.targets import papers, queries, rules, services
from trace.targets.schemas import PlanSchema, ProgressQuery, StatementSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint

bp = Blueprint("api-targets", __name__, description="目标与进展")


@bp.get("/indicators")
@access(Permission.TARGET_READ)
@bp.response(200)
def list_indicators() -> dict[str, Any]:
    """Indicators with how they are counted."""
    return {"items": [vars(i) for i in rules.INDICATORS.values()], "next": None}


@bp.get("/targets")
@access(Permission.TARGET_READ)
@bp.response(200)
def list_targets() -> dict[str, Any]:
    """The county's goals with their source, and the townships' tasks by year."""
    tasks = [
        {"indicator": key, "year": year, "township": code, "value": value}
        for key in rules.TASKED
        for year in range(2022, rules.HORIZON + 1)
        for code, value in sorted(queries.plans(key, year).items())
    ]
    goals = [
        {
            "indicator": g.indicator,
            "year": g.year,
            "value": g.value,
            "upper_value": g.upper_value,
            "source": g.source_doc,
            "text": g.source_text,
        }
        for g in queries.goals()
    ]
    return {"goals": goals, "items": tasks, "next": None, "note": rules.ENTERPRISE_NOTE}


@bp.post("/targets")
@access(Permission.TARGET_PLAN)
@bp.arguments(PlanSchema)
@bp.response(201)
def plan(body: dict[str, Any]) -> dict[str, Any]:
    """Give a township a task, or change it with a reason."""
    record = services.plan(current_actor(), **body)
    return {
        "indicator": record.indicator,
        "township": body["township"],
        "year": record.year,
        "value": record.value,
        "version": record.version,
    }


@bp.post("/statements")
@access(Permission.STATEMENT_SUBMIT)
@bp.arguments(StatementSchema)
@bp.response(201)
def submit_statement(body: dict[str, Any]) -> dict[str, Any]:
    """State the output value of one stage."""
    value = services.state_value(current_actor(), **body)
    return {
        "township": body["township"],
        "year": value.year,
        "stage": value.stage,
        "gross_fen": value.gross_fen,
        "version": value.version,
    }


@bp.get("/progress")
@access(Permission.TARGET_READ)
@bp.arguments(ProgressQuery, location="query")
@bp.response(200)
def show_progress(args: dict[str, Any]) -> dict[str, Any]:
    """Progress at the end of a period; sums are the sums of the townships."""
    period = args.get("period") or rules.period_of(business_date())
    try:
        rules.quarter_end(period)
    except ValueError as error:
        raise Invalid("统计期请写成 2026 或 2026Q3。", field="period", code="PERIOD") from error
    return papers.as_json(queries.progress(period, args.get("township") or None))
