"""What comes into and goes out of the register."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from trace.registry import title_rules
from trace.registry.rules import NUMBERS, PARTY_KINDS, PARTY_ROLES, RELATIONS
from trace.web.fields import CHOICE, REQUIRED, area_field


def one_of(values: Any, **kwargs: Any) -> fields.Str:
    """A choice from a list."""
    return fields.Str(validate=validate.OneOf(list(values), error=CHOICE), **kwargs)


def text(longest: int, **kwargs: Any) -> fields.Str:
    """A text that has to be filled in."""
    return fields.Str(required=True, validate=validate.Length(1, longest), error_messages=REQUIRED, **kwargs)


def day(**kwargs: Any) -> fields.Date:
    """A date that has to be filled in."""
    return fields.Date(required=True, error_messages=REQUIRED, **kwargs)


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

    kind = one_of(PARTY_KINDS, required=True, error_messages=REQUIRED)
    name = text(80)
    village = fields.Str(required=True, error_messages={"required": "请选择到村。"})
    uscc = fields.Str()
    national_code = fields.Str(validate=validate.Length(max=40), load_default="")
    hunan_code = fields.Str(validate=validate.Length(max=40), load_default="")
    id_number = fields.Str(load_only=True)
    phone = fields.Str(load_only=True)
    account = fields.Str(load_only=True)
    nursery_m2 = area_field(data_key="nursery_mu")
    roles = fields.List(one_of(PARTY_ROLES))


class PartyCorrection(PartyIn):
    """A correction of a party: the same, with the version the clerk saw; without a kind it keeps its own."""

    kind = one_of(PARTY_KINDS)
    version = fields.Int(required=True)

    class Meta:
        exclude = ("roles",)


class ReasonIn(Schema):
    """A decision about a party with its reason; ``version`` is the one the clerk saw."""

    reason = fields.Str(load_default="")
    version = fields.Int(load_default=0)


class PairIn(Schema):
    """A decision about two entries of one name."""

    other = text(20)
    decision = one_of(("different", "merged"), required=True, error_messages=REQUIRED)
    reason = fields.Str(load_default="")


class TitleIn(Schema):
    """A title or licence; which of the details it needs depends on its kind."""

    kind = one_of(title_rules.TITLE_KINDS, required=True, error_messages=REQUIRED)
    doc_no = text(80)
    issuer = text(80)
    valid_from = day()
    valid_to = fields.Date(load_default=None)
    scope = fields.Str(validate=validate.Length(max=400))
    taxa = fields.List(fields.Str())
    food_categories = fields.List(one_of(title_rules.FOOD_CATEGORIES))
    batch = fields.Str(validate=validate.Length(max=40))
    monitoring = one_of(title_rules.MONITORING)
    scale_class = one_of(title_rules.SCALE_CLASSES)
    entered_on = fields.Date()

    @pre_load
    def drop_empty(self, data, **kwargs):  # type: ignore[no-untyped-def]
        """A file field arrives beside the form and is read from there."""
        return {key: value for key, value in data.items() if key != "scan"}


class TitleOut(Schema):
    """A title as the interface shows it."""

    code = fields.Str()
    kind = fields.Str()
    doc_no = fields.Str()
    issuer = fields.Str()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    withdrawn_on = fields.Date(allow_none=True)
    scope = fields.Str()
    taxa = fields.List(fields.Str())
    food_categories = fields.List(fields.Str())


class WithdrawIn(Schema):
    """The end of a title."""

    withdrawn_on = day()
    reason = fields.Str(load_default="")


class JoinIn(Schema):
    """A party joins an organisation."""

    member = text(20)
    joined_on = day()


class LeaveIn(Schema):
    """A party leaves an organisation."""

    member = text(20)
    left_on = day()
    reason = fields.Str(load_default="")


class VillageMergeIn(Schema):
    """A village becomes part of another."""

    village = text(12)
    into = text(12)
    on = day()
    document = text(80)


class MembershipOut(Schema):
    """A membership as the interface shows it."""

    member = fields.Str(attribute="member.code")
    organisation = fields.Str(attribute="organisation.code")
    joined_on = fields.Date()
    left_on = fields.Date(allow_none=True)


class RoleIn(Schema):
    """A role from a day on."""

    role = one_of(PARTY_ROLES, required=True, error_messages=REQUIRED)
    valid_from = day()
    note = fields.Str(validate=validate.Length(max=120), load_default="")


class RoleEndIn(Schema):
    """The end of a role."""

    role = one_of(PARTY_ROLES, required=True, error_messages=REQUIRED)
    valid_to = day()


class PersonIn(Schema):
    """A person of a household."""

    person = text(40, data_key="person", attribute="name")
    relation = one_of(RELATIONS, required=True, error_messages=REQUIRED)
    under_14 = fields.Bool(load_default=False)
    id_number = fields.Str(load_only=True)
    joined_on = fields.Date(load_default=None)


class PersonLeaveIn(Schema):
    """A person leaves a household."""

    member_id = fields.Int(required=True)
    left_on = day()
    reason = fields.Str(load_default="")


class RevealIn(Schema):
    """Whose full number is wanted, and what for."""

    number = one_of(NUMBERS, required=True, error_messages=REQUIRED)
    member_id = fields.Int(load_default=None)
    reason = fields.Str(load_default="")


class ThresholdIn(Schema):
    """From how many 亩 on a grower counts as 种植大户."""

    mu = fields.Int(required=True, error_messages=REQUIRED)


class VillageQuery(Schema):
    """Filter of the village list."""

    township = fields.Str()


class PartyQuery(Schema):
    """Filters and paging of the party list."""

    kind = fields.Str()
    township = fields.Str()
    role = fields.Str()
    title = fields.Str()
    status = fields.Str()
    q = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()
