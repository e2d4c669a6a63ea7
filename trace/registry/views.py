"""HTML doors of the register: the list, finding, expiring papers, suspected duplicates. The pages of one party register here too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.registry import (
    corrections,
    directory,
    dossier_views,
    member_views,
    numbers,
    queries,
    region_views,
    rules,
    services,
    title_rules,
    title_views,
)
from trace.registry.directory import Filters
from trace.registry.doors import bp
from trace.registry.schemas import PairIn, ThresholdIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import Column, as_xlsx, attachment

__all__ = ["bp"]
PAGES = (dossier_views, member_views, region_views, title_views)
"""Modules whose import adds pages to the blueprint."""
MAX_EXPORT = 20_000
TITLES_EXPIRED = "expired"


def _list_page(values: dict[str, Any], errors: dict[str, str], found: list[Any] | None = None) -> str:
    actor, wanted = current_actor(), Filters.of(request.args)
    query = directory.filtered(actor, wanted, business_date())
    return render_template(
        "registry/parties.html", page=page_by_id(query, queries.Party.id), counts=directory.counts(query), wanted=wanted,
        kinds=rules.PARTY_KINDS, roles=rules.PARTY_ROLES, titles=title_rules.TITLE_KINDS, statuses=directory.STATUSES,
        townships=queries.townships(), threshold=queries.large_grower_mu(), reference=queries.site_setting(rules.LARGE_GROWER_KEY) is None,
        suspects=len(directory.suspects(actor)) if actor.can(Permission.PARTY_REGISTER) else 0, values=values, errors=errors,
        found=found,
    )  # fmt: skip


@bp.get("")
@access(Permission.PARTY_READ)
def parties() -> ResponseReturnValue:
    """Parties in one's charge, with counts by kind and every filter in the address."""
    if numbers.is_personal(request.args.get("q", "")):
        # A full number must not stay in addresses, histories and access logs; the box beside posts it.
        flash(_("身份证号、手机号、账号请填在“按完整号码查找”里，地址栏不留号码。"), "info")
        kept = {name: value for name, value in request.args.to_dict().items() if name != "q"}
        return redirect(url_for("registry.parties", **kept))  # type: ignore[arg-type]
    return _list_page({}, {})


@bp.post("/find")
@access(Permission.PARTY_READ)
def find_party() -> ResponseReturnValue:
    """The party with exactly this ID, credit code, phone or account. The number is in no address and no log."""
    typed = form_values().get("number", "")
    found = directory.with_number(current_actor(), typed) if typed else []
    if len(found) == 1:
        return redirect(url_for("registry.show_party", code=found[0].code))
    if not found:
        return _list_page({}, {"number": _("您的管理范围内没有登记这个号码的主体，请核对号码是否完整。")}), 404
    return _list_page({}, {}, found)


@bp.get("/picks.json")
@access(Permission.PARTY_READ)
def picks() -> ResponseReturnValue:
    """Parties for a pick-list, by 汉字, pinyin initials or code."""
    kinds = [kind for kind in request.args.getlist("kind") if kind in rules.PARTY_KINDS]
    found = directory.picks(current_actor(), request.args.get("q", "").strip()[:40], kinds)
    return jsonify(
        items=[{"code": p.code, "name": p.name, "place": p.village.name if p.village_id else ""} for p in found]
    )


@bp.get("/export.xlsx")
@access(Permission.PARTY_READ)
def export() -> ResponseReturnValue:
    """Exactly the list shown, all its pages, without any personal number."""
    today = business_date()
    query = directory.filtered(current_actor(), Filters.of(request.args), today)
    rows = query.order_by(queries.Party.id.desc()).limit(MAX_EXPORT)
    columns = [
        Column(_("编号"), 10), Column(_("名称"), 30), Column(_("类别"), 16), Column(_("乡镇（街道）"), 14), Column(_("村（社区）"), 14),
        Column(_("统一社会信用代码"), 22), Column(_("登记日期"), 12), Column(_("停用日期"), 12),
    ]  # fmt: skip
    body = as_xlsx(
        _("主体"),
        columns,
        (
            (
                p.code, p.name, _(rules.PARTY_KINDS[p.kind]), p.township.name if p.township_id else "",
                p.village.name if p.village_id else "", p.uscc, p.registered_at, p.retired_on,
            )
            for p in rows
        ),
    )  # fmt: skip
    return attachment(body, f"主体-{today.isoformat()}.xlsx")


def _expiring(choice: str) -> tuple[str, Any]:
    """The chosen span and its titles: within 30, 60 or 90 days, or expired lately and not renewed."""
    today = business_date()
    if choice == TITLES_EXPIRED:
        first, last = today - timedelta(days=title_rules.LAPSED_DAYS), today - timedelta(days=1)
    else:
        choice = choice if choice in map(str, title_rules.EXPIRING_DAYS) else str(title_rules.EXPIRING_DAYS[0])
        first, last = today, today + timedelta(days=int(choice))
    return choice, queries.expiring_titles(current_actor(), first, last)


@bp.get("/expiring")
@access(Permission.PARTY_READ)
def expiring() -> ResponseReturnValue:
    """Licences and titles that end soon, soonest first."""
    choice, query = _expiring(request.args.get("days", ""))
    counts = {key: _expiring(key)[1].count() for key in (*map(str, title_rules.EXPIRING_DAYS), TITLES_EXPIRED)}
    return render_template(
        "registry/expiring.html", titles=list(query.limit(500)), choice=choice, counts=counts, kinds=title_rules.TITLE_KINDS,
        today=business_date(),
    )  # fmt: skip


@bp.get("/expiring.xlsx")
@access(Permission.PARTY_READ)
def export_expiring() -> ResponseReturnValue:
    """The list of expiring papers as a sheet."""
    _choice, query = _expiring(request.args.get("days", ""))
    columns = [
        Column(_("主体"), 30), Column(_("编号"), 10), Column(_("乡镇（街道）"), 14), Column(_("称号证照"), 26), Column(_("文件号或证号"), 26),
        Column(_("有效期止"), 12), Column(_("剩余天数"), 10),
    ]  # fmt: skip
    today = business_date()
    body = as_xlsx(
        _("到期证照"),
        columns,
        (
            (
                t.party.name, t.party.code, t.party.township.name if t.party.township_id else "", _(title_rules.TITLE_KINDS[t.kind]),
                t.doc_no, t.valid_to, (t.valid_to - today).days,
            )
            for t in query
        ),
    )  # fmt: skip
    return attachment(body, f"到期证照-{today.isoformat()}.xlsx")


def _duplicates_page(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    pairs = directory.suspects(current_actor())
    return render_template(
        "registry/duplicates.html", pairs=pairs, kinds=rules.PARTY_KINDS, values=values, errors=errors, code=code
    )


@bp.get("/duplicates")
@access(Permission.PARTY_REGISTER)
def duplicates() -> ResponseReturnValue:
    """Entries of the same name in the same village that nobody has judged yet."""
    return _duplicates_page({}, {})


@bp.post("/<code>/duplicates")
@access(Permission.PARTY_REGISTER)
@form_view(_duplicates_page)
def decide_duplicate(code: str) -> ResponseReturnValue:
    """Two parties, or one: the decision is kept with its reason."""
    body = load(PairIn(), form_values())
    if body["decision"] == "merged":
        kept = corrections.merge_parties(current_actor(), body["other"], code, body["reason"])
        done("%(other)s 已并入 %(name)s（%(code)s）。", other=body["other"], name=kept.name, code=kept.code)
        return redirect(url_for("registry.show_party", code=kept.code))
    corrections.keep_apart(current_actor(), code, body["other"], body["reason"])
    done("已记录：%(code)s 与 %(other)s 不是同一主体。", code=code, other=body["other"])
    return redirect(url_for("registry.duplicates"))


@bp.post("/threshold")
@access(Permission.PARTY_REGISTER)
@form_view(_list_page)
def set_threshold() -> ResponseReturnValue:
    """From how many 亩 on a grower counts as 种植大户."""
    services.set_large_grower_mu(current_actor(), load(ThresholdIn(), form_values())["mu"])
    done("种植大户标准已保存。")
    return redirect(url_for("registry.parties", status="large_grower"))
