"""A nursery with a licence, an accession, and people who plant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from tests.factories import county as make
from trace.core.actor import Actor, Role
from trace.nursery import dispatching, services
from trace.registry.models import Party, Title

SPRING = date(2026, 3, 1)
AUTUMN = date(2026, 11, 2)


@dataclass
class Garden:
    """The county with a nursery in it."""

    county: make.County
    nursery: Party
    actor: Actor
    licence: Title

    def lot(self, ready: int = 5000, variety_no: str = ""):
        """A lot bought in, all of it ready."""
        return services.take_in(
            self.actor,
            taxon="ehretia_dicksonii",
            phase="ready",
            count=ready,
            on=SPRING,
            source="演示种苗站 检2026-1",
            variety_no=variety_no,
        )

    def papers(self, seedling, covered: int = 10_000, until: date | None = date(2027, 3, 1)) -> None:
        """Quarantine and quality certificates for a lot."""
        for kind in ("quarantine", "quality"):
            dispatching.record_paper(
                self.actor,
                {
                    "kind": kind, "number": f"{kind}-{seedling.lot.code}-{covered}", "issuer": "衡南县林业局", "quantity": covered,
                    "issued_on": SPRING, "valid_to": until, "lots": [seedling.lot.code], "grade": "1", "height_cm": 60, "diameter_mm": 8,
                },
            )  # fmt: skip


@pytest.fixture
def garden() -> Garden:
    home = make.county()
    nursery = make.party("nursery", "云集苗圃", home.village)
    make.user("garden", Role.NURSERY, nursery)
    licence = Title.create(
        party=nursery, kind="seed_licence", doc_no="演示种苗〔2024〕1号", issuer="衡南县林业局", valid_from=date(2024, 1, 1),
        valid_to=date(2028, 12, 31), taxa=["ehretia_dicksonii"],
    )  # fmt: skip
    return Garden(home, nursery, home.actor("garden"), licence)


@pytest.fixture
def accession(garden):
    return services.register_accession(
        garden.actor,
        {
            "kind": "tree",
            "name": "普贤 3 号优树",
            "village": garden.county.village.code,
            "surveyed_on": date(2025, 6, 1),
        },
    )
