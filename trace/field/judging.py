"""What the rules say about a record before it is kept. Reads the tables, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trace.core.actor import Actor
from trace.core.errors import FieldError, Invalid, NotFound
from trace.core.text import N_, Message
from trace.core.units import format_int, format_mu
from trace.field import activity_queries as queries
from trace.field.activity_rules import ActivityKind
from trace.land.models import Plot
from trace.land.rules import land_warnings
from trace.nursery import queries as nursery
from trace.pesticides import queries as pesticides
from trace.pesticides import rules
from trace.pesticides.rules import Finding
from trace.pesticides.words import Severity
from trace.registry import queries as register


@dataclass
class Judged:
    """The fields as they will be kept (with what the label adds) and everything the rules found."""

    content: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)

    def say(self, name: str, template: str, **values: Any) -> None:
        """A remark of ours that belongs to no numbered rule."""
        self.findings.append(Finding("", Severity.WARN, name, Message(template, values)))

    def add(self, *found: Finding | None) -> None:
        """Keep what a rule found."""
        self.findings += [item for item in found if item is not None]

    def refuse_stops(self) -> None:
        """All findings that stop an entry, told together."""
        stops = [item for item in self.findings if item.stops]
        if stops:
            raise Invalid.of([FieldError(item.field, item.rule or "INVALID", item.message) for item in stops])


def judge(actor: Actor, plot: Plot, kind: ActivityKind, content: dict[str, Any], on: date, *, code: str = "") -> Judged:
    """The findings of a record; ``code`` is its own when it is being corrected, so that it is not counted twice."""
    judged = Judged(dict(content))
    if kind is ActivityKind.SPRAY:
        _spray(plot, judged, on, code)
    elif kind is ActivityKind.FERTILISE:
        _fertilise(plot, judged)
    elif kind is ActivityKind.PLANTING:
        _planting(actor, plot, judged, on)
    elif kind is ActivityKind.STOP_USE:
        _stop_use(plot, judged, on)
    elif kind is ActivityKind.TEND and content["work"] == "other" and not content.get("note"):
        judged.add(_missing("note", N_("管护内容选了“其他”，请在备注里写明。")))
    judged.refuse_stops()
    return judged


def _missing(name: str, template: str, **values: Any) -> Finding:
    return Finding("", Severity.ERROR, name, Message(template, values), stops=True)


def _spray(plot: Plot, judged: Judged, on: date, code: str) -> None:
    content = judged.content
    reg_no, pest = content["reg_no"], content["pest"]
    wrong = rules.malformed(reg_no)
    judged.add(wrong, _label(content, reg_no if not wrong else ""))
    if wrong:
        return
    product = pesticides.product_of(reg_no)
    if product is not None:
        content["product"] = product.name
        content["actives"] = product.actives or content.get("actives", [])
    if not content.get("product"):
        judged.add(_missing("product", N_("登记表里没有这个证号，请照瓶身填写农药名称。")))
    if not content.get("actives"):
        judged.add(_missing("actives", N_("登记表里没有这个证号，请照瓶身填写有效成分。")))
    judged.add(rules.registration(reg_no, product is not None, product.valid_to if product else None, on))
    _scope(plot, judged, reg_no, pest)
    _history(plot, judged, on, code)
    actives, toxicity = content.get("actives", []), product.toxicity if product else ""
    judged.add(rules.banned(actives, toxicity, pesticides.bans(), on))
    allowed = pesticides.organic_allowed(
        plot.management, kind="pesticide", names=actives, biological=bool(product and product.biological)
    )
    judged.add(rules.not_organic(plot.management, allowed))
    _area(plot, judged)


def _label(content: dict[str, Any], reg_no: str) -> Finding | None:
    """P2; the code is kept as its 32 digits."""
    if not content.get("label_code"):
        return None
    try:
        code = rules.parse_label_code(content["label_code"])
    except Invalid as error:
        return Finding("P2", Severity.ERROR, "label_code", error.message, stops=True)
    content["label_code"] = code.digits
    return rules.label_mismatch(code, reg_no) if reg_no else None


def _scope(plot: Plot, judged: Judged, reg_no: str, pest: str) -> None:
    """P4 and P5, and the interval as the label says it today."""
    content = judged.content
    found = rules.covering(pesticides.scopes_of(reg_no), pesticides.names_of(plot.taxon), pest)
    own = rules.basis_of(found)
    if own is not None:
        content.update(basis=own.value, basis_doc="", basis_reason="")
    judged.add(
        rules.out_of_scope(
            found, content.get("basis", ""), content.get("basis_doc", ""), content.get("basis_reason", "")
        ),
        rules.dose_out(content["dose_milli"], content["dose_unit"], found),
    )
    content["phi_days"] = rules.interval(found, pest)
    if content["phi_days"] is None:
        judged.say("reg_no", N_("没有查到该产品在本作物上的安全间隔期，采收前请送检。"))


def _history(plot: Plot, judged: Judged, on: date, code: str) -> None:
    """P6, P7 and whether the pest was ever looked for."""
    content = judged.content
    before = [item for item in queries.applied([plot])[plot.id] if item.code != code]
    same = [item for item in before if item.reg_no == content["reg_no"] and item.day.year == on.year and item.day <= on]
    scopes = rules.covering(pesticides.scopes_of(content["reg_no"]), pesticides.names_of(plot.taxon), content["pest"])
    judged.add(rules.too_often(len(same) + 1, scopes))
    for active in content.get("actives", []):
        days = [item.day for item in before if active in item.actives and item.day <= on]
        if days:
            judged.add(rules.too_soon(active, max(days), on, scopes))
    scouted = {
        row.content["pest"] for row in queries.records_of(plot, on.year)
        if row.activity.kind == ActivityKind.SCOUT and row.state == "valid"
    }  # fmt: skip
    if content["pest"] not in scouted:
        judged.say("pest", N_("本季还没有“%(pest)s”的监测记录，请补记发生情况。"), pest=content["pest"])


def _area(plot: Plot, judged: Judged) -> None:
    if judged.content["area_m2"] > plot.area_m2 * 105 // 100:
        text = N_("填写的面积 %(mu)s 亩大于地块面积 %(plot)s 亩，请核对。")
        judged.say("area", text, mu=format_mu(judged.content["area_m2"]), plot=format_mu(plot.area_m2))


def _fertilise(plot: Plot, judged: Judged) -> None:
    content, most = judged.content, queries.setting("field.fertiliser_kg_per_mu")
    per_mu = content["grams"] * 10_000 // (plot.area_m2 * 15 * 1000)
    if per_mu > most:
        text = N_("合每亩 %(kg)s 公斤，超过参考值 %(most)s 公斤，请检查单位。")
        judged.say("quantity", text, kg=format_int(per_mu), most=format_int(most))
    words = [content["product"]]
    allowed = any(
        pesticides.organic_allowed(plot.management, kind="fertiliser", names=[name])
        for name in (*words, _fertiliser_word(content["fertiliser"]))
    )
    judged.add(rules.not_organic(plot.management, allowed))


FERTILISER_WORDS = {"manure": "农家肥", "organic": "商品有机肥", "microbial": "微生物肥"}
"""Kinds of fertiliser the list of organic inputs may name as such."""


def _fertiliser_word(key: str) -> str:
    return FERTILISER_WORDS.get(key, "")


def _planting(actor: Actor, plot: Plot, judged: Judged, on: date) -> None:
    """The seedlings' papers hang on their dispatch; density and land class as the land register knows them."""
    content = judged.content
    if content.get("dispatch"):
        _dispatch(actor, plot, judged, on)
    elif not content.get("source"):
        judged.add(_missing("source", N_("请选择苗木出圃单；没有出圃单的，写明苗木来源。")))
    else:
        judged.say("dispatch", N_("没有关联苗木出圃单，请留存苗木的许可证、检疫证和标签备查。"))
    for caution in land_warnings(plot.land_class, plot.survey_class):
        judged.findings.append(Finding("", Severity.WARN, "plot", caution.message))
    _density(plot, judged)
    _area(plot, judged)


def _dispatch(actor: Actor, plot: Plot, judged: Judged, on: date) -> None:
    content = judged.content
    try:
        sent = nursery.get_dispatch(actor, content["dispatch"])
    except NotFound:
        judged.add(_missing("dispatch", N_("没有找到这张苗木出圃单，或不在您的管理范围内。")))
        return
    if sent.undone:
        judged.add(_missing("dispatch", N_("这张苗木出圃单已撤销。")))
    if sent.lot.product.taxon_id != plot.taxon_id:
        text = N_("该苗木为%(seedling)s，与地块登记树种（%(plot)s）不符。")
        names = {"seedling": sent.lot.product.taxon.name_zh, "plot": pesticides.names_of(plot.taxon)[-1]}
        judged.add(_missing("dispatch", text, **names))
    if content["count"] > sent.quantity:
        judged.add(_missing("count", N_("这张出圃单只有 %(n)s 株。"), n=format_int(sent.quantity)))
    if on < sent.on_day:
        judged.add(_missing("on", N_("定植日期早于出圃日期 %(day)s。"), day=sent.on_day))
    here = [planting for planting in nursery.plantings_of(sent) if planting.stand.plot_id == plot.id]
    if not here:
        judged.say("dispatch", N_("这批苗木还没有在出圃单上登记定植到本地块，请补登记，成活率查验才会排期。"))


def _density(plot: Plot, judged: Judged) -> None:
    span = register.reference_range(plot.taxon, "density")
    if span is None:
        return
    content = judged.content
    density = content["count"] * 10_000 / (content["area_m2"] * 15)
    values = {"density": f"{density:.0f}", "low": span.low, "high": span.high, "most": span.hard_max}
    if span.hard_max and density > span.hard_max:
        judged.add(_missing("count", N_("每亩 %(density)s 株，超过上限 %(most)s 株，请核对株数和地块。"), **values))
    elif not span.low <= density <= span.high and not content.get("density_reason"):
        text = N_("每亩 %(density)s 株，不在常见的 %(low)s—%(high)s 株之间，请填写原因。")
        judged.add(_missing("density_reason", text, **values))


def _stop_use(plot: Plot, judged: Judged, on: date) -> None:
    product = judged.content["product"]
    used = {item.product: item.last_use for item in queries.stops_of(plot, on.year)}
    if product not in used:
        judged.say("product", N_("本季没有“%(product)s”的使用记录，请核对名称。"), product=product)
    elif used[product] > on:
        text = N_("停用日期早于最近一次使用日期 %(day)s。")
        judged.add(_missing("on", text, day=used[product]))
