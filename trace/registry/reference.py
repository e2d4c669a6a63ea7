"""Reference data that ships with the platform: regions, taxa, products, processes, ranges, calendar."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from trace.core.calendar import china_calendar_rows
from trace.db import db
from trace.registry.models import CalendarDay, Process, Product, ReferenceRange, Taxon, Township, Village

DATA = Path(__file__).parent / "data"
REGIONS_VALID_FROM = date(2022, 10, 31)
CALENDAR_YEARS = range(2022, 2032)
"""From the year of the opinion to the year after its horizon."""


def load_reference() -> None:
    """Bring an installation's reference tables up to what ships; rows the bureau edited are left alone."""
    with db.atomic():
        if not Township.select().exists():
            _load_regions()
        if not Taxon.select().exists():
            _load_catalogue()
        _load_new_products()
        _load_new_ranges()
        if not CalendarDay.select().exists():
            _load_calendar()


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of the project's data files."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _load_regions() -> None:
    for row in rows_of("townships"):
        Township.create(**row, valid_from=REGIONS_VALID_FROM)
    ids = {t.code: t.id for t in Township.select()}
    _insert(
        Village,
        [
            {
                "code": r["code"],
                "name": r["name"],
                "township": ids[r["township_code"]],
                "valid_from": REGIONS_VALID_FROM,
            }
            for r in rows_of("villages")
        ],
    )


def _load_catalogue() -> None:
    _insert(Taxon, [{**row, "is_default": row["is_default"] == "1"} for row in rows_of("taxa")])
    taxa = {t.key: t.id for t in Taxon.select()}
    _insert(Product, [{**_blank_to_none(row), "taxon": taxa[row["taxon"]]} for row in rows_of("products")])
    _insert(Process, [{**row, "keeps_weight": row["keeps_weight"] == "1"} for row in rows_of("processes")])
    _insert(
        ReferenceRange,
        [{**_blank_to_none(row), "source": row["source"], "taxon": taxa[row["taxon"]]} for row in rows_of("ranges")],
    )


def _load_new_products() -> None:
    """Products that came with a later version of the platform."""
    known = {code for (code,) in Product.select(Product.code).tuples()}
    taxa = {taxon.key: taxon.id for taxon in Taxon.select()}
    fresh = [row for row in rows_of("products") if row["code"] not in known and row["taxon"] in taxa]
    _insert(Product, [{**_blank_to_none(row), "taxon": taxa[row["taxon"]]} for row in fresh])


def _load_new_ranges() -> None:
    """Metrics that came with a later version of the platform; what the bureau entered stays."""
    known = set(ReferenceRange.select(Taxon.key, ReferenceRange.metric).join(Taxon).tuples())
    taxa = {taxon.key: taxon.id for taxon in Taxon.select()}
    fresh = [row for row in rows_of("ranges") if (row["taxon"], row["metric"]) not in known and row["taxon"] in taxa]
    _insert(
        ReferenceRange, [{**_blank_to_none(row), "source": row["source"], "taxon": taxa[row["taxon"]]} for row in fresh]
    )


def _load_calendar() -> None:
    _insert(CalendarDay, [row._asdict() for row in china_calendar_rows(CALENDAR_YEARS)])


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 200):
        model.insert_many(rows[start : start + 200]).execute()


def _blank_to_none(row: dict[str, str]) -> dict[str, Any]:
    return {key: value or None for key, value in row.items()}
