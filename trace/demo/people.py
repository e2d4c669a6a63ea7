"""Parties, titles and accounts of the demo county."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from trace import audit
from trace.accounts import queries as accounts
from trace.accounts.models import User, UserTownship
from trace.accounts.services import create_user
from trace.core.actor import Actor, Role
from trace.core.identifiers import citizen_id_check_digit, uscc_check_digit
from trace.db.counters import next_number
from trace.demo import names, register
from trace.registry import queries
from trace.registry.initials import initials_of
from trace.registry.models import Party, Title, Township, Village
from trace.registry.vault import vault

ACTIVE = (
    "松江镇", "云集街道", "车江街道", "茅市镇", "硫市镇", "栗江镇", "近尾洲镇", "咸塘镇", "宝盖镇", "花桥镇", "三塘镇", "泉溪镇",
)  # fmt: skip
"""Twelve townships with plots; the list is ours, the county has not named its 相关乡镇 (open question Q2)."""
VILLAGES_EACH = 10
HOUSEHOLDS = 640
NURSERY_M2 = (24_000, 17_333)
"""Together 62 亩."""
DETAILS: dict[str, dict[str, object]] = {
    "above_scale": {"scale_class": "industry", "entered_on": date(2024, 1, 1)},
    "leading_provincial": {"batch": "第九批", "monitoring": "passed"},
    "food_licence": {"food_categories": ["tea", "candied", "wine"]},
}
"""What the titles of each kind say beside number and dates."""
IMPORT_USER = 0
"""No account: records of parties that nobody signs in for."""
REGISTERED = datetime(2023, 1, 10, 2, 0, tzinfo=UTC)


@dataclass
class People:
    """Everybody of the demo county, by kind."""

    villages: list[Village]
    villages_each: int
    coops: list[Party] = field(default_factory=list)
    households: list[Party] = field(default_factory=list)
    firms: list[Party] = field(default_factory=list)
    nurseries: list[Party] = field(default_factory=list)
    _actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, username: str) -> Actor:
        """The actor of a demo account."""
        if username not in self._actors:
            user = accounts.user_named(username)
            assert user is not None, username
            self._actors[username] = accounts.actor_of(user)
        return self._actors[username]

    def recorder(self, party: Party) -> Actor:
        """Who keeps a party's records: its own demo account, or the import for parties without one."""
        for username, owner in (("coop", self.coops[0]), ("coop2", self.coops[1]), ("plant", self.firms[0])):
            if party.id == owner.id:
                return self.actor(username)
        return Actor(IMPORT_USER, "", "演示数据导入", frozenset({Role.COOP, Role.PLANT}), party.id)

    def coop_of(self, village_number: int) -> Party:
        """The cooperative that serves a village: the one seated in its township, or the next one over."""
        return self.coops[village_number // self.villages_each % len(self.coops)]


def settle(rng: Random, scale: float) -> People:
    """Register all parties and their titles."""
    each = max(1, round(VILLAGES_EACH * scale))
    people = People(_villages(rng, each), each)
    centres = people.villages[::each]
    for name in names.BODIES:
        Party.create(
            code=_next_code(), kind="public_body", name=name, initials=initials_of(name), registered_at=REGISTERED
        )
    for n, name in enumerate(names.COOPS):
        people.coops.append(_firm("cooperative", f"{name}土枇杷专业合作社", "93", n, centres[n % len(centres)]))
    for n, name in enumerate(names.COLLECTIVES):
        _firm("village_collective", f"{name}村股份经济合作社", "N2", n, centres[n % len(centres)])
    for n, name in enumerate(names.FIRMS):
        kind = names.FIRM_KINDS[n % len(names.FIRM_KINDS)]
        people.firms.append(_firm("enterprise", f"衡南{name}{kind}", "91", n, centres[n % len(centres)]))
    for n, name in enumerate(names.NURSERIES):
        people.nurseries.append(_firm("nursery", f"{name}苗圃", "92", n, centres[n % len(centres)], NURSERY_M2[n]))
    _households(rng, people, max(20, round(HOUSEHOLDS * scale)))
    _titles(people)
    register.deepen(people)
    return people


def open_accounts(people: People, password: str) -> list[str]:
    """One account per role of the contract, one per township; returns the sign-in names."""
    officials = iter(names.OFFICIALS)
    wanted: list[tuple[str, Role, str, Party | None, list[Township]]] = []
    for role in Role:
        if role not in (Role.TOWNSHIP, Role.COOP, Role.NURSERY, Role.PLANT, Role.GROWER):
            wanted.append((role.value.replace("_", "-"), role, next(officials), None, []))
    for township in Township.select().order_by(Township.code):
        wanted.append((f"township-{township.code}", Role.TOWNSHIP, f"{township.name}经办员", None, [township]))
    grower = next(p for p in people.households if p.belongs_to_id == people.coops[0].id)
    wanted += [
        ("coop", Role.COOP, "松岭社记录员", people.coops[0], []),
        ("coop2", Role.COOP, "青坡社记录员", people.coops[1], []),
        ("nursery", Role.NURSERY, "松苗苗圃经办员", people.nurseries[0], []),
        ("plant", Role.PLANT, "青岭食品经办员", people.firms[0], []),
        ("grower", Role.GROWER, grower.name, grower, []),
    ]
    username, role, display, *_ = wanted[0]
    first = create_user(
        None, username=username, display_name=display, password=password, roles=[role], must_change=False
    )
    for username, role, display, party, townships in wanted[1:]:
        # One password for all by design, so it is hashed once: forty honest hashes take longer than all the plots.
        user = User.create(
            username=username, display_name=display, password_hash=first.password_hash, roles=[role.value], party=party,
            created_at=first.created_at,
        )  # fmt: skip
        for township in townships:
            UserTownship.create(user=user, township=township)
        audit.record_system("user.create", user, roles=[role.value])
    return [item[0] for item in wanted]


def _villages(rng: Random, each: int) -> list[Village]:
    """Some villages of each active township, township joined."""
    found = []
    for name in ACTIVE:
        query = Village.select(Village, Township).join(Township).where(Township.name == name).order_by(Village.code)
        found += sorted(rng.sample(list(query), each), key=lambda village: village.code)
    return found


def _firm(kind: str, name: str, prefix: str, n: int, village: Village, nursery_m2: int = 0) -> Party:
    body = f"{prefix}430422MA5D{prefix[-1]}{n:04d}"[:17].ljust(17, "0")
    return Party.create(
        code=_next_code(), kind=kind, name=name, initials=initials_of(name), uscc=body + uscc_check_digit(body), village=village,
        township=village.township, phone=f"0734-85{n:05d}", nursery_m2=nursery_m2, registered_at=REGISTERED,
        **_account(f"62179{prefix[-1]}{n:012d}"),
    )  # fmt: skip


def _next_code() -> str:
    """From the register's own series, so that people can go on registering."""
    return _code(next_number("party"))


def _code(number: int) -> str:
    return f"P{number:06d}"


def _account(body: str) -> dict[str, str]:
    """A made-up account number with a right Luhn digit, sealed."""
    digits = [int(c) for c in reversed(body[:18].ljust(18, "0"))]
    total = sum(sum(divmod(d * 2, 10)) if n % 2 == 0 else d for n, d in enumerate(digits))
    number = body[:18].ljust(18, "0") + str(-total % 10)
    return {
        "account_sealed": vault().seal(number),
        "account_hash": vault().search_hash(number),
        "account_last4": number[-4:],
    }


def _households(rng: Random, people: People, count: int) -> None:
    """Invented households; two thirds belong to the cooperative that serves their village."""
    rows = []
    first = next_number("party", count)
    for n in range(count):
        number = n % len(people.villages)
        village = people.villages[number]
        coop = people.coop_of(number) if rng.random() < 0.67 else None
        born = date(1950, 1, 1) + timedelta(days=rng.randrange(45 * 365))
        body = f"430422{born:%Y%m%d}{n % 999 + 1:03d}"
        citizen_id, name, phone = body + citizen_id_check_digit(body), names.person(rng), f"1380000{n:04d}"
        rows.append(
            {
                "code": _code(first + n), "kind": "household", "name": name, "initials": initials_of(name), "village": village.id,
                "township": village.township_id, "belongs_to": coop.id if coop else None,
                "phone_sealed": vault().seal(phone), "phone_hash": vault().search_hash(phone), "id_number_sealed": vault().seal(citizen_id),
                "id_number_hash": vault().search_hash(citizen_id), "registered_at": REGISTERED,
                **_account(f"6217{1000 + n:014d}"),
            }
        )  # fmt: skip
    for start in range(0, len(rows), 50):
        Party.insert_many(rows[start : start + 50]).execute()
    people.households = list(Party.select().where(Party.kind == "household").order_by(Party.id))


def _titles(people: People) -> None:
    granted = (
        [("above_scale", n, "统计入库", "衡南县统计局", date(2024, 1, 1), None) for n in range(2)]
        + [("leading_provincial", n, "省级龙头", "湖南省林业局", date(2024, 6, 1), date(2027, 5, 31)) for n in range(3)]
        + [("food_licence", n, "SC", "衡南县市场监督管理局", date(2023, 3, 1), date(2028, 2, 28)) for n in range(6)]
    )
    taxon = queries.default_taxon().key
    for n, nursery in enumerate(people.nurseries):
        Title.create(
            party=nursery, kind="seed_licence", doc_no=f"演示林草种苗〔2024〕{n + 1}号", issuer="衡南县林业局",
            valid_from=date(2024, 1, 1), valid_to=date(2028, 12, 31), scope="苗木生产、批发、零售", taxa=[taxon],
        )  # fmt: skip
    for kind, n, word, issuer, start, end in granted:
        no = f"SC1044304220{n:04d}" if kind == "food_licence" else f"演示{word}〔{start.year}〕{n + 1}号"
        Title.create(
            party=people.firms[n], kind=kind, doc_no=no, issuer=issuer, valid_from=start, valid_to=end, **DETAILS[kind]
        )
