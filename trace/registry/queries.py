"""Reading the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import JOIN, Case, fn

from trace.core.actor import Actor, Permission
from trace.core.calendar import WorkingCalendar
from trace.core.errors import Invalid, NotFound
from trace.db.memo import remembered
from trace.files.models import StoredFile
from trace.registry.models import (
    CalendarDay,
    HouseholdMember,
    Membership,
    Party,
    PartyRole,
    Process,
    Product,
    ReferenceRange,
    SiteSetting,
    Taxon,
    Title,
    Township,
    Village,
)
from trace.registry.rules import LARGE_GROWER_KEY, LARGE_GROWER_MU, PERSONS
from trace.registry.title_rules import title_in_force


def townships() -> list[Township]:
    """All townships in force, in code order."""
    return list(Township.select().where(Township.valid_to.is_null()).order_by(Township.code))


def villages(township_code: str | None = None) -> list[Village]:
    """Villages in force with their township joined, optionally of one township."""
    query = Village.select(Village, Township).join(Township).where(Village.valid_to.is_null())
    if township_code:
        query = query.where(Township.code == township_code)
    return list(query.order_by(Village.code))


def get_township(code: str) -> Township:
    """The township of a nine-digit code."""
    found = Township.get_or_none(Township.code == code)
    if found is None:
        raise Invalid(
            "没有代码为 %(township)s 的乡镇（街道）。", field="township", code="TOWNSHIP_UNKNOWN", township=code
        )
    return found


def get_village(code: str) -> Village:
    """The village of a twelve-digit code, its township joined."""
    found = Village.select(Village, Township).join(Township).where(Village.code == code).first()
    if found is None:
        raise Invalid("请选择到村。", field="village", code="VILLAGE_UNKNOWN")
    return found


def visible_parties(actor: Actor) -> Any:
    """County-wide roles see all; townships their own; an organisation sees itself and its members."""
    query = Party.select(Party, Village, Township)
    query = query.join(Village, JOIN.LEFT_OUTER).switch(Party).join(Township, JOIN.LEFT_OUTER, on=Party.township)
    if actor.county_wide:
        return query
    # Compared with 0, not with None: “= None” would mean IS NULL and open every party that belongs to nobody.
    own = actor.party_id or 0
    mine = (Party.id == own) | (Party.belongs_to == own)
    if actor.township_codes:
        mine = mine | Township.code.in_(list(actor.township_codes))
    return query.where(mine)


def parties_in_use(actor: Actor) -> Any:
    """Visible parties that are not retired: what pick-lists of new records offer."""
    return visible_parties(actor).where(Party.retired_on.is_null())


def organisations_in_use() -> list[Party]:
    """Organisations anybody may name as the receiver of goods: their names are public, households are not among them."""
    return list(Party.select().where(Party.kind.not_in(PERSONS), Party.retired_on.is_null()).order_by(Party.name))


def get_party(actor: Actor, code: str) -> Party:
    """A party the actor may see."""
    found = visible_parties(actor).where(Party.code == code).first()
    if found is None:
        raise NotFound()
    return found


def party_for_audit(actor: Actor, code: str) -> Party:
    """Any party, for those who read the trail."""
    actor.require(Permission.AUDIT_READ)
    found = Party.get_or_none(Party.code == code)
    if found is None:
        raise NotFound()
    return found


def party_by_code(code: str) -> Party:
    """A party by its public code, for administrators who may name any."""
    found = Party.get_or_none(Party.code == code)
    if found is None:
        raise Invalid("没有编号为 %(party)s 的主体。", field="party", code="PARTY_UNKNOWN", party=code)
    return found


@remembered
def party_by_id(party_id: int) -> Party:
    """A party by its key, for services that already hold a checked reference."""
    return Party.get_by_id(party_id)


def party_names(party_ids: set[int]) -> dict[int, str]:
    """The names of parties by key, for services that already hold checked references."""
    return dict(Party.select(Party.id, Party.name).where(Party.id.in_(list(party_ids))).tuples()) if party_ids else {}


def get_taxon(key: str) -> Taxon:
    """A taxon by its key."""
    found = Taxon.get_or_none(Taxon.key == key)
    if found is None:
        raise Invalid("没有这个树种。", field="taxon", code="TAXON_UNKNOWN")
    return found


def default_taxon() -> Taxon:
    """土枇杷, unless the county decides otherwise."""
    return Taxon.get(Taxon.is_default)


def taxa() -> list[Taxon]:
    """All taxa, the default one first."""
    return list(Taxon.select().order_by(Taxon.is_default.desc(), Taxon.key))


def get_product(code: str) -> Product:
    """A product with its taxon joined."""
    found = Product.select(Product, Taxon).join(Taxon).where(Product.code == code).first()
    if found is None:
        raise Invalid("没有这个产品。", field="product", code="PRODUCT_UNKNOWN")
    return found


@remembered
def fresh_product(taxon: Taxon, part: str) -> Product:
    """What a harvest of this part of this taxon is called."""
    found = Product.get_or_none(Product.taxon == taxon, Product.part == part, Product.form == "fresh")
    if found is None:
        raise Invalid("该树种没有登记这个采收部位的产品。", field="part", code="PART_UNKNOWN")
    return found


def products() -> list[Product]:
    """All products with taxon, in code order."""
    return list(Product.select(Product, Taxon).join(Taxon).order_by(Product.code))


def get_process(code: str) -> Process:
    """A process by its code."""
    found = Process.get_or_none(Process.code == code)
    if found is None:
        raise Invalid("没有这个工序。", field="process", code="PROCESS_UNKNOWN")
    return found


def processes() -> list[Process]:
    """All processes, in code order."""
    return list(Process.select().order_by(Process.code))


@remembered
def reference_range(taxon: Taxon, metric: str) -> ReferenceRange | None:
    """The range of a metric, if the register has one."""
    return ReferenceRange.get_or_none(ReferenceRange.taxon == taxon, ReferenceRange.metric == metric)


@remembered
def range_curve(taxon: Taxon, prefix: str) -> dict[int, int]:
    """A curve kept as ranges ``prefix_<number>``: the number → its default value, such as the share of a full harvest by age."""
    rows = ReferenceRange.select(ReferenceRange.metric, ReferenceRange.default_value)
    found = rows.where(ReferenceRange.taxon == taxon, ReferenceRange.metric.startswith(f"{prefix}_")).tuples()
    return {int(metric.removeprefix(f"{prefix}_")): value for metric, value in found}


def titles_in_force(kind: str, on: date) -> Any:
    """Titles of a kind in force on a date, party and its township joined."""
    return (
        Title.select(Title, Party, Township)
        .join(Party)
        .join(Township, JOIN.LEFT_OUTER, on=Party.township)
        .where(
            Title.kind == kind,
            Title.valid_from <= on,
            Title.valid_to.is_null() | (Title.valid_to >= on),
            Title.withdrawn_on.is_null() | (Title.withdrawn_on > on),
        )
        .order_by(Party.name)
    )


def working_calendar(first: date, last: date) -> WorkingCalendar:
    """The working calendar over a span, from the table."""
    rows = CalendarDay.select().where(CalendarDay.day.between(first, last))
    return WorkingCalendar({row.day: row.is_working for row in rows})


@remembered
def site_setting(key: str, default: Any = None) -> Any:
    """A named value of this installation."""
    found = SiteSetting.get_or_none(SiteSetting.key == key)
    return default if found is None else found.value


def titles_of(party: Party) -> list[Title]:
    """All titles of a party, newest first, withdrawn and expired ones too, with their scans."""
    query = Title.select(Title, StoredFile).join(StoredFile, JOIN.LEFT_OUTER).where(Title.party == party)
    return list(query.order_by(Title.valid_from.desc(), Title.id.desc()))


def get_title(actor: Actor, code: str) -> Title:
    """A title of a party the actor may see, by its code."""
    found = (
        Title.select(Title, Party, StoredFile)
        .join(Party)
        .switch(Title)
        .join(StoredFile, JOIN.LEFT_OUTER)
        .where(Title.code == code, Party.id.in_(visible_parties(actor).select(Party.id)))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def licence_in_force(party: Party, kind: str, on: date, taxon: Taxon | None = None) -> Title | None:
    """The licence of a party in force on a date; with ``taxon`` only one whose scope names that species."""
    for title in Title.select().where(Title.party == party, Title.kind == kind).order_by(Title.valid_from.desc()):
        fits = taxon is None or taxon.key in title.taxa
        if fits and title_in_force(title.valid_from, title.valid_to, title.withdrawn_on, on):
            return title
    return None


def expiring_titles(actor: Actor, first: date, last: date) -> Any:
    """Titles of visible parties in use whose validity ends in a span of days, soonest first.

    What has a successor in force (same party, same kind, valid longer) is renewed and no longer listed.
    """
    later = Title.alias()
    renewed = later.select(later.id).where(
        later.party == Title.party, later.kind == Title.kind, later.withdrawn_on.is_null(), later.valid_from <= last,
        later.valid_to.is_null() | (later.valid_to > Title.valid_to),
    )  # fmt: skip
    return (
        Title.select(Title, Party, Township)
        .join(Party)
        .join(Township, JOIN.LEFT_OUTER, on=Party.township)
        .where(
            Title.valid_to.between(first, last), Title.withdrawn_on.is_null(), Party.retired_on.is_null(),
            Party.id.in_(visible_parties(actor).select(Party.id)), ~fn.EXISTS(renewed),
        )
        .order_by(Title.valid_to, Party.name, Title.id)
    )  # fmt: skip


def memberships_of(party: Party) -> list[Membership]:
    """The organisations a party belongs or belonged to, newest first."""
    query = Membership.select(Membership, Party).join(Party, on=Membership.organisation)
    return list(query.where(Membership.member == party).order_by(Membership.joined_on.desc(), Membership.id.desc()))


def members_of(organisation: Party) -> Any:
    """Members past and present, present ones first."""
    query = Membership.select(Membership, Party).join(Party, on=Membership.member)
    gone = Case(None, [(Membership.left_on.is_null(), 0)], 1)
    return query.where(Membership.organisation == organisation).order_by(gone, Membership.joined_on, Membership.id)


def count_members(organisation: Party) -> int:
    """How many members an organisation has now."""
    return Membership.select().where(Membership.organisation == organisation, Membership.left_on.is_null()).count()


def roles_of(party: Party) -> list[PartyRole]:
    """All roles of a party, present ones first."""
    rows = PartyRole.select().where(PartyRole.party == party).order_by(PartyRole.valid_from.desc(), PartyRole.id)
    return sorted(rows, key=lambda row: row.valid_to is not None)


def people_of(household: Party) -> list[HouseholdMember]:
    """The people of a household beside its head, those living there first."""
    rows = HouseholdMember.select().where(HouseholdMember.household == household).order_by(HouseholdMember.id)
    return sorted(rows, key=lambda row: row.left_on is not None)


def large_grower_mu() -> int:
    """From how many 亩 on a grower counts as 种植大户."""
    return int(site_setting(LARGE_GROWER_KEY, LARGE_GROWER_MU))
