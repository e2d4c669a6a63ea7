"""A certificate on paper: label or A4, by the county's template of certificates, its symbol read back before it is handed out."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import RuleBroken
from trace.layouts import queries as layouts
from trace.layouts.drawing import design
from trace.layouts.press import Job, print_run
from trace.layouts.rules import MEDIA
from trace.layouts.sandbox import render
from trace.quality import certificate_queries as queries
from trace.quality.certificate_models import Certificate
from trace.quality.certificate_rules import BASES, PROMISE, plain_quantity
from trace.registry import numbers

PAPERS = {"label": "roll_100x75", "a4": "a4"}
MOST_NAMED = 6
"""Sources named on a small label; all of them on A4."""
PROVINCE = "湖南省衡阳市衡南县"


def take_paper(actor: Actor, no: str, paper: str, base_url: str) -> bytes:
    """The PDF of a valid certificate of the own party; that it was handed out is kept on record."""
    with operation(actor, Permission.CERTIFICATE_ISSUE) as op:
        row = queries.get_certificate(actor, no)
        actor.require_party(row.issuer_id)
        state = queries.state_of(row)
        if state not in ("valid", "used_up"):
            raise RuleBroken("合格证 %(no)s 已作废或批次已锁定，不能打印。", code="CERTIFICATE_STATE", no=no)
        op.record("certificate.print", row, paper=paper)
        return draw(row, PAPERS[paper], base_url)


def draw(row: Certificate, medium: str, base_url: str) -> bytes:
    """Draw it on a medium of :data:`trace.layouts.rules.MEDIA`."""
    lines = render(layouts.current("certificate").body, facts_of(row, whole=medium == "a4"))
    texts = {"code": row.no, "number": ""}
    address = f"{base_url}/cert/{row.no}"
    plan = design(lines, "certificate", medium, MEDIA[medium].dpi, address, texts, length=0)
    job = Job(plan, 1, lambda index: ("", texts))
    with TemporaryDirectory() as folder:
        return print_run(job, Path(folder) / "certificate.pdf").read_bytes()


def facts_of(row: Certificate, *, whole: bool) -> dict[str, str]:
    """What article 14 wants on it. A person's name stands in full, for it is the person's own promise; numbers of persons do not."""
    return {
        "promise": PROMISE,
        "basis": " ".join(f"{'■' if key in row.basis else '□'}{word}" for key, word in BASES.items()),
        "product": row.product_name,
        "quantity": plain_quantity(row.quantity, row.lot.unit),
        "origin": origin_of(row) + _sources(row, whole),
        "issuer": row.issuer.name,
        "contact": numbers.unseal(row.contact_sealed) if row.contact_sealed else row.contact,
        "date": row.issued_on.isoformat(),
        "number_of_certificate": "",
        "number": "",
    }


def origin_of(row: Certificate) -> str:
    """Province to village."""
    return f"{PROVINCE}{row.village.township.name}{row.village.name}"


def _sources(row: Certificate, whole: bool) -> str:
    """The producers of a mixed batch, so that the new certificate lists them."""
    if not row.sources:
        return ""
    named = row.sources if whole else row.sources[:MOST_NAMED]
    names = "、".join(f"{source['producer']}（{'、'.join(source['villages'])}）" for source in named)
    rest = (
        f"等，共 {len(row.sources)} 家，全部来源扫码可查"
        if len(named) < len(row.sources)
        else f"，共 {len(row.sources)} 家"
    )
    return f"（混合批来源：{names}{rest}）"
