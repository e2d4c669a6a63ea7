"""Texts that people read: marked here, translated only at the doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
