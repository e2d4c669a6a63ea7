"""What the accounts do when two entries of one party are merged."""

from __future__ import annotations

from trace.accounts.models import User
from trace.audit import Operation
from trace.registry.models import Party


def move_accounts(op: Operation, old: Party, new: Party) -> dict[str, int]:
    """Accounts of the old entry act for the new one."""
    users = list(User.select().where(User.party == old).order_by(User.id))
    for user in users:
        user.party = new.id
        user.save(only=[User.party])
        op.record("user.follow_merge", user, before=old.code, after=new.code)
    return {"users": len(users)}
