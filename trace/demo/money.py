"""Programmes, applications and payments of the demo county."""

from __future__ import annotations

from random import Random

from trace.demo.people import People
from trace.land.models import Plot


def spend(rng: Random, people: People, plots: list[Plot]) -> None:
    """Filled once the funds services are in place."""
