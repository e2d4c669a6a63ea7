"""Evidence-gated money (X3): what must be proved before anything is approved or paid, frozen as canonical JSON under one hash.

The bundle names every document by its SHA-256. It is gathered anew at each decision: when something has changed since it was frozen, the hash differs
and the decision is refused; a hold placed in between shows in the same way, and releasing it restores the hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from trace import audit
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.funds import evidence_items, file_queries
from trace.funds.dossier import EvidenceBundle
from trace.funds.evidence_items import Item
from trace.funds.models import Application

VERSION = 1


def gather(application: Application, as_of: datetime | None = None) -> list[Item]:
    """Every item of the evidence as things stand, whether complete or not. ``as_of``: leave out what was added after that instant."""
    return [make(application, as_of) for make in evidence_items.ITEMS]


def missing(application: Application) -> list[Item]:
    """The items that are not complete."""
    return [item for item in gather(application) if not item.ok]


def body_of(application: Application, items: Iterable[Item]) -> bytes:
    """The canonical bytes of a bundle: what is claimed, each item with its facts, each document with its hash."""
    found = list(items)
    return canonical_bytes(
        {
            "v": VERSION, "application": application.no, "instalment": application.instalment,
            "programme": application.programme.code, "plot": application.plot.code, "amount_fen": application.amount_fen,
            "items": [{"code": item.code, "facts": item.facts} for item in found],
            "documents": sorted((document for item in found for document in item.documents), key=lambda one: one["name"]),
        }
    )  # fmt: skip


def require_complete(application: Application) -> list[Item]:
    """All items, or a refusal that lists everything wanting."""
    items = gather(application)
    lacking = [item for item in items if not item.ok]
    if lacking:
        errors = [FieldError("", "EVIDENCE_MISSING", Message("证据不全，不能提交审定。"))]
        raise Invalid.of(errors + [FieldError("evidence", "EVIDENCE_MISSING", item.message) for item in lacking])
    return items


def freeze(op: audit.Operation, application: Application) -> EvidenceBundle:
    """Freeze the evidence, complete or not at all. Freezing the same evidence again keeps the bundle."""
    body = body_of(application, require_complete(application))
    found, last = sha256_hex(body), file_queries.bundle_of(application)
    if last is not None and last.hash == found:
        return last
    number = len(file_queries.bundles_of(application)) + 1
    bundle = EvidenceBundle.create(
        application=application, number=number, instalment=application.instalment, hash=found, body=body.decode(),
        frozen_by=op.actor.user_id, freezer_name=op.actor.display_name, frozen_at=op.at,
    )  # fmt: skip
    op.record("evidence.freeze", application, number=number, hash=found)
    return bundle


def bundle_of(application: Application) -> EvidenceBundle | None:
    """The frozen bundle of the instalment in hand; its ``hash`` is what the payment paper prints."""
    return file_queries.bundle_of(application)


def changes(application: Application, bundle: EvidenceBundle) -> list[str]:
    """The labels of the items that are not what was frozen; empty when everything still stands."""
    if sha256_hex(bundle.body.encode()) != bundle.hash:
        return ["证据包"]
    items = gather(application, bundle.frozen_at)
    if body_of(application, items) == bundle.body.encode():
        return []
    kept = {item["code"]: item["facts"] for item in json.loads(bundle.body)["items"]}
    changed = [item.label for item in items if not item.ok or kept.get(item.code) != item.facts]
    return changed or ["证据包"]


def require_matching(application: Application) -> EvidenceBundle:
    """The frozen bundle, or a refusal: there is none, or what it proves is no longer so."""
    bundle = file_queries.bundle_of(application)
    if bundle is None:
        raise RuleBroken("申请 %(no)s 的证据还没有固定，不能审定或支付。", code="EVIDENCE_MISSING", no=application.no)
    changed = changes(application, bundle)
    if changed:
        raise RuleBroken(
            "申请 %(no)s 的证据在固定后发生变化（%(what)s），不能审定或支付。", code="EVIDENCE_CHANGED", no=application.no,
            what="、".join(changed),
        )  # fmt: skip
    return bundle


def frozen_hashes(applications: Sequence[Application]) -> dict[int, str]:
    """Key of each application → the hash of its bundle; those without one, or whose evidence has changed, are left out."""
    found = {}
    for application in applications:
        bundle = file_queries.bundle_of(application)
        if bundle is not None and not changes(application, bundle):
            found[application.id] = bundle.hash
    return found
