"""Incidents: a banned or highly toxic product, or a synthetic one on an organic plot. Opened by the rules, closed by the bureau."""

from __future__ import annotations

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.text import N_
from trace.db import lock_row
from trace.db.counters import next_number
from trace.field import activity_queries as queries
from trace.field.activity_models import Activity, FieldIncident
from trace.pesticides.rules import Finding

KINDS = {"banned": N_("禁用成分"), "toxic": N_("高毒农药"), "organic": N_("有机地块用药")}
STATES = {"open": N_("待处理"), "handled": N_("已办结")}


def open_incidents(op: Operation, record: Activity, findings: list[Finding]) -> list[FieldIncident]:
    """Report what the rules call an incident, once per record and kind."""
    known = {row.kind for row in FieldIncident.select().where(FieldIncident.activity == record)}
    made = []
    for item in findings:
        if not item.incident or item.incident in known:
            continue
        made.append(
            FieldIncident.create(
                code=f"SJ{op.at.year % 100:02d}-{next_number(f'SJ{op.at.year}'):04d}", kind=item.incident, activity=record,
                template=item.message.template, facts=item.message.values, opened_at=op.at, opened_by=op.actor.user_id,
                opener_name=op.actor.display_name,
            )
        )  # fmt: skip
        op.record("activity.incident", made[-1], record=record.code, kind=item.incident)
    return made


def handle_incident(actor: Actor, code: str, measures: str) -> FieldIncident:
    """Close an incident, with what was done; never by the person whose record opened it."""
    with operation(actor, Permission.INCIDENT_HANDLE) as op:
        found = queries.visible_incidents(actor).where(FieldIncident.code == code).first()
        if found is None:
            raise NotFound()
        lock_row(FieldIncident.select().where(FieldIncident.id == found.id)).get()
        found = FieldIncident.get_by_id(found.id)
        if found.state == "handled":
            raise RuleBroken("这件事已经办结。", code="INCIDENT_CLOSED")
        if found.opened_by == actor.user_id:
            raise RuleBroken("记录人不能办结自己引起的事件，请由其他人办理。", code="SAME_PERSON")
        if not measures.strip():
            raise Invalid("请填写处理情况。", field="measures", code="MISSING")
        found.state, found.handled_at, found.handled_by = "handled", op.at, actor.user_id
        found.handler_name, found.measures = actor.display_name, measures.strip()
        found.save()
        op.record("activity.handle", found, measures=found.measures)
        return found
