"""What comes into supervision, from forms and from the interface."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from trace.core.errors import Invalid
from trace.supervision import rules, scoring
from trace.web.fields import CHOICE, REQUIRED, Typed

PLACE: dict[str, Any] = {"required": "请选择乡镇（街道）。"}


def words(most: int, *, required: bool = True) -> fields.Str:
    """A text people type, at most so long."""
    if required:
        return fields.Str(required=True, validate=validate.Length(1, most), error_messages=REQUIRED)
    return fields.Str(load_default="", validate=validate.Length(max=most))


def choice(options: Mapping[str, str], **kwargs: Any) -> fields.Str:
    """One of a list."""
    more: dict[str, Any] = {"error_messages": REQUIRED} if kwargs.get("required") else {}
    return fields.Str(validate=validate.OneOf(list(options), error=CHOICE), **more, **kwargs)


def a_year() -> fields.Int:
    """A year of assessment."""
    return fields.Int(
        required=True,
        validate=validate.Range(2022, 2035, error="年度应在 2022 到 2035 之间。"),
        error_messages=REQUIRED,
    )


def typed_points(typed: str, _values: Mapping[str, Any]) -> int:
    """Points as typed, in hundredths, from 0 to 100."""
    try:
        value = Decimal(typed) * 100
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= 10_000:
        raise Invalid("分数应在 0 到 100 之间，最多两位小数。", field="points", code="POINTS")
    return int(value)


class InspectionSchema(Schema):
    """A visit to be planned."""

    kind = choice(rules.INSPECTION_KINDS, load_default="routine")
    title = words(120)
    township = fields.Str(required=True, error_messages=PLACE)
    planned_on = fields.Date(required=True, error_messages=REQUIRED)
    people = words(120, required=False)
    basis = words(120, required=False)


class VisitSchema(Schema):
    """What a visit was like."""

    visited_on = fields.Date(required=True, error_messages=REQUIRED)
    people = words(120)
    summary = words(4000)


class FindingSchema(Schema):
    """A problem found; on an inspection township and source follow from it."""

    inspection = fields.Str(load_default="")
    township = fields.Str(load_default="")
    source = choice(rules.SOURCES, load_default="routine")
    cause = choice(rules.CAUSES, required=True)
    facts = words(4000)
    found_on = fields.Date()
    party = fields.Str(load_default="")
    plot = fields.Str(load_default="")


class StepSchema(Schema):
    """Everything a step may carry; the step takes what it needs."""

    text = words(4000, required=False)
    paper = choice(rules.PAPERS)
    authority_ref = words(80, required=False)
    urgency = choice(rules.URGENCIES, load_default="normal")
    days = fields.Int(
        load_default=rules.DEFAULT_DAYS,
        validate=validate.Range(1, rules.MAX_DAYS, error="期限应在 1 到 120 个工作日之间。"),
    )
    responsible = words(40, required=False)
    escalated_to = choice(rules.ESCALATED_TO)


class EvaluationSchema(Schema):
    """An evaluation by a third party."""

    evaluator = words(120)
    subject = words(200)
    method = words(400)
    result = words(4000)
    year = a_year()
    township = fields.Str(load_default="")
    report_no = words(80, required=False)
    reported_on = fields.Date(required=True, error_messages=REQUIRED)


class SchemeSchema(Schema):
    """A scheme as a form sends it: ``weight_<key>`` and ``empty_<key>`` for each indicator; 0 leaves it out."""

    class Meta:
        unknown = EXCLUDE

    year = a_year()
    doc_ref = words(80)
    name = words(120)
    reason = words(200, required=False)


class DraftSchema(Schema):
    """Which year to compute."""

    year = a_year()


class DeductionSchema(Schema):
    """Points to take away."""

    township = fields.Str(required=True, error_messages=PLACE)
    year = a_year()
    kind = choice(scoring.DEDUCTIONS, required=True)
    points_centi = Typed(typed_points, required=True, data_key="points", error_messages=REQUIRED)
    evidence = words(300)


class RunActionSchema(Schema):
    """What a step of a score run may carry."""

    text = words(300, required=False)
    minutes_ref = words(80, required=False)


class FeedbackSchema(Schema):
    """A township's opinion."""

    township = fields.Str(required=True, error_messages=PLACE)
    text = words(1000)
    objects = fields.Bool(load_default=False)


class AnswerSchema(Schema):
    """What the office makes of an objection."""

    township = fields.Str(required=True, error_messages=PLACE)
    text = words(1000)
    upheld = fields.Bool(load_default=False)


class ListQuery(Schema):
    """Filters and paging of the list of findings."""

    state = fields.Str(load_default="")
    township = fields.Str(load_default="")
    cause = fields.Str(load_default="")
    limit = fields.Int()
    cursor = fields.Int()
