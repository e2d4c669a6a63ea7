"""Sealing of personal numbers: AES-GCM at rest, a keyed hash to search by. Every sealed value names its algorithm (SM4 may be asked later)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALGORITHM = "A1"


class Vault:
    """Seals and opens short texts with keys derived from the installation's secret."""

    def __init__(self, secret: str) -> None:
        """Derive separate keys for sealing and for searching."""
        self._cipher = AESGCM(derive_key(secret, b"personal-seal"))
        self._search_key = derive_key(secret, b"personal-search")

    def seal(self, text: str) -> str:
        """Encrypt; the result starts with the algorithm's name."""
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), ALGORITHM.encode())
        return f"{ALGORITHM}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str) -> str:
        """Decrypt what :meth:`seal` made; raises on any alteration."""
        algorithm, _, body = sealed.partition(".")
        raw = base64.urlsafe_b64decode(body)
        return self._cipher.decrypt(raw[:12], raw[12:], algorithm.encode()).decode()

    def search_hash(self, text: str) -> str:
        """Equal texts have equal hashes; without the key nothing can be tried."""
        return hmac.new(self._search_key, text.encode(), hashlib.sha256).hexdigest()


def derive_key(secret: str, purpose: bytes, length: int = 32) -> bytes:
    """One key per purpose from the installation's secret (HKDF-SHA-256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"loquat-trace/" + purpose).derive(secret.encode())
