"""Signing in and keeping accounts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trace import audit
from trace.accounts import rules
from trace.accounts.models import ApiToken, Device, SignInAttempt, User, UserSession, UserTownship
from trace.audit import operation
from trace.core.actor import Actor, Permission, Role
from trace.core.clock import utcnow
from trace.core.errors import Invalid, NotFound, RuleBroken, SignInNeeded
from trace.db import db
from trace.registry.models import Party, Township

_hasher = PasswordHasher()
_DUMMY = _hasher.hash(secrets.token_hex(16))
"""Checked when the name is unknown, so that both answers take the same time."""

TOKEN_LIFE = timedelta(hours=12)


def sign_in(username: str, password: str) -> tuple[User, str]:
    """Check name and password; returns the user and the session's secret.

    Five failures in fifteen minutes lock the *name* for fifteen minutes, whether or not such a user exists.
    """
    user = _authenticate(username, password)
    secret = secrets.token_urlsafe(32)
    now = utcnow()
    with db.atomic():
        UserSession.create(secret_hash=secret_hash(secret), user=user, created_at=now, seen_at=now)
        audit.record_system("session.open", user)
    return user, secret


def issue_token(username: str, password: str) -> tuple[User, str]:
    """The same check for the JSON interface; the token lives twelve hours."""
    user = _authenticate(username, password)
    secret = secrets.token_urlsafe(32)
    now = utcnow()
    with db.atomic():
        ApiToken.create(secret_hash=secret_hash(secret), user=user, created_at=now, expires_at=now + TOKEN_LIFE)
        audit.record_system("token.create", user)
    return user, secret


def sign_out(secret: str) -> None:
    """End a session for good; its cookie is worth nothing afterwards."""
    with db.atomic():
        UserSession.update(ended_at=utcnow()).where(
            UserSession.secret_hash == secret_hash(secret), UserSession.ended_at.is_null()
        ).execute()


def end_sessions(user: User) -> None:
    """End every session and token of a user, at once; phones keep what they have and ask to sign in again."""
    now = utcnow()
    for model in (UserSession, ApiToken):
        model.update(ended_at=now).where(model.user == user, model.ended_at.is_null()).execute()
    Device.update(token_expires_at=now).where(Device.user == user, Device.token_expires_at > now).execute()


def create_user(
    actor: Actor | None,
    *,
    username: str,
    display_name: str,
    password: str,
    roles: Iterable[Role],
    party: Party | None = None,
    townships: Iterable[Township] = (),
    must_change: bool = True,
) -> User:
    """Make an account. ``actor`` is None only for the command line and the demo county, which leave their own trail."""
    name = rules.normalise_username(username)
    rules.check_password(password, name)
    wanted = [Role(role).value for role in roles]
    with _as(actor, Permission.USER_MANAGE) as record:
        if User.get_or_none(User.username == name):
            raise Invalid("登录名“%(name)s”已有人使用。", field="username", code="USERNAME_TAKEN", name=name)
        user = User.create(
            username=name,
            display_name=display_name.strip(),
            password_hash=_hasher.hash(password),
            roles=wanted,
            party=party,
            must_change=must_change,
            created_at=utcnow(),
        )
        for township in townships:
            UserTownship.create(user=user, township=township)
        record("user.create", user, roles=wanted)
        return user


def disable_user(actor: Actor | None, username: str) -> User:
    """Stop an account; its sessions end with it."""
    with _as(actor, Permission.USER_MANAGE) as record:
        user = _get(username)
        if actor is not None and user.id == actor.user_id:
            raise RuleBroken("不能停用自己的账号。", code="SELF")
        user.disabled = True
        user.save(only=[User.disabled])
        end_sessions(user)
        record("user.disable", user)
        return user


def set_password(actor: Actor | None, username: str, password: str, *, must_change: bool = True) -> User:
    """Give an account a new password; all its sessions end."""
    with _as(actor, Permission.USER_MANAGE) as record:
        user = _get(username)
        rules.check_password(password, user.username)
        user.password_hash, user.must_change = _hasher.hash(password), must_change
        user.save(only=[User.password_hash, User.must_change])
        end_sessions(user)
        record("user.reset", user)
        return user


def change_own_password(actor: Actor, old: str, new: str) -> User:
    """A person changes the own password; the old one is asked again."""
    user = _get(actor.username)
    if not _verify(user, old):
        raise Invalid("原密码不正确。", field="old", code="PASSWORD_WRONG")
    rules.check_password(new, user.username)
    with db.atomic():
        user.password_hash, user.must_change = _hasher.hash(new), False
        user.save(only=[User.password_hash, User.must_change])
        end_sessions(user)
        audit.record_system("user.password", user)
    return user


def secret_hash(secret: str) -> str:
    """What the tables keep of a session or token secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _authenticate(username: str, password: str) -> User:
    name = rules.normalise_username(username)
    now = utcnow()
    failures = _failures(name, now)
    if rules.is_locked(failures, now):
        raise _locked()
    user = User.get_or_none(User.username == name)
    ok = _verify(user, password[: rules.MAX_LENGTH]) and not user.disabled
    with db.atomic():
        SignInAttempt.create(username=name, at=now, succeeded=ok)
        if not ok:
            audit.record_system("session.refused", name, failures=len(failures) + 1)
    if ok:
        return user
    if rules.is_locked([*failures, now], now):
        raise _locked()
    raise SignInNeeded("登录名或密码不正确。", code="BAD_CREDENTIALS", field="username")


def _failures(name: str, now: datetime) -> list[datetime]:
    """When this name failed since its last success, as far back as it can still matter."""
    since = now - rules.FAILURE_WINDOW - rules.LOCK_FOR
    found: list[datetime] = []
    for attempt in (
        SignInAttempt.select()
        .where(SignInAttempt.username == name, SignInAttempt.at > since)
        .order_by(SignInAttempt.id)
    ):
        found = [] if attempt.succeeded else [*found, attempt.at]
    return found


def _locked() -> RuleBroken:
    return RuleBroken("账号已锁定 15 分钟。", code="LOCKED", field="username")


def _verify(user: User | None, password: str) -> bool:
    try:
        return _hasher.verify(user.password_hash if user else _DUMMY, password) and user is not None
    except (VerificationError, InvalidHashError):
        return False


def _get(username: str) -> User:
    user = User.get_or_none(User.username == rules.normalise_username(username))
    if user is None:
        raise NotFound("没有这个账号。")
    return user


class _as:
    """An operation for a signed-in actor, or a system record for the command line."""

    def __init__(self, actor: Actor | None, permission: Permission) -> None:
        self._context = operation(actor, permission) if actor is not None else db.atomic()
        self._actor = actor

    def __enter__(self):  # type: ignore[no-untyped-def]
        entered = self._context.__enter__()
        return entered.record if self._actor is not None else audit.record_system

    def __exit__(self, *exc):  # type: ignore[no-untyped-def]
        return self._context.__exit__(*exc)
