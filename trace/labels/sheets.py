"""What stands on the labels of a run, their codes and addresses, and the file they are printed from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from trace.core.public_code import grouped
from trace.labels.codes import batch_book, book, ring
from trace.labels.models import LabelRun
from trace.labels.rules import carton_span
from trace.layouts import queries as layouts
from trace.layouts.drawing import Design, check_fit, design
from trace.layouts.press import Job, Label
from trace.layouts.sandbox import render
from trace.lots import tracing
from trace.lots.models import Lot
from trace.processing.remaking import original_of
from trace.registry import queries as register

TEMPLATE_OF = {"unit": "pack", "batch": "batch", "carton": "carton"}
LICENCES = ("food_licence", "workshop_licence")
_FACTS = ("name", "net", "origin", "lot", "made", "before", "holder")


def label_facts(lot: Lot, best_before: object = None, trace: tracing.Trace | None = None) -> dict[str, str]:
    """Everything a template may say about a pack lot, each on one line. A household stays without address and phone."""
    trace = trace or tracing.build_trace(lot, "back", None)
    townships = list(dict.fromkeys(share.township for share in trace.shares if share.township))
    villages = list(dict.fromkeys(f"{share.township}{share.village}" for share in trace.shares if share.village))
    holder = lot.holder
    person = holder.kind == "household"
    licences = [register.licence_in_force(holder, kind, lot.made_on) for kind in LICENCES]
    facts = {
        "name": lot.name or lot.product.name,
        "net": net_content(lot),
        "origin": villages[0]
        if len(villages) == 1
        else "、".join(townships[:2]) + ("等地" if len(townships) > 2 else ""),
        "lot": original_of(lot).code,
        "made": lot.made_on.isoformat(),
        "before": str(best_before) if best_before else "",
        "holder": holder.name,
        "address": "" if person or not holder.village_id else f"{holder.village.township.name}{holder.village.name}",
        "phone": "" if person else holder.phone,
        "licence": next((title.doc_no for title in licences if title is not None), ""),
        "gtin": "",
        "marks": "",
        "legal": "食品属性待主管部门确认" if lot.product.legal_basis == "unconfirmed" else "",
    }
    return {key: " ".join(text.split()) for key, text in facts.items()}


def net_content(lot: Lot) -> str:
    """250 克, 1.5 公斤, 500 毫升."""
    if lot.piece_ml:
        return f"{lot.piece_ml} 毫升"
    return weight_text(lot.piece_g)


def weight_text(grams: int) -> str:
    """Grams below a kilogram, else kilograms."""
    if grams < 1000:
        return f"{grams} 克"
    kilograms = f"{Decimal(grams) / 1000:f}"
    return f"{kilograms.rstrip('0').rstrip('.') if '.' in kilograms else kilograms} 公斤"


def facts_of(run: LabelRun) -> dict[str, str]:
    """The facts a run was made with; those of runs from before templates are gathered anew."""
    return run.facts or label_facts(run.lot, run.best_before)


def label_lines(run: LabelRun) -> dict[str, str]:
    """What every label says about its pack: product, net content, origin, lot, dates, producer."""
    return {key: text for key, text in facts_of(run).items() if key in _FACTS}


def published_facts(run: LabelRun) -> dict[str, str | int]:
    """What the public log keeps of an activated run: the words on its labels. A household stays unnamed (domain brief §2.10)."""
    facts: dict[str, str | int] = {key: text for key, text in label_lines(run).items() if text and key != "holder"}
    facts["count"] = run.count
    if run.lot.holder.kind != "household":
        facts["producer"] = run.lot.holder.name
    return facts


def code_at(run: LabelRun, index: int) -> str:
    """The public code of the n-th label of a run, counted from 0: all labels of a batch bear the code of their lot."""
    if run.kind == "batch":
        return batch_book().write(run.lot_id)
    return book().write(run.first_serial + index, run.key_version)


def address_prefix(gtin: str, lot_code: str, base_url: str = "") -> str:
    """What stands before the code in a symbol: the county's short address, or a GS1 Digital Link once the party has a GTIN."""
    base = base_url or ring().base_url
    return f"{base}/01/{gtin}/10/{lot_code}/21/" if gtin else f"{base}/t/"


def lines_of(run: LabelRun) -> list[str]:
    """The lines of a label of the run by its template version."""
    template = run.template or layouts.current(TEMPLATE_OF[run.kind])
    return render(template.body, facts_of(run))


def check_printable(run: LabelRun) -> None:
    """Refuse what would not fit the paper, the printer or the font, before a run is made."""
    check_fit(lines_of(run), TEMPLATE_OF[run.kind], run.layout, run.dpi, address_prefix(run.gtin, run.lot.code))


def print_job(run: LabelRun, base_url: str = "") -> Job:
    """A run as the press wants it."""
    prefix = address_prefix(run.gtin, run.lot.code, base_url)
    plan: Design = design(lines_of(run), TEMPLATE_OF[run.kind], run.layout, run.dpi, prefix, _label(run, 0)[1])
    return Job(plan, run.count, lambda index: _label(run, index), frozenset(place - 1 for place in run.skipped))


def stored_sheet(instance: Path, run: LabelRun) -> Path:
    """Where the finished sheet of a run is kept; it appears only when it is whole and every symbol was read back."""
    return instance / "files" / "labels" / f"{run.no}.pdf"


def _label(run: LabelRun, index: int) -> Label:
    """Code and slot texts of the n-th label, counted from 0; running numbers have as many places as the last."""
    code = code_at(run, index)
    texts = {"code": grouped(code), "number": str(index + 1).zfill(len(str(run.count)))}
    if run.carton_of_id:
        first, last = carton_span(index, run.per_carton, run.carton_of.count)
        places = len(str(run.carton_of.count))
        texts |= {"first": str(first).zfill(places), "last": str(last).zfill(places)}
    return code, texts
