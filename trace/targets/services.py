"""Writing plans of townships and the county, and output values."""

from __future__ import annotations

from typing import Any

from peewee import fn

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, RuleBroken
from trace.core.units import format_int
from trace.registry import queries as register
from trace.registry.models import Township
from trace.targets import rules
from trace.targets.models import CountyPlan, OutputValue, PeriodLock, PlanRecord


def plan(
    actor: Actor, *, indicator: str, township: str, year: int, value: int, doc_no: str, reason: str = ""
) -> PlanRecord:
    """Give a township a task, or change it: the old version stays, and a change needs its reason and document."""
    with operation(actor, Permission.TARGET_PLAN) as op:
        if indicator not in rules.TASKED:
            raise Invalid("这个指标不下达乡镇任务。", field="indicator", code="NOT_TASKED")
        if not doc_no.strip():
            raise Invalid("请填写下达任务的文件号。", field="doc_no", code="DOC_MISSING")
        row = register.get_township(township)
        versions = PlanRecord.select(fn.COALESCE(fn.MAX(PlanRecord.version), 0)).where(
            PlanRecord.indicator == indicator, PlanRecord.township == row, PlanRecord.year == year
        )
        version = int(versions.scalar()) + 1
        if version > 1 and not reason.strip():
            raise Invalid("该乡镇已有任务，调整须填写原因。", field="reason", code="REASON_MISSING")
        record = PlanRecord.create(
            indicator=indicator, township=row, year=year, version=version, value=value, doc_no=doc_no.strip(),
            reason=reason.strip(), recorded_at=op.at, recorded_by=actor.user_id, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("target.plan", row.code, indicator=indicator, year=year, value=value, version=version)
        return record


def plan_county(actor: Actor, *, indicator: str, year: int, value: int, doc_no: str, reason: str = "") -> CountyPlan:
    """Set the county's own figure of a year, or change it: the old version stays, and a change needs its reason and document."""
    with operation(actor, Permission.TARGET_PLAN) as op:
        if indicator not in rules.COUNTY_PLANNED:
            raise Invalid("这个指标没有县级年度数。", field="indicator", code="NOT_PLANNED")
        if not doc_no.strip():
            raise Invalid("请填写确定年度数的文件号。", field="doc_no", code="DOC_MISSING")
        same = (CountyPlan.indicator == indicator) & (CountyPlan.year == year)
        version = int(CountyPlan.select(fn.COALESCE(fn.MAX(CountyPlan.version), 0)).where(same).scalar()) + 1
        if version > 1 and not reason.strip():
            raise Invalid("该年度已有县级计划数，调整须填写原因。", field="reason", code="REASON_MISSING")
        record = CountyPlan.create(
            indicator=indicator, year=year, version=version, value=value, doc_no=doc_no.strip(), reason=reason.strip(),
            recorded_at=op.at, recorded_by=actor.user_id, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("target.plan", "", indicator=indicator, year=year, value=value, version=version)
        return record


def state_value(
    actor: Actor, *, township: str, year: int, stage: str, gross_fen: int, local_input_fen: int = 0, grade: str, method: str,
    confirmed: bool = False,
) -> OutputValue:  # fmt: skip
    """A township states its output value of one stage; twenty times last year's is asked about once (万元 or 亿元?)."""
    with operation(actor, Permission.STATEMENT_SUBMIT) as op:
        actor.require_township(township)
        row = register.get_township(township)
        if is_locked(row, str(year)):
            raise RuleBroken("%(year)s年的报表已锁定，请在报表页用更正件修改。", code="PERIOD_LOCKED", year=year)
        if local_input_fen > gross_fen:
            raise Invalid("本地投入不能大于产值。", field="local_input", code="INPUT_RANGE")
        last = last_value(row, stage, before=year)
        if last and rules.unit_slip(gross_fen, last) and not confirmed:
            raise Invalid(
                rules.UNIT_QUESTION, field="gross", code="UNIT_SLIP",
                now=format_int(gross_fen // 1_000_000), last=format_int(last // 1_000_000), times=format_int(gross_fen // last),
            )  # fmt: skip
        value = write_value(op, row, year, stage, gross_fen, local_input_fen, grade, method)
        op.record(
            "statement.submit",
            row.code,
            year=year,
            stage=stage,
            gross_fen=gross_fen,
            grade=grade,
            version=value.version,
        )
        return value


def write_value(
    op: Operation, township: Township, year: int, stage: str, gross_fen: int, local_input_fen: int, grade: str, method: str
) -> OutputValue:  # fmt: skip
    """The next version of a township's output value of one stage, inside an operation."""
    same = (OutputValue.township == township) & (OutputValue.year == year) & (OutputValue.stage == stage)
    version = int(OutputValue.select(fn.COALESCE(fn.MAX(OutputValue.version), 0)).where(same).scalar()) + 1
    return OutputValue.create(
        township=township, year=year, stage=stage, version=version, gross_fen=gross_fen, local_input_fen=local_input_fen,
        grade=grade, method=method.strip()[:200], recorded_at=op.at, recorded_by=op.actor.user_id,
    )  # fmt: skip


def lock_period(op: Operation, township: Township, period: str, statement: str, sha256: str) -> PeriodLock:
    """Write down that a township's period is locked, or locked anew by an amendment, inside an operation."""
    query = PeriodLock.select(fn.COUNT(PeriodLock.id))
    number = int(query.where(PeriodLock.township == township, PeriodLock.period == period).scalar())
    return PeriodLock.create(
        township=township, period=period, amendment=number, statement=statement, sha256=sha256, locked_at=op.at
    )


def is_locked(township: Township, period: str) -> bool:
    """Has the bureau locked a township's period?"""
    return PeriodLock.select().where(PeriodLock.township == township, PeriodLock.period == period).exists()


def last_value(township: Any, stage: str, before: int) -> int | None:
    """The newest stated output value of a stage before a year, in fen."""
    found = (
        OutputValue.select(OutputValue.gross_fen)
        .where(OutputValue.township == township, OutputValue.stage == stage, OutputValue.year < before)
        .order_by(OutputValue.year.desc(), OutputValue.version.desc())
        .first()
    )
    return found.gross_fen if found else None
