"""Invariants of GS1 numbers."""

from __future__ import annotations

from collections.abc import Iterator

from trace.core.identifiers import has_gs1_check_digit
from trace.gs1.models import ArticleNumber, Gs1Prefix


def check_articles_stand_under_their_prefix() -> Iterator[str]:
    """Every GTIN has its check digit, begins with a prefix, and both belong to the same party."""
    for row in ArticleNumber.select(ArticleNumber, Gs1Prefix).join(Gs1Prefix):
        if not has_gs1_check_digit(row.gtin):
            yield f"gtin {row.gtin}: wrong check digit"
        if not row.gtin[1:].startswith(row.prefix.prefix) or row.party_id != row.prefix.party_id:
            yield f"gtin {row.gtin}: not under prefix {row.prefix.prefix} of its party"


CHECKS = (check_articles_stand_under_their_prefix,)
