"""Writing the register: parties, their titles and licences."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.db.counters import next_number
from trace.files.rules import Upload
from trace.files.services import keep
from trace.registry import numbers, queries, rules, title_rules
from trace.registry.initials import initials_of
from trace.registry.models import Membership, Party, PartyRole, SiteSetting, Taxon, Title
from trace.registry.regions import village_in_force
from trace.registry.rules import PERSONS


def register_party(actor: Actor, values: dict[str, Any]) -> Party:
    """Register a household, cooperative, firm or body. Every mistake found is listed; personal numbers are sealed before they are kept.

    ``values``: kind, name, village (code), optional uscc, id_number, phone, account, nursery_m2, national_code, hunan_code, roles.
    An organisation registers members of its own, who thereby join it today.
    """
    with operation(actor, Permission.PARTY_REGISTER) as op:
        village = village_in_force(values["village"])
        own = queries.party_by_id(actor.party_id) if actor.party_id else None
        if own is None:
            actor.require_township(village.township.code)
        elif values["kind"] not in PERSONS:
            raise Invalid("合作社只能登记本社农户。", field="kind", code="KIND")
        kind, today = values["kind"], business_date(op.at)
        checked = numbers.check(values, kind, today)
        numbers.refuse_known(checked)
        if checked.errors:
            raise Invalid(errors=checked.errors)
        name = values["name"].strip()
        party = Party.create(
            code=f"P{next_number('party'):06d}", kind=kind, name=name, initials=initials_of(name), village=village,
            township=village.township, belongs_to=own, nursery_m2=values.get("nursery_m2") or 0, registered_at=op.at,
            national_code=values.get("national_code", ""), hunan_code=values.get("hunan_code", ""),
            number_warnings=checked.warnings, **numbers.sealed(checked, kind),
        )  # fmt: skip
        for role in dict.fromkeys([rules.FIRST_ROLE.get(kind), *values.get("roles", [])]):
            if role:
                require_role_fits(party, role)
                PartyRole.create(party=party, role=role, valid_from=today, recorded_at=op.at)
        if own is not None:
            Membership.create(member=party, organisation=own, joined_on=today, recorded_at=op.at)
        op.record("party.register", party, kind=party.kind)
        return party


def require_role_fits(party: Party, role: str) -> None:
    """Seats in the leading group are for public bodies, and public bodies have no other role."""
    if role not in rules.PARTY_ROLES:
        raise Invalid("请从列表中选择。", field="role", code="ROLE")
    if (role in rules.GROUP_ROLES) != (party.kind == "public_body"):
        raise Invalid("领导小组的职务只登记给机关单位，生产经营角色只登记给其他主体。", field="role", code="ROLE")


def grant_title(
    actor: Actor, code: str, *, kind: str, doc_no: str, issuer: str, valid_from: date, valid_to: date | None = None,
    scan: Upload | None = None, **details: Any,
) -> Title:  # fmt: skip
    """Record a title or licence with its document; the counters of goals read these rows. Every mistake found is listed.

    ``details``: scope, taxa (keys, seed licence), food_categories (SC), batch and monitoring (leading enterprises), scale_class and
    entered_on (above scale).
    """
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = queries.get_party(actor, code)
        _require_bureau(actor)
        errors: list[FieldError] = []
        number = _document_number(kind, doc_no, errors)
        if valid_to is not None and valid_to < valid_from:
            errors += Invalid("有效期止早于有效期起。", field="valid_to", code="DATE_ORDER").errors
        if Title.get_or_none(Title.party == party, Title.kind == kind, Title.doc_no == number):
            errors += Invalid("该主体的这项称号和文号已登记。", field="doc_no", code="TITLE_KNOWN").errors
        fitting = _fitting_details(kind, details, errors)
        if errors:
            raise Invalid(errors=errors)
        title = Title.create(
            party=party, kind=kind, doc_no=number, issuer=issuer.strip(), valid_from=valid_from, valid_to=valid_to,
            scan=keep(op, scan) if scan else None, **fitting,
        )  # fmt: skip
        op.record("party.title", party, kind=kind, doc_no=title.doc_no, title=title.code)
        return title


def attach_scan(actor: Actor, code: str, scan: Upload | None) -> Title:
    """Put a scan to a title that has none yet, or a better one; the earlier file stays on record."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        title = queries.get_title(actor, code)
        _require_bureau(actor)
        if scan is None:
            raise Invalid("请选择要上传的文件。", field="scan", code="MISSING")
        before = title.scan.sha256[:16] if title.scan_id else ""
        title.scan = keep(op, scan)
        title.save(only=[Title.scan])
        op.record("party.title_scan", title.party, title=title.code, before=before, after=title.scan.sha256[:16])
        return title


def withdraw_title(actor: Actor, code: str, on: date, reason: str) -> Title:
    """End a title from a date on, with the reason; it stays in the history and in past counts."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        title = _locked_title(actor, code)
        _require_bureau(actor)
        if title.withdrawn_on is not None:
            raise RuleBroken("这项称号已于 %(day)s 撤销。", code="TITLE_WITHDRAWN", day=title.withdrawn_on)
        errors: list[FieldError] = []
        if not reason.strip():
            errors += Invalid("请填写撤销的原因。", field="reason", code="REASON_MISSING").errors
        if not title.valid_from <= on <= business_date(op.at):
            errors += Invalid("撤销日期应在有效期起与今天之间。", field="withdrawn_on", code="DATE_RANGE").errors
        if errors:
            raise Invalid(errors=errors)
        title.withdrawn_on, title.withdrawn_reason = on, reason.strip()[:200]
        title.save(only=[Title.withdrawn_on, Title.withdrawn_reason])
        op.record(
            "party.title_withdraw", title.party, title=title.code, on=on.isoformat(), reason=title.withdrawn_reason
        )
        return title


def set_large_grower_mu(actor: Actor, mu: int) -> None:
    """From how many 亩 on a grower counts as 种植大户; the bureau's own value replaces the reference."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        _require_bureau(actor)
        if not 1 <= mu <= 10_000:
            raise Invalid("面积标准应在 1 至 10 000 亩之间。", field="mu", code="RANGE")
        before = queries.large_grower_mu()
        SiteSetting.delete().where(SiteSetting.key == rules.LARGE_GROWER_KEY).execute()
        SiteSetting.create(key=rules.LARGE_GROWER_KEY, value=mu)
        op.record("setting.change", rules.LARGE_GROWER_KEY, before=before, after=mu)


def kinds_for(actor: Actor) -> dict[str, str]:
    """The kinds of party this actor may register."""
    return {k: v for k, v in rules.PARTY_KINDS.items() if actor.party_id is None or k in PERSONS}


def _require_bureau(actor: Actor) -> None:
    if not actor.county_wide:
        raise RuleBroken("称号和证照由县林业局登记。", code="NOT_BUREAU")


def _document_number(kind: str, doc_no: str, errors: list[FieldError]) -> str:
    check = title_rules.NUMBER_CHECKS.get(kind)
    try:
        return check(doc_no, "doc_no") if check else doc_no.strip()
    except Invalid as error:
        errors += error.errors
        return doc_no.strip()


def _fitting_details(kind: str, details: dict[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    """Only what this kind of title says about itself; what it must say and does not is an error."""
    found: dict[str, Any] = {"scope": (details.get("scope") or "").strip()[:400]}
    if kind == "above_scale":
        found |= {name: details.get(name) or None for name in ("scale_class", "entered_on")}
        if not found["scale_class"]:
            errors += Invalid("请选择规上（限上）类别。", field="scale_class", code="MISSING").errors
        if not found["entered_on"]:
            errors += Invalid("请填写入库日期。", field="entered_on", code="MISSING").errors
    if kind in title_rules.LEADING:
        found |= {name: (details.get(name) or "").strip() for name in ("batch", "monitoring")}
    if kind == "seed_licence":
        found["taxa"] = sorted(details.get("taxa") or [])
        known = Taxon.select().where(Taxon.key.in_(found["taxa"])).count() if found["taxa"] else 0
        if not found["taxa"] or known != len(found["taxa"]):
            errors += Invalid("请勾选许可证准许经营的树种。", field="taxa", code="MISSING").errors
    if kind == "food_licence":
        found["food_categories"] = [
            key for key in title_rules.FOOD_CATEGORIES if key in (details.get("food_categories") or [])
        ]
        if not found["food_categories"]:
            errors += Invalid("请勾选许可的食品类别。", field="food_categories", code="MISSING").errors
    return found


def _locked_title(actor: Actor, code: str) -> Title:
    found = lock_row(Title.select().where(Title.id == queries.get_title(actor, code).id)).first()
    if found is None:
        raise NotFound()
    return found
