"""Form and interface fields that several domains share: words for what is missing, and values typed by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from trace.core.errors import Invalid
from trace.core.units import parse_area_mu, parse_yuan

REQUIRED: dict[str, Any] = {"required": "请填写这一项。", "null": "请填写这一项。"}
CHOICE = "请从列表中选择。"


class Typed(fields.Field):
    """A value typed by a person, read by one of our parsers; the parser's message stays with the field."""

    def __init__(self, parse: Callable[[str, Mapping[str, Any]], Any], **kwargs: Any) -> None:
        """``parse`` gets the text and the other values of the form, and raises :class:`Invalid`."""
        super().__init__(**kwargs)
        self._parse = parse

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return self._parse(str(value), data or {})
        except Invalid as error:
            raise ValidationError(str(error)) from error


def area_field(**kwargs: Any) -> Typed:
    """An area typed in 亩 (or with its unit), as whole m²."""
    return Typed(lambda text, _: parse_area_mu(text), **kwargs)


def yuan_field(**kwargs: Any) -> Typed:
    """An amount typed in 元 (万元 and 亿元 named), as fen."""
    return Typed(lambda text, _: parse_yuan(text), **kwargs)


def wan_yuan_field(**kwargs: Any) -> Typed:
    """An amount typed in 万元 unless it names its unit, as fen."""
    return Typed(lambda text, _: wan_yuan(text), **kwargs)


def wan_yuan(text: str) -> int:
    """万元 as fen."""
    return parse_yuan(f"{text}万元" if text[-1:].isdigit() else text)


def _speak_chinese() -> None:
    """marshmallow's own messages in the platform's language, once, for every schema."""
    Schema._default_error_messages.update(
        type="内容格式不正确。", unknown="没有这个字段。", invalid_json="不是有效的 JSON 内容。"
    )
    fields.Field.default_error_messages.update(
        required="请填写这一项。", null="请填写这一项。", validator_failed="内容不正确。"
    )
    for field, text in (
        (fields.String, "请填写文字。"),
        (fields.Integer, "请填写整数。"),
        (fields.Boolean, "请填写是或否。"),
        (fields.Date, "日期不正确，请按 2026-07-18 的格式填写。"),
        (fields.List, "请填写列表。"),
        (fields.Nested, "内容格式不正确。"),
    ):
        field.default_error_messages = {**field.default_error_messages, "invalid": text, "type": text}
    for check, text in (
        (validate.Length, "长度不符合要求。"),
        (validate.Range, "数值超出范围。"),
        (validate.OneOf, CHOICE),
    ):
        for name in ("message_min", "message_max", "message_all", "message_equal", "default_message"):
            if hasattr(check, name):
                setattr(check, name, text)


_speak_chinese()
