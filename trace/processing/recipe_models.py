"""Tables of what processing may do beyond one taxon and one pack: declared blends, and packs that keep the number they had."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField

from trace.db import BaseModel, UtcDateTimeField
from trace.lots.models import Lot
from trace.registry.models import Process, Product, Taxon


class Recipe(BaseModel):
    """A product that declares the taxa it is blended of; without such a row two taxa never meet in one lot."""

    code = CharField(max_length=20, unique=True)
    name = CharField(max_length=60)
    process = ForeignKeyField(Process, on_delete="RESTRICT")
    product = ForeignKeyField(Product, on_delete="RESTRICT")
    document = CharField(max_length=80)
    valid_from = DateField()
    in_use = BooleanField(default=True)
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("document <> ''")]


class RecipeTaxon(BaseModel):
    """One taxon of a recipe."""

    recipe = ForeignKeyField(Recipe, backref="taxa", index=False, on_delete="RESTRICT")
    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")

    class Meta:
        indexes = ((("recipe", "taxon"), True),)


class Repack(BaseModel):
    """A pack lot filled from the packs of another: it keeps the lot number printed first, whatever its pack size (D6)."""

    lot = ForeignKeyField(Lot, unique=True, backref="repacks", on_delete="RESTRICT")
    original = ForeignKeyField(Lot, backref="repacked", on_delete="RESTRICT")

    class Meta:
        constraints = [Check("lot_id <> original_id")]


TABLES = (Recipe, RecipeTaxon, Repack)
