"""Phones: registered by their person, known by their key, cut off when lost (docs/adr/0008, domain brief §7.1 C13)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN

from trace import audit
from trace.accounts.models import Device, User
from trace.accounts.services import secret_hash
from trace.audit import operation
from trace.core.actor import Actor, Permission, Role
from trace.core.clock import utcnow
from trace.core.errors import Expired, Forbidden, Invalid, NotFound, RuleBroken
from trace.core.p256 import read_jwk
from trace.db import db
from trace.registry.models import Party

TOKEN_LIFE = timedelta(days=30)
PREFIX = "dv."
"""How the token of a phone begins; a person's token never does."""
EVERYWHERE = frozenset({Role.BUREAU, Role.SECURITY})


def register_device(actor: Actor, *, public_id: str, name: str, public_key: Any) -> tuple[Device, str]:
    """Register a phone for the person who signed in on it, or give it a new token of thirty days; returns the token once.

    A device id belongs to one person and one key for good: signatures of years ago must stay checkable.
    """
    with operation(actor, Permission.DEVICE_REGISTER) as op:
        x, y = read_jwk(public_key)
        secret = PREFIX + secrets.token_urlsafe(32)
        fresh = {"name": name.strip(), "token_hash": secret_hash(secret), "token_expires_at": op.at + TOKEN_LIFE}
        device = Device.get_or_none(Device.public_id == public_id)
        if device is None:
            device = Device.create(
                public_id=public_id, user=actor.user_id, x=x, y=y, registered_at=op.at, **fresh
            )  # fmt: skip
            op.record("device.register", device, name=device.name)
            return device, secret
        _require_same(device, actor, x, y)
        Device.update(**fresh).where(Device.id == device.id).execute()
        op.record("device.renew", device, name=fresh["name"])
        return Device.get_by_id(device.id), secret


def revoke_device(actor: Actor, public_id: str, reason: str) -> Device:
    """Cut a phone off for good; at its next contact the app wipes itself. What it sent before stays."""
    with operation(actor, Permission.DEVICE_REVOKE) as op:
        device = visible_devices(actor).where(Device.public_id == public_id).first()
        if device is None:
            raise NotFound()
        if device.revoked_at is not None:
            raise RuleBroken("这台手机已经停用。", code="ALREADY_REVOKED")
        if not reason.strip():
            raise Invalid("请填写停用原因。", field="reason", code="REASON_MISSING")
        device.revoked_at, device.revoker_name, device.revoke_reason = op.at, actor.display_name, reason.strip()
        device.save(only=[Device.revoked_at, Device.revoker_name, Device.revoke_reason])
        op.record("device.revoke", device, name=device.name, reason=device.revoke_reason)
        return device


def device_of_token(secret: str) -> Device | None:
    """The phone behind a token with its user, or None for a token never given (or replaced since).

    Raises :class:`Expired` (401, sign in again, keep everything) or :class:`Forbidden` ``DEVICE_REVOKED`` (403, wipe).
    """
    device = _with_user().where(Device.token_hash == secret_hash(secret)).first()
    if device is None:
        return None
    if device.revoked_at is not None:
        with db.atomic():
            audit.record_system("device.refused", device, name=device.name)
        raise revoked()
    if device.user.disabled:
        raise Forbidden("账号已停用，手机里的记录都在，请联系合作社负责人。", code="ACCOUNT_DISABLED")
    if device.token_expires_at <= utcnow():
        raise Expired()
    return device


def revoked() -> Forbidden:
    """What a revoked phone is told."""
    return Forbidden("这台手机已被停用，请联系合作社负责人。", code="DEVICE_REVOKED")


def heard_from(device_id: int, at: datetime, skew_seconds: int | None, waiting: int | None) -> None:
    """Keep when a phone was last heard, how far its clock is ahead and how many records it still holds; inside the exchange's operation."""
    told = {Device.skew_seconds: skew_seconds, Device.waiting: waiting}
    Device.update({Device.seen_at: at, **{field: value for field, value in told.items() if value is not None}}).where(
        Device.id == device_id
    ).execute()


def devices_named(public_ids: set[str]) -> dict[str, Device]:
    """Devices by their ids, users and parties joined."""
    found = _with_user().where(Device.public_id.in_(sorted(public_ids)))
    return {device.public_id: device for device in found}


def visible_devices(actor: Actor) -> Any:
    """All phones for the bureau and the security administrator; else one's own and those of the own party."""
    query = _with_user().order_by(Device.id.desc())
    if actor.roles & EVERYWHERE:
        return query
    mine = Device.user == actor.user_id
    return query.where(mine | (User.party == actor.party_id) if actor.party_id else mine)


def _with_user() -> Any:
    return Device.select(Device, User, Party).join(User).join(Party, JOIN.LEFT_OUTER)


def _require_same(device: Device, actor: Actor, x: str, y: str) -> None:
    if device.user_id != actor.user_id:
        raise RuleBroken("这台手机已登记给别人，请重新安装程序后再登录。", code="DEVICE_OF_ANOTHER")
    if device.revoked_at is not None:
        raise revoked()
    if (device.x, device.y) != (x, y):
        raise RuleBroken("手机的密钥已更换，请以新设备登记。", code="DEVICE_KEY_CHANGED")
