"""Open data in the shape of the 360Giving Data Standard 1.1: organisations by name, individuals anonymous, small groups blurred.

An individual's grant names no person. Its place is the township when at least :data:`K` individuals of the same programme were paid there, else the
county; where even the county has fewer, those grants are given as one sum. Ids are keyed hashes of the line: they link to nothing else.
"""

from __future__ import annotations

import csv
import hmac
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from typing import Any

from trace.core.canonical import canonical_bytes
from trace.core.clock import to_local
from trace.core.identifiers import redact
from trace.funds.models import Application
from trace.land.models import Plot
from trace.payments.models import PaymentBatch, PaymentLine
from trace.programmes.models import Programme
from trace.registry.models import Party, Township, Village
from trace.registry.vault import vault

K = 5
FUNDER = {"id": "CN-COUNTY-430422-FORESTRY", "name": "衡南县林业局"}
COUNTY = {"name": "衡南县", "geoCode": "430422", "geoCodeType": "GB/T 2260", "countryCode": "CN"}
PREFIX = "360G-hengnan-tupipa"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Paid:
    """One paid line with only what may be asked of it here."""

    code: str
    programme: str
    title: str
    basis: str
    township: str
    township_code: str
    amount_fen: int
    awarded_on: str
    paid_on: str
    individual: bool
    party: str
    uscc: str


def package() -> dict[str, Any]:
    """All grants as one 360Giving package; the same data give the same bytes."""
    grants = [*_organisations(), *_individuals()]
    return {"version": "1.1", "license": LICENCE, "grants": sorted(grants, key=lambda grant: grant["id"])}


def as_json() -> bytes:
    """The package as canonical JSON."""
    return canonical_bytes(package())


CSV_COLUMNS = (
    "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Amount Disbursed", "Award Date", "Recipient Org:Identifier",
    "Recipient Org:Name", "Recipient Ind:Identifier", "Recipient Ind:Name", "Funding Org:Identifier", "Funding Org:Name",
    "Grant Programme:Code", "Grant Programme:Title", "Beneficiary Location:Name", "Beneficiary Location:Geographic Code",
)  # fmt: skip


def as_csv() -> bytes:
    """The same as the standard's flat table."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for grant in package()["grants"]:
        org, person = grant.get("recipientOrganization", [{}])[0], grant.get("recipientIndividual", {})
        place, scheme = grant["beneficiaryLocation"][0], grant["grantProgramme"][0]
        row = [
            grant["id"], grant["title"], grant["description"], grant["currency"], grant["amountAwarded"], grant["amountDisbursed"],
            grant["awardDate"], org.get("id", ""), org.get("name", ""), person.get("id", ""), person.get("name", ""), FUNDER["id"],
            FUNDER["name"], scheme["code"], scheme["title"], place["name"], place["geoCode"],
        ]  # fmt: skip
        writer.writerow(["'" + cell if isinstance(cell, str) and cell[:1] in "=+-@" else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def summary() -> list[tuple[str, str, int, int, int]]:
    """Programme, its name, grants, individuals, fen: for the page."""
    found: dict[str, list[Any]] = {}
    for line in _lines():
        row = found.setdefault(line.programme, [line.programme, line.title, 0, 0, 0])
        row[2] += 1
        row[3] += line.individual
        row[4] += line.amount_fen
    return [tuple(row) for _, row in sorted(found.items())]


def _organisations() -> list[dict[str, Any]]:
    return [
        {
            **_grant(line, {"name": line.township, "geoCode": line.township_code}, line.amount_fen, line.code),
            "recipientOrganization": [
                {"id": f"CN-USCC-{line.uscc}" if line.uscc else f"{PREFIX}-org-{_tag(line.party)}", "name": line.party}
            ],
        }
        for line in _lines()
        if not line.individual
    ]


def _individuals() -> list[dict[str, Any]]:
    lines = [line for line in _lines() if line.individual]
    by_place = Counter((line.programme, line.township_code) for line in lines)
    left = Counter(line.programme for line in lines if by_place[line.programme, line.township_code] < K)
    found: list[dict[str, Any]] = []
    blurred: dict[str, list[Paid]] = {}
    for line in lines:
        if by_place[line.programme, line.township_code] >= K:
            place = {"name": line.township, "geoCode": line.township_code}
        elif left[line.programme] >= K:
            place = {"name": COUNTY["name"], "geoCode": COUNTY["geoCode"]}
        else:
            blurred.setdefault(line.programme, []).append(line)
            continue
        found.append({**_grant(line, place, line.amount_fen, line.code), "recipientIndividual": _nobody(line.code)})
    for programme, several in sorted(blurred.items()):
        place = {"name": COUNTY["name"], "geoCode": COUNTY["geoCode"]}
        amount = sum(line.amount_fen for line in several)
        grant = _grant(several[0], place, amount, f"{programme}:rest")
        grant["awardDate"] = f"{several[0].awarded_on[:4]}-12-31"
        grant["description"] += f"（合并列示 {K} 户以下的个人）"
        found.append({**grant, "recipientIndividual": _nobody(f"{programme}:rest")})
    return found


def _grant(line: Paid, place: dict[str, str], amount_fen: int, key: str) -> dict[str, Any]:
    return {
        "id": f"{PREFIX}-{_tag(key)}", "title": line.title, "description": redact(line.basis) or line.title, "currency": "CNY",
        "amountAwarded": amount_fen / 100, "amountDisbursed": amount_fen / 100,
        "awardDate": line.awarded_on if not line.individual else f"{line.awarded_on[:7]}-01", "fundingOrganization": [FUNDER],
        "grantProgramme": [{"code": line.programme, "title": line.title}],
        "beneficiaryLocation": [{**COUNTY, **place}],
    }  # fmt: skip


def _nobody(key: str) -> dict[str, str]:
    return {"id": f"{PREFIX}-ind-{_tag('ind:' + key)}", "name": "个人（不公开）"}


def _tag(text: str) -> str:
    """A name nobody can trace back without the installation's key."""
    return hmac.new(vault().search_hash("open-data").encode(), text.encode(), "sha256").hexdigest()[:20]


def _lines() -> list[Paid]:
    rows = (
        PaymentLine.select(PaymentLine, PaymentBatch, Application, Programme, Plot, Village, Township, Party)
        .join(PaymentBatch)
        .switch(PaymentLine)
        .join(Application)
        .join(Programme)
        .switch(Application)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Application)
        .join(Party, on=Application.applicant)
        .where(PaymentLine.state == "paid")
        .order_by(PaymentLine.code)
    )
    return [
        Paid(
            row.code, row.application.programme.code, row.application.programme.name, row.application.programme.basis,
            row.application.plot.village.township.name, row.application.plot.village.township.code, row.amount_fen,
            to_local(row.batch.made_at).date().isoformat(), to_local(row.answered_at or row.batch.made_at).date().isoformat(),
            row.application.applicant.kind in PERSONS, row.application.applicant.name, row.application.applicant.uscc or "",
        )
        for row in rows
    ]  # fmt: skip


PERSONS = ("household", "family_farm")
"""Behind these stands one family: never named."""
