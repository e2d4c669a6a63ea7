"""Passwords and locking. Pure. Defaults after domain brief §2.11 and ASVS 6.2."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from trace.core.errors import Invalid

MAX_FAILURES = 5
FAILURE_WINDOW = timedelta(minutes=15)
LOCK_FOR = timedelta(minutes=15)
MIN_LENGTH = 10
MAX_LENGTH = 128
COMMON = (
    "password",
    "12345678",
    "qwerty",
    "admin",
    "hengnan",
    "hengyang",
    "loquat",
    "tupipa",
    "pipa",
    "衡南",
    "枇杷",
    "111111",
    "abc123",
)
"""Words whose presence makes a password guessable here; what is left without them must still be long enough."""


def normalise_username(text: str) -> str:
    """The one spelling of a sign-in name: NFKC, trimmed, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()[:40]


def is_locked(failures: Sequence[datetime], now: datetime) -> bool:
    """Do these failures since the last success (oldest first) lock the name now? For fifteen minutes from the one that filled the measure."""
    return any(
        last - first <= FAILURE_WINDOW and now < last + LOCK_FOR
        for first, last in zip(failures, failures[MAX_FAILURES - 1 :], strict=False)
    )


def check_password(password: str, username: str) -> None:
    """Refuse short passwords and those that lean on a dictionary word, the place or the name."""
    rule = "密码至少 10 个字符，不能以地名、姓名、产品名或常见词为主，请换一个。"
    left = password.casefold()
    for word in (*COMMON, username.casefold()):
        if word:
            left = left.replace(word, "")
    if len(password) < MIN_LENGTH or len(left) < MIN_LENGTH - 4 or len(set(password)) < 5:
        raise Invalid(rule, field="password", code="PASSWORD_WEAK")
    if len(password) > MAX_LENGTH:
        raise Invalid("密码最长 128 个字符。", field="password", code="PASSWORD_LONG")
