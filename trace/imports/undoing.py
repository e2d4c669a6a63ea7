"""Taking back what an import made, while nothing else stands on it."""

from __future__ import annotations

from typing import Any

from trace.audit import Operation
from trace.core.errors import RuleBroken
from trace.funds import external
from trace.imports.models import ImportRun
from trace.land import undoing as land
from trace.pesticides import services as pesticides
from trace.registry.models import HouseholdMember, Membership, Party, PartyRole

AT_ONCE = 200
WORDS = {
    "plot": "地块", "lot": "批次", "application": "申报", "user_account": "账号", "title": "证照", "membership": "成员关系",
    "household_member": "家庭成员", "operation": "业务记录",
}  # fmt: skip


def take_back(op: Operation, run: ImportRun, subjects: list[str]) -> None:
    """Remove or cancel the records of a run; :class:`RuleBroken` names what stands on them, and nothing is changed."""
    if run.kind == "plots":
        land.cancel_plots(op, subjects, f"撤销导入 {run.code}")
    elif run.kind in pesticides.MODELS:
        pesticides.take_back(op, run.kind, subjects)
    elif run.kind == "external_support":
        external.take_back(int(subject) for subject in subjects)
    elif run.kind == "people":
        _delete(HouseholdMember, [int(subject.rpartition("#")[2]) for subject in subjects])
    elif run.kind == "members":
        _leave(subjects)
    else:
        ids = _party_ids(subjects)
        _refuse_dependents(ids)
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            Membership.delete().where(Membership.member.in_(part)).execute()
            PartyRole.delete().where(PartyRole.party.in_(part)).execute()
            Party.delete().where(Party.id.in_(part)).execute()


def _party_ids(codes: list[str]) -> list[int]:
    found: list[int] = []
    for start in range(0, len(codes), AT_ONCE):
        found += [
            row[0] for row in Party.select(Party.id).where(Party.code.in_(codes[start : start + AT_ONCE])).tuples()
        ]
    return found


def _refuse_dependents(ids: list[int]) -> None:
    """Every table that points at a party is asked; roles and the membership an import made go with it."""
    found: dict[str, int] = {}
    for field, model in Party._meta.backrefs.items():
        if model in (PartyRole, Membership) and field is not Membership.organisation:
            continue
        count = 0
        for start in range(0, len(ids), AT_ONCE):
            count += model.select().where(field.in_(ids[start : start + AT_ONCE])).count()
        if count:
            found[model._meta.table_name] = found.get(model._meta.table_name, 0) + count
    if found:
        told = "、".join(f"{WORDS.get(name, '其他记录')} {count} 条" for name, count in found.items())
        raise RuleBroken("这次导入的记录已被使用（%(told)s），不能整批撤销。", code="IMPORT_IN_USE", told=told)


def _leave(subjects: list[str]) -> None:
    for subject in subjects:
        organisation, _, member = subject.partition("+")
        row = (
            Membership.select()
            .where(
                Membership.organisation == Party.get(Party.code == organisation),
                Membership.member == Party.get(Party.code == member),
                Membership.left_on.is_null(),
            )
            .first()
        )
        if row is not None:
            row.delete_instance()


def _delete(model: Any, ids: list[int]) -> None:
    for start in range(0, len(ids), AT_ONCE):
        model.delete().where(model.id.in_(ids[start : start + AT_ONCE])).execute()
