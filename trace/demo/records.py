"""Production records of the demo county, and the pesticide tables they are judged by. Numbers and products are invented and say so."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.core.actor import Actor
from trace.core.units import mu_from_m2
from trace.demo.calendar import TODAY, on
from trace.demo.people import People
from trace.field import activity_schemas as schemas
from trace.field.activities import RecordedActivity, Written, correct_activity, keep_activity, void_activity
from trace.land.models import Plot
from trace.pesticides.services import load_row
from trace.registry.queries import default_taxon

SOURCE = "演示数据，不是真实登记内容"
LOADED = date(2023, 1, 12)
SLOW, FAST, BIO, FORBIDDEN = "PD20990001", "PD20990002", "PD20990003", "PD20990004"
SEASONS = (2023, 2024, 2025, 2026)
PLOTS = {0: 6, 1: 6}
"""Plots with books of the two cooperatives that have accounts; of every other cooperative one."""
ORGANIC = ("organic", "organic_conversion")


def load_tables(people: People) -> None:
    """Four invented products with their labels, bans, limits; the tree itself stands nowhere in the standard."""
    products = (
        (SLOW, "演示 10% 甲号悬浮剂", ["演示成分甲"], "low", False), (FAST, "演示 5% 乙号乳油", ["演示成分乙"], "low", False),
        (BIO, "演示 微生物丙号粉剂", ["演示菌株丙"], "slight", True), (FORBIDDEN, "演示 丁号乳油", ["演示禁用成分丁"], "moderate", False),
    )  # fmt: skip
    labels: tuple[tuple[str, str, str, str, int, int, str, int, int | None], ...] = (
        (SLOW, "粗糠树", "crop", "蚜虫", 30_000, 60_000, "克/亩", 21, 2), (FAST, "林木", "forest_site", "尺蠖", 1_000_000, 2_000_000, "倍", 14, 3),
        (BIO, "粗糠树", "crop", "尺蠖", 100_000, 150_000, "克/亩", 0, None), (FORBIDDEN, "水稻", "crop", "稻飞虱", 40_000, 60_000, "毫升/亩", 30, 1),
    )  # fmt: skip
    rows: list[tuple[str, dict[str, Any]]] = []
    for reg_no, name, actives, toxicity, biological in products:
        values = {"reg_no": reg_no, "name": name, "actives": actives, "toxicity": toxicity, "biological": biological}
        rows.append(("pesticides", {**values, "holder": "演示农药公司", "valid_to": date(2029, 12, 31)}))
    for reg_no, site, kind, pest, low, high, unit, phi, times in labels:
        values = {"reg_no": reg_no, "site": site, "site_kind": kind, "pest": pest, "dose_low": low, "dose_high": high}
        rows.append(
            ("pesticide_scopes", {**values, "dose_unit": unit, "method": "喷雾", "phi_days": phi, "max_times": times, "interval_days": 7})
        )  # fmt: skip
    rows += [
        (
            "banned_actives",
            {
                "active": "演示禁用成分丁",
                "scope": "fruit_tea_herb",
                "since": date(2020, 1, 1),
                "doc_no": "演示公告第 1 号",
            },
        ),
        (
            "residue_limits",
            {
                "food_path": "水果:演示类水果",
                "active": "演示成分甲",
                "ng_kg": 200_000,
                "typed": "0.2",
                "std_version": "演示标准",
            },
        ),
        *(("food_paths", {"taxon": default_taxon(), "part": part, "food_path": ""}) for part in ("fruit", "leaf")),
        *(("organic_inputs", {"kind": "fertiliser", "name": name}) for name in ("农家肥", "商品有机肥")),
    ]
    with on(people.actor("bureau"), LOADED) as op:
        for table, values in rows:
            load_row(op, table, {**values, "source": SOURCE})
        op.record("pesticide.load", "demo", rows=len(rows))


def keep_books(people: People, plots: list[Plot]) -> None:
    """Some seasons of records: quiet ones, one late, one corrected, one voided, one product that an organic plot may not take."""
    for number, coop in enumerate(people.coops):
        own = [plot for plot in plots if plot.steward_id == coop.id and plot.state in ("established", "bearing")]
        for seat, plot in enumerate(own[: PLOTS.get(number, 1)]):
            for year in SEASONS if number < 2 else SEASONS[-1:]:
                _season(people, plot, year, seat)
    first = [plot for plot in plots if plot.steward_id == people.coops[0].id and plot.management not in ORGANIC]
    _odd(people, first[0])
    organic = next((plot for plot in plots if plot.management in ORGANIC and plot.steward_id), None)
    if organic is not None:
        spray(people, organic, FAST, date(2026, 3, 9), "尺蠖")


def spray(people: People, plot: Plot, reg_no: str, day: date, pest: str, **more: Any) -> RecordedActivity:
    """One spraying as the clerk would enter it."""
    doses = {SLOW: ("45", "克/亩"), FAST: ("1500", "倍"), BIO: ("120", "克/亩"), FORBIDDEN: ("50", "毫升/亩")}
    dose, unit = doses[reg_no]
    body = {
        "reg_no": reg_no, "dose": dose, "dose_unit": unit, "pest": pest, "area": str(mu_from_m2(plot.area_m2)), "method": "spray",
        "operator": "演示植保员", "weather": "clear", "dealer": "演示农资店", "purchase_ref": f"演示小票{day:%m%d}", "started": "07:30",
        "ended": "10:00", **more,
    }  # fmt: skip
    return _keep(people, plot, "spray", day, **body)


def _season(people: People, plot: Plot, year: int, seat: int) -> None:
    """A quiet year: manure, what was seen, an early spraying long before any picking, weeds, a biological product, pruning."""
    shift = seat % 5
    _keep(people, plot, "fertilise", date(year, 2, 20 + shift), product="腐熟羊粪", fertiliser="manure", quantity=str(400 + 50 * seat), unit="公斤", method="hole", dealer="自家")  # fmt: skip
    _keep(people, plot, "scout", date(year, 3, 2 + shift), pest="尺蠖", severity="light", note="新梢少量幼虫")
    spray(people, plot, BIO if plot.management in ORGANIC else FAST, date(year, 3, 5 + shift), "尺蠖")
    _keep(people, plot, "tend", date(year, 5, 18 + shift), work="weed")
    _keep(people, plot, "scout", date(year, 6, 8 + shift), pest="尺蠖", severity="medium")
    spray(people, plot, BIO, date(year, 6, 10 + shift), "尺蠖")
    _keep(people, plot, "tend", date(year, 7, 25 + shift), work="irrigate", note="连旱，滴灌两次")
    _keep(people, plot, "tend", date(year, 11, 8 + shift), work="prune")


def _odd(people: People, plot: Plot) -> None:
    """What an inspector looks at: a late entry, a correction, a voided record."""
    clerk = people.recorder(people.coops[0])
    _keep(
        people,
        plot,
        "tend",
        date(2026, 9, 3),
        written=date(2026, 9, 15),
        work="weed",
        late_reason="记录员住院，出院后补记",
    )
    wrong = _keep(people, plot, "fertilise", date(2026, 10, 21), product="演示有机肥", fertiliser="organic", quantity="9000", unit="公斤", method="furrow", dealer="演示农资店")  # fmt: skip
    correct_activity(
        clerk,
        code=wrong.code,
        base_version=1,
        reason="多写了一个 0",
        values=_values("fertilise", quantity="900", unit="公斤"),
    )
    double = _keep(people, plot, "tend", date(2026, 10, 22), work="weed")
    void_activity(clerk, code=double.code, base_version=1, reason="登记到别的地块了")


def _keep(
    people: People, plot: Plot, activity: str, day: date, *, written: date | None = None, **body: Any
) -> RecordedActivity:
    recorder: Actor = people.recorder(plot.steward or plot.operator)
    values = schemas.read(activity, {"on": day.isoformat(), **body})
    with on(recorder, min(written or day, TODAY)) as op:
        return keep_activity(op, plot, activity, values.pop("on"), values, written=Written())


def _values(activity: str, **body: Any) -> dict[str, Any]:
    return schemas.read(activity, body, partial=True)
