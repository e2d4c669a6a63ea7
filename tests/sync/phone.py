"""A phone as the tests need it: a key, a queue of signed operations, and an exchange over any transport."""

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from uuid6 import uuid7

Send = Callable[[str, str, Any, dict[str, str]], Any]


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Phone:
    """One phone of one person. ``op`` makes a signed operation; nothing made is ever changed."""

    def __init__(self, username: str, name: str = "测试手机") -> None:
        """Make a key and an id."""
        self.username, self.name = username, name
        self.id = str(uuid.uuid4())
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.seq = 0
        self.token = ""

    @property
    def jwk(self) -> dict[str, str]:
        """The public half."""
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32)), "ext": True, "key_ops": ["verify"],
        }  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        """How it signs in."""
        return {"Authorization": f"Bearer {self.token}"}

    def sign(self, op: dict[str, Any]) -> dict[str, Any]:
        """The operation with the signature WebCrypto would give."""
        bare = {key: value for key, value in op.items() if key != "sig"}
        r, s = decode_dss_signature(self.key.sign(rfc8785.dumps(bare), ec.ECDSA(SHA256())))
        return {**bare, "sig": b64(r.to_bytes(32) + s.to_bytes(32))}

    def op(self, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new signed operation."""
        self.seq += 1
        made = {
            "id": str(uuid7()), "device": self.id, "seq": self.seq, "kind": kind, "schema": 1, "author": self.username,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "after": [], "base": None, "body": body,
        }  # fmt: skip
        return self.sign({**made, **more})

    def harvest(self, plot: str, quantity: str = "10", on: str | None = None, **more: Any) -> dict[str, Any]:
        """A harvest of today."""
        body = {"plot": plot, "part": "fruit", "on": on or today(), "quantity": quantity, "unit": "公斤"}
        return self.op("harvest.record", {**body, **more.pop("body", {})}, **more)

    def envelope(self, ops: list[Any], **more: Any) -> dict[str, Any]:
        """What is posted."""
        return {"protocol": 1, "device": self.id, "sent_at": datetime.now(UTC).isoformat(), "ops": ops, **more}


def today() -> str:
    """The county's date."""
    return datetime.now(UTC).astimezone().date().isoformat()


class Line:
    """A phone on a Flask test client."""

    def __init__(self, app: Any, phone: Phone, password: str = "Qingling-2931-x") -> None:
        """Register the phone for its person."""
        self.client, self.phone = app.test_client(), phone
        token = self.client.post("/api/v1/tokens", json={"username": phone.username, "password": password})
        assert token.status_code == 201, token.text
        self.person = {"Authorization": f"Bearer {token.json['token']}"}
        answer = self.register()
        assert answer.status_code == 201, answer.text
        phone.token = answer.json["token"]

    def register(self) -> Any:
        """Ask for a device token."""
        body = {"device": self.phone.id, "name": self.phone.name, "public_key": self.phone.jwk}
        return self.client.post("/api/v1/devices", json=body, headers=self.person)

    def post(self, ops: list[Any], **more: Any) -> Any:
        """One exchange; the raw answer."""
        return self.client.post("/api/v1/sync", json=self.phone.envelope(ops, **more), headers=self.phone.headers)

    def sync(self, *ops: Any, **more: Any) -> list[dict[str, Any]]:
        """One exchange that must succeed; its receipts."""
        answer = self.post(list(ops), **more)
        assert answer.status_code == 200, answer.text
        return answer.json["receipts"]


def shuffled(ops: list[Any], seed: int) -> list[Any]:
    """Another order."""
    found = list(ops)
    random.Random(seed).shuffle(found)
    return found


def packed(envelope: dict[str, Any]) -> bytes:
    """As JSON text."""
    return json.dumps(envelope, ensure_ascii=False).encode()
