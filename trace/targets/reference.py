"""The county's goals and the indicator cards as data, from the opinion."""

from __future__ import annotations

from datetime import date

from trace.core.clock import utcnow
from trace.db import db
from trace.targets import rules
from trace.targets.cards import CARDS, OPINION
from trace.targets.models import CountyGoal, IndicatorCard

CARDS_FROM = date(2022, 3, 8)
"""The day of the opinion."""
SHIPPED = "随系统提供"


def load_goals() -> None:
    """Write the goals of 清政办发〔2022〕7号 where the table is still empty, and the cards that are not there yet."""
    with db.atomic():
        if not CountyGoal.select().exists():
            for indicator, value, upper, place, text in rules.GOALS:
                CountyGoal.create(
                    indicator=indicator, year=rules.HORIZON, value=value, upper_value=upper, source_doc=rules.SOURCE_DOC,
                    source_place=place, source_text=text,
                )  # fmt: skip
        _load_cards()


def _load_cards() -> None:
    known = {row.indicator for row in IndicatorCard.select(IndicatorCard.indicator)}
    now = utcnow()
    for card in CARDS:
        if card.indicator not in known:
            IndicatorCard.create(
                version=1, source_doc=OPINION if card.source_place else "", valid_from=CARDS_FROM, recorded_at=now,
                recorder_name=SHIPPED, **vars(card),
            )  # fmt: skip
