"""The money of a programme: appropriated by a finance document, read beside its notice."""

from __future__ import annotations

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.funds import ledger, queries
from trace.funds.models import Transfer
from trace.programmes.beside import Panel
from trace.programmes.models import Programme
from trace.programmes.queries import get_programme


def appropriate(actor: Actor, code: str, amount_fen: int, doc_no: str, *, key: str = "") -> Transfer:
    """Give a programme money by a finance document; the same document is booked once."""
    with operation(actor, Permission.BUDGET_APPROPRIATE) as op:
        programme = get_programme(actor, code)
        if not doc_no.strip():
            raise Invalid("请填写指标文件文号。", field="doc_no", code="MISSING")
        transfer = ledger.post(
            op,
            "appropriate",
            programme.id,
            amount_fen,
            key or f"appropriate:{code}:{doc_no.strip()}",
            doc_no=doc_no.strip(),
        )
        op.record("budget.appropriate", programme, amount_fen=amount_fen, doc_no=doc_no.strip())
        return transfer


def panel(actor: Actor, programme: Programme) -> Panel:
    """What the page of a programme shows of its money and its applications."""
    budget = queries.budgets([programme.id])[programme.id]
    totals = queries.totals(queries.filtered_applications(actor, programme=programme.code))
    entries = queries.transfers(programme) if actor.county_wide else []
    values = {"budget": budget, "left": ledger.remaining_fen(budget), "totals": totals, "transfers": entries}
    return Panel(values, "funds/_programme_top.html", "funds/_programme_side.html", "funds/_programme_below.html")
