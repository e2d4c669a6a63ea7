"""Tables of public money. Transfers, steps, duties and field records are append-only; amounts are whole fen."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.funds.rules import (
    BATCH_STATES,
    INACTIVE,
    LINE_STATES,
    Duty,
    State,
)
from trace.land.models import Plot
from trace.programmes.models import Programme
from trace.registry.models import Party
from trace.registry.rules import sql_list


class Budget(BaseModel):
    """The sums of a programme's transfers, kept so that one guarded UPDATE can refuse overspending."""

    programme = ForeignKeyField(Programme, unique=True, on_delete="RESTRICT")
    appropriated_fen = BigIntegerField(default=0)
    committed_fen = BigIntegerField(default=0)
    paid_fen = BigIntegerField(default=0)

    class Meta:
        constraints = [
            Check("committed_fen >= 0 AND paid_fen >= 0"),
            Check("committed_fen + paid_fen <= appropriated_fen"),
        ]


class Account(BaseModel):
    """One account of a programme's books."""

    programme = ForeignKeyField(Programme, backref="accounts", index=False, on_delete="RESTRICT")
    kind = CharField(max_length=10)

    class Meta:
        indexes = ((("programme", "kind"), True),)
        constraints = [Check("kind IN ('source','available','committed','paid')")]


class Application(BaseModel):
    """A request for support of one plot. ``active_key`` (plot:purpose:year) is unique while the application is alive.

    ``due_on`` is the last day of the present state, ``held_state`` where it stood when an audit began, ``instalment`` the one in hand (from 1).
    """

    no = CharField(max_length=20, unique=True)
    programme = ForeignKeyField(Programme, backref="applications", on_delete="RESTRICT")
    plot = ForeignKeyField(Plot, backref="applications", on_delete="RESTRICT")
    applicant = ForeignKeyField(Party, backref="applications", on_delete="RESTRICT")
    agent = ForeignKeyField(Party, null=True, backref="agent_applications", on_delete="RESTRICT")
    active_key = CharField(max_length=60, null=True, unique=True)
    state = CharField(max_length=20, index=True)
    applied_m2 = IntegerField()
    field_round = IntegerField(default=0)
    verified_m2 = IntegerField(null=True)
    accepted_m2 = IntegerField(null=True)
    amount_fen = BigIntegerField(null=True)
    sheet = JsonField(null=True)
    minutes_ref = CharField(max_length=80, default="")
    note = TextField(default="")
    created_by = IntegerField()
    created_at = UtcDateTimeField()
    submitted_at = UtcDateTimeField(null=True)
    due_on = DateField(null=True, index=True)
    instalment = IntegerField(default=1)
    held_state = CharField(max_length=20, null=True)
    archive_no = CharField(max_length=30, null=True, unique=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(State)})"),
            Check(f"(state IN ({sql_list(INACTIVE)})) = (active_key IS NULL)"),
            Check("applied_m2 > 0 AND (amount_fen IS NULL OR amount_fen > 0)"),
            Check("accepted_m2 IS NULL OR (accepted_m2 <= applied_m2 AND accepted_m2 <= verified_m2)"),
        ]


class ApplicationStep(BaseModel):
    """Who did what to an application, in which role, with which opinion."""

    application = ForeignKeyField(Application, backref="steps", on_delete="RESTRICT")
    action = CharField(max_length=20)
    from_state = CharField(max_length=20)
    to_state = CharField(max_length=20)
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)
    role = CharField(max_length=40)
    opinion = CharField(max_length=500, default="")
    detail = JsonField(default=dict)
    at = UtcDateTimeField()


class ApplicationDuty(BaseModel):
    """The one part a person takes in an application."""

    application = ForeignKeyField(Application, backref="duties", index=False, on_delete="RESTRICT")
    user_id = IntegerField()
    duty = CharField(max_length=20)
    taken_at = UtcDateTimeField()

    class Meta:
        indexes = ((("application", "user_id"), True),)
        constraints = [Check(f"duty IN ({sql_list(Duty)})")]


class FieldRecord(BaseModel):
    """One signature of a joint verification: forestry or finance, in one round."""

    application = ForeignKeyField(Application, backref="field_records", index=False, on_delete="RESTRICT")
    round = IntegerField()
    side = CharField(max_length=10)
    verified_m2 = IntegerField()
    sampled = IntegerField(null=True)
    alive = IntegerField(null=True)
    passed = BooleanField()
    note = CharField(max_length=500, default="")
    visited_on = DateField()
    verifier_id = IntegerField()
    verifier_name = CharField(max_length=80)
    signed_at = UtcDateTimeField()

    class Meta:
        indexes = ((("application", "round", "side"), True), (("application", "round", "verifier_id"), True))
        constraints = [
            Check("side IN ('forestry','finance')"),
            Check("verified_m2 >= 0"),
            Check("(sampled IS NULL) = (alive IS NULL)"),
            Check("sampled IS NULL OR (sampled > 0 AND alive >= 0 AND alive <= sampled)"),
        ]


class Notice(BaseModel):
    """A public list of applications. It disappears from the public pages thirty days after its last period."""

    no = CharField(max_length=20, unique=True)
    programme = ForeignKeyField(Programme, backref="notices", on_delete="RESTRICT")
    title = CharField(max_length=120)
    contact = CharField(max_length=120)
    published_at = UtcDateTimeField()
    published_by = IntegerField()
    publisher_name = CharField(max_length=80)


class NoticeItem(BaseModel):
    """One application on a list with its own period: it starts again when an objection was found groundless."""

    notice = ForeignKeyField(Notice, backref="items", on_delete="RESTRICT")
    application = ForeignKeyField(Application, backref="notice_items", unique=True, on_delete="RESTRICT")
    starts_on = DateField()
    ends_on = DateField(index=True)

    class Meta:
        constraints = [Check("ends_on > starts_on")]


class Objection(BaseModel):
    """Something said against an application during its period, and what came of it."""

    application = ForeignKeyField(Application, backref="objections", on_delete="RESTRICT")
    text = CharField(max_length=500)
    received_at = UtcDateTimeField()
    received_by = IntegerField()
    handled_at = UtcDateTimeField(null=True)
    handled_by = IntegerField(null=True)
    result = CharField(max_length=500, default="")
    upheld = BooleanField(null=True)

    class Meta:
        constraints = [Check("(handled_at IS NULL) = (upheld IS NULL)")]


class PaymentBatch(BaseModel):
    """Payments one person prepares and another releases."""

    no = CharField(max_length=20, unique=True)
    state = CharField(max_length=10, index=True)
    total_fen = BigIntegerField()
    digest = CharField(max_length=64)
    maker_id = IntegerField()
    maker_name = CharField(max_length=80)
    made_at = UtcDateTimeField()
    checker_id = IntegerField(null=True)
    checker_name = CharField(max_length=80, default="")
    released_at = UtcDateTimeField(null=True)
    done_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(BATCH_STATES)})"),
            Check("total_fen > 0"),
            Check("checker_id IS NULL OR checker_id <> maker_id"),
            Check("(state = 'prepared') = (released_at IS NULL)"),
            Check("(released_at IS NULL) = (checker_id IS NULL)"),
            Check("(state = 'done') = (done_at IS NOT NULL)"),
        ]


class PaymentLine(BaseModel):
    """One application in a batch. ``live_key`` is unique while the payment has not failed, so nothing is paid twice."""

    batch = ForeignKeyField(PaymentBatch, backref="lines", on_delete="RESTRICT")
    application = ForeignKeyField(Application, backref="payment_lines", on_delete="RESTRICT")
    live_key = CharField(max_length=20, null=True, unique=True)
    payee_name = CharField(max_length=80)
    account_sealed = TextField()
    account_hash = CharField(max_length=64)
    account_last4 = CharField(max_length=4)
    amount_fen = BigIntegerField()
    state = CharField(max_length=10)
    bank_ref = CharField(max_length=60, default="")
    reason = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("batch", "application"), True),)
        constraints = [
            Check(f"state IN ({sql_list(LINE_STATES)})"),
            Check("amount_fen > 0"),
            Check("(state = 'failed') = (live_key IS NULL)"),
        ]


class Transfer(BaseModel):
    """One debit and one credit of the same amount: the books balance by construction. ``key`` makes a repeat harmless."""

    key = CharField(max_length=80, unique=True)
    kind = CharField(max_length=12)
    programme = ForeignKeyField(Programme, backref="transfers", on_delete="RESTRICT")
    debit = ForeignKeyField(Account, backref="debits", on_delete="RESTRICT")
    credit = ForeignKeyField(Account, backref="credits", on_delete="RESTRICT")
    amount_fen = BigIntegerField()
    application = ForeignKeyField(Application, null=True, backref="transfers", on_delete="RESTRICT")
    batch = ForeignKeyField(PaymentBatch, null=True, backref="transfers", on_delete="RESTRICT")
    doc_no = CharField(max_length=80, default="")
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("kind IN ('appropriate','commit','pay')"),
            Check("amount_fen > 0 AND amount_fen <= 9007199254740991"),
            Check("debit_id <> credit_id"),
            Check("(kind = 'appropriate') = (application_id IS NULL)"),
            Check("(kind = 'pay') = (batch_id IS NOT NULL)"),
        ]


TABLES = (
    Budget, Account, Application, ApplicationStep, ApplicationDuty, FieldRecord, Notice, NoticeItem, Objection, PaymentBatch,
    PaymentLine, Transfer,
)  # fmt: skip
