"""Reading approval: lists with their applications, and what is ready to be laid before the leading group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.funds import queries
from trace.funds.approval_models import ApprovalItem, ApprovalList
from trace.funds.ledger_models import Budget
from trace.funds.models import Application
from trace.land.models import Plot
from trace.programmes.models import Programme
from trace.registry.models import Party, Township, Village


def lists(actor: Actor) -> Any:
    """All lists with their programmes, newest first; for county offices that read funds."""
    actor.require(Permission.FUND_READ)
    if not actor.county_wide:
        raise NotFound()
    return ApprovalList.select(ApprovalList, Programme).join(Programme).order_by(ApprovalList.id.desc())


def decided_lists(actor: Actor) -> Any:
    """Lists that were decided."""
    return lists(actor).where(ApprovalList.state != "open")


def open_lists(actor: Actor) -> list[tuple[ApprovalList, list[ApprovalItem]]]:
    """Lists that wait, oldest first, each with the applications still open on it."""
    found = list(lists(actor).where(ApprovalList.state == "open").order_by(ApprovalList.id))
    return [(row, [item for item in items(row) if item.state == "open"]) for row in found]


def get_list(actor: Actor, no: str) -> ApprovalList:
    """One list."""
    found = lists(actor).where(ApprovalList.no == no).first()
    if found is None:
        raise NotFound()
    return found


def items(row: ApprovalList) -> list[ApprovalItem]:
    """The applications of a list in its order, applicant and place joined."""
    rows = (
        ApprovalItem.select(ApprovalItem, Application, Plot, Village, Township, Party)
        .join(Application)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Application)
        .join(Party, on=Application.applicant)
    )
    return list(rows.where(ApprovalItem.list == row.id).order_by(ApprovalItem.position))


def by_programme(applications: Iterable[Application]) -> list[tuple[Programme, Budget, list[Application]]]:
    """Applications in groups of one programme, each with its budget."""
    groups: dict[int, list[Application]] = {}
    for one in applications:
        groups.setdefault(one.programme_id, []).append(one)
    money = queries.budgets(groups)
    return [(group[0].programme, money[key], group) for key, group in sorted(groups.items())]
