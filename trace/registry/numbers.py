"""The numbers of a party: checked, normalised, sealed with a keyed hash to search by; what looks odd is kept as a warning, not refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trace.core import identifiers
from trace.core.errors import FieldError, Invalid
from trace.core.identifiers import CitizenId
from trace.registry.models import HouseholdMember, Party
from trace.registry.rules import GROWERS, PERSONS
from trace.registry.vault import vault

_PERSONAL = re.compile(r"[0-9]{15,19}|[0-9]{17}X|1[3-9][0-9]{9}")
NO_CODE_NEEDED = (*PERSONS, "public_body")


@dataclass
class Checked:
    """Numbers as they will be kept; never printed."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    warnings: list[str] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> str:
        return self.values[name]


def check(values: dict[str, Any], kind: str, today: date, *, has_code: bool = False) -> Checked:
    """All numbers of a form checked; every wrong one is reported in ``errors``.

    ``has_code``: the party has a credit code already, so an empty field keeps it.
    """
    found = Checked()
    checks: dict[str, Callable[[str], str]] = {
        "uscc": identifiers.check_uscc,
        "id_number": lambda text: _citizen(text, today, found),
        "phone": identifiers.check_phone,
        "account": lambda text: _account(text, found),
    }
    for name, read in checks.items():
        if values.get(name):
            try:
                found.values[name] = read(values[name])
            except Invalid as error:
                found.errors += [FieldError(name, item.code, item.message) for item in error.errors]
    if kind not in NO_CODE_NEEDED and not values.get("uscc") and not has_code:
        found.errors += Invalid("请填写统一社会信用代码。", field="uscc", code="MISSING").errors
    if kind not in GROWERS and values.get("id_number"):
        found.errors += Invalid(
            "身份证号只登记农户和家庭农场的，请留空。", field="id_number", code="ID_NOT_NEEDED"
        ).errors
    return found


def refuse_known(checked: Checked, except_party: Party | None = None) -> None:
    """One credit code, one ID: one party, and nobody who lives in another household. The answer never says whose it is."""
    own = except_party.id if except_party else 0
    if "uscc" in checked and Party.get_or_none(Party.uscc == checked["uscc"], Party.id != own):
        checked.errors += Invalid("该统一社会信用代码已登记。", field="uscc", code="USCC_KNOWN").errors
    if "id_number" in checked:
        checked.errors += id_known(checked["id_number"], own_party=own)


def id_known(number: str, *, own_party: int = 0) -> list[FieldError]:
    """Is the ID already that of a head (of another party) or of a person living in any household?"""
    known = vault().search_hash(number)
    if Party.get_or_none(Party.id_number_hash == known, Party.id != own_party):
        return Invalid("该身份证号已登记。", field="id_number", code="ID_KNOWN").errors
    if HouseholdMember.get_or_none(HouseholdMember.id_number_hash == known, HouseholdMember.left_on.is_null()):
        return Invalid("该身份证号已是一户的家庭成员，请先办理迁出。", field="id_number", code="ID_KNOWN").errors
    return []


def sealed(checked: Checked, kind: str) -> dict[str, Any]:
    """The columns for what was checked. A household's phone is sealed like its ID; an organisation's is its business line."""
    found: dict[str, Any] = {}
    private = ("id_number", "account", "phone") if kind in PERSONS else ("id_number", "account")
    for name in private:
        if name in checked:
            found[f"{name}_sealed"] = vault().seal(checked[name])
            found[f"{name}_hash"] = vault().search_hash(checked[name])
    if "account" in checked:
        found["account_last4"] = checked["account"][-4:]
    if "phone" in checked and kind not in PERSONS:
        found["phone"] = checked["phone"]
    if "uscc" in checked:
        found["uscc"] = checked["uscc"]
    return found


def unseal(sealed_text: str) -> str:
    """The full number; only for :mod:`trace.registry.reveal` and masks."""
    return vault().unseal(sealed_text)


def masked_phone(party: Party) -> str:
    """An organisation's phone in full, a household's with its middle hidden."""
    return identifiers.mask_mobile(vault().unseal(party.phone_sealed)) if party.phone_sealed else party.phone


def is_personal(text: str) -> bool:
    """Does a search word look like somebody's ID, mobile or account number, which no address should keep?"""
    return _PERSONAL.fullmatch(identifiers.squeeze(text).replace("-", "").removeprefix("+86")) is not None


def parties_with(text: str) -> Any:
    """A condition on parties: those with exactly this number (ID, credit code, phone or account, of the head or a person of the household)."""
    numbers = _spellings(text)
    hashes = [vault().search_hash(number) for number in numbers]
    living = HouseholdMember.select(HouseholdMember.household).where(
        HouseholdMember.id_number_hash.in_(hashes), HouseholdMember.left_on.is_null()
    )
    return (
        Party.id_number_hash.in_(hashes)
        | Party.account_hash.in_(hashes)
        | Party.phone_hash.in_(hashes)
        | Party.uscc.in_(numbers)
        | Party.phone.in_(numbers)
        | Party.id.in_(living)
    )


def _spellings(text: str) -> list[str]:
    """The normal forms a typed number may have been kept in."""
    typed = identifiers.squeeze(text)
    found = {typed, typed.replace("-", "")} - {""}
    try:
        found.add(identifiers.check_phone(typed))
    except Invalid:
        pass
    return sorted(found) or ["-"]


def _citizen(text: str, today: date, found: Checked) -> str:
    checked: CitizenId = identifiers.check_citizen_id(text, today)
    found.warnings += ["id_region"] if checked.warnings else []
    return checked.number


def _account(text: str, found: Checked) -> str:
    checked = identifiers.check_bank_account(text)
    found.warnings += ["account_check"] if checked.warnings else []
    return checked.number
