"""The socket through which the page of a programme shows what others keep about it: its money and its applications live above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trace.core.actor import Actor
from trace.programmes.models import Programme


@dataclass(frozen=True)
class Panel:
    """Pieces of a page: templates for its top, its side and its foot (empty: none), and the values they are given as ``panel``."""

    values: dict[str, Any]
    top: str = ""
    side: str = ""
    below: str = ""


Source = Callable[[Actor, Programme], Panel]

_sources: list[Source] = []


def connect(*sources: Source) -> None:
    """Fill the socket at start-up."""
    _sources[:] = sources


def panels(actor: Actor, programme: Programme) -> list[Panel]:
    """What others show about a programme, in the order in which they were connected."""
    return [source(actor, programme) for source in _sources]
