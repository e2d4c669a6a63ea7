"""Merging villages. Source: domain brief §2.7 (codes change; old records keep the old code), §6.2 and T7; features A6."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import N_, Message
from trace.registry import queries
from trace.registry.models import Township, Village
from trace.registry.region_models import VillageMerge


def merge_village(actor: Actor, code: str, into_code: str, on: date, document: str) -> VillageMerge:
    """End a village on a day and say which one it is part of since. Plots, parties and past figures keep the old code.

    Both must be in force and of one township, so that no sum of a township changes. Every mistake is listed.
    """
    with operation(actor, Permission.REGION_CHANGE) as op:
        village, into = queries.get_village(code), queries.get_village(into_code)
        errors = _ended([("village", village), ("into", into)])
        if village.id == into.id:
            errors.append(FieldError("into", "SELF", Message("不能并入自己。")))
        elif village.township_id != into.township_id:
            errors.append(FieldError("into", "OTHER_TOWNSHIP", Message("两个村不在同一个乡镇（街道），不能合并。")))
        if not village.valid_from < on <= business_date(op.at):
            errors.append(FieldError("on", "DATE_RANGE", Message("合并日期应在该村设立之后、今天或以前。")))
        if not document.strip():
            errors.append(FieldError("document", "MISSING", Message("请填写批准合并的文号。")))
        if errors:
            raise Invalid.of(errors)
        Village.update(valid_to=on).where(Village.id == village.id).execute()
        row = VillageMerge.create(
            village=village, into=into, on_day=on, document=document.strip(), recorder_name=actor.display_name, recorded_at=op.at
        )  # fmt: skip
        op.record("region.merge", None, village=village.code, into=into.code, on=on.isoformat(), document=row.document)
        return row


def merges() -> list[VillageMerge]:
    """All mergers with both villages and their township, the newest first."""
    into = Village.alias()
    query = (
        VillageMerge.select(VillageMerge, Village, Township, into).join(Village, on=VillageMerge.village).join(Township)
    )
    return list(query.switch(VillageMerge).join(into, on=VillageMerge.into).order_by(VillageMerge.id.desc()))


def merge_of(village: Village) -> VillageMerge | None:
    """What a village became, the village it became part of joined; None for one in force."""
    query = VillageMerge.select(VillageMerge, Village).join(Village, on=VillageMerge.into)
    return query.where(VillageMerge.village == village).first()


def village_in_force(code: str) -> Village:
    """The village new records are entered under; one that was merged is refused with the name of its successor."""
    village = queries.get_village(code)
    errors = _ended([("village", village)])
    if errors:
        raise Invalid.of(errors)
    return village


def ended_words(merge: VillageMerge) -> dict[str, Any]:
    """What :data:`ENDED` is filled with."""
    return {"village": merge.village.name, "day": merge.on_day, "into": merge.into.name}


ENDED = N_("%(village)s已于 %(day)s 并入%(into)s，请选现在的村。")


def _ended(villages: list[tuple[str, Village]]) -> list[FieldError]:
    found = [(field, village, merge_of(village)) for field, village in villages if village.valid_to is not None]
    return [
        FieldError(field, "VILLAGE_ENDED", Message(ENDED, ended_words(merge)) if merge else Message("请选择到村。"))
        for field, _, merge in found
    ]
