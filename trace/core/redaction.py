"""Personal numbers out of texts that leave the county's hands by accident: logs and what is copied out of them (domain brief §2.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,19}|(?:\+?86[- ]?)?1[3-9]\d{9})(?![0-9A-Za-z])")
"""Citizen ids (18 and 15 places), bank cards (16–19 digits), mobile numbers. Joined to letters they are parts of hashes and codes."""
MARK = "〔号码〕"


def redact(text: str) -> str:
    """The text with every such number replaced by a mark."""
    return NUMBERS.sub(MARK, text)


def redact_all(value: Any) -> Any:
    """The same for everything within a log line: texts, lists and mappings of them; numbers as large as a card too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redact_all(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_all(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**10:
        return redact_all(str(value)) if NUMBERS.search(str(value)) else value
    return value
