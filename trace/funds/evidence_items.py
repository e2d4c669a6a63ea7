"""The single items of the evidence: each says whether it is complete, what is found or wanting, its facts and its documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from shapely.geometry import Point, shape

from trace.core.canonical import sha256_hex
from trace.core.clock import business_date
from trace.core.geometry import gap_m
from trace.core.text import N_, Message
from trace.core.units import format_pct
from trace.funds import file_queries, file_rules, queries
from trace.funds.dossier import ApplicationDocument
from trace.funds.models import Application
from trace.land import overlaps
from trace.land.models import PlotBoundary
from trace.land.rules import SURVIVAL_QUALIFIED
from trace.land.visits import sample_wanted
from trace.lots import queries as lots
from trace.lots.models import Hold, Lot
from trace.nursery.models import Planting, SeedlingDispatch

Facts = dict[str, Any]
_PLANTED = ("planting", "replanting")
"""Purposes that pay for seedlings put into the ground."""


@dataclass(frozen=True)
class Item:
    """One item: its code and name, whether it is complete, the sentence shown, facts for the bundle, documents with their hashes."""

    code: str
    label: str
    ok: bool
    message: Message
    facts: Facts = field(default_factory=dict)
    documents: tuple[dict[str, str], ...] = ()


Maker = Callable[[Application, datetime | None], Item]


def polygon(application: Application, as_of: datetime | None) -> Item:
    """The plot's boundary in force, good enough to be evidence, with no overlap left open."""
    plot = application.plot
    row = PlotBoundary.get(PlotBoundary.plot == plot.id, PlotBoundary.valid_to.is_null())
    open_ones = overlaps.open_conflicts(plot)
    facts = {
        "version": row.version, "sha256": sha256_hex(row.geojson.encode()), "area_m2": row.area_m2, "source": row.source,
        "accuracy_m": row.accuracy_m, "overlaps": sorted(item.plot.code for item in open_ones),
    }  # fmt: skip
    if open_ones:
        message = Message("与 %(n)s 块地重叠，尚未裁定。", {"n": len(open_ones)})
    elif not row.is_evidence:
        message = Message("边界定位误差 %(m)s 米，不能作为证据，请重新勾绘。", {"m": row.accuracy_m})
    else:
        message = Message("边界第 %(n)s 版，与其他地块没有未决重叠。", {"n": row.version})
    return Item("polygon", N_("地块边界"), not open_ones and row.is_evidence, message, facts)


def seedlings(application: Application, as_of: datetime | None) -> Item:
    """The seedlings' way from the nursery with its papers, or scans of label and quarantine certificate for older plantings."""
    chain = [
        {
            "dispatch": row.dispatch.code, "lot": row.dispatch.lot.code, "planted": row.quantity, "licence": row.dispatch.licence_no,
            "quarantine": row.dispatch.quarantine.number if row.dispatch.quarantine_id else "",
            "quality": row.dispatch.quality.number if row.dispatch.quality_id else "",
        }
        for row in _plantings(application)
    ]  # fmt: skip
    scans = _documents(application, "seedling")
    complete = any(row["quarantine"] for row in chain)
    needed = application.programme.purpose in _PLANTED
    if complete:
        message = Message("苗木 %(n)s 批，有出圃记录和检疫证。", {"n": len(chain)})
    elif scans:
        message = Message("苗木标签、检疫证纸质件 %(n)s 份。", {"n": len(scans)})
    elif needed:
        message = Message("没有苗木出圃记录，也没有上传苗木标签和检疫证。")
    else:
        message = Message("本项目不需要苗木证明。")
    ok = complete or bool(scans) or not needed
    return Item("seedlings", N_("苗木来源"), ok, message, {"chain": chain}, _named(scans))


def survival(application: Application, as_of: datetime | None) -> Item:
    """Both verifiers have passed it, they are two and neither had another part, and enough trees were counted."""
    records = {record.side: record for record in queries.field_records(application)}
    form = file_queries.form_of(application)
    counted = next((row for row in records.values() if row.sampled), None)
    facts: Facts = {
        "round": application.field_round,
        "signed": [
            {"side": side, "verifier": row.verifier_id, "m2": row.verified_m2, "passed": row.passed, "on": row.visited_on.isoformat()}
            for side, row in sorted(records.items())
        ],
        "sampled": counted.sampled if counted else 0, "alive": counted.alive if counted else 0,
        "plots": form.sample_plots if form else [], "columns": form.columns if form else {},
    }  # fmt: skip
    pair = len({row.verifier_id for row in records.values()}) == 2 and all(row.passed for row in records.values())
    if not pair:
        return Item("survival", N_("成活查验"), False, Message("没有林业、财政两人的合格验收签字。"), facts)
    if application.programme.purpose not in _PLANTED and counted is None:
        return Item("survival", N_("成活查验"), True, Message("两人验收合格，本项目不查成活率。"), facts)
    if counted is None:
        return Item("survival", N_("成活查验"), False, Message("验收没有登记抽查株数和成活株数。"), facts)
    wanted = sample_wanted(application.plot)
    enough = counted.sampled >= wanted or len(facts["plots"]) >= file_rules.LEAST_SAMPLE_PLOTS
    rate = Fraction(counted.alive, counted.sampled)
    values = {"alive": counted.alive, "sampled": counted.sampled, "rate": format_pct(rate), "wanted": wanted}
    if not enough:
        text = "抽查 %(sampled)s 株，少于应查的 %(wanted)s 株，也不足 3 个样地。"
    else:
        text = "两人验收，抽查 %(sampled)s 株，成活 %(alive)s 株，成活率 %(rate)s。"
    return Item("survival", N_("成活查验"), enough and rate >= SURVIVAL_QUALIFIED, Message(text, values), facts)


def photos(application: Application, as_of: datetime | None) -> Item:
    """At least four photographs of the verification, each with time and place, taken at the plot."""
    found = [row for row in _documents(application, "field_photo") if row.round == application.field_round]
    row = PlotBoundary.get(PlotBoundary.plot == application.plot_id, PlotBoundary.valid_to.is_null())
    ground = shape(json.loads(row.geojson))
    far = [
        one
        for one in found
        if one.lon is not None and gap_m(ground, Point(one.lon, one.lat)) > file_rules.FAR_FROM_PLOT_M
    ]
    facts = {
        "photos": [
            {"seq": one.seq, "sha256": one.file.sha256, "taken": one.taken_at.isoformat(), "lon": f"{one.lon:.6f}", "lat": f"{one.lat:.6f}"}
            for one in found
        ]
    }  # fmt: skip
    least = file_rules.LEAST_PHOTOS
    if far:
        message = Message("%(n)s 张验收照片的位置离地块超过 500 米。", {"n": len(far)})
    elif len(found) < least:
        message = Message("有时间、位置的验收照片 %(n)s 张，至少要 %(least)s 张。", {"n": len(found), "least": least})
    else:
        message = Message("验收照片 %(n)s 张，都有时间和位置。", {"n": len(found)})
    return Item("photos", N_("现场照片"), len(found) >= least and not far, message, facts, _named(found))


def papers(application: Application, as_of: datetime | None) -> Item:
    """The papers the notice asks for, and the township's visit by two persons."""
    found = file_queries.documents_of(application)
    others = [row for row in found if row.kind not in ("field_photo", "seedling")]
    lacking = file_queries.missing_materials(application, found)
    visit = file_queries.site_visit(application)
    facts = {
        "visit": None
        if visit is None
        else {"on": visit.visited_on.isoformat(), "officer": visit.officer_id, "tenure_ok": visit.tenure_ok, "land_class": visit.land_class},
        "kinds": sorted({row.kind for row in found}),
    }  # fmt: skip
    if lacking:
        return Item(
            "papers",
            N_("申报材料"),
            False,
            Message("缺少：%(what)s。", {"what": "、".join(lacking)}),
            facts,
            _named(others),
        )
    if visit is None:
        return Item("papers", N_("申报材料"), False, Message("没有乡镇两人现场核查记录。"), facts, _named(others))
    message = Message("材料 %(n)s 份齐全，乡镇已现场核查。", {"n": len(found)})
    return Item("papers", N_("申报材料"), True, message, facts, _named(others))


def publicity(application: Application, as_of: datetime | None) -> Item:
    """Publicised for the whole period, and nothing said against it is still open."""
    item = queries.notice_item(application)
    open_ones = sum(row.handled_at is None for row in queries.objections(application))
    if item is None:
        return Item("publicity", N_("公示"), False, Message("还没有公示。"))
    notice = item.notice
    facts = {
        "notice": notice.no, "starts_on": item.starts_on.isoformat(), "ends_on": item.ends_on.isoformat(), "open_objections": open_ones,
        "boards": [
            {"village": row.village.code, "on": row.posted_on.isoformat(), "sha256": row.photo.sha256}
            for row in file_queries.postings_of(notice)
            if as_of is None or row.at <= as_of
        ],
    }  # fmt: skip
    over = business_date() > item.ends_on
    if open_ones:
        message = Message("有 %(n)s 件异议尚未处理。", {"n": open_ones})
    elif not over:
        message = Message("公示期至 %(day)s，尚未满期。", {"day": item.ends_on.isoformat()})
    else:
        message = Message(
            "公示期满（%(from)s 至 %(to)s），没有未决异议。", {"from": facts["starts_on"], "to": facts["ends_on"]}
        )
    return Item("publicity", N_("公示"), over and not open_ones, message, facts)


def holds(application: Application, as_of: datetime | None) -> Item:
    """No open hold on the seedlings planted here nor on what this plot has given (X4); releasing one restores the payment."""
    planted = {row.dispatch.lot_id for row in _plantings(application)}
    grown = {key for (key,) in Lot.select(Lot.id).where(Lot.plot == application.plot_id).tuples()}
    found = {hold.code for group in lots.open_holds(sorted(planted)).values() for hold in group}
    direct = Hold.select(Hold.code).where(Hold.lot.in_(sorted(grown)), Hold.released_at.is_null())
    found |= {code for (code,) in direct.tuples()}
    message = (
        Message("封存 %(codes)s 尚未解除。", {"codes": "、".join(sorted(found))}) if found else Message("没有封存。")
    )
    return Item("holds", N_("封存"), not found, message, {"holds": sorted(found)})


def amount(application: Application, as_of: datetime | None) -> Item:
    """The calculation sheet from which the amount comes."""
    done = application.sheet is not None and application.amount_fen is not None
    text = "已按计算表核定金额。" if done else "还没有计算金额。"
    return Item("sheet", N_("计算表"), done, Message(text), {"sheet": application.sheet})


ITEMS: tuple[Maker, ...] = (polygon, seedlings, survival, photos, papers, publicity, holds, amount)


def _plantings(application: Application) -> list[Planting]:
    rows = Planting.select(Planting, SeedlingDispatch, Lot).join(SeedlingDispatch).join(Lot).switch(Planting)
    stands = application.plot.stands
    rows = rows.where(Planting.stand.in_([stand.id for stand in stands]), SeedlingDispatch.undone == False)  # noqa: E712
    return list(rows.order_by(Planting.id))


def _documents(application: Application, kind: str) -> list[ApplicationDocument]:
    return [row for row in file_queries.documents_of(application) if row.kind == kind]


def _named(rows: list[ApplicationDocument]) -> tuple[dict[str, str], ...]:
    """Documents as the bundle lists them: the name inside the ZIP, kind and hash."""
    return tuple({"name": archive_name(row), "kind": row.kind, "sha256": row.file.sha256} for row in rows)


def archive_name(row: ApplicationDocument) -> str:
    """The name of a paper inside a ZIP: number and kind, never what somebody typed."""
    return f"files/{row.seq:03d}-{row.kind}.{row.file.name.rpartition('.')[2].lower()}"
