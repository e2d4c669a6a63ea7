"""The frozen evidence of an application, as a payment needs it: one hash, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.funds.models import Application


def frozen_hashes(applications: Sequence[Application]) -> dict[int, str]:
    """Key of each application → the hash of its frozen bundle; an application without one is left out."""
    return {one.id: _sheet_hash(one) for one in applications if one.sheet and one.minutes_ref}


def _sheet_hash(application: Application) -> str:
    """Until bundles are frozen: the hash of the approved calculation sheet and the minutes."""
    return sha256_hex(
        canonical_bytes({"no": application.no, "sheet": application.sheet, "minutes": application.minutes_ref})
    )
