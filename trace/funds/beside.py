"""The socket through which the page of an application shows what others keep about it: its payments, audits and complaints live above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trace.core.actor import Actor
from trace.funds.models import Application


@dataclass(frozen=True)
class Panel:
    """A piece of the page: a template for its facts and one for its foot (empty: none), and the values they are given as ``panel``."""

    values: dict[str, Any]
    facts: str = ""
    below: str = ""


Source = Callable[[Actor, Application], Panel]

_sources: list[Source] = []


def connect(*sources: Source) -> None:
    """Fill the socket at start-up."""
    _sources[:] = sources


def panels(actor: Actor, application: Application) -> list[Panel]:
    """What others show about an application, in the order in which they were connected."""
    return [source(actor, application) for source in _sources]
