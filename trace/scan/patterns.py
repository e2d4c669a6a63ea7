"""When scans of one code look like copies of its label: by number, spread and timing. Pure.

A photocopied label cannot be told from its original by cryptography; only by turning up in too many hands, too far apart, too fast (A1 of the
security design). A count alone accuses nobody: it takes spread, and with it number or timing. All thresholds are assumptions
until the county has scans of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from trace.core.text import N_, Labelled

NETWORKS = 4096
"""Fingerprints of networks; about sixteen networks of the world (/16) share each."""
WINDOW = timedelta(days=30)
MANY_READERS = 10
MANY_NETWORKS = 8
MANY_REGIONS = 3
FAST = timedelta(hours=1)
FAST_NETWORKS = 5
TRAVEL = timedelta(hours=2)
"""Two regions within this time: no parcel is that fast."""


class Sign(Labelled):
    """What looks odd, in words an officer can weigh."""

    NUMBER = "number", N_("很多人查询：30天内有10个以上不同的查询者")
    SPREAD = "spread", N_("分布很散：来自8个以上网络，或3个以上地区")
    TIMING = "timing", N_("时间太近：一小时内出现在5个网络，或两小时内出现在两个地区")


@dataclass(frozen=True)
class Place:
    """What is known of the scans of one code from one network."""

    network: int
    region: str
    readers: int
    first_at: datetime
    last_at: datetime


def signs_of(places: Iterable[Place], now: datetime) -> tuple[Sign, ...]:
    """The signs that the scans of the last :data:`WINDOW` show."""
    recent = [place for place in places if place.last_at > now - WINDOW]
    found = []
    if sum(place.readers for place in recent) >= MANY_READERS:
        found.append(Sign.NUMBER)
    networks, regions = {place.network for place in recent}, {place.region for place in recent} - {""}
    if len(networks) >= MANY_NETWORKS or len(regions) >= MANY_REGIONS:
        found.append(Sign.SPREAD)
    if _too_fast(recent):
        found.append(Sign.TIMING)
    return tuple(found)


def looks_copied(signs: tuple[Sign, ...]) -> bool:
    """Spread is needed; number or timing must join it."""
    return Sign.SPREAD in signs and len(signs) > 1


def _too_fast(places: list[Place]) -> bool:
    """Five networks first seen within an hour, or two regions within the travelling time."""
    first = sorted(place.first_at for place in places)
    if any(late - early <= FAST for early, late in zip(first, first[FAST_NETWORKS - 1 :], strict=False)):
        return True
    return any(
        one.region and other.region and one.region != other.region and _apart(one, other) <= TRAVEL
        for number, one in enumerate(places)
        for other in places[:number]
    )


def _apart(one: Place, other: Place) -> timedelta:
    """The shortest time in which both are known to have been seen: ends of the two spans are all that is kept."""
    times = [abs(a - b) for a in (one.first_at, one.last_at) for b in (other.first_at, other.last_at)]
    return min(times)
