"""Operations and conflicts as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from trace.core.actor import Actor
from trace.core.text import N_
from trace.field.activity_rules import ActivityKind
from trace.field.record_pages import text_of
from trace.field.weigh_rules import DESTINATIONS
from trace.registry.rules import PARTS
from trace.sync import records
from trace.sync.models import SyncConflict

HEADS = {"on": N_("日期"), "started": N_("开始时间"), "ended": N_("结束时间"), "note": N_("备注")}
NAMES = {
    "plot": N_("地块"), "on": N_("日期"), "part": N_("采收部位"), "quantity": N_("重量"), "unit": N_("单位"), "activity": N_("记录种类"),
    "record": N_("记录"), "reason": N_("原因"), "note": N_("备注"), "pickers": N_("采摘人数"), "yield_reason": N_("产量异常的原因"),
    "late_reason": N_("补录原因"), "product": N_("投入品名称"), "dose": N_("用量"), "pest": N_("防治对象"), "work": N_("管护内容"),
    "destination": N_("去向"), "basis": N_("承诺依据"), "no": N_("编号"), "issued_on": N_("开具时间"),
    "operation": N_("对应的手机记录"), "keep": N_("选择"), "lot": N_("批次"), "other": N_("另一批次"),
}  # fmt: skip
"""What a body's plain fields are called; others are shown under their own name."""
KEEPS = {
    "both": N_("都保留"), "merge": N_("合并"), "mine": N_("保留手机的"), "office": N_("保留办公室的"), "merged": N_("逐项选择"),
}  # fmt: skip
WORDS = {
    "part": PARTS, "destination": DESTINATIONS, "activity": {kind.value: kind.label for kind in ActivityKind}, "keep": KEEPS,
}  # fmt: skip
"""Choices in words."""


@dataclass(frozen=True)
class Line:
    """One field of a conflict: what both began from, what the phone wrote, what the office has."""

    key: str
    label: str
    base: str
    phone: str
    office: str

    @property
    def same_side(self) -> str:
        """Whose change it is when only one side changed it: that side is chosen beforehand."""
        if self.phone == self.base:
            return "office"
        return "mine" if self.office == self.base else ""


def compared(actor: Actor, conflict: SyncConflict) -> list[Line]:
    """The fields in which the versions differ, in the order of the record."""
    found = []
    for name, item in records.fields_of(conflict.record_code, actor):
        if name not in conflict.phone:
            continue
        texts = [
            (text_of(item, version) if item is not None else str(version.get(name) or "")) or "—"
            for version in (conflict.base, conflict.phone, conflict.office)
        ]
        found.append(Line(name, _(item.label if item is not None else HEADS[name]), *texts))
    return found


def facts_of(op: dict[str, Any]) -> list[tuple[str, str]]:
    """The plain fields of what was signed."""
    found = []
    for name, value in op["body"].items():
        if name == "photos":
            continue  # shown by themselves
        if name == "containers" and isinstance(value, list):
            found += _containers(value)
        elif isinstance(value, str) and value in WORDS.get(name, {}):
            found.append((_(NAMES[name]), _(WORDS[name][value])))
        elif isinstance(value, (str, int)) and value != "":
            found.append((_(NAMES[name]) if name in NAMES else name, str(value)))
        elif isinstance(value, list) and value:
            found.append((_(LISTS[name]) if name in LISTS else name, _("%(n)s 项", n=len(value))))
    return found


def _containers(rows: list[Any]) -> list[tuple[str, str]]:
    """What stood on the scales, as typed."""
    found = []
    for n, row in enumerate(rows, 1):
        gross, tare, damage = (str(row.get(name) or "") for name in ("gross", "tare", "damage"))
        text = _(
            "毛重 %(gross)s，皮重 %(tare)s，破损 %(damage)s", gross=gross or "—", tare=tare or "—", damage=damage or "—"
        )
        found.append((_("第 %(n)s 筐", n=n), text))
    return found


LISTS = {"actives": N_("有效成分")}
