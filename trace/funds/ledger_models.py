"""Tables of the books. Transfers are history; the budget row is moved by a trigger of the database with every transfer, and by nothing else."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.funds.ledger_rules import ACCOUNTS, ENTRIES, OF_APPLICATION
from trace.funds.models import Application
from trace.programmes.models import Programme
from trace.registry.rules import sql_list


class Budget(BaseModel):
    """What the transfers of a programme come to. The database keeps it and refuses whatever would oversell the appropriation.

    ``withdrawn_fen`` is what lapsed or was carried into another year, ``receivable_fen`` what was claimed back and has not come in.
    """

    programme = ForeignKeyField(Programme, unique=True, on_delete="RESTRICT")
    appropriated_fen = BigIntegerField(default=0)
    reserved_fen = BigIntegerField(default=0)
    committed_fen = BigIntegerField(default=0)
    paid_fen = BigIntegerField(default=0)
    recovered_fen = BigIntegerField(default=0)
    withdrawn_fen = BigIntegerField(default=0)
    receivable_fen = BigIntegerField(default=0)
    last_transfer_id = IntegerField(null=True)

    class Meta:
        constraints = [
            Check(
                "reserved_fen >= 0 AND committed_fen >= 0 AND paid_fen >= 0 AND withdrawn_fen >= 0 AND receivable_fen >= 0"
            ),
            Check("recovered_fen >= 0 AND recovered_fen <= paid_fen"),
            Check("reserved_fen + committed_fen + paid_fen - recovered_fen + withdrawn_fen <= appropriated_fen"),
        ]


class Account(BaseModel):
    """One account of a programme's books."""

    programme = ForeignKeyField(Programme, backref="accounts", index=False, on_delete="RESTRICT")
    kind = CharField(max_length=10)

    class Meta:
        indexes = ((("programme", "kind"), True),)
        constraints = [Check(f"kind IN ({sql_list(ACCOUNTS)})")]


class Transfer(BaseModel):
    """One debit and one credit of the same amount: the books balance by construction. ``key`` makes a repeat harmless.

    ``doc_kind`` and ``doc_no`` name the paper behind it; ``reverses`` the entry a correction or a returned payment undoes, once.
    """

    key = CharField(max_length=80, unique=True)
    kind = CharField(max_length=12)
    programme = ForeignKeyField(Programme, backref="transfers", on_delete="RESTRICT")
    debit = ForeignKeyField(Account, backref="debits", on_delete="RESTRICT")
    credit = ForeignKeyField(Account, backref="credits", on_delete="RESTRICT")
    amount_fen = BigIntegerField()
    application = ForeignKeyField(Application, null=True, backref="transfers", on_delete="RESTRICT")
    reverses = ForeignKeyField("self", null=True, unique=True, backref="reversals", on_delete="RESTRICT")
    doc_kind = CharField(max_length=10)
    doc_no = CharField(max_length=80)
    reason = CharField(max_length=200, default="")
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list((*ENTRIES, 'return', 'reverse'))})"),
            Check("amount_fen > 0 AND amount_fen <= 9007199254740991"),
            Check("debit_id <> credit_id"),
            Check(f"kind = 'reverse' OR (application_id IS NOT NULL) = (kind IN ({sql_list(OF_APPLICATION)}))"),
            Check("(reverses_id IS NOT NULL) = (kind IN ('return','reverse'))"),
            Check("doc_kind IN ('paper','list','batch','clawback')"),
            Check("doc_no <> ''"),
            Check("kind <> 'reverse' OR reason <> ''"),
        ]


TABLES = (Budget, Account, Transfer)
