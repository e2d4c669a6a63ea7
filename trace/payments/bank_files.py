"""The file a bank wants of a batch: columns by a template that the county edits, a line of totals, the hash of the batch in every row or below.

Full accounts leave the house only here, after release, and every copy is kept in the trail.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.identifiers import mask_id
from trace.core.text import N_, Message
from trace.payments import queries, rules
from trace.payments.batches import require_unaltered
from trace.payments.models import BankTemplate, PaymentBatch, PaymentLine
from trace.registry.models import Party
from trace.registry.vault import vault
from trace.web.sheets import RISKY

FIELDS = {
    "number": N_("序号"),
    "code": N_("明细号"),
    "holder": N_("收款户名"),
    "id_masked": N_("证件号码（脱敏）"),
    "account": N_("收款账号"),
    "bank": N_("开户行"),
    "amount": N_("金额（元）"),
    "purpose_code": N_("用途代码"),
    "purpose": N_("用途"),
    "application": N_("申请号"),
    "batch": N_("批次号"),
    "digest": N_("批次校验值"),
}
"""What a column may hold."""
NEEDED = ("code", "holder", "account", "amount")
"""Without these no bank can pay and no answer can be matched."""
DEFAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "card": (
        N_("一卡通代发"),
        ("number", "code", "holder", "id_masked", "account", "amount", "purpose_code", "purpose"),
    ),
    "corporate": (N_("对公转账"), ("number", "code", "holder", "account", "bank", "amount", "purpose", "batch")),
}
MARKS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


def template_of(kind: str) -> BankTemplate:
    """The template in use, or the one assumed until the bank's own is entered."""
    found = queries.template_for(kind)
    if found is not None:
        return found
    name, fields = DEFAULTS[kind]
    columns = [[field, FIELDS[field]] for field in fields]
    return BankTemplate(
        kind=kind, version=0, code="", name=name, columns=columns, purpose_code="TPP", totals=True, encoding="utf-8"
    )


def save_template(
    actor: Actor,
    kind: str,
    name: str,
    columns: Sequence[tuple[str, str]],
    *,
    purpose_code: str = "",
    totals: bool = True,
    encoding: str = "utf-8",
) -> BankTemplate:
    """Keep a new version of a channel's columns. Everything wrong with it is told together."""
    with operation(actor, Permission.PAYMENT_CHECK) as op:
        faults = _template_faults(kind, name, columns)
        if faults:
            raise Invalid(errors=faults)
        versions = [row.version for row in queries.templates() if row.kind == kind]
        version = max(versions, default=0) + 1
        made = BankTemplate.create(
            code=f"{'YKT' if kind == 'card' else 'DG'}-{version}", kind=kind, version=version, name=name.strip(),
            columns=[[field, heading.strip()] for field, heading in columns], purpose_code=purpose_code.strip(), totals=totals, encoding=encoding,
            made_at=op.at, made_by=actor.display_name,
        )  # fmt: skip
        op.record("payment.template", made, columns=[field for field, _ in columns])
        return made


def bank_file(actor: Actor, no: str, form: str) -> bytes:
    """The file of a released batch, xlsx or csv; each copy handed out is kept in the trail."""
    permission = Permission.PAYMENT_MAKE if actor.can(Permission.PAYMENT_MAKE) else Permission.PAYMENT_CHECK
    with operation(actor, permission) as op:
        batch = queries.get_batch(actor, no)
        if batch.state not in ("released", "done"):
            raise RuleBroken("批次 %(no)s 还没有复核放行，不能导出银行文件。", code="NOT_RELEASED", no=no)
        lines = queries.lines(batch)
        require_unaltered(batch, lines)
        template = template_of(batch.kind)
        rows = [_row(template, batch, line, place, _ids(template, lines)) for place, line in enumerate(lines, 1)]
        body = (_as_xlsx if form == "xlsx" else _as_csv)(template, batch, rows)
        op.record("payment.file", batch, form=form, template=template.code, lines=len(lines), digest=batch.digest)
        return body


def _ids(template: BankTemplate, lines: Sequence[PaymentLine]) -> dict[int, str]:
    """Masked ID numbers by applicant, only when the template wants them."""
    if not any(field == "id_masked" for field, _ in template.columns):
        return {}
    keys = sorted({line.application.applicant_id for line in lines})
    found: dict[int, str] = {}
    for start in range(0, len(keys), 500):
        for party in Party.select(Party.id, Party.id_number_sealed, Party.uscc).where(
            Party.id.in_(keys[start : start + 500])
        ):
            found[party.id] = (
                mask_id(vault().unseal(party.id_number_sealed)) if party.id_number_sealed else party.uscc or ""
            )
    return found


def _row(template: BankTemplate, batch: PaymentBatch, line: PaymentLine, place: int, ids: dict[int, str]) -> list[Any]:
    known: dict[str, Callable[[], Any]] = {
        "number": lambda: place, "code": lambda: line.code, "holder": lambda: line.holder_name,
        "id_masked": lambda: ids.get(line.application.applicant_id, ""), "account": lambda: vault().unseal(line.account_sealed),
        "bank": lambda: line.bank_name, "amount": lambda: line.amount_fen / 100, "purpose_code": lambda: template.purpose_code,
        "purpose": lambda: line.application.programme.name[:40], "application": lambda: line.application.no, "batch": lambda: batch.no,
        "digest": lambda: batch.digest,
    }  # fmt: skip
    return [known[field]() for field, _ in template.columns]


def _as_xlsx(template: BankTemplate, batch: PaymentBatch, rows: list[list[Any]]) -> bytes:
    """Accounts as text, amounts as figures, and the total as a formula over the amounts, so that a changed figure shows."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": batch.no, "comments": batch.digest})
    sheet = book.add_worksheet(batch.no)
    head, text = book.add_format({"bold": True, "bottom": 2}), book.add_format({"num_format": "@"})
    money = book.add_format({"num_format": "#,##0.00"})
    for column, (field, heading) in enumerate(template.columns):
        sheet.write_string(0, column, heading, head)
        sheet.set_column(column, column, {"account": 24, "holder": 24, "code": 18, "purpose": 28}.get(field, 14))
    for place, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, (int, float)):
                sheet.write_number(place, column, value, money if template.columns[column][0] == "amount" else None)
            else:
                sheet.write_string(place, column, str(value), text)
    if template.totals:
        _totals(sheet, template, batch, len(rows), money)
    book.close()
    return out.getvalue()


def _totals(sheet: Any, template: BankTemplate, batch: PaymentBatch, count: int, money: Any) -> None:
    place = [field for field, _ in template.columns].index("amount")
    letter = chr(ord("A") + place)
    sheet.write_string(count + 1, 0, f"合计 {count} 笔")
    sheet.write_formula(count + 1, place, f"=SUM({letter}2:{letter}{count + 1})", money, batch.total_fen / 100)
    sheet.write_string(count + 2, 0, f"批次校验值 {batch.digest}")


def _as_csv(template: BankTemplate, batch: PaymentBatch, rows: list[list[Any]]) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([heading for _, heading in template.columns])
    place = [field for field, _ in template.columns].index("amount")
    for row in rows:
        writer.writerow([f"{value:.2f}" if column == place else _harmless(value) for column, value in enumerate(row)])
    if template.totals:
        last: list[Any] = [""] * len(template.columns)
        last[0], last[place] = f"合计 {len(rows)} 笔", f"{batch.total_fen / 100:.2f}"
        writer.writerow(last)
        writer.writerow([f"批次校验值 {batch.digest}"])
    return out.getvalue().encode("utf-8-sig" if template.encoding == "utf-8" else "gb18030")


def _harmless(value: Any) -> Any:
    """A name that a spreadsheet would run arrives as text."""
    return "'" + value if isinstance(value, str) and value.startswith(RISKY) else value


def _template_faults(kind: str, name: str, columns: Sequence[tuple[str, str]]) -> list[FieldError]:
    found = []
    if kind not in rules.BATCH_KINDS:
        found.append(FieldError("kind", "CHOICE", Message("请从列表中选择。")))
    if not name.strip():
        found.append(FieldError("name", "MISSING", Message("请填写模板名称。")))
    fields = [field for field, _ in columns]
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        found.append(
            FieldError("columns", "FIELD", Message("没有这些栏目：%(names)s。", {"names": "、".join(unknown)}))
        )
    missing = [FIELDS[field] for field in NEEDED if field not in fields]
    if missing:
        found.append(
            FieldError("columns", "NEEDED", Message("银行文件必须有：%(names)s。", {"names": "、".join(missing)}))
        )
    if len(set(fields)) != len(fields):
        found.append(FieldError("columns", "TWICE", Message("同一栏目不能出现两次。")))
    if any(not heading.strip() for _, heading in columns):
        found.append(FieldError("columns", "HEADING", Message("每一栏都要有表头。")))
    if len(fields) > 26:
        found.append(FieldError("columns", "MANY", Message("最多 26 栏。")))
    return found
