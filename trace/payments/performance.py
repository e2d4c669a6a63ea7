"""The yearly performance report of the money (绩效, opinion L85): every figure from the ledger and the files, as a page and as an official paper."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

from peewee import fn

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import business_date, utcnow
from trace.core.units import format_int, format_mu, format_pct, format_yuan
from trace.funds.ledger_models import Account, Transfer
from trace.funds.ledger_queries import CREDIT_NORMAL
from trace.funds.models import Application, Objection
from trace.payments.case_models import AuditFinding, Clawback, Grievance
from trace.payments.models import PaymentLine
from trace.pdf.official import Block, Paper, official
from trace.programmes.models import Programme

ISSUER = "衡南县土枇杷产业发展工作领导小组办公室"


@dataclass
class Row:
    """One programme of the year, in fen, m² and numbers."""

    code: str
    name: str
    appropriated: int = 0
    available: int = 0
    reserved: int = 0
    committed: int = 0
    paid: int = 0
    recovered: int = 0
    lapsed: int = 0
    carried: int = 0
    receivable: int = 0
    applications: int = 0
    paid_lines: int = 0
    beneficiaries: int = 0
    accepted_m2: int = 0

    @property
    def execution(self) -> Fraction | None:
        """What was paid, net of what came back, of what could be spent (appropriation less what was carried on)."""
        base = self.appropriated - self.carried
        return Fraction(self.paid - self.recovered, base) if base > 0 else None


@dataclass
class Year:
    """All programmes of a year, their sum, and what was found out about them."""

    year: int
    rows: list[Row]
    total: Row
    objections: int
    upheld: int
    grievances: int
    grievances_upheld: int
    findings: int
    findings_open: int
    clawback_fen: int
    recovered_fen: int


def years() -> list[int]:
    """Years with programmes, newest first."""
    return [year for (year,) in Programme.select(Programme.year).distinct().order_by(Programme.year.desc()).tuples()]


def of_year(year: int) -> Year:
    """The figures of a year as the ledger and the files have them now."""
    rows = {
        row.id: Row(row.code, row.name)
        for row in Programme.select().where(Programme.year == year, Programme.state != "draft").order_by(Programme.id)
    }
    _balances(rows)
    _applications(rows)
    total = Row("", "合计")
    for row in rows.values():
        for field in fields(Row)[2:]:
            setattr(total, field.name, getattr(total, field.name) + getattr(row, field.name))
    total.beneficiaries = _beneficiaries(list(rows))
    return Year(year, list(rows.values()), total, *_voices(list(rows)), *_cases(list(rows)))


def paper(year: int) -> bytes:
    """The report as an official paper; generated, never numbered or sealed."""
    found = of_year(year)
    total = found.total
    known = {"year": year, "rows": [[row.code, row.appropriated, row.paid, row.recovered] for row in found.rows]}
    blocks = [
        Block(f"现将{year}年度土枇杷产业奖补资金使用和绩效情况报告如下，数据取自资金总账和办理档案。"),
        Block(level=1, lead="资金安排和使用"),
        Block(
            f"全年安排指标{format_yuan(total.appropriated)}元，已支付{format_yuan(total.paid)}元，追缴收回{format_yuan(total.recovered)}元，"
            f"已审定待付{format_yuan(total.committed)}元，年终收回{format_yuan(total.lapsed)}元，结转下年{format_yuan(total.carried)}元，"
            f"预算执行率{_share(total.execution)}。"
        ),
        *(Block(_line(row), 2, f"{row.name}。") for row in found.rows),
        Block(level=1, lead="绩效指标完成情况"),
        Block(
            f"核定面积{format_mu(total.accepted_m2)}亩，受理申报{format_int(total.applications)}份。", 2, "数量指标。"
        ),
        Block(
            f"支付{format_int(total.paid_lines)}笔，受益{format_int(total.beneficiaries)}户（家）。", 2, "受益指标。"
        ),
        Block(_quality(found), 2, "质量指标。"),
        Block(f"收到资金投诉{found.grievances}件，其中属实或部分属实{found.grievances_upheld}件。", 2, "满意度指标。"),
        Block(level=1, lead="存在问题和整改"),
        Block(_problems(found)),
    ]
    return official(
        Paper(
            title=f"{year}年度土枇杷产业奖补资金\n绩效报告", blocks=blocks, issuer=ISSUER, signed_on=_zh(), kind="report",
            generated_at=utcnow(), digest=sha256_hex(canonical_bytes(known))[:16],
        )
    )  # fmt: skip


def _line(row: Row) -> str:
    return (
        f"安排{format_yuan(row.appropriated)}元，支付{format_yuan(row.paid)}元（{format_int(row.paid_lines)}笔、{format_int(row.beneficiaries)}户），"
        f"核定{format_mu(row.accepted_m2)}亩，执行率{_share(row.execution)}。"
    )


def _quality(found: Year) -> str:
    return f"公示异议{found.objections}件，成立{found.upheld}件；审计发现{found.findings}项，未销号{found.findings_open}项。"


def _problems(found: Year) -> str:
    if not found.findings and not found.clawback_fen:
        return "本年度没有审计发现，没有追缴决定。"
    return (
        f"审计发现{found.findings}项，其中{found.findings_open}项尚在整改；决定追缴{format_yuan(found.clawback_fen)}元，"
        f"已收回{format_yuan(found.recovered_fen)}元。"
    )


def _share(value: Fraction | None) -> str:
    return "—" if value is None else format_pct(value)


def _zh() -> str:
    day = business_date()
    return f"{day.year}年{day.month}月{day.day}日"


_COLUMNS = {
    "source": "appropriated", "available": "available", "reserved": "reserved", "committed": "committed", "paid": "paid",
    "recovered": "recovered", "lapsed": "lapsed", "carried": "carried", "receivable": "receivable",
}  # fmt: skip


def _balances(rows: dict[int, Row]) -> None:
    for side, sign in ((Transfer.debit, 1), (Transfer.credit, -1)):
        sums = Transfer.select(Transfer.programme, Account.kind, fn.SUM(Transfer.amount_fen)).join(
            Account, on=(side == Account.id)
        )
        for key, kind, amount in (
            sums.where(Transfer.programme.in_(list(rows))).group_by(Transfer.programme, Account.kind).tuples()
        ):
            name = _COLUMNS.get(kind)
            if name:
                signed = -sign * int(amount) if kind in CREDIT_NORMAL else sign * int(amount)
                setattr(rows[key], name, getattr(rows[key], name) + signed)


def _applications(rows: dict[int, Row]) -> None:
    counted = (
        Application.select(Application.programme, fn.COUNT(Application.id))
        .where(Application.programme.in_(list(rows)), Application.submitted_at.is_null(False))
        .group_by(Application.programme)
    )
    for key, count in counted.tuples():
        rows[key].applications = int(count)
    paid = (
        PaymentLine.select(
            Application.programme,
            fn.COUNT(PaymentLine.id),
            fn.COUNT(fn.DISTINCT(Application.applicant)),
            fn.SUM(Application.accepted_m2),
        )
        .join(Application)
        .where(Application.programme.in_(list(rows)), PaymentLine.state == "paid")
        .group_by(Application.programme)
    )
    for key, lines, people, area in paid.tuples():
        rows[key].paid_lines, rows[key].beneficiaries, rows[key].accepted_m2 = int(lines), int(people), int(area or 0)


def _beneficiaries(programmes: list[int]) -> int:
    rows = PaymentLine.select(fn.COUNT(fn.DISTINCT(Application.applicant))).join(Application)
    return int(rows.where(Application.programme.in_(programmes), PaymentLine.state == "paid").scalar() or 0)


def _voices(programmes: list[int]) -> tuple[int, int, int, int]:
    objections = Objection.select(Objection.upheld).join(Application).where(Application.programme.in_(programmes))
    voices = [bool(upheld) for (upheld,) in objections.tuples()]
    complaints = Grievance.select(Grievance.outcome).join(Application).where(Application.programme.in_(programmes))
    outcomes = [outcome for (outcome,) in complaints.tuples()]
    return len(voices), sum(voices), len(outcomes), sum(outcome in ("upheld", "partly") for outcome in outcomes)


def _cases(programmes: list[int]) -> tuple[int, int, int, int]:
    findings = AuditFinding.select(AuditFinding.state).join(Application).where(Application.programme.in_(programmes))
    states = [state for (state,) in findings.tuples()]
    cases = Clawback.select(fn.COALESCE(fn.SUM(Clawback.principal_fen), 0)).join(Application)
    decided = cases.where(Application.programme.in_(programmes), Clawback.state.in_(("decided", "settled"))).scalar()
    back = Transfer.select(fn.COALESCE(fn.SUM(Transfer.amount_fen), 0)).where(
        Transfer.programme.in_(programmes), Transfer.kind == "recover"
    )
    return len(states), sum(state != "closed" for state in states), int(decided), int(back.scalar())
