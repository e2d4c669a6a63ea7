"""Many parties at once: the checks of one registration, the writing of a thousand. For imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Forbidden, Invalid, NotFound
from trace.db.counters import next_number
from trace.registry import numbers, queries, rules
from trace.registry.initials import initials_of
from trace.registry.models import HouseholdMember, Membership, Party, PartyRole, Village
from trace.registry.vault import vault

CHUNK = 200
Numbered = tuple[int, dict[str, Any]]


def register_parties(
    op: Operation, rows: Sequence[Numbered], step: Callable[[int], None] = lambda count: None
) -> tuple[list[tuple[int, str]], list[tuple[int, list[FieldError]]]]:
    """Register the rows that may be; returns (row number, code) of those and (row number, errors) of the others.

    Same rules as :func:`trace.registry.services.register_party`; ``step`` is told of each row checked; ``rows`` are values as it takes them, with the row's number. Call it inside an
    operation that requires ``PARTY_REGISTER``; the trail gets one entry for all, the codes stand with the import.
    """
    today = business_date(op.at)
    own = queries.party_by_id(op.actor.party_id) if op.actor.party_id else None
    villages = {village.code: village for village in queries.villages()}
    checked = []
    for number, values in rows:
        checked.append((number, values, *_check(op.actor, values, own, villages, today)))
        step(1)
    _refuse_known([(number, found) for number, _, found, _ in checked])
    good = [(number, values, found, village) for number, values, found, village in checked if not found.errors]
    bad = [(number, found.errors) for number, _, found, _ in checked if found.errors]
    if not good:
        return [], bad
    first = next_number("party", len(good))
    codes = [f"P{first + place:06d}" for place in range(len(good))]
    _insert(Party, [_party(op, *item[1:], own, code) for item, code in zip(good, codes, strict=True)])
    ids = _ids(codes)
    roles = [
        {"party": ids[code], "role": role, "valid_from": today, "recorded_at": op.at}
        for (_, values, _, _), code in zip(good, codes, strict=True)
        if (role := rules.FIRST_ROLE.get(values["kind"]))
    ]
    _insert(PartyRole, roles)
    if own is not None:
        joined = {"organisation": own.id, "joined_on": today, "recorded_at": op.at}
        _insert(Membership, [{"member": ids[code], **joined} for code in codes])
    return [(item[0], code) for item, code in zip(good, codes, strict=True)], bad


def number_mistakes(values: dict[str, Any], today: date) -> list[FieldError]:
    """What is wrong with the numbers of a row that cannot be registered for other reasons."""
    return numbers.check(values, values["kind"], today).errors


def _check(
    actor: Actor, values: dict[str, Any], own: Party | None, villages: dict[str, Village], today: Any
) -> tuple[numbers.Checked, Village]:
    found = numbers.check(values, values["kind"], today)
    village = villages[values["village"]]
    if own is not None and values["kind"] not in rules.PERSONS:
        found.errors += Invalid("合作社只能登记本社农户。", field="kind", code="KIND").errors
    if own is None:
        try:
            actor.require_township(village.township.code)
        except (Forbidden, NotFound):
            found.errors += Invalid("这个村不在您的管理范围内。", field="village", code="SCOPE").errors
    return found, village


def _refuse_known(checked: Sequence[tuple[int, numbers.Checked]]) -> None:
    """What is in the register already, and what the file itself says twice."""
    for name, words in (("uscc", "统一社会信用代码"), ("id_number", "身份证号")):
        keys = {number: _key(name, found[name]) for number, found in checked if name in found}
        known = _known(name, list(keys.values()))
        seen: dict[str, int] = {}
        for number, found in checked:
            key = keys.get(number)
            if key in known:
                found.errors += Invalid("该%(what)s已登记。", field=name, code="KNOWN", what=words).errors
            elif key is not None and key in seen:
                found.errors += Invalid("与第 %(row)s 行重复。", field=name, code="TWICE", row=seen[key]).errors
            elif key is not None:
                seen[key] = number


def _key(name: str, number: str) -> str:
    return vault().search_hash(number) if name == "id_number" else number


def _known(name: str, keys: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        column = Party.id_number_hash if name == "id_number" else Party.uscc
        found |= {row[0] for row in Party.select(column).where(column.in_(part)).tuples()}
        if name == "id_number":
            living = HouseholdMember.select(HouseholdMember.id_number_hash).where(
                HouseholdMember.id_number_hash.in_(part), HouseholdMember.left_on.is_null()
            )
            found |= {row[0] for row in living.tuples()}
    return found


def _party(
    op: Operation, values: dict[str, Any], found: numbers.Checked, village: Village, own: Party | None, code: str
) -> dict[str, Any]:
    name = values["name"].strip()
    blank = {
        "uscc": None, "phone": "", "phone_sealed": "", "phone_hash": None, "id_number_sealed": "", "id_number_hash": None,
        "account_sealed": "", "account_hash": None, "account_last4": "",
    }  # fmt: skip
    return {
        **blank, **numbers.sealed(found, values["kind"]), "code": code, "kind": values["kind"], "name": name, "initials": initials_of(name),
        "village": village.id, "township": village.township_id, "belongs_to": own.id if own else None,
        "nursery_m2": values.get("nursery_m2") or 0, "number_warnings": found.warnings, "registered_at": op.at,
    }  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        model.insert_many(rows[start : start + CHUNK]).execute()


def _ids(codes: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        rows = Party.select(Party.code, Party.id).where(Party.code.in_(codes[start : start + 500]))
        found.update(rows.tuples())
    return found
