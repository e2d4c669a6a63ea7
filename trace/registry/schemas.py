"""What goes out of the register."""

from marshmallow import Schema, fields


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


class VillageQuery(Schema):
    """Filter of the village list."""

    township = fields.Str()


class PartyQuery(Schema):
    """Filter and paging of the party list."""

    kind = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()
