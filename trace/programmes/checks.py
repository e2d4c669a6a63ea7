"""Invariants of programme notices."""

from __future__ import annotations

from collections.abc import Iterator

from trace.programmes.models import Programme, ProgrammeVersion
from trace.programmes.terms import Terms


def check_versions() -> Iterator[str]:
    """Versions are numbered without gaps, each still has its hash, and the newest is what the programme's row says."""
    found: dict[int, list[ProgrammeVersion]] = {}
    for row in ProgrammeVersion.select().order_by(ProgrammeVersion.programme, ProgrammeVersion.number):
        found.setdefault(row.programme_id, []).append(row)
        if Terms.from_json(row.terms).digest != row.digest:
            yield f"programme version {row.programme_id}/{row.number}: terms do not fit their hash"
    for programme in Programme.select():
        kept = found.get(programme.id, [])
        if [row.number for row in kept] != list(range(1, programme.version + 1)):
            yield f"programme {programme.code}: versions {[row.number for row in kept]} for version {programme.version}"
        elif kept and Terms.from_json(kept[-1].terms) != Terms.of(programme):
            yield f"programme {programme.code}: its row differs from its newest version"


CHECKS = (check_versions,)
