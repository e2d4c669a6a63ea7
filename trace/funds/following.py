"""What the programmes say when two entries of one party are to be merged."""

from __future__ import annotations

from trace.audit import Operation
from trace.core.errors import RuleBroken
from trace.funds.models import Application
from trace.registry.models import Party


def refuse_applications(op: Operation, old: Party, new: Party) -> dict[str, int]:
    """An application names who applied and is never rewritten: the entry that applied has to be the one that stays."""
    filed = Application.select().where((Application.applicant == old) | (Application.agent == old)).count()
    if filed:
        raise RuleBroken(
            "%(old)s 名下有 %(n)s 份申报，不能并入别的主体；请反过来，把 %(new)s 并入它。", code="HAS_APPLICATIONS",
            old=old.code, new=new.code, n=filed,
        )  # fmt: skip
    return {}
