"""Complaints of consumers: kinds, states, deadline, clusters. Pure."""

from __future__ import annotations

import secrets
from datetime import timedelta

from trace.core.identifiers import CROCKFORD
from trace.core.text import N_

COMPLAINT_KINDS = {
    "mismatch": N_("扫码信息与实物不符"),
    "quality": N_("质量、口味或变质"),
    "fake": N_("怀疑是假冒"),
    "unwell": N_("食用后不适"),
    "price": N_("价格或售后"),
    "other": N_("其他"),
}
COMPLAINT_STATES = {"open": N_("待处理"), "answered": N_("已答复")}
STATE_TONES = {"open": "todo", "answered": "ok"}

WORKING_DAYS = 7
"""Working days to answer (assumption, after the term for accepting a complaint through 12315)."""
CLUSTER = 3
CLUSTER_WINDOW = timedelta(days=30)
"""So many complaints on one lot within so long are shown as a cluster."""
PHOTOS = 3
PER_CODE_A_DAY = 10
"""Beyond this the form sends people to the telephone: one code cannot bury the office."""


def new_receipt(year: int) -> str:
    """A receipt number that cannot be guessed: ``TS26-`` and ten characters (50 bits)."""
    return f"TS{year % 100:02d}-" + "".join(secrets.choice(CROCKFORD) for _ in range(10))


def new_form_key() -> str:
    """What marks one form handed out, so that sending it twice files one complaint."""
    return secrets.token_hex(16)


def is_form_key(text: str) -> bool:
    """Could the text be such a mark?"""
    return len(text) == 32 and all(char in "0123456789abcdef" for char in text)


def normal_receipt(text: str) -> str:
    """As typed → as given out."""
    return "".join(text.split()).upper()
