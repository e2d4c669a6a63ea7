"""Who opens a code: a person with a phone, or a machine; and which network an address belongs to. Pure.

Headers are the client's own claim, so they can only take a scan *out* of the count, never add to it or vouch for a pack.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from trace.scan.patterns import NETWORKS

READER_BITS = 60
_PREFETCH_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_MACHINES = re.compile(
    r"bot\b|bot/|spider|crawl|slurp|preview|prefetch|prerender|monitor|uptime|scanner|headless|phantomjs|selenium|lighthouse|"
    r"curl|wget|python|java/|okhttp|go-http|libwww|httpclient|axios|node-fetch|scrapy|postman|"
    r"wechatbot|weixinsec|qqbrowser-security|tencent-?security|facebookexternalhit|whatsapp|telegram|linkexpander|dingtalkbot|larkurl",
    re.IGNORECASE,
)
"""Programs that name themselves: scripts, search engines, and the fetchers with which chat programs draw a preview or check a link."""


def is_person(environ: Mapping[str, object]) -> bool:
    """Does the request look like a person opening the page? Prefetching, previews, scripts and nameless programs do not."""
    for name in _PREFETCH_HEADERS:
        if name in environ and "pre" in str(environ[name]).lower():
            return False
    return _is_browser(str(environ.get("HTTP_USER_AGENT", ""))[:400])


@lru_cache(maxsize=4096)
def _is_browser(agent: str) -> bool:
    """Every phone's browser, WeChat's included, begins with ``Mozilla/5.0``; WeChat's link checker still says ``Mozilla/4.0``."""
    return agent.startswith("Mozilla/5.0 (") and _MACHINES.search(agent) is None


def reader_number(salt: bytes, address: str) -> int:
    """A number for an address that holds for one day: keyed by the day's salt, which is thrown away."""
    digest = hmac.digest(salt, _household(address), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") >> (64 - READER_BITS)


def network_number(key: bytes, address: str) -> int:
    """Which of :data:`NETWORKS` fingerprints the address's network (/16, IPv6 /32) falls into."""
    packed = _packed(address)
    network = packed[:4] if len(packed) == 16 else packed[:2]
    return int.from_bytes(hmac.digest(key, b"network:" + network, hashlib.sha256)[:4], "big") % NETWORKS


def _household(address: str) -> bytes:
    """IPv4 whole; of IPv6 the /64, for a phone changes the rest by itself."""
    packed = _packed(address)
    return packed[:8] if len(packed) == 16 else packed


def _packed(address: str) -> bytes:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return b"\0\0\0\0"
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).packed


class Regions:
    """A county's own list of networks and the region each serves; without one every region is unknown."""

    def __init__(self, rows: Iterable[tuple[str, str]] = ()) -> None:
        """``rows``: (network in CIDR notation, name of the region)."""
        spans = []
        for network, name in rows:
            parsed = ipaddress.ip_network(network.strip(), strict=False)
            spans.append(
                (parsed.version, int(parsed.network_address), int(parsed.broadcast_address), name.strip()[:20])
            )
        self._spans = sorted(spans)
        self._starts = [span[:2] for span in self._spans]

    def of(self, address: str) -> str:
        """The region of an address, or nothing."""
        packed = _packed(address)
        value, version = int.from_bytes(packed, "big"), 6 if len(packed) == 16 else 4
        at = bisect_right(self._starts, (version, value)) - 1
        if at < 0:
            return ""
        found = self._spans[at]
        return found[3] if found[0] == version and found[1] <= value <= found[2] else ""


def read_regions(path: str) -> Regions:
    """Read ``network,region`` lines; blank ones and those beginning with # are passed over."""
    if not path:
        return Regions()
    rows = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        network, comma, name = line.partition(",")
        if comma and not line.startswith("#"):
            rows.append((network, name))
    return Regions(rows)


def season_key(key: bytes, day: date) -> bytes:
    """What keys the fingerprints of networks for a quarter of a year: longer than a day's salt, so that days can be compared."""
    return hmac.digest(key, f"{day.year}-{(day.month - 1) // 3}".encode(), hashlib.sha256)
