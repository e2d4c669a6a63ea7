"""Tables of GS1 numbers."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.registry.models import Party, Product


class Gs1Prefix(BaseModel):
    """厂商识别代码: a company prefix and the certificate that grants it."""

    prefix = CharField(max_length=10, unique=True)
    party = ForeignKeyField(Party, backref="gs1_prefixes", on_delete="RESTRICT")
    certificate = CharField(max_length=60)
    valid_from = DateField()
    valid_to = DateField()
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [Check("valid_to >= valid_from"), Check("certificate <> ''")]


class ArticleNumber(BaseModel):
    """A GTIN-14 and the packs it names: whose, which product, under which name, of which size."""

    gtin = CharField(max_length=14, unique=True)
    prefix = ForeignKeyField(Gs1Prefix, backref="articles", on_delete="RESTRICT")
    party = ForeignKeyField(Party, backref="articles", on_delete="RESTRICT")
    product = ForeignKeyField(Product, backref="articles", on_delete="RESTRICT")
    name = CharField(max_length=60, default="")
    piece_g = IntegerField()
    piece_ml = IntegerField(null=True)
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [Check("length(gtin) = 14"), Check("piece_g > 0"), Check("piece_ml IS NULL OR piece_ml > 0")]


TABLES = (Gs1Prefix, ArticleNumber)
