"""What comes into statements: figures as typed, each in its unit, all mistakes at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.core.units import normalise_digits, parse_area_mu, parse_weight
from trace.statements import rules
from trace.statements.rules import Line, Typed
from trace.web.fields import CHOICE, REQUIRED, wan_yuan


def read_figures(period: str, values: Mapping[str, Any]) -> dict[str, Typed]:
    """The lines of a form (``key``, ``key_reason``, ``key_confirm``) in base units; raises :class:`Invalid` with every line that cannot be read."""
    found, errors = {}, []
    for line in rules.lines_of(period):
        if line.key not in values:
            continue
        try:
            figure = read_figure(line, str(values[line.key] or ""))
        except Invalid as error:
            errors += [FieldError(line.key, item.code, item.message) for item in error.errors]
            continue
        reason, sure = str(values.get(f"{line.key}_reason") or ""), bool(values.get(f"{line.key}_confirm"))
        found[line.key] = Typed(figure, reason[:200], sure)
    if errors:
        raise Invalid(errors=errors)
    return found


def read_figure(line: Line, text: str) -> int | None:
    """One typed figure; nothing is nothing, 0 is nought."""
    plain = normalise_digits(text).replace("\u2009", "").replace(" ", "")
    if plain in ("", "—", "-"):
        return None
    if plain.rstrip("0") in ("", "0.", "."):
        return 0
    if line.unit == "m2":
        return parse_area_mu(plain, line.key)
    if line.unit == "g":
        return parse_weight(plain, field=line.key).grams
    if line.unit == "fen":
        return wan_yuan(plain)
    return _percent(line, plain) if line.unit == "bp" else _count(line, plain)


def _percent(line: Line, text: str) -> int:
    try:
        value = Decimal(text.rstrip("%"))
    except InvalidOperation as error:
        raise _wrong(line, "“%(name)s”请填写百分数。") from error
    if not 0 <= value <= 100:
        raise _wrong(line, "“%(name)s”应在 0 到 100 之间。")
    return int((value * 100).to_integral_value())


def _count(line: Line, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _wrong(line, "“%(name)s”请填写整数。")
    return int(text)


def _wrong(line: Line, template: str) -> Invalid:
    return Invalid(errors=[FieldError(line.key, "NOT_A_NUMBER", Message(template, {"name": line.name}))])


PERIOD = validate.Regexp(r"^20[0-9]{2}(Q[1-4])?$", error="统计期请写成 2026 或 2026Q3。")


class OpenSchema(Schema):
    """Which township and period."""

    township = fields.Str(required=True, error_messages={"required": "请选择乡镇（街道）。"})
    period = fields.Str(required=True, validate=PERIOD, error_messages=REQUIRED)


class SignSchema(Schema):
    """Opinion and name of the head, and the number of the signed paper."""

    head_name = fields.Str(
        required=True, validate=validate.Length(1, 40), error_messages={"required": "请填写主要负责人姓名。"}
    )
    opinion = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写签发意见。"}
    )
    paper_ref = fields.Str(load_default="", validate=validate.Length(max=80))


class ReturnSchema(Schema):
    """Why a statement goes back."""

    text = fields.Str(required=True, validate=validate.Length(1, 400), error_messages={"required": "请写明退回原因。"})


class LockSchema(Schema):
    """A remark at locking."""

    note = fields.Str(load_default="", validate=validate.Length(max=200))


class LookSchema(Schema):
    """What was found on a drawn plot."""

    plot = fields.Str(required=True, error_messages=REQUIRED)
    verdict = fields.Str(
        required=True, validate=validate.OneOf(["match", "mismatch"], error=CHOICE), error_messages=REQUIRED
    )
    note = fields.Str(load_default="", validate=validate.Length(max=200))


class AmendSchema(Schema):
    """Why a locked statement is corrected, and by which paper."""

    reason = fields.Str(
        required=True, validate=validate.Length(1, 110), error_messages={"required": "请填写更正原因。"}
    )
    doc_ref = fields.Str(
        required=True, validate=validate.Length(1, 80), error_messages={"required": "请填写更正依据文件号。"}
    )


class ListQuery(Schema):
    """Narrow the list."""

    period = fields.Str()
    township = fields.Str()
