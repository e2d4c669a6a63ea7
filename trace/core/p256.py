"""Signatures of phones: ECDSA on P-256 with SHA-256, keys as JWK, signatures in the form WebCrypto gives (IEEE P1363: r then s, 64 bytes)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from trace.core.errors import Invalid

BYTES = 32
_ALGORITHM = ECDSA(SHA256())


def read_jwk(jwk: Any, field: str = "public_key") -> tuple[str, str]:
    """The coordinates of a public key given as JWK, as base64url; :class:`Invalid` for anything but a point on P-256 without its secret."""
    wrong = Invalid("手机的公钥不正确，请更新程序后重试。", field=field, code="KEY_INVALID")
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise wrong
    x, y = jwk.get("x"), jwk.get("y")
    try:
        public_key(x, y)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise wrong from error
    return x, y  # type: ignore[return-value]


def public_key(x: str, y: str) -> EllipticCurvePublicKey:
    """The key of two base64url coordinates; ValueError when they are no point of the curve."""
    at_x, at_y = (int.from_bytes(from_base64url(text, BYTES)) for text in (x, y))
    return EllipticCurvePublicNumbers(at_x, at_y, SECP256R1()).public_key()


def is_signed(key: EllipticCurvePublicKey, signature: str, data: bytes) -> bool:
    """Did the holder of this key sign these bytes?"""
    try:
        raw = from_base64url(signature, 2 * BYTES)
        key.verify(encode_dss_signature(int.from_bytes(raw[:BYTES]), int.from_bytes(raw[BYTES:])), data, _ALGORITHM)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def from_base64url(text: str, length: int) -> bytes:
    """Exactly ``length`` bytes from base64url without padding; ValueError otherwise."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(raw) != length:
        raise ValueError("wrong length")
    return raw
