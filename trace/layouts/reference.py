"""The templates and forbidden words that ship with the platform."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from trace.db import db
from trace.layouts.models import ClaimWord, LabelTemplate
from trace.layouts.rules import KINDS

DATA = Path(__file__).parent / "data"
MAKER = "系统自带"


def load_layouts() -> None:
    """Templates of kinds that have none yet, and the words, once; what the county edited is left alone."""
    with db.atomic():
        for kind, what in KINDS.items():
            if not LabelTemplate.select().where(LabelTemplate.kind == kind).exists():
                LabelTemplate.create(
                    code=f"{kind}-v1", kind=kind, version=1, name=what.label, body=(DATA / f"{kind}.txt").read_text("utf-8").strip(),
                    made_at=datetime.now(UTC), made_by=MAKER,
                )  # fmt: skip
        if not ClaimWord.select().exists():
            with (DATA / "claim_words.csv").open(encoding="utf-8", newline="") as handle:
                for row in csv.DictReader(handle):
                    ClaimWord.create(**row)
