"""Two cooperatives in two townships, a plant, and one user for each role: enough to tell own from foreign."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from trace.accounts import queries as accounts
from trace.accounts.services import create_user
from trace.core.actor import Actor, Role
from trace.core.clock import utcnow
from trace.core.units import parse_weight
from trace.field.services import record_harvest
from trace.land.models import Plot
from trace.land.services import register_plot
from trace.lots.models import Lot
from trace.registry.initials import initials_of
from trace.registry.models import Membership, Party, Village

PASSWORD = "Qingling-2931-x"
HOME, AWAY = "430422122", "430422104"
"""松江镇 and 冠市镇."""


@dataclass
class County:
    """What :func:`county` made."""

    coop: Party
    coop2: Party
    plant: Party
    village: Village
    village2: Village

    def actor(self, username: str) -> Actor:
        """The actor behind a user name."""
        return accounts.actor_of(accounts.user_named(username))


def county() -> County:
    """Make the parties and one user per role (``township`` and ``township2`` for the two townships)."""
    village = Village.select().where(Village.code.startswith(HOME)).first()
    village2 = Village.select().where(Village.code.startswith(AWAY)).first()
    made = County(
        party("cooperative", "青坡合作社", village), party("cooperative", "白石合作社", village2),
        party("enterprise", "青岭食品厂", village), village, village2,
    )  # fmt: skip
    for role in Role:
        if role.value not in ("coop", "plant", "township"):
            user(role.value, role)
    user("coop", Role.COOP, made.coop)
    user("coop2", Role.COOP, made.coop2)
    user("plant", Role.PLANT, made.plant)
    user("township", Role.TOWNSHIP, townships=[village.township])
    user("township2", Role.TOWNSHIP, townships=[village2.township])
    return made


def party(kind: str, name: str, village: Village, **values: object) -> Party:
    """A party in a village; one that belongs to another is its member since 2020."""
    number = Party.select().count() + 1
    made = Party.create(
        code=f"T{number:05d}",
        kind=kind,
        name=name,
        initials=initials_of(name),
        village=village,
        township=village.township,
        registered_at=utcnow(),
        **values,
    )
    if made.belongs_to_id:
        Membership.create(
            member=made, organisation=made.belongs_to_id, joined_on=date(2020, 1, 1), recorded_at=made.registered_at
        )
    return made


def user(username: str, role: Role, party: Party | None = None, townships: list | None = None):
    """A user who need not change the password."""
    return create_user(
        None, username=username, display_name=f"演示{role.label}", password=PASSWORD, roles=[role], party=party,
        townships=townships or [], must_change=False,
    )  # fmt: skip


def square(west: float = 112.6, south: float = 26.7, side: float = 0.002) -> str:
    """A square as GeoJSON text; 0.002° is about 66 亩."""
    east, north = round(west + side, 6), round(south + side, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def plot(
    actor: Actor, county: County, *, geometry: str | None = None, operator: Party | None = None, **values: object
) -> Plot:
    """A plot planted in 2018."""
    own = operator or (county.coop2 if actor.username == "coop2" else county.coop)
    village = county.village2 if own == county.coop2 else county.village
    return register_plot(
        actor,
        {
            "village": village.code, "operator": own.code, "land_class": "forest", "management": "conventional",
            "geometry": geometry or square(), "planted_on": date(2018, 3, 12), "tree_count": 4000, **values,
        },
    )  # fmt: skip


def harvest(actor: Actor, plot: Plot, weight: str = "1000", on: date = date(2026, 7, 18), part: str = "fruit") -> Lot:
    """A harvest lot."""
    return record_harvest(
        actor, plot_code=plot.code, part=part, harvested_on=on, weight=parse_weight(weight), late_reason="测试补录"
    ).lot
