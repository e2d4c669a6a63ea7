"""Pick-lists of what a register holds by the ten thousand: the first ones come with the page, the rest is looked up by what is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

MOST = 200
"""So many options are about 20 kB; a page with fifty thousand of them no phone opens."""

Option = tuple[str, str] | tuple[str, str, str]


@dataclass(frozen=True)
class Shortlist:
    """Options of a pick-list (code, words, search words), and whether there are more than these."""

    items: list[Option]
    more: bool


def shortlist(found: Iterable[Any], chosen: Any | None, option: Callable[[Any], Option]) -> Shortlist:
    """The first :data:`MOST` of what is found and, wherever it stands in the whole, what has been chosen already.

    ``found`` holds one more than :data:`MOST` when there are more.
    """
    rows = list(found)
    options = [option(row) for row in rows[:MOST]]
    if chosen is not None and option(chosen) not in options:
        options.insert(0, option(chosen))
    return Shortlist(options, len(rows) > MOST)
