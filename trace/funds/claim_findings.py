"""What is wrong with the papers of a claim, and which minimum it misses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from trace.core.text import N_, Message
from trace.core.units import format_yuan
from trace.funds import claims
from trace.funds.claim_rules import ITEM_KINDS, ITEMS_OF
from trace.funds.finding_rules import Finding, Level
from trace.funds.models import Application
from trace.funds.terms import terms_of
from trace.programmes.calculator import plain


def claimed(application: Application) -> Iterator[Finding]:
    """Kinds that pay for papers need them, each with its scan, and enough of them."""
    agreed = terms_of(application)
    if agreed.kind == "interest_discount":
        loans = claims.loans_of(application)
        if not loans:
            yield Finding("LOAN_MISSING", Level.BLOCKING, Message("还没有登记贷款，请登记借款合同、还款和实付利息。"))
        yield from _scans(loans, "contract_no")
    elif agreed.kind in ITEMS_OF:
        items = claims.items_of(application)
        if not items:
            yield Finding(
                "ITEM_MISSING",
                Level.BLOCKING,
                Message("还没有登记%(what)s。", {"what": ITEM_KINDS[ITEMS_OF[agreed.kind]]}),
            )
        yield from _scans(items, "doc_no")
        if items:
            yield from _minimum(agreed.params, items)


def _scans(rows: list[Any], name: str) -> Iterator[Finding]:
    for row in rows:
        if row.scan_id is None:
            yield Finding(
                "SCAN_MISSING", Level.BLOCKING, Message("“%(doc)s”没有上传扫描件。", {"doc": getattr(row, name)})
            )


def _minimum(params: dict[str, Any], items: list[Any]) -> Iterator[Finding]:
    least, total = params.get("min_total_fen"), sum(item.amount_fen or 0 for item in items)
    if least and total < least:
        values = {"have": format_yuan(total), "least": format_yuan(least)}
        yield Finding(
            "TOTAL_SMALL", Level.BLOCKING, Message(N_("合规投资 %(have)s 元，低于最低要求 %(least)s 元。"), values)
        )
    least, count = params.get("min_units"), Fraction(sum(item.quantity_milli or 0 for item in items), 1000)
    if least and count < least:
        values = {"have": plain(count), "least": str(least), "unit": params["unit"]}
        yield Finding(
            "UNITS_FEW",
            Level.BLOCKING,
            Message(N_("数量 %(have)s %(unit)s，低于最低要求 %(least)s %(unit)s。"), values),
        )
