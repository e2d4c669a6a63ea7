"""Writing the register: parties and their titles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from trace.audit import operation
from trace.core import identifiers
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.db.counters import next_number
from trace.registry import queries, rules
from trace.registry.models import Party, Title
from trace.registry.vault import vault

PERSONS = ("household",)
"""Kinds named by a person's ID instead of a credit code."""


def register_party(actor: Actor, values: dict[str, Any]) -> Party:
    """Register a household, cooperative, firm or body. Every mistake found is listed; personal numbers are sealed before they are kept.

    ``values``: kind, name, village (code), optional uscc, id_number, phone, account, nursery_m2. An organisation registers members of its own.
    """
    with operation(actor, Permission.PARTY_REGISTER) as op:
        village = queries.get_village(values["village"])
        own = queries.party_by_id(actor.party_id) if actor.party_id else None
        if own is None:
            actor.require_township(village.township.code)
        elif values["kind"] != "household":
            raise Invalid("合作社只能登记本社农户。", field="kind", code="KIND")
        checked = _checked(values, business_date(op.at))
        _refuse_known(checked)
        party = Party.create(
            code=f"P{next_number('party'):06d}",
            kind=values["kind"],
            name=values["name"].strip(),
            uscc=checked.get("uscc"),
            village=village,
            township=village.township,
            belongs_to=own,
            phone=checked.get("phone", ""),
            nursery_m2=values.get("nursery_m2") or 0,
            registered_at=op.at,
            **_sealed(checked),
        )
        op.record("party.register", party, kind=party.kind)
        return party


def grant_title(
    actor: Actor, code: str, *, kind: str, doc_no: str, issuer: str, valid_from: date, valid_to: date | None
) -> Title:
    """Record a title or licence with its document; the counters of goals read these rows."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = queries.get_party(actor, code)
        if not actor.county_wide:
            raise RuleBroken("称号和证照由县林业局登记。", code="NOT_BUREAU")
        if valid_to is not None and valid_to < valid_from:
            raise Invalid("有效期止早于有效期起。", field="valid_to", code="DATE_ORDER")
        if Title.get_or_none(Title.party == party, Title.kind == kind, Title.doc_no == doc_no.strip()):
            raise Invalid("该主体的这项称号和文号已登记。", field="doc_no", code="TITLE_KNOWN")
        title = Title.create(
            party=party,
            kind=kind,
            doc_no=doc_no.strip(),
            issuer=issuer.strip(),
            valid_from=valid_from,
            valid_to=valid_to,
        )
        op.record("party.title", party, kind=kind, doc_no=title.doc_no)
        return title


def _checked(values: dict[str, Any], today: date) -> dict[str, Any]:
    """All numbers checked and normalised; every wrong one is reported."""
    checks: dict[str, Callable[[str], Any]] = {
        "uscc": identifiers.check_uscc,
        "id_number": lambda text: identifiers.check_citizen_id(text, today).number,
        "phone": identifiers.check_phone,
        "account": lambda text: identifiers.check_bank_account(text).number,
    }
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, check in checks.items():
        if values.get(name):
            try:
                found[name] = check(values[name])
            except Invalid as error:
                errors += [FieldError(name, item.code, item.message) for item in error.errors]
    if values["kind"] not in (*PERSONS, "public_body") and not values.get("uscc"):
        errors += Invalid("请填写统一社会信用代码。", field="uscc", code="MISSING").errors
    if errors:
        raise Invalid(errors=errors)
    return found


def _refuse_known(checked: dict[str, Any]) -> None:
    """One credit code, one ID: one party. The answer never says whose it is."""
    if "uscc" in checked and Party.get_or_none(Party.uscc == checked["uscc"]):
        raise Invalid("该统一社会信用代码已登记。", field="uscc", code="USCC_KNOWN")
    if "id_number" in checked:
        known = vault().search_hash(checked["id_number"])
        if Party.get_or_none(Party.id_number_hash == known):
            raise Invalid("该身份证号已登记。", field="id_number", code="ID_KNOWN")


def _sealed(checked: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("id_number", "account"):
        if name in checked:
            found[f"{name}_sealed"] = vault().seal(checked[name])
            found[f"{name}_hash"] = vault().search_hash(checked[name])
    if "account" in checked:
        found["account_last4"] = checked["account"][-4:]
    return found


def kinds_for(actor: Actor) -> dict[str, str]:
    """The kinds of party this actor may register."""
    return {k: v for k, v in rules.PARTY_KINDS.items() if actor.party_id is None or k in PERSONS}
