"""Tables of payments: batches and lines, payee accounts, templates of the bank's files, files that came from the bank."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.funds.models import Application
from trace.payments.rules import ACCOUNT_STATES, BATCH_KINDS, BATCH_STATES, DEAD_LINES, LINE_STATES
from trace.registry.models import Party
from trace.registry.rules import sql_list


class PaymentBatch(BaseModel):
    """Payments one person prepares and another releases."""

    no = CharField(max_length=20, unique=True)
    kind = CharField(max_length=10)
    state = CharField(max_length=10, index=True)
    total_fen = BigIntegerField()
    line_count = IntegerField()
    digest = CharField(max_length=64)
    maker_id = IntegerField()
    maker_name = CharField(max_length=80)
    made_at = UtcDateTimeField()
    checker_id = IntegerField(null=True)
    checker_name = CharField(max_length=80, default="")
    released_at = UtcDateTimeField(null=True)
    done_at = UtcDateTimeField(null=True)
    cancelled_at = UtcDateTimeField(null=True)
    cancel_reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(BATCH_KINDS)})"),
            Check(f"state IN ({sql_list(BATCH_STATES)})"),
            Check("total_fen > 0 AND line_count > 0"),
            Check("checker_id IS NULL OR checker_id <> maker_id"),
            Check("(state IN ('prepared','cancelled')) = (released_at IS NULL)"),
            Check("(released_at IS NULL) = (checker_id IS NULL)"),
            Check("(state = 'done') = (done_at IS NOT NULL)"),
            Check("(state = 'cancelled') = (cancelled_at IS NOT NULL)"),
        ]


class PayeeAccount(BaseModel):
    """A bank account that took the place of the one in the register: with evidence, confirmed by a second person, usable after a cool-down."""

    code = CharField(max_length=20, unique=True)
    party = ForeignKeyField(Party, backref="payee_accounts", on_delete="RESTRICT")
    holder_name = CharField(max_length=80)
    bank_name = CharField(max_length=80, default="")
    account_sealed = TextField()
    account_hash = CharField(max_length=64, index=True)
    account_last4 = CharField(max_length=4)
    reason = CharField(max_length=200)
    evidence = ForeignKeyField(StoredFile, on_delete="RESTRICT")
    state = CharField(max_length=10, index=True)
    proposer_id = IntegerField()
    proposer_name = CharField(max_length=80)
    proposed_at = UtcDateTimeField()
    decider_id = IntegerField(null=True)
    decider_name = CharField(max_length=80, default="")
    decided_at = UtcDateTimeField(null=True)
    decision_note = CharField(max_length=200, default="")
    usable_from = DateField(null=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(ACCOUNT_STATES)})"),
            Check("reason <> ''"),
            Check("decider_id IS NULL OR decider_id <> proposer_id"),
            Check("(state = 'proposed') = (decided_at IS NULL)"),
            Check("(decided_at IS NULL) = (decider_id IS NULL)"),
            Check("(state = 'confirmed') = (usable_from IS NOT NULL)"),
        ]


class PaymentLine(BaseModel):
    """One instalment of one application in a batch. ``live_key`` is unique while the payment has not failed, so nothing is paid twice.

    ``code`` is the id the bank's answers name; ``evidence`` the hash of the bundle the payment rests on (empty for lines made before bundles).
    """

    batch = ForeignKeyField(PaymentBatch, backref="lines", on_delete="RESTRICT")
    application = ForeignKeyField(Application, backref="payment_lines", on_delete="RESTRICT")
    code = CharField(max_length=30, unique=True)
    instalment = IntegerField()
    live_key = CharField(max_length=30, null=True, unique=True)
    payee_name = CharField(max_length=80)
    holder_name = CharField(max_length=80)
    bank_name = CharField(max_length=80, default="")
    account_sealed = TextField()
    account_hash = CharField(max_length=64, index=True)
    account_last4 = CharField(max_length=4)
    amount_fen = BigIntegerField()
    evidence = CharField(max_length=64, default="")
    state = CharField(max_length=10, index=True)
    bank_ref = CharField(max_length=60, default="")
    reason = CharField(max_length=200, default="")
    answered_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("batch", "application"), True),)
        constraints = [
            Check(f"state IN ({sql_list(LINE_STATES)})"),
            Check("amount_fen > 0 AND instalment > 0"),
            Check(f"(state IN ({sql_list(DEAD_LINES)})) = (live_key IS NULL)"),
        ]


class BankTemplate(BaseModel):
    """The columns a bank wants in its file, as data: a new version is a new row, what was sent by an old one stays explained.

    ``columns`` lists ``[field, heading]``; fields are named in :mod:`trace.payments.bank_files`.
    """

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=10)
    version = IntegerField()
    name = CharField(max_length=40)
    columns = JsonField(default=list)
    purpose_code = CharField(max_length=20, default="")
    totals = BooleanField(default=True)
    encoding = CharField(max_length=10, default="utf-8")
    in_use = BooleanField(default=True)
    made_at = UtcDateTimeField()
    made_by = CharField(max_length=80)

    class Meta:
        indexes = ((("kind", "version"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(BATCH_KINDS)})"),
            Check("version > 0"),
            Check("encoding IN ('utf-8','gb18030')"),
        ]


class BankFile(BaseModel):
    """A file of the bank that was read: an answer to a batch, or a statement. The same bytes are never read twice."""

    sha256 = CharField(max_length=64)
    kind = CharField(max_length=10)
    name = CharField(max_length=120)
    batch = ForeignKeyField(PaymentBatch, null=True, backref="files", on_delete="RESTRICT")
    row_count = IntegerField()
    total_fen = BigIntegerField()
    read_by = IntegerField()
    reader_name = CharField(max_length=80)
    read_at = UtcDateTimeField()

    class Meta:
        indexes = ((("kind", "sha256"), True),)
        constraints = [
            Check("kind IN ('return','statement')"),
            Check("(kind = 'return') = (batch_id IS NOT NULL)"),
            Check("row_count >= 0"),
        ]


class BankRow(BaseModel):
    """One movement on the bank's statement: money out is positive, money that came back is negative. Rows are history."""

    file = ForeignKeyField(BankFile, backref="bank_rows", index=False, on_delete="RESTRICT")
    row = IntegerField()
    booked_on = DateField()
    line_code = CharField(max_length=40, default="", index=True)
    amount_fen = BigIntegerField()
    bank_ref = CharField(max_length=60, default="", index=True)

    class Meta:
        indexes = ((("file", "row"), True),)
        constraints = [Check("amount_fen <> 0")]


class ReconciliationNote(BaseModel):
    """What was found out about a difference, and by whom. Rows are history; the latest counts."""

    subject = CharField(max_length=60, index=True)
    text = CharField(max_length=300)
    writer_id = IntegerField()
    writer_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [Check("text <> ''")]


TABLES = (PaymentBatch, PayeeAccount, PaymentLine, BankTemplate, BankFile, BankRow, ReconciliationNote)
