"""The socket through which the page learns which public programmes helped plant the trees: funds are a neighbour, not a layer below.

What comes through is k-anonymous by contract: a programme is named only where several beneficiaries share it (``funds.helping``).
"""

from __future__ import annotations

from collections.abc import Callable

Source = Callable[[list[str]], list[str]]
"""Plot codes → names of programmes."""

_source: list[Source] = []


def connect(source: Source) -> None:
    """Fill the socket at start-up."""
    _source[:] = [source]


def programmes_of(plots: list[str]) -> list[str]:
    """The programmes that helped with these plots, as far as they may be named."""
    return _source[0](plots) if _source and plots else []
