"""Programme notices: drafting, the checklist before publishing, publishing, new versions, closing."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db import lock_row
from trace.db.counters import next_number
from trace.programmes import queries
from trace.programmes.models import Programme, ProgrammeVersion
from trace.programmes.rules import AREA_KINDS, DEFAULT_PUBLICITY_DAYS
from trace.programmes.terms import Terms

IDENTITY = ("kind", "purpose", "year")
"""What a new version cannot change: applications are counted and compared by it."""
TYPED = (
    "name", "doc_no", "basis", "basis_valid_to", "params", "opens_on", "closes_on", "min_area_m2", "publicity_days", "publicity_working",
    "application_cap_fen", "beneficiary_cap_fen", "programme_cap_fen", "exclusion_group", "shortage", "stacking", "stacking_pct",
    "materials", "finance_ref", "contact", "conditions",
)  # fmt: skip


def draft_programme(actor: Actor, values: dict[str, Any]) -> Programme:
    """Write down a programme with its rule, window and conditions; nothing is open yet. ``values``: what ``ProgrammeSchema`` loads."""
    with operation(actor, Permission.PROGRAMME_DRAFT) as op:
        _require_sound(values)
        year = values.get("year") or values["opens_on"].year
        programme = Programme.create(
            code=f"XM{year % 100:02d}-{next_number(f'XM{year}'):02d}", kind=values["kind"], purpose=values["purpose"], year=year,
            state="draft", drafted_by=actor.user_id, drafter_name=actor.display_name, drafted_at=op.at, **_columns(values),
        )  # fmt: skip
        op.record("programme.draft", programme, kind=programme.kind, params=programme.params)
        return programme


def redraft_programme(actor: Actor, code: str, values: dict[str, Any]) -> Programme:
    """Change a draft; kind, purpose and year may change with it."""
    with operation(actor, Permission.PROGRAMME_DRAFT) as op:
        programme = _locked(actor, code)
        if programme.state != "draft":
            raise RuleBroken("项目已经发布，改动须作为新版本发布并说明理由。", code="ALREADY_PUBLISHED")
        _require_sound(values)
        identity = {
            "kind": values["kind"],
            "purpose": values["purpose"],
            "year": values.get("year") or values["opens_on"].year,
        }
        _set(programme, {**identity, **_columns(values)})
        op.record("programme.redraft", programme, kind=programme.kind, params=programme.params)
        return programme


def publish_programme(actor: Actor, code: str, finance_ref: str = "") -> Programme:
    """Open a programme; never without the finance bureau's opinion (or its silence beyond the term), somewhere to send objections, a basis in force."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        programme = _locked(actor, code)
        if programme.state != "draft":
            raise RuleBroken("项目 %(programme)s 已经发布过。", code="ALREADY_PUBLISHED", programme=code)
        today = business_date(op.at)
        ref = finance_ref.strip() or programme.finance_ref or queries.finance_answer(programme, today)
        if not ref:
            raise RuleBroken("尚未征求县财政局意见，不能发布。", code="FINANCE_MISSING", field="finance_ref")
        if not programme.contact:
            raise RuleBroken("没有填写公示异议受理方式，不能发布。", code="CONTACT_MISSING", field="contact")
        _require_basis(programme, programme.basis_valid_to, today)
        _set(programme, {"finance_ref": ref, "state": "published", "published_at": op.at, "version": 1})
        _keep_version(op, programme, "")
        op.record("programme.publish", programme, finance_ref=ref, version=1)
        return programme


def revise_programme(actor: Actor, code: str, values: dict[str, Any], reason: str) -> Programme:
    """Publish a changed notice as the next version, with the reason; applications keep the version they were made under."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        programme = _locked(actor, code)
        if programme.state != "published":
            raise RuleBroken("只有申报中的项目才能发布新版本。", code="NOT_PUBLISHED")
        if not reason.strip():
            raise Invalid("请说明变更理由。", field="reason", code="MISSING")
        _require_sound(values)
        _require_same(programme, values)
        before, columns = Terms.of(programme), _columns(values)
        if not columns["finance_ref"]:
            raise Invalid("变更也要征求县财政局意见，请填写文号。", field="finance_ref", code="FINANCE_MISSING")
        if not columns["contact"]:
            raise Invalid("没有填写公示异议受理方式，不能发布。", field="contact", code="CONTACT_MISSING")
        _require_basis(programme, columns["basis_valid_to"], business_date(op.at))
        changed = before.changed(Terms.of(Programme(**{**programme.__data__, **columns})))
        if not changed:
            raise Invalid("没有改动任何内容。", field="", code="UNCHANGED")
        _set(programme, {**columns, "version": programme.version + 1})
        _keep_version(op, programme, reason.strip())
        op.record("programme.revise", programme, version=programme.version, reason=reason.strip(), changed=changed)
        return programme


def close_programme(actor: Actor, code: str) -> Programme:
    """Take no more applications; those under way go on."""
    with operation(actor, Permission.PROGRAMME_PUBLISH) as op:
        programme = _locked(actor, code)
        if programme.state != "published":
            raise RuleBroken("只有申报中的项目才能结束。", code="NOT_PUBLISHED")
        _set(programme, {"state": "closed"})
        op.record("programme.close", programme)
        return programme


def _locked(actor: Actor, code: str) -> Programme:
    seen = queries.get_programme(actor, code)
    return lock_row(Programme.select().where(Programme.id == seen.id)).get()


def _set(programme: Programme, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(programme, name, value)
    programme.save(only=[getattr(Programme, name) for name in values])


def _keep_version(op: Operation, programme: Programme, reason: str) -> None:
    terms = Terms.of(programme)
    ProgrammeVersion.create(
        programme=programme, number=programme.version, terms=terms.as_json(), digest=terms.digest, reason=reason, made_by=op.actor.user_id,
        maker_name=op.actor.display_name, made_at=op.at,
    )  # fmt: skip


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of the terms out of loaded values, gaps filled."""
    blanks: dict[str, Any] = dict.fromkeys(TYPED, "")
    blanks |= {
        "basis_valid_to": None,
        "application_cap_fen": None,
        "beneficiary_cap_fen": None,
        "programme_cap_fen": None,
        "materials": [],
    }
    blanks |= {
        "min_area_m2": 0,
        "publicity_days": DEFAULT_PUBLICITY_DAYS,
        "publicity_working": True,
        "shortage": "queue",
    }
    blanks |= {"stacking": False, "stacking_pct": 100}
    given = {name: values[name] for name in TYPED if values.get(name) not in (None, "")}
    found = {**blanks, **given}
    return {name: value.strip() if isinstance(value, str) else value for name, value in found.items()}


def _require_sound(values: dict[str, Any]) -> None:
    """Mistakes between fields, all at once."""
    errors = []
    if values["closes_on"] < values["opens_on"]:
        errors.append(FieldError("closes_on", "DATE_ORDER", Message("截止日期不能早于开始日期。")))
    if not values.get("params"):
        errors.append(
            FieldError("rate" if values["kind"] in AREA_KINDS else "award", "MISSING", Message("请填写奖补标准。"))
        )
    if errors:
        raise Invalid(errors=errors)


def _require_same(programme: Programme, values: dict[str, Any]) -> None:
    found = {**values, "year": values.get("year") or programme.year}
    if any(found[name] != getattr(programme, name) for name in IDENTITY):
        raise Invalid("新版本不能改奖补方式、用途和年度，请另建项目。", field="kind", code="IDENTITY")


def _require_basis(programme: Programme, valid_to: date | None, today: date) -> None:
    """A notice does not open on a basis that has run out, unless the leading group has said so on the record."""
    if valid_to is None or valid_to >= today or queries.step_done(programme, "basis", today):
        return
    raise RuleBroken(
        "依据文件的有效期至 %(day)s，已经失效，不能发布；确需发布的，须登记领导小组同意的文号。", code="BASIS_EXPIRED",
        field="basis_valid_to", day=valid_to.isoformat(),
    )  # fmt: skip
