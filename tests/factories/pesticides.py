"""Invented products, bans and limits, loaded as the bureau loads them."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.pesticides.services import load_row

SOURCE = "测试资料"
GOOD = "PD20150123"
"""A product on the label for 粗糠树: 30–60 克/亩, 21 days, at most twice a year, 10 days apart."""
FOREST = "PD20160456"
OTHER_CROP = "PD20170789"
BANNED = "PD20000001"
BIO = "PD20180222"
LABEL = "1150123" + "1" + "001" + "0" * 21


def row(actor: Actor, table: str, **values: Any) -> None:
    """One row of a table."""
    with operation(actor, Permission.PESTICIDE_LOAD) as op:
        load_row(op, table, {"source": SOURCE, **values})
        op.record("pesticide.load", table, rows=1)


def load_all(actor: Actor) -> None:
    """A small table of each kind."""
    for reg_no, name, actives, toxicity in (
        (GOOD, "示例吡虫啉", ["吡虫啉"], "low"), (FOREST, "示例林用乳油", ["高效氯氰菊酯"], "moderate"),
        (OTHER_CROP, "示例水稻粉剂", ["噻嗪酮"], "low"), (BANNED, "示例甲胺磷", ["甲胺磷"], "high"), (BIO, "示例苏云金杆菌", ["苏云金杆菌"], "slight"),
    ):  # fmt: skip
        row(
            actor, "pesticides", reg_no=reg_no, name=name, actives=actives, toxicity=toxicity, holder="示例公司",
            valid_to=date(2030, 1, 1), biological=reg_no == BIO,
        )  # fmt: skip
    scope(actor, GOOD, "粗糠树", low=30_000, high=60_000, phi=21, times=2, apart=10)
    scope(actor, FOREST, "林木", kind="forest_site", pest="尺蠖", low=1_500_000, high=3_000_000, unit="倍", phi=14)
    scope(actor, OTHER_CROP, "水稻", low=30_000, high=50_000, phi=14)
    scope(actor, BANNED, "粗糠树", low=30_000, high=60_000, phi=30)
    scope(actor, BIO, "粗糠树", pest="尺蠖", low=100_000, high=200_000, phi=0)
    row(actor, "banned_actives", active="甲胺磷", scope="all", since=date(2007, 1, 1), doc_no="测试公告 1 号")
    row(actor, "organic_inputs", kind="fertiliser", name="农家肥")


def scope(
    actor: Actor,
    reg_no: str,
    site: str,
    *,
    kind: str = "crop",
    pest: str = "蚜虫",
    low: int,
    high: int,
    unit: str = "克/亩",
    phi: int | None,
    times: int | None = None,
    apart: int | None = None,
) -> None:
    """One line of a label."""
    row(
        actor, "pesticide_scopes", reg_no=reg_no, site=site, site_kind=kind, pest=pest, dose_low=low, dose_high=high, dose_unit=unit,
        method="喷雾", phi_days=phi, max_times=times, interval_days=apart,
    )  # fmt: skip


def spray_body(**changes: Any) -> dict[str, Any]:
    """A spraying that no rule has anything to say about, as a form or a phone sends it."""
    return {
        "reg_no": GOOD, "dose": "45", "dose_unit": "克/亩", "pest": "蚜虫", "area": "2", "method": "spray", "operator": "测试员",
        "weather": "clear", "dealer": "示例农资店", **changes,
    }  # fmt: skip
