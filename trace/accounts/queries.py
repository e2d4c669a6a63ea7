"""From a secret to an actor, and lists of accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peewee import JOIN

from trace.accounts.models import ApiToken, User, UserSession, UserTownship
from trace.accounts.services import secret_hash
from trace.core.actor import Actor, Permission, Role
from trace.core.clock import utcnow
from trace.db import db
from trace.registry.models import Party, Township

TOUCH_EVERY = timedelta(seconds=60)
FIELD_ROLES = frozenset({Role.COOP, Role.GROWER})
FIELD_IDLE = timedelta(hours=12)


def actor_of_session(secret: str, *, idle: timedelta, absolute: timedelta) -> Actor | None:
    """The actor behind a session secret, or None when it ended, idled out, grew too old, or the user was disabled."""
    now = utcnow()
    row = (
        UserSession.select(UserSession, User, Party)
        .join(User)
        .join(Party, JOIN.LEFT_OUTER)
        .where(UserSession.secret_hash == secret_hash(secret), UserSession.ended_at.is_null(), ~User.disabled)
        .first()
    )
    if row is None or now - row.created_at > absolute:
        return None
    actor = actor_of(row.user)
    if now - row.seen_at > (FIELD_IDLE if actor.roles <= FIELD_ROLES else idle):
        return None
    if now - row.seen_at > TOUCH_EVERY:
        with db.atomic():
            UserSession.update(seen_at=now).where(UserSession.id == row.id).execute()
    return actor


def actor_of_token(secret: str) -> Actor | None:
    """The actor behind a bearer token, or None."""
    row = (
        ApiToken.select(ApiToken, User, Party)
        .join(User)
        .join(Party, JOIN.LEFT_OUTER)
        .where(
            ApiToken.secret_hash == secret_hash(secret),
            ApiToken.ended_at.is_null(),
            ApiToken.expires_at > utcnow(),
            ~User.disabled,
        )
        .first()
    )
    return actor_of(row.user) if row else None


def actor_of(user: User) -> Actor:
    """The actor a user row stands for (its party joined)."""
    codes = (
        UserTownship.select(Township.code).join(Township).where(UserTownship.user == user.id).tuples()
        if Role.TOWNSHIP.value in user.roles
        else []
    )
    return Actor(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        roles=frozenset(Role(role) for role in user.roles),
        party_id=user.party_id,
        org_name=user.party.name if user.party_id else "",
        township_codes=frozenset(code for (code,) in codes),
        must_change=user.must_change,
    )


def actor_by_id(user_id: int | None) -> Actor | None:
    """The actor of an account that is still open; for the worker, which acts for whoever asked."""
    user = User.select(User, Party).join(Party, JOIN.LEFT_OUTER).where(User.id == user_id, ~User.disabled).first()
    return actor_of(user) if user else None


def visible_users(actor: Actor) -> Any:
    """All accounts, for those who manage them."""
    actor.require(Permission.USER_MANAGE)
    return User.select(User, Party).join(Party, JOIN.LEFT_OUTER).order_by(User.username)


def user_named(username: str) -> User | None:
    """A user by sign-in name."""
    return User.select(User, Party).join(Party, JOIN.LEFT_OUTER).where(User.username == username).first()
