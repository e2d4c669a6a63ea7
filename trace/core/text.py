"""Texts that people read: marked here, translated only at the doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


def N_(text: str) -> str:
    """Mark a Chinese text for the translation catalogue without translating it yet."""
    return text


@dataclass(frozen=True)
class Message:
    """A Chinese template with its values; the template is the key of the catalogue.

    ``str()`` fills the Chinese template, so logs and commands read naturally without a request.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


class Refused(str):
    """A filled message on its way through a library that only knows texts: keeps its code and can still be translated."""

    code: str
    message: Message

    def __new__(cls, message: Message, code: str) -> Self:
        """Reads as the filled Chinese text."""
        made = str.__new__(cls, str(message))
        made.code, made.message = code, message
        return made


class Labelled(StrEnum):
    """An enum of identifiers that each carry a Chinese name: ``HARVEST = "harvest", N_("采收")``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """The identifier is the value; the name stands beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
