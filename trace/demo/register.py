"""What the demo county's register knows beyond names: dated memberships, roles, people of households, seats, papers about to expire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from trace.core.identifiers import citizen_id_check_digit
from trace.demo import names
from trace.demo.calendar import TODAY
from trace.registry.models import HouseholdMember, Membership, Party, PartyRole, Title
from trace.registry.vault import vault

if TYPE_CHECKING:
    from trace.demo.people import People

FOUNDED = date(2019, 3, 1)
SEATED = date(2022, 3, 8)
"""The day of the opinion, when the leading group was named."""
SEATS = {
    "衡南县林业局": "lg_office", "衡南县财政局": "lg_member", "衡南县农业农村局": "lg_deputy", "衡南县市场监督管理局": "lg_member",
    "衡南县自然资源局": "lg_member", "衡南县统计局": "lg_member",
}  # fmt: skip
"""Invented seats; the county's own list is an open question."""
LEAVING = ("迁往县城居住", "土地流转给合作社", "改种油茶")
EXPIRING = (
    ("food_licence", 8, 18, {"food_categories": ["tea", "candied"]}),
    ("organic", 1, 52, {"scope": "土枇杷鲜果，86.50 亩"}),
    ("brand_user", 2, 84, {"scope": "叶茶、果脯"}),
    ("green_food", 3, -20, {"scope": "土枇杷鲜果"}),
)
"""(kind, which firm, days from the demo's today to the end, details)."""


def deepen(people: People) -> None:
    """Fill the dated tables. Its own dice: what was thrown before them stays as it was."""
    rng = Random(len(people.households))  # nosec B311 - invented data, not secrets
    _memberships(rng, people)
    _roles(people)
    _people(rng, people)
    _namesakes(people)
    _expiring(people)


def _memberships(rng: Random, people: People) -> None:
    rows: list[dict[str, Any]] = []
    for household in people.households:
        coop = household.belongs_to_id
        if coop:
            joined = FOUNDED + timedelta(days=rng.randrange(1500))
            rows.append(_membership(household, coop, joined))
            if rng.random() < 0.06:
                left = joined - timedelta(days=rng.randrange(30, 90))
                rows.append(_membership(household, coop, left - timedelta(days=300), left, "换届后退社，后重新入社"))
        elif rng.random() < 0.15:
            joined = FOUNDED + timedelta(days=rng.randrange(900))
            left = joined + timedelta(days=rng.randrange(200, 900))
            rows.append(_membership(household, rng.choice(people.coops).id, joined, left, rng.choice(LEAVING)))
    _insert(Membership, rows)


def _membership(member: Party, coop: int, joined: date, left: date | None = None, reason: str = "") -> dict[str, Any]:
    return {
        "member": member.id, "organisation": coop, "joined_on": joined, "left_on": left, "left_reason": reason,
        "recorded_at": member.registered_at,
    }  # fmt: skip


def _roles(people: People) -> None:
    """Nurseries that also grow, firms that process and sell, cooperatives that do all three, seats in the leading group."""
    wanted: list[tuple[Party, tuple[str, ...]]] = [
        *((party, ("nursery", "grower")) for party in people.nurseries),
        *((party, ("grower", "buyer", "seller")) for party in people.coops),
        *(
            (party, ("processor", "seller") if n % 3 else ("processor", "seller", "nursery"))
            for n, party in enumerate(people.firms)
        ),
        *(
            (party, (SEATS[party.name],))
            for party in Party.select().where(Party.kind == "public_body").order_by(Party.id)
        ),
    ]
    rows = [
        {"party": party.id, "role": role, "valid_from": SEATED if role in SEATS.values() else FOUNDED,
         "valid_to": None, "note": "", "recorded_at": party.registered_at}
        for party, roles in wanted for role in roles
    ]  # fmt: skip
    rows.append(
        {
            **rows[0],
            "role": "seller",
            "valid_from": date(2020, 5, 1),
            "valid_to": date(2023, 4, 30),
            "note": "苗木门市部已关",
        }
    )
    _insert(PartyRole, rows)


def _people(rng: Random, people: People) -> None:
    """Spouses, parents and children of every third household; of the children only name and relation."""
    rows: list[dict[str, Any]] = []
    for n, household in enumerate(people.households[::3]):
        for relation in ("spouse", *rng.sample(["child", "child", "parent", "in_law"], rng.randrange(4))):
            child = relation == "child" and rng.random() < 0.5
            number = "" if child else _citizen_id(rng, len(rows))
            rows.append(
                {"household": household.id, "name": names.person(rng), "relation": relation, "under_14": child,
                 "id_number_sealed": vault().seal(number) if number else "",
                 "id_number_hash": vault().search_hash(number) if number else None, "number_warnings": [],
                 "joined_on": date(2023, 1, 10), "left_on": None, "left_reason": "", "recorded_at": household.registered_at}
            )  # fmt: skip
        if n % 20 == 7:
            rows[-1] |= {"left_on": date(2025, 10, 3), "left_reason": "分户"}
    _insert(HouseholdMember, rows)


def _citizen_id(rng: Random, serial: int) -> str:
    """Numbers of the heads run on 430422; those of their people on a neighbouring county's code, so that none is met twice."""
    born = date(1948, 1, 1) + timedelta(days=rng.randrange(60 * 365))
    body = f"430421{born:%Y%m%d}{serial % 1000:03d}"
    return body + citizen_id_check_digit(body)


def _namesakes(people: People) -> None:
    """Two households of one name in one village, for the clerk to judge."""
    first = people.households[5]
    for second in people.households[6:]:
        if second.village_id == first.village_id:
            second.name, second.initials = first.name, first.initials
            second.save(only=[Party.name, Party.initials])
            return


def _expiring(people: People) -> None:
    issuers = {"food_licence": "衡南县市场监督管理局", "brand_user": "衡南县农业农村局"}
    for kind, n, days, details in EXPIRING:
        end = TODAY + timedelta(days=days)
        number = (
            f"SC1064304229{n:04d}" if kind == "food_licence" else f"演示{kind[:2].upper()}〔{end.year - 3}〕{n + 1}号"
        )
        Title.create(
            party=people.firms[n], kind=kind, doc_no=number, issuer=issuers.get(kind, "演示认证中心"),
            valid_from=end - timedelta(days=3 * 365), valid_to=end, **details,
        )  # fmt: skip


def _insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    for start in range(0, len(rows), 80):
        model.insert_many(rows[start : start + 80]).execute()
