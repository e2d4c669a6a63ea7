"""Writing plans and stated output values."""

from __future__ import annotations

from typing import Any

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.core.units import format_int
from trace.registry import queries as register
from trace.targets import rules
from trace.targets.models import OutputValue, PlanRecord

UNIT_SLIP = 20
"""A value more than so many times the last one is probably in the wrong unit."""


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


def state_value(
    actor: Actor, *, township: str, year: int, stage: str, gross_fen: int, local_input_fen: int = 0, grade: str, method: str,
    confirmed: bool = False,
) -> OutputValue:  # fmt: skip
    """A township states its output value of one stage; twenty times last year's is asked about once (万元 or 亿元?)."""
    with operation(actor, Permission.STATEMENT_SUBMIT) as op:
        actor.require_township(township)
        row = register.get_township(township)
        if local_input_fen > gross_fen:
            raise Invalid("本地投入不能大于产值。", field="local_input", code="INPUT_RANGE")
        last = _last_value(row, stage, before=year)
        if last and gross_fen > UNIT_SLIP * last and not confirmed:
            raise Invalid(
                "本期 %(now)s 万元为上期 %(last)s 万元的 %(times)s 倍，请确认单位是否为“万元”。", field="gross", code="UNIT_SLIP",
                now=format_int(gross_fen // 1_000_000), last=format_int(last // 1_000_000), times=format_int(gross_fen // last),
            )  # fmt: skip
        same = (OutputValue.township == row) & (OutputValue.year == year) & (OutputValue.stage == stage)
        version = int(OutputValue.select(fn.COALESCE(fn.MAX(OutputValue.version), 0)).where(same).scalar()) + 1
        value = OutputValue.create(
            township=row, year=year, stage=stage, version=version, gross_fen=gross_fen, local_input_fen=local_input_fen,
            grade=grade, method=method.strip(), recorded_at=op.at, recorded_by=actor.user_id,
        )  # fmt: skip
        op.record(
            "statement.submit", row.code, year=year, stage=stage, gross_fen=gross_fen, grade=grade, version=version
        )
        return value


def _last_value(township: Any, stage: str, before: int) -> int | None:
    found = (
        OutputValue.select(OutputValue.gross_fen)
        .where(OutputValue.township == township, OutputValue.stage == stage, OutputValue.year < before)
        .order_by(OutputValue.year.desc(), OutputValue.version.desc())
        .first()
    )
    return found.gross_fen if found else None
