"""Weigh-ins, phones that sign, and drawn records."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from trace.core.actor import Actor
from trace.core.clock import utcnow
from trace.field import weighing
from trace.field.services import Recorded, record_harvest
from trace.field.weighing import WeighIn
from trace.land.models import Plot
from trace.lots.models import Lot
from trace.processing.handover import Signer
from trace.processing.handover_rules import public_key, signed_bytes
from trace.quality.models import InspectionTask, SampleDraw
from trace.quality.sampling_rules import settings_of


def rows(*containers: tuple[str, ...]) -> list[dict[str, str]]:
    """``("120.5", "2.5", "1")`` → gross, tare, damage as typed."""
    return [dict(zip(("gross", "tare", "damage"), (*one, "", ""), strict=False)) for one in containers]


def weigh(
    actor: Actor, plot: Plot, *containers: tuple[str, ...], on: date, part: str = "fruit", **more: Any
) -> Recorded:
    """A harvest weighed in containers; what only :func:`record_harvest` takes goes there, the rest to the weigh-in."""
    outside = {key: more.pop(key) for key in ("yield_reason", "late_reason", "note") if key in more}
    weigh_in = WeighIn(weighing.read_containers(rows(*containers)), **more)
    return record_harvest(actor, plot_code=plot.code, part=part, harvested_on=on, weigh=weigh_in, **outside)


@dataclass
class Phone:
    """A registered phone: its key never leaves it, papers carry its signature."""

    actor: Actor
    device: str = field(default_factory=lambda: str(uuid4()))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as a phone registers it."""
        point = self.key.public_key().public_numbers()
        x, y = (_text(number.to_bytes(32, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, paper: dict[str, Any]) -> dict[str, Any]:
        """The paper with this phone's signature."""
        whole = {**paper, "device": self.device}
        r, s = decode_dss_signature(self.key.sign(signed_bytes(whole), ec.ECDSA(SHA256())))
        return {**whole, "sig": _text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}

    def offer(self, lot: str, quantity: str, receiver: str | None = None, **more: Any) -> dict[str, Any]:
        """An offer of (part of) a lot, made a quarter of an hour ago and good for an hour."""
        made = more.pop("at", utcnow() - timedelta(minutes=15))
        expires = more.pop("expires", made + timedelta(hours=1))
        return self.sign(
            {
                "kind": "handover.offer", "lot": lot, "quantity": quantity, "receiver": receiver, "offered_at": made.isoformat(),
                "expires_at": expires.isoformat(), "nonce": uuid4().hex, **more,
            }
        )  # fmt: skip

    def accept(self, offer: dict[str, Any], quantity: str, receiver: str, **more: Any) -> dict[str, Any]:
        """An acceptance over an offer's hash, ten minutes ago."""
        at = more.pop("at", utcnow() - timedelta(minutes=10))
        return self.sign(
            {
                "kind": "handover.accept", "offer": _hash(offer), "receiver": receiver, "quantity": quantity, "reason": None,
                "accepted_at": at.isoformat(), **more,
            }
        )  # fmt: skip


def known(*phones: Phone) -> Any:
    """The look-up of these phones and no others."""
    found = {phone.device: Signer(public_key(phone.jwk), phone.actor) for phone in phones}
    return found.get


def task(lot: Lot, recorder: int = 0) -> InspectionTask:
    """A drawn harvest, without a real draw."""
    number = InspectionTask.select().count() + 1
    day = date(2020, 1, 6) + timedelta(days=7 * number)
    draw = SampleDraw.create(
        code=f"CX20-{number:04d}", first_day=day, last_day=day + timedelta(days=6), seed="种子", rules=settings_of(None), population=[["harvest", lot.code, 0]],
        drawn_at=datetime(2026, 7, 20, tzinfo=UTC),
    )  # fmt: skip
    return InspectionTask.create(
        code=f"CC26-{number:04d}", draw=draw, kind="harvest", record=lot.code, plot=lot.plot_id, party=lot.holder_id,
        recorder_id=recorder or lot.made_by.recorded_by, recorder_name=lot.made_by.recorder_name, happened_on=lot.made_on, score=0,
        reasons=[], due_on=date(2026, 8, 1),
    )  # fmt: skip


def _hash(offer: dict[str, Any]) -> str:
    return hashlib.sha256(signed_bytes(offer)).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
