"""Pinyin initials of names, so that a pick-list finds 松岭土枇杷专业合作社 by “sltpp”."""

from __future__ import annotations

import re

from pypinyin import Style, lazy_pinyin

from trace.registry.models import Party
from trace.registry.rules import PERSONS
from trace.registry.vault import vault


def initials_of(name: str) -> str:
    """First letters of the syllables, other letters and digits as they are, lower case."""
    return re.sub(r"\s", "", "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))).lower()[:80]


def bring_up_to_date() -> int:
    """After an upgrade: initials for parties that have none yet, phones of households sealed. Returns how many rows were touched."""
    rows = list(Party.select().where((Party.initials == "") | (Party.kind.in_(PERSONS) & (Party.phone != ""))))
    for party in rows:
        party.initials = initials_of(party.name)
        if party.kind in PERSONS and party.phone:
            party.phone_sealed, party.phone_hash = vault().seal(party.phone), vault().search_hash(party.phone)
            party.phone = ""
        party.save(only=[Party.initials, Party.phone, Party.phone_sealed, Party.phone_hash])
    return len(rows)
