"""Open awards: who is named, how individuals are hidden, and the shape of the 360Giving data standard. Pure. Sources: features H6, L4; brief §2.10.

Organisations are named with their registration number. Individuals are hidden among at least :data:`K`: all individual awards of one programme,
township and finished quarter get the same amount, so that the sum is right and nobody stands out; groups that are too small go together
countywide, and what is still too small is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.effects.rules import divide

K = 5
"""So many individuals at least share a record's amount, place and date (k-anonymity)."""
COUNTY_CODE, COUNTY = "430422", "衡南县"
CURRENCY = "CNY"
STANDARD = "1.4"
ORG_LIST = "CN-USCI"
"""The list of org-id.guide for 统一社会信用代码."""
SOLE_TRADER = "92"
"""A 统一社会信用代码 that begins so is that of a 个体工商户: a person."""
ORGANISATIONS = (
    "cooperative",
    "village_collective",
    "enterprise",
    "plant",
    "nursery",
    "association",
    "public_body",
    "lab",
)


@dataclass(frozen=True)
class Award:
    """Money that one applicant kept, before anything is hidden."""

    no: str
    programme: str
    programme_name: str
    recipient: int
    name: str
    kind: str
    uscc: str
    township_code: str
    township: str
    decided_on: date
    paid_on: date
    fen: int

    @property
    def named(self) -> bool:
        """An organisation in the register of organisations; everybody else is treated as a person."""
        return self.kind in ORGANISATIONS and bool(self.uscc) and not self.uscc.startswith(SOLE_TRADER)


@dataclass(frozen=True)
class Funder:
    """Who gives and publishes: prefix of identifiers, registration number ("" when not set), name, licence address ("" while undecided)."""

    prefix: str
    uscc: str
    name: str
    licence: str

    @property
    def org_id(self) -> str:
        """The identifier of the giving body."""
        return f"{ORG_LIST}-{self.uscc}" if self.uscc else f"{self.prefix}-funder"


def quarter(day: date) -> tuple[int, int]:
    """(year, quarter) of a day."""
    return day.year, (day.month - 1) // 3 + 1


def quarter_end(year: int, number: int) -> date:
    """The last day of a quarter."""
    return date(year, number * 3, 31 if number in (1, 4) else 30)


@dataclass(frozen=True)
class Published:
    """The records of a snapshot; whether individuals were left out because too few shared a group, or wait for the end of their quarter."""

    records: list[dict[str, Any]]
    left_out: bool
    waiting: bool


def publish(awards: Iterable[Award], funder: Funder, day: date) -> Published:
    """What a snapshot taken on a day holds."""
    several = list(awards)
    named = [_named(award, funder) for award in several if award.named]
    individuals = [award for award in several if not award.named]
    over = [award for award in individuals if quarter_end(*quarter(award.paid_on)) < day]
    hidden, left_out = _hidden(over, funder)
    return Published(sorted([*named, *hidden], key=lambda grant: grant["id"]), left_out, len(over) < len(individuals))


def _named(award: Award, funder: Funder) -> dict[str, Any]:
    recipient = {"id": f"{ORG_LIST}-{award.uscc}", "name": award.name}
    return _grant(
        funder, award.no, award.programme, award.programme_name, award.township_code, award.township, award.decided_on, award.fen,
        {"recipientOrganization": [recipient]},
    )  # fmt: skip


def _hidden(awards: Sequence[Award], funder: Funder) -> tuple[list[dict[str, Any]], bool]:
    """Awards of quarters that are over: a group that still grows would betray its newest member."""
    groups: dict[tuple[str, str, tuple[int, int], str, str], list[Award]] = defaultdict(list)
    for award in awards:
        groups[
            award.programme, award.programme_name, quarter(award.paid_on), award.township_code, award.township
        ].append(award)
    found: list[dict[str, Any]] = []
    small: dict[tuple[str, str, tuple[int, int]], list[Award]] = defaultdict(list)
    for (programme, name, when, code, place), group in groups.items():
        if people(group) >= K:
            found += _group(group, funder, programme, name, when, code, place)
        else:
            small[programme, name, when] += group
    left_out = False
    for (programme, name, when), group in small.items():
        if people(group) >= K:
            found += _group(group, funder, programme, name, when, COUNTY_CODE, COUNTY)
        else:
            left_out = True
    return found, left_out


def people(group: Iterable[Award]) -> int:
    """Different recipients of a group."""
    return len({award.recipient for award in group})


def _group(
    group: Sequence[Award], funder: Funder, programme: str, name: str, when: tuple[int, int], code: str, place: str
) -> list[dict[str, Any]]:  # fmt: skip
    """One record to each individual, all with the same amount but for the odd fen, which goes to the first of nameless numbers."""
    parts = divide(sum(award.fen for award in group), dict.fromkeys(range(1, people(group) + 1), 1))
    year, number = when
    base = f"{programme}-{code}-{year}Q{number}"
    return [
        _grant(
            funder, f"{base}-{n:04d}", programme, name, code, place, quarter_end(*when), fen,
            {"recipientIndividual": {"id": f"{funder.prefix}-individual-{base}-{n:04d}", "name": "Individual Recipient"}},
        )
        for n, fen in parts.items()
    ]  # fmt: skip


def _grant(
    funder: Funder, key: str, programme: str, name: str, code: str, place: str, on: date, fen: int, recipient: dict[str, Any]
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": f"{funder.prefix}-{key}",
        "title": name[:140],
        "description": f"{place}，{name}。",
        "currency": CURRENCY,
        "amountAwarded": fen / 100,
        "amountDisbursed": fen / 100,
        "awardDate": on.isoformat(),
        **recipient,
        "fundingOrganization": [{"id": funder.org_id, "name": funder.name}],
        "grantProgramme": [{"code": programme, "title": name}],
        "beneficiaryLocation": [{"name": place, "countryCode": "CN", "geoCode": code}],
        "fromOpenCall": "Yes",
    }


def package(published: Published, funder: Funder, day: date, address: str) -> dict[str, Any]:
    """The grants in the package of the standard, with what was done to hide individuals said in it."""
    found: dict[str, Any] = {
        "version": STANDARD,
        "title": f"衡南县土枇杷产业专项资金资助数据 {day.isoformat()}",
        "description": (
            f"县土枇杷产业专项资金已支付的资助。单位写明名称和统一社会信用代码；个人匿名：同一项目、同一乡镇、同一季度不少于 {K} 人合为一组（k={K}），"
            "组内金额平均，合计不变；不足的并入全县，仍不足的不公开。当季未结束的个人资助不公开。"
        ),
        "issued": day.isoformat(),
        "identifier": f"{funder.prefix}-awards-{day.isoformat()}",
        "publisher": {"identifier": funder.org_id, "name": funder.name, "website": address},
        "accessURL": address,
        "privacy": {
            "k": K,
            "individuals": "microaggregated",
            "suppressed": published.left_out,
            "waiting": published.waiting,
        },
        "grants": published.records,
    }
    return found | ({"license": funder.licence} if funder.licence else {})


COLUMNS = (
    ("Identifier", ("id",)), ("Title", ("title",)), ("Description", ("description",)), ("Currency", ("currency",)),
    ("Amount Awarded", ("amountAwarded",)), ("Amount Disbursed", ("amountDisbursed",)), ("Award Date", ("awardDate",)),
    ("Recipient Org:Identifier", ("recipientOrganization", 0, "id")), ("Recipient Org:Name", ("recipientOrganization", 0, "name")),
    ("Recipient Ind:Identifier", ("recipientIndividual", "id")), ("Recipient Ind:Name", ("recipientIndividual", "name")),
    ("Funding Org:Identifier", ("fundingOrganization", 0, "id")), ("Funding Org:Name", ("fundingOrganization", 0, "name")),
    ("Grant Programme:Code", ("grantProgramme", 0, "code")), ("Grant Programme:Title", ("grantProgramme", 0, "title")),
    ("Beneficiary Location:Name", ("beneficiaryLocation", 0, "name")),
    ("Beneficiary Location:Country Code", ("beneficiaryLocation", 0, "countryCode")),
    ("Beneficiary Location:Geographic Code", ("beneficiaryLocation", 0, "geoCode")), ("From an open call?", ("fromOpenCall",)),
)  # fmt: skip
"""Headings of the standard's spreadsheet form, and where each value stands in a record."""


def row(grant: dict[str, Any]) -> list[Any]:
    """A record as a row under :data:`COLUMNS`."""
    return [_at(grant, path) for _, path in COLUMNS]


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        if value is None:
            return None
        value = value[step] if isinstance(step, int) else value.get(step)
    return value
