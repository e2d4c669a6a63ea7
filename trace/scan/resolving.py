"""From GS1 identifiers to the code behind them. A serial number on our packs is the public code itself: twenty characters, as AI 21 allows."""

from __future__ import annotations

from trace.gs1 import queries as gs1
from trace.labels.codes import batch_book
from trace.scan import answers
from trace.scan.answers import Seen
from trace.scan.rules import Verdict


def resolve(gtin: str, lot: str | None, serial: str | None) -> Seen | None:
    """The code that GTIN, lot and serial name together; None when they do not belong together or nobody wrote them.

    The serial is checked first and without the database, as everywhere. Without one the answer is that of the lot's batch code,
    without a lot that of the newest lot of the article.
    """
    if serial is not None:
        seen = answers.look(serial)
        return seen if seen is not None and seen.serial is not None and _agrees(seen, gtin, lot) else None
    number = gs1.article(gtin)
    if number is None:
        return None
    named = gs1.lot_named(number, lot) if lot else None
    lots = [named] if named else [] if lot else gs1.newest_lots(number)
    found = [seen for seen in (answers.look(batch_book().write(row.id)) for row in lots) if seen is not None]
    return next((seen for seen in found if seen.verdict is not Verdict.NOT_ACTIVE), found[0] if found else None)


def _agrees(seen: Seen, gtin: str, lot: str | None) -> bool:
    """Does the code's lot carry this GTIN, and this lot number if one is named?"""
    if lot is not None and seen.found.lot_code != lot.upper():
        return False
    number = gs1.article(gtin)
    return number is not None and gs1.lot_named(number, seen.found.lot_code) is not None
