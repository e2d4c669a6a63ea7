"""Marks on labels: brand, geographical indication, organic and green food, each only with a document in force (F9), home marks only on home fruit (F11)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime

from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.labels.rules import COUNTY, HOME_MARKS, MARKS
from trace.layouts.claims import check_text, folded
from trace.lots.models import Lot
from trace.lots.rules import Custody
from trace.lots.tracing import Trace
from trace.registry import queries as register


def text_of(lot: Lot, trace: Trace, wanted: Sequence[str], at: datetime) -> tuple[str, tuple[str, ...]]:
    """The words of the wanted marks with their document numbers, and the kinds of titles behind them."""
    texts, kinds = [], []
    for kind in dict.fromkeys(wanted):
        if kind not in MARKS:
            raise Invalid("没有这种标志。", field="marks", code="MARK_UNKNOWN")
        title = register.licence_in_force(lot.holder, kind, business_date(at))
        if title is None:
            raise RuleBroken(
                "没有有效期内的‘%(mark)s’证书或授权，不能印这个标志。",
                code="MARK_WITHOUT_TITLE",
                field="marks",
                mark=MARKS[kind],
            )
        if kind in HOME_MARKS and not all_home(trace):
            raise RuleBroken(
                "本批有外县或来源不明的原料，不能印‘%(mark)s’。", code="MARK_NOT_HOME", field="marks", mark=MARKS[kind]
            )
        texts.append(f"{MARKS[kind]} {title.doc_no}")
        kinds.append(kind)
    return "　".join(texts), tuple(kinds)


def allowed(lot: Lot, trace: Trace, at: datetime) -> list[str]:
    """Kinds of marks a lot may bear today."""
    return [
        kind
        for kind in MARKS
        if register.licence_in_force(lot.holder, kind, business_date(at))
        and (kind not in HOME_MARKS or all_home(trace))
    ]


def all_home(trace: Trace) -> bool:
    """Does everything in the lot come from registered plots of the county, with no gap?"""
    return trace.complete and bool(trace.shares) and all(share.plot.startswith(COUNTY) for share in trace.shares)


SINGLE_ORIGIN = ("单一产地", "单一地块", "单一果园", "单一庄园", "一地一味")
"""Claims that only a lot of one village or one plot may make (D10)."""


def check_single_origin(facts: dict[str, str], trace: Trace) -> None:
    """Refuse a claim of single origin on a blend, or on a lot whose origin is not wholly known."""
    if trace.custody in (Custody.SINGLE_PLOT, Custody.SINGLE_VILLAGE):
        return
    for name, text in facts.items():
        for word in SINGLE_ORIGIN:
            if folded(word) in folded(text):
                raise RuleBroken(
                    "本批由多个产地拼配或来源不全，不能写‘%(word)s’。", code="CLAIM_SINGLE_ORIGIN", field="lot" if name == "name" else "",
                    word=word,
                )  # fmt: skip


def check_words(facts: dict[str, str], titles: Container[str]) -> None:
    """Refuse facts with words of cures, or of marks whose document is not in force."""
    for name, text in facts.items():
        check_text(text, field="lot" if name == "name" else "", titles=titles)
