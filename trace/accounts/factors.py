"""The second factor of a person: enrolment, confirmation, the check before money moves, recovery, reset by the administrator."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from trace import audit
from trace.accounts import otp
from trace.accounts.factor_models import RecoveryCode, SecondFactor
from trace.accounts.models import User
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import utcnow
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.text import N_
from trace.db import db, lock_row
from trace.registry.vault import vault

ISSUER = "衡南土枇杷溯源"
RECOVERY_CODES = 8
MOST_FAILURES = 5
LOCK_FOR = timedelta(minutes=15)
WRONG = N_("动态口令不正确或已经用过，请等手机上换出下一个口令再填。")


@dataclass(frozen=True)
class Enrolment:
    """What a person needs to set up an authenticator: the secret in base32, and the address its QR symbol carries."""

    secret: str
    address: str


def enrol(actor: Actor) -> Enrolment:
    """Begin: a fresh secret, worth nothing until a code of it is shown. A confirmed factor is never replaced silently."""
    with db.atomic():
        found = _factor(actor.user_id)
        if found is not None and found.confirmed_at is not None:
            raise RuleBroken("动态口令已经启用。换手机请先由系统管理员重置。", code="FACTOR_EXISTS")
        if found is None:
            sealed = vault().seal(secrets.token_hex(20))
            found = SecondFactor.create(user=actor.user_id, secret_sealed=sealed, made_at=utcnow())
        secret = _secret(found)
        audit.record_system("factor.enrol", actor.username)
    address = otp.address(secret, ISSUER, actor.username)
    return Enrolment(address.partition("secret=")[2].partition("&")[0], address)


def confirm(actor: Actor, code: str) -> list[str]:
    """Finish with a code from the phone; returns the recovery codes, shown this once."""
    with _kept_failure(actor), db.atomic():
        found = _lock(actor.user_id)
        if found is None:
            raise RuleBroken("请先开始启用动态口令。", code="FACTOR_MISSING", field="code")
        if found.confirmed_at is not None:
            raise RuleBroken("动态口令已经启用。换手机请先由系统管理员重置。", code="FACTOR_EXISTS")
        _use_code(found, code)
        found.confirmed_at = utcnow()
        found.save(only=[SecondFactor.confirmed_at])
        codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _ in range(RECOVERY_CODES)]
        for one in codes:
            RecoveryCode.create(factor=found, code_hash=otp.recovery_hash(one))
        audit.record_system("factor.confirm", actor.username)
    return codes


def is_enrolled(user_id: int) -> bool:
    """Has this person a working second factor?"""
    found = _factor(user_id)
    return found is not None and found.confirmed_at is not None


def enrolled_users() -> set[int]:
    """Keys of everybody with a working second factor."""
    rows = SecondFactor.select(SecondFactor.user).where(SecondFactor.confirmed_at.is_null(False))
    return {user for (user,) in rows.tuples()}


def require_code(actor: Actor, code: str) -> None:
    """Check a code (or a recovery code) and use it up. Five wrong ones lock the factor for fifteen minutes.

    Stands before the operation it protects, in a transaction of its own: a wrong code must be remembered though nothing else happens.
    """
    if not code.strip():
        raise Invalid("请填写手机上的 6 位动态口令。", field="otp", code="FACTOR_NEEDED")
    with _kept_failure(actor), db.atomic():
        found = _lock(actor.user_id)
        if found is None or found.confirmed_at is None:
            raise RuleBroken(
                "您还没有启用动态口令，请先在“我的账号—动态口令”中启用。", code="FACTOR_MISSING", field="otp"
            )
        if _is_recovery(found, code):
            audit.record_system("factor.recover", actor.username)
            return
        _use_code(found, code, field="otp")


def reset(actor: Actor | None, username: str) -> None:
    """Take a lost authenticator away, for the administrator; the person enrols anew. ``actor`` is None for the command line."""
    user = User.get_or_none(User.username == username)
    if user is None:
        raise NotFound("没有这个账号。")
    if actor is None:
        with db.atomic():
            SecondFactor.delete().where(SecondFactor.user == user).execute()
            audit.record_system("factor.reset", user)
        return
    with operation(actor, Permission.USER_MANAGE) as op:
        if actor.user_id == user.id:
            raise RuleBroken("不能重置自己的动态口令，请另一位管理员办理。", code="SELF")
        SecondFactor.delete().where(SecondFactor.user == user).execute()
        op.record("factor.reset", user)


class _WrongCode(Invalid):
    """A wrong code: counted after the transaction it was tried in has ended."""


class _kept_failure:
    """Count a wrong code although the transaction it was tried in is undone."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, _WrongCode):
            return
        with db.atomic():
            mine = SecondFactor.user == self._actor.user_id
            SecondFactor.update(failures=SecondFactor.failures + 1, failed_at=utcnow()).where(mine).execute()
            audit.record_system("factor.refused", self._actor.username)


def _use_code(found: SecondFactor, code: str, field: str = "code") -> None:
    now = utcnow()
    if found.failures >= MOST_FAILURES and found.failed_at is not None and now - found.failed_at < LOCK_FOR:
        raise RuleBroken("动态口令连续填错 5 次，请 15 分钟后再试。", code="FACTOR_LOCKED", field=field)
    typed = "".join(char for char in code if char.isdigit())
    step = otp.matching_step(_secret(found), typed, now.timestamp(), found.last_step)
    if step is None:
        raise _WrongCode(WRONG, field=field, code="FACTOR_WRONG")
    found.last_step, found.failures = step, 0
    found.save(only=[SecondFactor.last_step, SecondFactor.failures])


def _is_recovery(found: SecondFactor, code: str) -> bool:
    mine = (RecoveryCode.factor == found.id) & (RecoveryCode.code_hash == otp.recovery_hash(code))
    return RecoveryCode.update(used_at=utcnow()).where(mine, RecoveryCode.used_at.is_null()).execute() == 1


def _secret(found: SecondFactor) -> bytes:
    return bytes.fromhex(vault().unseal(found.secret_sealed))


def _factor(user_id: int) -> SecondFactor | None:
    return SecondFactor.get_or_none(SecondFactor.user == user_id)


def _lock(user_id: int) -> SecondFactor | None:
    return lock_row(SecondFactor.select().where(SecondFactor.user == user_id)).first()
