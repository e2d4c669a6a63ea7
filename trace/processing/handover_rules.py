"""Two signed papers: the offer of the giver, the acceptance of the taker over the offer's hash. Pure, no database.

Form as in ADR 0008: JSON of strings, ``sig`` = ECDSA P-256 / SHA-256 (IEEE P1363) over the RFC 8785 form without ``sig``; the hash of a paper
is SHA-256 over the same bytes, so that another valid signature of the same paper is still the same paper.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import Invalid, RuleBroken

LONGEST = timedelta(hours=72)
"""An offer without signal may wait three days for its taker, never longer."""
SKEW = timedelta(minutes=10)
"""So much may the clocks of two phones and the server differ."""
MOST_TEXT = 200
OFFER = {"kind", "device", "lot", "quantity", "receiver", "offered_at", "expires_at", "nonce", "sig"}
ACCEPTANCE = {"kind", "device", "offer", "receiver", "quantity", "reason", "self_check", "accepted_at", "sig"}
OPTIONAL = {"receiver", "reason", "self_check"}
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")


@dataclass(frozen=True)
class Offer:
    """What the giver put his key under. ``receiver`` blank: whoever takes it over first."""

    device: str
    lot: str
    quantity: str
    receiver: str
    offered_at: datetime
    expires_at: datetime
    nonce: str
    hash: str


@dataclass(frozen=True)
class Acceptance:
    """What the taker put his key under: which offer, for which party, how much arrived, when; his own check of a household's goods."""

    device: str
    offer: str
    receiver: str
    quantity: str
    reason: str
    accepted_at: datetime
    hash: str
    self_check: str = ""


def public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """A P-256 key from its JWK; ValueError for anything else."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("not a P-256 key")
    x, y = (int.from_bytes(_unpadded(str(jwk[name])), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def signed_bytes(paper: Mapping[str, Any]) -> bytes:
    """What is signed and hashed: the canonical form without the signature."""
    return canonical_bytes({key: value for key, value in paper.items() if key != "sig"})


def is_signed(paper: Mapping[str, Any], key: ec.EllipticCurvePublicKey) -> bool:
    """Does the paper carry a valid signature of this key?"""
    try:
        raw = _unpadded(str(paper.get("sig") or ""))
        if len(raw) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(der, signed_bytes(paper), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def read_offer(paper: Any) -> Offer:
    """An offer by its shape alone; signatures and rights are looked at apart."""
    texts = _texts(paper, "handover.offer", OFFER)
    if not _NONCE.fullmatch(texts["nonce"]):
        raise _damaged("offer")
    offered, expires = (_instant(texts[key], "offer") for key in ("offered_at", "expires_at"))
    if not timedelta(0) < expires - offered <= LONGEST:
        raise Invalid(
            "交接单的有效时间应在 %(hours)s 小时以内。",
            field="offer",
            code="OFFER_TOO_LONG",
            hours=LONGEST // timedelta(hours=1),
        )
    return Offer(
        texts["device"], texts["lot"], texts["quantity"], texts["receiver"], offered, expires, texts["nonce"],
        sha256_hex(signed_bytes(paper)),
    )  # fmt: skip


def read_acceptance(paper: Any) -> Acceptance:
    """An acceptance by its shape alone."""
    texts = _texts(paper, "handover.accept", ACCEPTANCE)
    return Acceptance(
        texts["device"], texts["offer"], texts["receiver"], texts["quantity"], texts["reason"].strip(),
        _instant(texts["accepted_at"], "acceptance"), sha256_hex(signed_bytes(paper)), texts["self_check"].strip(),
    )  # fmt: skip


def check_pair(offer: Offer, acceptance: Acceptance, now: datetime) -> None:
    """The two belong together, in time and for this taker; raises with what is wrong."""
    if acceptance.offer != offer.hash:
        raise RuleBroken("签收的不是这份交接单，请让双方重新交接。", code="OFFER_OTHER", field="acceptance")
    if acceptance.device == offer.device:
        raise RuleBroken("交出和签收不能在同一部手机上。", code="SAME_DEVICE", field="acceptance")
    if acceptance.accepted_at > offer.expires_at:
        raise RuleBroken("交接单已过有效时间，请重新交接。", code="OFFER_EXPIRED", field="acceptance")
    if acceptance.accepted_at < offer.offered_at - SKEW:
        raise RuleBroken("签收时间早于交出时间，请核对两部手机的时间。", code="CLOCK_ORDER", field="acceptance")
    if max(acceptance.accepted_at, offer.offered_at) > now + SKEW:
        raise RuleBroken("交接时间晚于标准时间，请核对手机时间。", code="CLOCK_AHEAD", field="acceptance")
    if offer.receiver and offer.receiver != acceptance.receiver:
        raise RuleBroken("交接单写明交给别的单位，您不能签收。", code="NOT_FOR_YOU", field="acceptance")


def _texts(paper: Any, kind: str, names: set[str]) -> dict[str, str]:
    """All fields as texts, none missing, none foreign; the optional ones may be null or absent."""
    field = kind.partition(".")[2].replace("accept", "acceptance")
    if not isinstance(paper, dict) or set(paper) - names or names - OPTIONAL - set(paper) or paper.get("kind") != kind:
        raise _damaged(field)
    texts = {name: "" if paper.get(name) is None else paper[name] for name in names}
    if any(not isinstance(text, str) or len(text) > MOST_TEXT for text in texts.values()):
        raise _damaged(field)
    if any(not texts[name] for name in names - OPTIONAL):
        raise _damaged(field)
    return texts


def _instant(text: str, field: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _damaged(field) from error
    if found.tzinfo is None:
        raise _damaged(field)
    return found.astimezone(UTC)


def _damaged(field: str) -> Invalid:
    return Invalid("交接数据不完整或已损坏，请重新扫码交接。", field=field, code="PAPER_DAMAGED")


def _unpadded(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
