"""The money of a programme: appropriated by a finance document, withdrawn or carried over at the year's end, corrected by reversing entries."""

from __future__ import annotations

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.core.units import format_yuan
from trace.funds import ledger, queries
from trace.funds.ledger import Posting
from trace.funds.ledger_models import Transfer
from trace.funds.ledger_rules import BY_HAND, KINDS
from trace.programmes.beside import Panel
from trace.programmes.models import Programme
from trace.programmes.queries import get_programme


def appropriate(actor: Actor, code: str, amount_fen: int, doc_no: str, *, key: str = "") -> Transfer:
    """Give a programme money by a finance document; the same document is booked once."""
    with operation(actor, Permission.BUDGET_APPROPRIATE) as op:
        programme = get_programme(actor, code)
        _require_document(doc_no)
        paper = doc_no.strip()
        posting = Posting("appropriate", programme.id, amount_fen, key or f"appropriate:{code}:{paper}", "paper", paper)
        transfer = ledger.post(op, posting)
        op.record("budget.appropriate", programme, amount_fen=amount_fen, doc_no=paper)
        return transfer


def lapse(actor: Actor, code: str, amount_fen: int, doc_no: str) -> Transfer:
    """Take back what was not used by the year's end; what is reserved or committed stays."""
    with operation(actor, Permission.BUDGET_APPROPRIATE) as op:
        programme = get_programme(actor, code)
        _require_document(doc_no)
        _require_free(programme, amount_fen)
        paper = doc_no.strip()
        transfer = ledger.post(op, Posting("lapse", programme.id, amount_fen, f"lapse:{code}:{paper}", "paper", paper))
        op.record("budget.lapse", programme, amount_fen=amount_fen, doc_no=paper)
        return transfer


def carry_over(actor: Actor, code: str, into: str, amount_fen: int, doc_no: str) -> tuple[Transfer, Transfer]:
    """Carry what was not used into a programme of a later year, by one carry-over document (结转): out here, in there, or neither."""
    with operation(actor, Permission.BUDGET_APPROPRIATE) as op:
        old, new = get_programme(actor, code), _later(actor, code, into)
        _require_document(doc_no)
        _require_free(old, amount_fen)
        paper = doc_no.strip()
        out = Posting("carry_out", old.id, amount_fen, f"carry_out:{code}:{paper}", "paper", paper)
        given = Posting("carry_in", new.id, amount_fen, f"carry_in:{into}:{code}:{paper}"[:80], "paper", paper)
        ledger.post_all(op, [out, given])
        op.record("budget.carry_over", old, into=new.code, amount_fen=amount_fen, doc_no=paper)
        return Transfer.get(Transfer.key == out.key), Transfer.get(Transfer.key == given.key)


def reverse(actor: Actor, key: str, reason: str) -> Transfer:
    """Correct an entry made by hand with its mirror image; what follows steps of applications is corrected by those steps."""
    with operation(actor, Permission.BUDGET_APPROPRIATE) as op:
        entry = Transfer.get_or_none(Transfer.key == key)
        if entry is None:
            raise NotFound()
        if not reason.strip():
            raise Invalid("请写明冲销原因。", field="reason", code="MISSING")
        if entry.kind not in BY_HAND:
            raise RuleBroken("这笔分录随申请的办理步骤产生，不能手工冲销。", code="NOT_BY_HAND")
        posting = Posting(
            "reverse", entry.programme_id, entry.amount_fen, f"reverse:{entry.id}", entry.doc_kind, entry.doc_no, reverses=entry.key,
            reason=reason.strip()[:200],
        )  # fmt: skip
        made = ledger.post(op, posting)
        op.record(
            "budget.reverse", entry.programme.code, entry=entry.key, amount_fen=entry.amount_fen, reason=posting.reason
        )
        return made


def panel(actor: Actor, programme: Programme) -> Panel:
    """What the page of a programme shows of its money and its applications."""
    budget = queries.budgets([programme.id])[programme.id]
    totals = queries.totals(queries.filtered_applications(actor, programme=programme.code))
    entries = queries.transfers(programme, 10) if actor.county_wide else []
    values = {
        "budget": budget,
        "left": ledger.remaining_fen(budget),
        "totals": totals,
        "transfers": entries,
        "kinds": KINDS,
    }
    return Panel(values, "funds/_programme_top.html", "funds/_programme_side.html", "funds/_programme_below.html")


def _require_document(doc_no: str) -> None:
    if not doc_no.strip():
        raise Invalid("请填写指标文件文号。", field="doc_no", code="MISSING")


def _require_free(programme: Programme, amount_fen: int) -> None:
    left = ledger.remaining_fen(ledger.lock_budget(programme.id))
    if amount_fen > left:
        message = Message("本项目可用指标只有 %(left)s 元。", {"left": format_yuan(left)})
        raise Invalid(errors=[FieldError("amount", "BUDGET_EXCEEDED", message)])


def _later(actor: Actor, code: str, into: str) -> Programme:
    if not into or into == code:
        raise Invalid("请选择结转到哪个项目。", field="into", code="MISSING")
    return get_programme(actor, into)
