"""Words that may not be printed: cures for ordinary food (food safety law art. 71, 73; advertising law art. 17), marks without a document.

The words are rows (domain brief §2.5), edited by the county. Spaces, full-width forms and invisible characters do not hide a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from trace.core.errors import Invalid
from trace.layouts.models import ClaimWord


def check_text(text: str, *, field: str = "", titles: Container[str] = ()) -> None:
    """Refuse a text with a word of cures, or of a mark whose document (a kind in ``titles``) is not in force."""
    plain = folded(text)
    words = sorted(ClaimWord.select().where(ClaimWord.in_use), key=lambda row: (row.kind, -len(row.word)))
    for row in words:
        if folded(row.word) not in plain:
            continue
        if row.kind == "health":
            raise Invalid(
                "普通食品不得宣称疾病预防、治疗功能，请删除‘%(word)s’。",
                code="CLAIM_HEALTH",
                field=field,
                word=row.word,
            )
        if row.title_kind not in titles:
            raise Invalid(
                "‘%(word)s’须有有效期内的证书或授权才能印上标签，请先登记证书，或删除这几个字。", code="CLAIM_MARK", field=field, word=row.word
            )  # fmt: skip


def folded(text: str) -> str:
    """A text as a reader sees it: compatibility forms made one, spaces, separators and invisible characters gone."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in wide if unicodedata.category(char)[0] not in "ZCPM")
