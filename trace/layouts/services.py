"""Writing templates and claim words: new versions and switches, never changes of what was printed from."""

from __future__ import annotations

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, RuleBroken
from trace.db.counters import take_turn
from trace.layouts import queries
from trace.layouts.claims import check_text, folded
from trace.layouts.models import ClaimWord, LabelTemplate
from trace.layouts.rules import KINDS
from trace.layouts.sandbox import check_template, literal_text

MARK_TITLES = ("brand_user", "gi_user", "organic", "green_food")


def checked_body(kind: str, body: str) -> str:
    """The text of a template as it is kept; refused with every reason when it may not be used."""
    if kind not in KINDS:
        raise Invalid("没有这种标签。", field="kind", code="KIND")
    text = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").split("\n")).strip()
    check_template(kind, text)
    check_text(literal_text(text), field="body")
    return text


def save_template(actor: Actor, kind: str, name: str, body: str, note: str = "") -> LabelTemplate:
    """A new version of a kind, used for labels made from now on; runs already made keep theirs."""
    with operation(actor, Permission.LABEL_TEMPLATE) as op:
        text = checked_body(kind, body)
        if not name.strip():
            raise Invalid("请填写名称。", field="name", code="NAME_MISSING")
        take_turn(f"label-template-{kind}")
        newest = LabelTemplate.select(fn.MAX(LabelTemplate.version)).where(LabelTemplate.kind == kind).scalar() or 0
        made = LabelTemplate.create(
            code=f"{kind}-v{newest + 1}", kind=kind, version=newest + 1, name=name.strip()[:40], body=text, note=note.strip()[:200], made_at=op.at,
            made_by=actor.display_name,
        )  # fmt: skip
        op.record("label.template", made, kind=kind)
        return made


def switch_template(actor: Actor, code: str, in_use: bool) -> LabelTemplate:
    """Take a version out of use, or back; the newest one in use is printed. One of each kind must stay."""
    with operation(actor, Permission.LABEL_TEMPLATE) as op:
        found = queries.by_code(code)
        take_turn(f"label-template-{found.kind}")
        others = LabelTemplate.kind == found.kind, LabelTemplate.in_use, LabelTemplate.id != found.id
        if not in_use and not LabelTemplate.select().where(*others).exists():
            raise RuleBroken("每种标签至少要有一个在用的模板。", code="LAST_TEMPLATE")
        found.in_use = in_use
        found.save(only=[LabelTemplate.in_use])
        op.record("label.template_use", found, in_use=in_use)
        return found


def add_word(actor: Actor, word: str, kind: str, title_kind: str = "", source: str = "") -> ClaimWord:
    """A word that labels may not carry from now on."""
    with operation(actor, Permission.LABEL_TEMPLATE) as op:
        plain = word.strip()
        if not 2 <= len(folded(plain)) <= 20:
            raise Invalid("词语应为 2 至 20 个字。", field="word", code="WORD_LENGTH")
        if kind not in ("health", "mark") or (kind == "mark") != (title_kind in MARK_TITLES):
            raise Invalid("标志用语须选择对应的证书，其他词语不选。", field="title_kind", code="WORD_KIND")
        row, made = ClaimWord.get_or_create(
            word=plain, defaults={"kind": kind, "title_kind": title_kind, "source": source.strip()[:120]}
        )
        if not made:
            row.kind, row.title_kind, row.source, row.in_use = (
                kind,
                title_kind,
                source.strip()[:120] or row.source,
                True,
            )
            row.save()
        op.record("label.claim_word", plain, kind=kind, in_use=True)
        return row


def switch_word(actor: Actor, word: str, in_use: bool) -> ClaimWord:
    """Allow a word again, or forbid it again; the row stays."""
    with operation(actor, Permission.LABEL_TEMPLATE) as op:
        row = ClaimWord.get_or_none(ClaimWord.word == word)
        if row is None:
            raise Invalid("没有这个词。", field="word", code="WORD_UNKNOWN")
        row.in_use = in_use
        row.save(only=[ClaimWord.in_use])
        op.record("label.claim_word", word, in_use=in_use)
        return row
