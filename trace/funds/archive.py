"""Files to carry away: the evidence bundle for an auditor, and the whole file for the archive (domain brief §5.9), each a ZIP with hashes.

A ZIP is made from the same input byte for byte alike: fixed times, fixed order. What it holds can be checked with ``docs/verify_evidence.py``
without this system.
"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import N_, Message
from trace.files.queries import open_file
from trace.funds import file_queries, queries
from trace.funds.dossier import EvidenceBundle
from trace.funds.evidence_items import archive_name
from trace.funds.models import Application
from trace.funds.rules import SETTLED

EPOCH = (1980, 1, 1, 0, 0, 0)
RETENTION_YEARS = 10
"""Years a file is kept [A]."""
LIST = {
    "notice": N_("项目公告"), "application": N_("申报书"), "identity": N_("身份证明或营业执照（遮盖件）"), "tenure": N_("权属材料"),
    "seedling": N_("苗木标签、检疫证"), "visit": N_("乡镇核查记录"), "form": N_("验收表"), "photos": N_("验收照片"),
    "sheet": N_("计算表"), "publicity": N_("公示和张贴照片"), "objections": N_("异议处理"), "approval": N_("审定记录"),
    "payment": N_("支付凭据"), "evidence": N_("证据包"),
}  # fmt: skip
"""What a complete file holds, in the order it is filed."""


def evidence_zip(application: Application, bundle: EvidenceBundle) -> bytes:
    """A frozen bundle with every document it names. The bundle's own bytes go in unchanged: their hash is on the payment paper."""
    names = {document["name"] for document in _documents(bundle)}
    files = {
        archive_name(row): open_file(row.file)
        for row in file_queries.documents_of(application, struck=True)
        if archive_name(row) in names
    }
    return _zip(
        {"bundle.json": bundle.body.encode(), **files}, {"kind": "evidence", "hash": bundle.hash, "no": application.no}
    )


def completeness(application: Application) -> list[tuple[str, str, bool]]:
    """The list of a file: key, what belongs there, and whether it is there; what does not apply counts as there."""
    found = file_queries.documents_of(application)
    kinds = {row.kind for row in found}
    records, objections = queries.field_records(application), queries.objections(application)
    planting = application.programme.purpose in ("planting", "replanting")
    there = {
        "notice": True, "application": bool(application.submitted_at), "identity": "identity" in kinds or application.applicant.kind == "household",
        "tenure": "tenure" in kinds or bool(application.plot.tenure_docs.count()) or _visited(application), "seedling": not planting or _proved(application, "seedlings"),
        "visit": file_queries.site_visit(application) is not None, "form": file_queries.form_of(application) is not None and len(records) == 2,
        "photos": any(row.kind == "field_photo" for row in found), "sheet": application.sheet is not None,
        "publicity": queries.notice_item(application) is not None, "objections": all(row.handled_at for row in objections),
        "approval": bool(application.minutes_ref), "payment": application.state in SETTLED, "evidence": bool(file_queries.bundles_of(application)),
    }  # fmt: skip
    return [(key, label, there[key]) for key, label in LIST.items()]


def require_complete(application: Application) -> None:
    """Refuse to archive what is not complete, with everything that is missing."""
    missing = [label for _, label, there in completeness(application) if not there]
    if missing:
        text = Message("归档材料不齐：%(what)s。", {"what": "、".join(missing)})
        raise Invalid.of([FieldError("", "ARCHIVE_INCOMPLETE", text)])


def archive_zip(application: Application, papers: dict[str, bytes]) -> bytes:
    """The whole file: its history, every paper ever handed in, every frozen bundle, and the printed ``papers``."""
    if application.archive_no is None:
        raise RuleBroken("该申请还没有归档。", code="NOT_ARCHIVED")
    files = {"history.json": canonical_bytes(history(application)), **papers}
    for bundle in file_queries.bundles_of(application):
        files[f"evidence/{bundle.number:02d}.json"] = bundle.body.encode()
    for row in file_queries.documents_of(application, struck=True):
        files[archive_name(row)] = open_file(row.file)
    facts = {
        "kind": "archive", "no": application.no, "archive_no": application.archive_no, "keep_years": RETENTION_YEARS,
        "list": [{"item": label, "there": there} for _, label, there in completeness(application)],
    }  # fmt: skip
    return _zip(files, facts)


def history(application: Application) -> dict[str, Any]:
    """Who did what when, in which role, with which opinion; numbers of persons and accounts are not in it."""
    return {
        "no": application.no, "programme": application.programme.code, "plot": application.plot.code, "sheet": application.sheet,
        "minutes": application.minutes_ref,
        "steps": [
            {
                "action": row.action, "from": row.from_state, "to": row.to_state, "actor": row.actor_name, "role": row.role,
                "opinion": row.opinion, "at": row.at.isoformat(),
            }
            for row in queries.steps(application)
        ],
    }  # fmt: skip


def _visited(application: Application) -> bool:
    """The township has looked at the right to the ground and found it in order."""
    visit = file_queries.site_visit(application)
    return visit is not None and visit.tenure_ok


def _proved(application: Application, code: str) -> bool:
    newest = file_queries.bundles_of(application)
    return bool(newest) and any(item["code"] == code for item in json.loads(newest[-1].body)["items"])


def _documents(bundle: EvidenceBundle) -> list[dict[str, str]]:
    return json.loads(bundle.body)["documents"]


def _zip(files: dict[str, bytes], facts: dict[str, Any]) -> bytes:
    """A ZIP with a manifest naming every file and its SHA-256."""
    listed = [{"name": name, "bytes": len(body), "sha256": sha256_hex(body)} for name, body in sorted(files.items())]
    manifest = canonical_bytes({"v": 1, **facts, "files": listed})
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in [("manifest.json", manifest), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return out.getvalue()
