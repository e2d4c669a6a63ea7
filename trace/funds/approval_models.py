"""Tables of approval: the list laid before the leading group, and what each application on it claims and gets."""

from peewee import BigIntegerField, BooleanField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.funds.approval_rules import ITEM_STATES, LIST_STATES, SHORTAGES
from trace.funds.models import Application
from trace.programmes.models import Programme
from trace.registry.rules import sql_list


class ApprovalList(BaseModel):
    """送审批次: applications of one programme, with the finance bureau's opinion, decided with minutes and, above a threshold, the head's signature.

    ``left_fen`` is what the programme had left when the list was drawn up, ``shortage`` how a shortage was met.
    """

    no = CharField(max_length=20, unique=True)
    programme = ForeignKeyField(Programme, backref="approval_lists", on_delete="RESTRICT")
    state = CharField(max_length=10, index=True)
    finance_ref = CharField(max_length=80)
    claimed_fen = BigIntegerField()
    total_fen = BigIntegerField()
    left_fen = BigIntegerField()
    shortage = CharField(max_length=10)
    needs_head = BooleanField()
    preparer_id = IntegerField()
    preparer_name = CharField(max_length=80)
    prepared_at = UtcDateTimeField()
    minutes_ref = CharField(max_length=80, default="")
    head_ref = CharField(max_length=80, default="")
    opinion = CharField(max_length=500, default="")
    decider_id = IntegerField(null=True)
    decider_name = CharField(max_length=80, default="")
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(LIST_STATES)})"),
            Check(f"shortage IN ({sql_list(SHORTAGES)})"),
            Check("finance_ref <> ''"),
            Check("total_fen > 0 AND total_fen <= claimed_fen"),
            Check("(state = 'open') = (decided_at IS NULL)"),
            Check("decider_id IS NULL OR decider_id <> preparer_id"),
            Check("state <> 'approved' OR (minutes_ref <> '' AND (NOT needs_head OR head_ref <> ''))"),
        ]


class ApprovalItem(BaseModel):
    """One application on a list: its claim, what the list gives it, and what became of it."""

    list = ForeignKeyField(ApprovalList, backref="items", index=False, on_delete="RESTRICT")
    application = ForeignKeyField(Application, backref="approval_items", on_delete="RESTRICT")
    position = IntegerField()
    claimed_fen = BigIntegerField()
    amount_fen = BigIntegerField()
    state = CharField(max_length=10)

    class Meta:
        indexes = ((("list", "application"), True),)
        constraints = [
            Check(f"state IN ({sql_list(ITEM_STATES)})"),
            Check("amount_fen > 0 AND amount_fen <= claimed_fen"),
        ]


ApprovalItem.add_index(
    ApprovalItem.application, unique=True, where=ApprovalItem.state == "open", name="approval_item_open"
)

TABLES = (ApprovalList, ApprovalItem)
