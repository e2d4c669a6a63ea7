"""Form and interface fields that several domains share: words for what is missing, and values typed by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError, fields

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
