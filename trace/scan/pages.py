"""Rendered pages, kept for a moment: one per run, verdict, hold and language, with marks where two codes of a run differ.

The state of a code is read anew for every scan and is part of the key, so a void, hold, recall or release is on the page at once in every process
(ADR 0013); so is a stamp of certificates and tests (ADR 0032). What may be :data:`KEEP` seconds old is the rest of the story, a corrected name say.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field

from trace.scan.answers import Key, Seen

KEEP = 30.0
AT_MOST = 2000
"""Pages kept; about 10 KB each."""
MARKED = ("code", "grouped", "times", "first", "packs", "span")


@dataclass
class Page:
    """Fixed pieces and the names of what stands between them; ``headers`` once the whole answer is known."""

    fixed: list[bytes]
    names: list[str]
    until: float
    headers: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, seen: Seen) -> bytes:
        """The bytes for one code."""
        parts = [self.fixed[0]]
        for name, fixed in zip(self.names, self.fixed[1:], strict=True):
            parts.append(seen.value(name).encode())
            parts.append(fixed)
        return b"".join(parts)


class Pages:
    """The kept pages of one process."""

    def __init__(self) -> None:
        """Marks are random, so that no text of ours can be one."""
        self.marks = {name: f"{name}{secrets.token_hex(8)}" for name in MARKED}
        self._split = re.compile("|".join(f"({mark})" for mark in self.marks.values()))
        self._names = {mark: name for name, mark in self.marks.items()}
        self._kept: dict[Key, Page] = {}

    def find(self, key: Key) -> Page | None:
        """A page that is still fresh."""
        page = self._kept.get(key)
        return page if page is not None and page.until > time.monotonic() else None

    def keep(self, key: Key, text: str) -> Page:
        """Take a rendered page apart and keep it; the oldest make room."""
        found = list(self._split.finditer(text))
        edges = [0, *(edge for match in found for edge in match.span()), len(text)]
        fixed = [text[start:stop].encode() for start, stop in zip(edges[::2], edges[1::2], strict=True)]
        page = Page(fixed, [self._names[match.group()] for match in found], time.monotonic() + KEEP)
        self._kept.pop(key, None)
        self._kept[key] = page
        while len(self._kept) > AT_MOST:
            self._kept.pop(next(iter(self._kept)), None)
        return page

    def forget(self) -> None:
        """Drop everything."""
        self._kept.clear()
