"""The county's goals as data, from the opinion."""

from __future__ import annotations

from trace.db import db
from trace.targets import rules
from trace.targets.models import CountyGoal


def load_goals() -> None:
    """Write the goals of 清政办发〔2022〕7号 where the table is still empty."""
    with db.atomic():
        if CountyGoal.select().exists():
            return
        for indicator, value, upper, place, text in rules.GOALS:
            CountyGoal.create(
                indicator=indicator, year=rules.HORIZON, value=value, upper_value=upper, source_doc=rules.SOURCE_DOC,
                source_place=place, source_text=text,
            )  # fmt: skip
