"""What a handler gets, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from marshmallow import Schema, ValidationError

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message, Refused
from trace.sync.envelope import Incoming


@dataclass(frozen=True)
class Context:
    """One operation on its way into the books: who made it, when by the county's clock, and its body in today's shape.

    ``noted_at`` is the time of writing with the phone's error taken off; ``clock_off`` says that the error was more than small.
    """

    actor: Actor
    incoming: Incoming
    body: dict[str, Any] = field(repr=False)
    at: datetime
    noted_at: datetime
    clock_off: bool
    forced: bool
    operation_at: Callable[[str], Any]
    """An earlier operation by its id, of this person or of the own party; :class:`NotFound` otherwise."""

    @property
    def noted_on(self) -> date:
        """The county's date on which it was written down in the field."""
        return business_date(self.noted_at)

    def read(self, schema: Schema) -> dict[str, Any]:
        """The body through a schema; every mistake as :class:`Invalid` by field."""
        try:
            return schema.load(self.body)
        except ValidationError as error:
            raise Invalid(errors=list(_mistakes(error.messages))) from error


@dataclass(frozen=True)
class Outcome:
    """The record an operation became."""

    kind: str
    code: str
    version: int = 1
    warnings: list[Message] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)


class Conflict(Exception):
    """The record was changed elsewhere since the phone read it: nothing is written, both versions are kept."""

    def __init__(self, *, kind: str, code: str, base_version: int, office_version: int, office_at: datetime, message: Message,
                 base: dict[str, Any], phone: dict[str, Any], office: dict[str, Any]) -> None:  # fmt: skip
        """``base``, ``phone`` and ``office`` hold the same fields as texts."""
        super().__init__(code)
        self.message = message
        self.values = {
            "record_kind": kind, "record_code": code, "base_version": base_version, "office_version": office_version,
            "office_at": office_at, "base": base, "phone": phone, "office": office,
        }  # fmt: skip


def _mistakes(messages: Any, prefix: str = "") -> Any:
    """marshmallow's nested messages, flat."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            yield from _mistakes(value, f"{prefix}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for value in messages:
            yield from _mistakes(value, prefix)
    elif isinstance(messages, Refused):
        yield FieldError(prefix, messages.code, messages.message)
    else:
        yield FieldError(prefix, "INVALID", Message(str(messages)))
