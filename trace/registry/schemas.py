"""What comes into and goes out of the register."""

from marshmallow import Schema, fields, validate

from trace.registry.rules import PARTY_KINDS
from trace.registry.title_rules import TITLE_KINDS
from trace.web.fields import CHOICE, REQUIRED, area_field


class TownshipSchema(Schema):
    """乡镇（街道）."""

    code = fields.Str()
    name = fields.Str()


class VillageSchema(Schema):
    """村（社区） with its township: names repeat in the county."""

    code = fields.Str()
    name = fields.Str()
    township = fields.Nested(TownshipSchema)


class PartySchema(Schema):
    """A party without any personal number."""

    code = fields.Str()
    kind = fields.Str()
    name = fields.Str()
    uscc = fields.Str(allow_none=True)


class PartyIn(Schema):
    """A party to be registered; numbers as typed."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(PARTY_KINDS), error=CHOICE), error_messages=REQUIRED)
    name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    village = fields.Str(required=True, error_messages={"required": "请选择到村。"})
    uscc = fields.Str()
    id_number = fields.Str(load_only=True)
    phone = fields.Str(load_only=True)
    account = fields.Str(load_only=True)
    nursery_m2 = area_field(data_key="nursery_mu")


class TitleIn(Schema):
    """A title or licence."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(TITLE_KINDS), error=CHOICE), error_messages=REQUIRED)
    doc_no = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    issuer = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    valid_from = fields.Date(required=True, error_messages=REQUIRED)
    valid_to = fields.Date(load_default=None)


class VillageQuery(Schema):
    """Filter of the village list."""

    township = fields.Str()


class PartyQuery(Schema):
    """Filter and paging of the party list."""

    kind = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()
