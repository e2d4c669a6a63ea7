"""What the forms of incidents, recalls, questions and drills may contain."""

from __future__ import annotations

from datetime import UTC, datetime

from marshmallow import Schema, fields, validate

from trace.core.clock import SHANGHAI
from trace.core.errors import Invalid
from trace.recalls.rules import GRADES, INCIDENT_KINDS
from trace.web.fields import CHOICE, REQUIRED, Typed


def local_time(text: str) -> datetime:
    """A time typed on the county's clock (``2026-07-18T10:00``) as an instant."""
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "T"))
    except ValueError as error:
        raise Invalid("时间不正确，请按 2026-07-18 10:00 的格式填写。", code="TIME") from error
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _time() -> Typed:
    return Typed(lambda text, _: local_time(text), required=True, error_messages=REQUIRED)


def _text(most: int, *, required: bool = False) -> fields.Str:
    length = validate.Length(max=most)
    if required:
        return fields.Str(required=True, validate=length, error_messages=REQUIRED)
    return fields.Str(load_default="", validate=length)


class LinkSchema(Schema):
    """What an incident is about, by numbers."""

    lot = _text(200)
    complaint = _text(200)
    field_incident = _text(200)


class IncidentSchema(LinkSchema):
    """A new incident."""

    kind = fields.Str(required=True, validate=validate.OneOf([*INCIDENT_KINDS], error=CHOICE), error_messages=REQUIRED)
    grade = fields.Str(required=True, validate=validate.OneOf([*GRADES], error=CHOICE), error_messages=REQUIRED)
    title = _text(80, required=True)
    text = _text(2000, required=True)
    occurred_at = _time()
    known_at = _time()
    report = fields.Str(load_default="", validate=validate.Length(max=20))


class ReportSchema(Schema):
    """The written report."""

    to_whom = _text(80)
    text = _text(2000)
    reason = _text(200)


class CallSchema(Schema):
    """A report by telephone."""

    to_whom = _text(80)
    text = _text(500)
    at = _time()


class FollowSchema(Schema):
    """A follow-up."""

    progress = _text(2000)
    cause = _text(2000)
    consequence = _text(2000)


class CloseSchema(Schema):
    """The end of an incident."""

    conclusion = _text(400)


class CaseSchema(Schema):
    """The case of a recall."""

    level = fields.Int(required=True, validate=validate.OneOf([1, 2, 3], error=CHOICE), error_messages=REQUIRED)
    known_at = _time()
    plan = _text(2000)
    notice = _text(1000)
    late_reason = _text(200)
    incident = _text(20)


class RecallCaseSchema(CaseSchema):
    """The case and the order together."""

    reason = _text(200, required=True)
    public_reason = _text(100)
    contact = _text(40, required=True)


class StatementSchema(Schema):
    """Kilograms of one lot."""

    lot = _text(20, required=True)
    located = _text(20)
    returned = _text(20)
    destroyed = _text(20)
    sold = _text(20)
    witness = _text(80)
    note = _text(200)


class DestroySchema(Schema):
    """Goods destroyed under a recall."""

    lot = _text(20, required=True)
    quantity = _text(20, required=True)
    cause = _text(200)
    place = _text(80)
    witness = _text(80)


class EndSchema(Schema):
    """Why a recall ends as it does."""

    reason = _text(400)


class MistakeSchema(Schema):
    """Why a recall was opened in error."""

    mistake = _text(400)


class AskSchema(Schema):
    """A question to the holder of a lot."""

    lot = _text(20, required=True)
    question = _text(1000)
    due_on = fields.Date(required=True, error_messages=REQUIRED)
    incident = _text(20)


class AnswerSchema(Schema):
    """The answer."""

    answer = _text(2000)


class ForwardSchema(Schema):
    """To whom a question goes on."""

    lot = _text(20, required=True)
    question = _text(1000)


class DrawSchema(Schema):
    """Among whose lots, and by which seed, a drill draws."""

    party = _text(20)
    seed = _text(64)


class SealSchema(Schema):
    """What the drill showed."""

    remark = _text(400)
