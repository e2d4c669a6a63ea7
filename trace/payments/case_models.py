"""Tables of what follows a payment: clawback cases with their receipts, samples and findings of the audit, complaints about money."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.funds.models import Application
from trace.payments.case_rules import CASE_STATES, CAUSES, FINDING_STATES, GRIEVANCE_KINDS, GRIEVANCE_STATES, OUTCOMES
from trace.registry.rules import sql_list


class AuditSample(BaseModel):
    """A sample somebody else can draw again: seed, method and frame are kept with what was drawn. Rows are history."""

    code = CharField(max_length=20, unique=True)
    seed = CharField(max_length=64)
    method = CharField(max_length=40)
    frame = JsonField(default=dict)
    frame_size = IntegerField()
    frame_hash = CharField(max_length=64)
    drawn = JsonField(default=list)
    drawn_by = IntegerField()
    drawer_name = CharField(max_length=80)
    drawn_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("frame_size > 0"), Check("seed <> ''")]


class AuditFinding(BaseModel):
    """What an auditor found: the unit answers, the auditor follows up and closes it."""

    code = CharField(max_length=20, unique=True)
    sample = ForeignKeyField(AuditSample, null=True, backref="findings", on_delete="RESTRICT")
    application = ForeignKeyField(Application, null=True, backref="audit_findings", on_delete="RESTRICT")
    unit = CharField(max_length=20)
    cause = CharField(max_length=10, index=True)
    facts = TextField()
    amount_fen = BigIntegerField(default=0)
    due_on = DateField()
    state = CharField(max_length=10, index=True)
    opener_id = IntegerField()
    opener_name = CharField(max_length=80)
    opened_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"cause IN ({sql_list(CAUSES)})"),
            Check(f"state IN ({sql_list(FINDING_STATES)})"),
            Check("facts <> '' AND amount_fen >= 0"),
            Check("(state = 'closed') = (closed_at IS NOT NULL)"),
        ]


class AuditFindingStep(BaseModel):
    """One exchange about a finding. Rows are history."""

    finding = ForeignKeyField(AuditFinding, backref="steps", on_delete="RESTRICT")
    to_state = CharField(max_length=10)
    text = CharField(max_length=1000)
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)
    at = UtcDateTimeField()


class Clawback(BaseModel):
    """追缴案件: a finding against one application, the hearing, the decision with its amount and deadline, the money coming back.

    ``cancelled_fen`` is what was approved and not yet paid: the decision takes it back without anybody paying.
    """

    code = CharField(max_length=20, unique=True)
    application = ForeignKeyField(Application, backref="clawbacks", on_delete="RESTRICT")
    finding = ForeignKeyField(AuditFinding, null=True, backref="clawbacks", on_delete="RESTRICT")
    cause = CharField(max_length=10)
    facts = TextField()
    state = CharField(max_length=10, index=True)
    opener_id = IntegerField()
    opener_name = CharField(max_length=80)
    opened_at = UtcDateTimeField()
    notice_no = CharField(max_length=80, default="")
    hearing_due_on = DateField(null=True)
    hearing_text = TextField(default="")
    heard_on = DateField(null=True)
    decision_no = CharField(max_length=80, default="")
    decided_on = DateField(null=True)
    decider_id = IntegerField(null=True)
    decider_name = CharField(max_length=80, default="")
    principal_fen = BigIntegerField(default=0)
    interest_fen = BigIntegerField(default=0)
    cancelled_fen = BigIntegerField(default=0)
    interest_basis = CharField(max_length=200, default="")
    due_on = DateField(null=True)
    closed_at = UtcDateTimeField(null=True)
    outcome = CharField(max_length=500, default="")

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(CASE_STATES)})"),
            Check(f"cause IN ({sql_list(CAUSES)})"),
            Check("facts <> ''"),
            Check("principal_fen >= 0 AND interest_fen >= 0 AND cancelled_fen >= 0"),
            Check(
                "state NOT IN ('decided','settled') OR "
                "(decision_no <> '' AND principal_fen + interest_fen + cancelled_fen > 0 AND due_on IS NOT NULL)"
            ),
            Check("interest_fen = 0 OR interest_basis <> ''"),
            Check("decider_id IS NULL OR decider_id <> opener_id"),
            Check("(state IN ('settled','cleared')) = (closed_at IS NOT NULL)"),
        ]


Clawback.add_index(Clawback.application, unique=True, where=Clawback.closed_at.is_null(), name="clawback_open")


class ClawbackReceipt(BaseModel):
    """Money that came back, as the treasury's receipt says. Rows are history."""

    clawback = ForeignKeyField(Clawback, backref="receipts", on_delete="RESTRICT")
    receipt_no = CharField(max_length=80, unique=True)
    received_on = DateField()
    principal_fen = BigIntegerField()
    interest_fen = BigIntegerField()
    booked_by = IntegerField()
    booker_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [Check("principal_fen >= 0 AND interest_fen >= 0 AND principal_fen + interest_fen > 0")]


class Grievance(BaseModel):
    """A complaint about money: who may be told nothing of it is kept apart from who handles it. The contact is sealed."""

    no = CharField(max_length=20, unique=True)
    receipt = CharField(max_length=20, unique=True)
    kind = CharField(max_length=14)
    application = ForeignKeyField(Application, null=True, backref="grievances", on_delete="RESTRICT")
    text = CharField(max_length=1000)
    contact_sealed = TextField(default="")
    filed_at = UtcDateTimeField()
    filed_by = IntegerField(null=True)
    due_on = DateField(index=True)
    stops_payment = BooleanField(default=False)
    state = CharField(max_length=10, index=True)
    handler_id = IntegerField(null=True)
    handler_name = CharField(max_length=80, default="")
    taken_at = UtcDateTimeField(null=True)
    outcome = CharField(max_length=10, default="")
    answer = CharField(max_length=1000, default="")
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(GRIEVANCE_KINDS)})"),
            Check(f"state IN ({sql_list(GRIEVANCE_STATES)})"),
            Check(f"outcome IN ({sql_list(('', *OUTCOMES))})"),
            Check("text <> ''"),
            Check("(state = 'filed') = (handler_id IS NULL)"),
            Check("(state = 'answered') = (closed_at IS NOT NULL)"),
            Check("(closed_at IS NULL) = (outcome = '')"),
            Check("NOT stops_payment OR application_id IS NOT NULL"),
        ]


TABLES = (AuditSample, AuditFinding, AuditFindingStep, Clawback, ClawbackReceipt, Grievance)
