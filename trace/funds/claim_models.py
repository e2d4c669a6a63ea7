"""Tables of what an application claims beside its plot, of the terms it was made under, and of support that others gave."""

from peewee import BigIntegerField, CharField, Check, DateField, FloatField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.files.models import StoredFile
from trace.funds.claim_rules import EVENTS, FACTS, ITEM_KINDS
from trace.funds.models import Application
from trace.programmes.models import ProgrammeVersion
from trace.registry.models import Party, Village
from trace.registry.rules import sql_list


class ApplicationTerms(BaseModel):
    """The version of the notice an application was first submitted under; it keeps it."""

    application = ForeignKeyField(Application, unique=True, backref="terms_rows", on_delete="RESTRICT")
    version = ForeignKeyField(ProgrammeVersion, backref="applications", on_delete="RESTRICT")
    pinned_at = UtcDateTimeField()


class ClaimItem(BaseModel):
    """An invoice, a fee, a quantity or a sale claimed, with its paper. ``quantity_milli``: thousandths of the notice's unit; ``amount_fen``: money kinds.

    ``doc_key``: kind and number of the paper, unique while the claim stands: one invoice is claimed once in the county.
    """

    application = ForeignKeyField(Application, backref="items", on_delete="RESTRICT")
    kind = CharField(max_length=10)
    doc_no = CharField(max_length=60)
    doc_key = CharField(max_length=80, null=True, unique=True)
    issued_on = DateField()
    party_name = CharField(max_length=80, default="")
    name = CharField(max_length=80)
    quantity_milli = BigIntegerField(null=True)
    amount_fen = BigIntegerField(null=True)
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    entered_by = IntegerField()
    entered_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(ITEM_KINDS)})"),
            Check("(kind = 'unit') = (quantity_milli IS NOT NULL)"),
            Check("(kind = 'unit') = (amount_fen IS NULL)"),
            Check("COALESCE(quantity_milli, amount_fen) > 0"),
        ]


class ClaimLoan(BaseModel):
    """A loan whose interest is to be discounted. Rates are thousandths of a per cent a year; interest paid is without penalties, of the year."""

    application = ForeignKeyField(Application, backref="loans", on_delete="RESTRICT")
    contract_no = CharField(max_length=60)
    contract_key = CharField(max_length=80, null=True, unique=True)
    lender = CharField(max_length=80)
    used_for = CharField(max_length=120)
    drawn_on = DateField()
    due_on = DateField()
    principal_fen = BigIntegerField()
    rate_milli = IntegerField()
    interest_paid_fen = BigIntegerField()
    other_discounts_fen = BigIntegerField(default=0)
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    entered_by = IntegerField()
    entered_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("due_on > drawn_on AND principal_fen > 0 AND rate_milli > 0"),
            Check("interest_paid_fen >= 0 AND other_discounts_fen >= 0"),
        ]


class LoanEvent(BaseModel):
    """A repayment of principal, a new rate from a day on, or an overdue time (its last day is not counted)."""

    loan = ForeignKeyField(ClaimLoan, backref="events", on_delete="RESTRICT")
    kind = CharField(max_length=10)
    on_day = DateField()
    until = DateField(null=True)
    amount_fen = BigIntegerField(null=True)
    rate_milli = IntegerField(null=True)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(EVENTS)})"),
            Check("(kind = 'repay') = (amount_fen IS NOT NULL)"),
            Check("(kind = 'rate') = (rate_milli IS NOT NULL)"),
            Check("(kind = 'overdue') = (until IS NOT NULL)"),
            Check("until IS NULL OR until > on_day"),
            Check("COALESCE(amount_fen, rate_milli, 1) > 0"),
        ]


class ExternalSupport(BaseModel):
    """Support another fund gave, from its list: matched by ground, by plot, and by person with village and year. Numbers only as keyed hashes."""

    fund = CharField(max_length=60)
    year = IntegerField(index=True)
    purpose = CharField(max_length=20)
    holder = CharField(max_length=80)
    holder_hash = CharField(max_length=64, null=True, index=True)
    uscc = CharField(max_length=18, null=True, index=True)
    village = ForeignKeyField(Village, null=True, backref="external_support", on_delete="RESTRICT")
    plot_code = CharField(max_length=20, default="", index=True)
    area_m2 = IntegerField(null=True)
    amount_fen = BigIntegerField(null=True)
    geojson = TextField(default="")
    west = FloatField(null=True)
    south = FloatField(null=True)
    east = FloatField(null=True)
    north = FloatField(null=True)
    doc_ref = CharField(max_length=120, default="")
    loaded_by = CharField(max_length=80)
    loaded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("amount_fen IS NULL OR amount_fen >= 0"),
            Check("(geojson = '') = (west IS NULL)"),
        ]


class LinkFact(BaseModel):
    """Something that ties parties together, as a keyed hash: legal representative, phone, account, address. ``shown``: enough of it for an officer."""

    party = ForeignKeyField(Party, backref="link_facts", on_delete="RESTRICT")
    kind = CharField(max_length=12)
    value_hash = CharField(max_length=64, index=True)
    shown = CharField(max_length=40)
    recorded_by = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("party", "kind", "value_hash"), True),)
        constraints = [Check(f"kind IN ({sql_list(FACTS)})")]


TABLES = (ApplicationTerms, ClaimItem, ClaimLoan, LoanEvent, ExternalSupport, LinkFact)
