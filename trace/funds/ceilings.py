"""Ceilings and shortage: what was granted already, to whom together, and how too little money is shared (domain brief §5.1, §5.7)."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import fn

from trace.core.money import pro_rata
from trace.db import lock_row
from trace.funds import external, linked
from trace.funds.models import Application
from trace.programmes.claim import Limits
from trace.programmes.models import Programme
from trace.programmes.terms import Terms


def granted_fen(application: Application, parties: Sequence[int] | None = None) -> int:
    """Fen granted in the programme to these parties (None: to all), the application itself left out. Granted: reviewed and not refused since."""
    rows = Application.select(fn.COALESCE(fn.SUM(Application.amount_fen), 0)).where(
        Application.programme == application.programme_id, Application.id != application.id, Application.active_key.is_null(False)
    )  # fmt: skip
    if parties is not None:
        rows = rows.where(Application.applicant.in_(list(parties)))
    return int(rows.scalar())


def limits_of(application: Application, terms: Terms) -> Limits:
    """What the caps of a notice need to know about one application; asks only for what the notice caps.

    The programme's row is locked until the transaction ends: of two reviews at once the second counts what the first granted.
    """
    if terms.beneficiary_cap_fen is not None or terms.programme_cap_fen is not None:
        list(lock_row(Programme.select(Programme.id).where(Programme.id == application.programme_id)))
    group = (
        linked.group_of(application.applicant) if terms.beneficiary_cap_fen is not None else [application.applicant_id]
    )
    return Limits(
        granted_fen=granted_fen(application, group) if terms.beneficiary_cap_fen is not None else 0,
        programme_granted_fen=granted_fen(application) if terms.programme_cap_fen is not None else 0,
        other_support_fen=external.support_fen(application) if terms.stacking else 0,
        linked=len(group) > 1,
    )


def share_out(applications: Sequence[Application], left_fen: int, terms: Terms) -> list[tuple[Application, int]]:
    """What each approved application of one programme gets when the money may not do for all.

    ``pro_rata``: in proportion, the largest remainders get the last fen, the sum is spent exactly. ``queue``: in the order of submission, each in full
    as long as it fits; one that does not fit gets nothing, and so does everyone behind it.
    """
    queue = sorted(applications, key=lambda item: (item.submitted_at, item.id))
    claims = [item.amount_fen for item in queue]
    if terms.shortage == "pro_rata":
        return list(zip(queue, pro_rata(claims, left_fen), strict=True))
    shared, stopped = [], False
    for item in queue:
        stopped = stopped or item.amount_fen > left_fen
        shared.append((item, 0 if stopped else item.amount_fen))
        left_fen -= shared[-1][1]
    return shared
