"""Tables of the nursery. What happened to plants is in the ledger; here stands what a ledger of quantities does not say."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.files.models import StoredFile
from trace.land.models import Stand
from trace.lots.models import Lot, Operation
from trace.nursery.rules import ACCESSION_KINDS, GRADES, LOSS_REASONS, ORDER, PAPER_KINDS, PURPOSES, WAYS
from trace.registry.models import Party, Taxon, Village
from trace.registry.rules import sql_list


class Accession(BaseModel):
    """种质资源: a tree, a stand or an orchard that seed or scions are taken from, as the survey found it."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=20)
    name = CharField(max_length=60)
    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    holder = ForeignKeyField(Party, backref="accessions", on_delete="RESTRICT")
    village = ForeignKeyField(Village, on_delete="RESTRICT")
    place = CharField(max_length=80, default="")
    trees = IntegerField(default=1)
    area_m2 = IntegerField(default=0)
    variety_no = CharField(max_length=60, default="")
    traits = TextField(default="")
    surveyed_on = DateField()
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check(f"kind IN ({sql_list(ACCESSION_KINDS)})"), Check("trees > 0 AND area_m2 >= 0")]


class SeedlingLot(BaseModel):
    """What a seedling lot is besides a quantity: where it comes from, how it was raised, its variety approval if it has one."""

    lot = ForeignKeyField(Lot, unique=True, backref="seedlings", on_delete="RESTRICT")
    accession = ForeignKeyField(Accession, null=True, backref="seedlings", on_delete="RESTRICT")
    way = CharField(max_length=10)
    source = CharField(max_length=120, default="")
    variety_no = CharField(max_length=60, default="")

    class Meta:
        constraints = [Check(f"way IN ({sql_list(WAYS)})")]


class PhaseEntry(BaseModel):
    """A signed number of plants in one phase of a lot. Their sum over all phases is the lot's balance in the ledger."""

    lot = ForeignKeyField(Lot, backref="phases", on_delete="RESTRICT")
    phase = CharField(max_length=12)
    quantity = IntegerField()
    operation = ForeignKeyField(Operation, null=True, backref="phases", on_delete="RESTRICT")
    on_day = DateField()
    reason = CharField(max_length=20, default="")
    note = CharField(max_length=200, default="")
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("lot", "phase", "quantity"), False),)
        constraints = [
            Check(f"phase IN ({sql_list(ORDER)})"),
            Check(f"reason IN ({sql_list(('', *LOSS_REASONS))})"),
            Check("quantity <> 0"),
        ]


class NurseryPaper(BaseModel):
    """检疫证、质检证: for which lots, how many plants, until when."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=12)
    number = CharField(max_length=60)
    issuer = CharField(max_length=80)
    holder = ForeignKeyField(Party, backref="nursery_papers", on_delete="RESTRICT")
    quantity = IntegerField()
    issued_on = DateField()
    valid_to = DateField(null=True)
    grade = CharField(max_length=4, default="")
    height_cm = IntegerField(null=True)
    diameter_mm = IntegerField(null=True)
    inspector = CharField(max_length=40, default="")
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("kind", "number"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(PAPER_KINDS)})"),
            Check(f"grade IN ({sql_list(GRADES)})"),
            Check("quantity > 0"),
            Check("valid_to IS NULL OR valid_to >= issued_on"),
        ]


class PaperLot(BaseModel):
    """A paper covers a lot."""

    paper = ForeignKeyField(NurseryPaper, backref="covers", on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="papers", index=False, on_delete="RESTRICT")

    class Meta:
        indexes = ((("lot", "paper"), True),)


class SeedlingDispatch(BaseModel):
    """Seedlings that left, for what, to whom, under which papers as they stood that day. A label's code leads here."""

    code = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="seedling_dispatches", on_delete="RESTRICT")
    operation = ForeignKeyField(Operation, unique=True, on_delete="RESTRICT")
    purpose = CharField(max_length=10)
    receiver = ForeignKeyField(Party, null=True, backref="seedlings_received", on_delete="RESTRICT")
    quantity = IntegerField()
    bundles = IntegerField(default=1)
    on_day = DateField(index=True)
    licence_no = CharField(max_length=80, default="")
    quarantine = ForeignKeyField(NurseryPaper, null=True, backref="quarantined", on_delete="RESTRICT")
    quality = ForeignKeyField(NurseryPaper, null=True, backref="graded", on_delete="RESTRICT")
    improved = BooleanField(default=False)
    undone = BooleanField(default=False)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"purpose IN ({sql_list(PURPOSES)})"),
            Check("quantity > 0 AND bundles > 0 AND bundles <= quantity"),
        ]


class Planting(BaseModel):
    """Seedlings of a dispatch that became a stand."""

    dispatch = ForeignKeyField(SeedlingDispatch, backref="plantings", on_delete="RESTRICT")
    stand = ForeignKeyField(Stand, unique=True, backref="plantings", on_delete="RESTRICT")
    quantity = IntegerField()
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("quantity > 0")]


TABLES = (Accession, SeedlingLot, PhaseEntry, NurseryPaper, PaperLot, SeedlingDispatch, Planting)
