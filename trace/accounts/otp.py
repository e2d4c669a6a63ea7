"""Time-based one-time passwords (RFC 6238 over RFC 4226), as every authenticator app computes them. Pure: time comes in as an argument."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1
"""A phone's clock may be one step ahead or behind (RFC 6238 §5.2)."""


def code_at(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """The code of one time step: HMAC, dynamic truncation (RFC 4226 §5.3), the last digits."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), algorithm).digest()
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(seconds: float) -> int:
    """The number of the time step of a Unix time."""
    return int(seconds) // STEP_SECONDS


def matching_step(secret: bytes, code: str, seconds: float, after: int) -> int | None:
    """The step whose code was typed, near the present and later than ``after``: a code is good once."""
    now = step_of(seconds)
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def address(secret: bytes, issuer: str, account: str) -> str:
    """What the QR symbol of an enrolment says (Key URI format)."""
    shown = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={shown}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP_SECONDS}"


def recovery_hash(code: str) -> str:
    """What the table keeps of a recovery code; spaces and dashes typed in do not matter."""
    plain = "".join(char for char in code.lower() if char.isalnum())
    return hashlib.sha256(b"recovery\x00" + plain.encode()).hexdigest()
