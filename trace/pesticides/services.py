"""Loading the tables. A row for a thing that is there already retires the row before; both stay readable."""

from __future__ import annotations

from typing import Any

from trace.audit import Operation
from trace.core.errors import Invalid, RuleBroken
from trace.pesticides import queries
from trace.pesticides.models import (
    KEYS,
    BannedActive,
    FoodPath,
    LabelScope,
    OrganicInput,
    PesticideProduct,
    ResidueLimit,
)
from trace.registry.initials import initials_of

MODELS: dict[str, Any] = {
    "pesticides": PesticideProduct,
    "pesticide_scopes": LabelScope,
    "banned_actives": BannedActive,
    "residue_limits": ResidueLimit,
    "food_paths": FoodPath,
    "organic_inputs": OrganicInput,
}
"""The tables by the name their imports have."""


def load_row(op: Operation, table: str, values: dict[str, Any]) -> str:
    """Load one row inside an operation that records the load as a whole; returns ``table#key``, by which it can be taken back."""
    model = MODELS[table]
    if model is PesticideProduct:
        values = {**values, "initials": initials_of(values["name"])}
    if model is LabelScope:
        _check_scope(values)
    key = [getattr(model, name) == values.get(name, _default(model, name)) for name in KEYS[model]]
    model.update(retired_at=op.at).where(model.retired_at.is_null(), *key).execute()
    row = model.create(**values, loaded_at=op.at, loader_name=op.actor.display_name)
    return f"{table}#{row.id}"


def take_back(op: Operation, table: str, subjects: list[str]) -> None:
    """Undo a load: its rows count no more, the rows they had retired count again. Refused once a newer load stands on top."""
    model = MODELS[table]
    for subject in reversed(subjects):
        row = model.get_by_id(int(subject.partition("#")[2]))
        if row.retired_at is not None:
            raise RuleBroken("后来又导入了新的内容，不能再撤销这一次。", code="LOAD_REPLACED")
        model.update(retired_at=op.at).where(model.id == row.id).execute()
        key = [getattr(model, name) == getattr(row, f"{name}_id" if name == "taxon" else name) for name in KEYS[model]]
        before = model.select().where(model.retired_at == row.loaded_at, model.id < row.id, *key)
        last = before.order_by(model.id.desc()).first()
        if last is not None:
            model.update(retired_at=None).where(model.id == last.id).execute()


def _default(model: Any, name: str) -> Any:
    return getattr(model, name).default


def _check_scope(values: dict[str, Any]) -> None:
    if queries.product_of(values["reg_no"]) is None:
        raise Invalid(
            "登记表里没有 %(no)s，请先导入农药登记产品。", field="reg_no", code="PRODUCT_UNKNOWN", no=values["reg_no"]
        )
    low, high = values.get("dose_low"), values.get("dose_high")
    if low is not None and high is not None and high < low:
        raise Invalid("用量上限小于下限。", field="dose_high", code="DOSE_RANGE")
