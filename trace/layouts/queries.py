"""Reading templates and claim words."""

from __future__ import annotations

from typing import Any

from trace.core.errors import NotFound
from trace.layouts.models import ClaimWord, LabelTemplate


def current(kind: str) -> LabelTemplate:
    """The newest version in use of a kind."""
    found = (
        LabelTemplate.select()
        .where(LabelTemplate.kind == kind, LabelTemplate.in_use)
        .order_by(LabelTemplate.version.desc())
        .first()
    )
    if found is None:
        raise NotFound("没有可用的标签模板，请先启用一个版本。")
    return found


def by_code(code: str) -> LabelTemplate:
    """A version by its code, such as ``pack-v2``."""
    found = LabelTemplate.get_or_none(LabelTemplate.code == code)
    if found is None:
        raise NotFound()
    return found


def versions(kind: str) -> list[LabelTemplate]:
    """All versions of a kind, newest first."""
    return list(LabelTemplate.select().where(LabelTemplate.kind == kind).order_by(LabelTemplate.version.desc()))


def words() -> Any:
    """Claim words, those of cures first."""
    return ClaimWord.select().order_by(ClaimWord.kind, ClaimWord.word)
