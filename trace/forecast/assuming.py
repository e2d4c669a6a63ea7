"""Reading and writing assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.forecast.cohorts import Assumed, Outlet
from trace.forecast.constraints import Means
from trace.forecast.models import ForecastAssumption
from trace.forecast.rules import ASSUMPTIONS, OUTLETS, SHARED
from trace.lots.genealogy import split_exactly
from trace.registry import queries as register


def in_force(scope: str = "") -> dict[str, ForecastAssumption]:
    """Key → the newest version of the county's or a township's own figure; shipped values have no row."""
    query = ForecastAssumption.select().where(ForecastAssumption.scope == scope)
    return {row.key: row for row in query.order_by(ForecastAssumption.version)}


def history() -> list[ForecastAssumption]:
    """Every version, newest first."""
    return list(ForecastAssumption.select().order_by(ForecastAssumption.id.desc()).limit(200))


def figures() -> dict[str, int]:
    """The county's figures: what was entered, else what ships."""
    rows = in_force()
    return {key: rows[key].value if key in rows else item.default for key, item in ASSUMPTIONS.items()}


def assume(actor: Actor, *, key: str, value: int, basis: str, reason: str = "", scope: str = "") -> ForecastAssumption:
    """Change an assumption: a new version with its basis and, over a shipped or earlier value, its reason."""
    with operation(actor, Permission.FORECAST_ASSUME) as op:
        item = ASSUMPTIONS.get(key)
        if item is None or (scope and not item.township):
            raise Invalid("请从列表中选择。", field="key", code="ASSUMPTION_UNKNOWN")
        if scope:
            register.get_township(scope)
        if not reason.strip():
            raise Invalid("修改假设须填写原因。", field="reason", code="REASON_MISSING")
        if item.unit == "pct" and value > 100:
            raise Invalid("百分数不能超过 100。", field="value", code="OUT_OF_RANGE")
        if (
            key.endswith("_share")
            and sum(figures()[f"{name}_share"] for name, *_ in OUTLETS) - figures()[key] + value > 1000
        ):
            raise Invalid("各用途比例合计不能超过 1000‰，请先调低其他比例。", field="value", code="OUT_OF_RANGE")
        same = (ForecastAssumption.key == key) & (ForecastAssumption.scope == scope)
        version = (
            int(ForecastAssumption.select(fn.COALESCE(fn.MAX(ForecastAssumption.version), 0)).where(same).scalar()) + 1
        )
        row = ForecastAssumption.create(
            key=key, scope=scope, version=version, value=value, basis=basis.strip(), reason=reason.strip(), recorded_at=op.at,
            recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("forecast.assume", row.scope or "", key=key, value=value, version=version)
        return row


def assumed(values: Mapping[str, int]) -> Assumed:
    """The cohort model's part of the assumptions; the curve and the ratios are the register's."""
    taxon = register.default_taxon()
    ratios = {process.code: process.default_milli for process in register.processes()}
    outlets = tuple(
        Outlet(name, values[f"{name}_share"], ratios.get(process, ratio) if process else ratio, values[f"{name}_price"])
        for name, process, ratio in OUTLETS
    )
    return Assumed(values["kg_per_mu"], register.range_curve(taxon, "fruit_share"), outlets, values["losses_pct"])


def means(wanted: Mapping[str, int]) -> dict[str, Means]:
    """Each township's means: its own figures, else the county's; what is shared is split by ``wanted`` (what its task still lacks), exactly."""
    county = figures()
    own = {code: in_force(code) for code in wanted}
    shares = {key: _split(key, county[key], wanted, own) for key in SHARED}
    found = {}
    for code in wanted:
        mine = own[code]

        def of(key: str, code: str = code, mine: Mapping[str, ForecastAssumption] = mine) -> int:
            if key in mine:
                return int(mine[key].value)
            return shares[key][code] if key in shares else county[key]

        found[code] = Means(
            of("seedlings"), of("survival_pct"), of("capacity_g"), of("budget_fen"), of("density"), of("fen_per_mu")
        )
    return found


def _split(
    key: str, total: int, wanted: Mapping[str, int], own: Mapping[str, Mapping[str, ForecastAssumption]]
) -> dict[str, int]:
    """What is left after the townships' own figures, divided by what each still lacks."""
    free = {code: lack for code, lack in wanted.items() if key not in own[code]}
    left = max(total - sum(own[code][key].value for code in wanted if key in own[code]), 0)
    sum_lack = sum(free.values())
    if not free:
        return {}
    if not sum_lack:
        return split_exactly(left, {code: Fraction(1, len(free)) for code in free})
    return split_exactly(left, {code: Fraction(lack, sum_lack) for code, lack in free.items()})
