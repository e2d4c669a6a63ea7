"""What a 承诺达标合格证 must say and when it may not be issued (Order 4/2025; domain brief §2.3). Pure: everything wrong is told at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trace.core.errors import FieldError, Invalid
from trace.core.identifiers import check_phone, check_uscc
from trace.core.text import N_, Message
from trace.pesticides.rules import clean_active

BASES = {"control": N_("质量安全控制"), "own_test": N_("自行检测"), "entrusted_test": N_("委托检测")}
TESTED = ("own_test", "entrusted_test")
STATES = ("valid", "cancelled")
COLLECTED_KINDS = {"certificate": N_("承诺达标合格证"), "paper": N_("纸质合格证"), "household": N_("农户自产，未开具")}
PROMISE = N_("不使用禁用农药、兽药及其他化合物；常规农药、兽药残留不超标。对承诺的真实性负责。")
"""The two fixed statements (art. 14)."""
NOT_COLLECTED = N_("未收取承诺达标合格证，依法不得收购。")
OFFLINE_EMPTY = N_("离线编号已用完，请联网领取。")
NUMBER_TAKEN = N_("合格证编号重复，请联网同步后重试。")
MIXED = N_("合格证按生产批次开具，一证只能对应一个批次。")
MIXED_WITHOUT = N_("批次 %(lot)s 混合了 %(n)s 个生产主体的产品，请先重新开具承诺达标合格证并列明来源。")
FRESH_FORMS = ("fresh", "graded", "cull")
"""Fruit and leaf as they came off the tree: what the law wants a certificate for. Processed food is under the food law."""
FRESH_PARTS = ("fruit", "leaf")
KEEP_MONTHS = 24
"""The order says six months at least; older local rules two years: the longer one is kept."""
ONLINE_MOST = 4999
"""Numbers of a day given out online; those above belong to blocks for devices."""
MOST = 9999
BLOCK = 50
WINDOW_DAYS = 365
"""Production records and sprayings of so many days before the harvest count for it."""
_NUMBER = re.compile(r"HNC([0-9A-Z]{4,12})(\d{8})(\d{4})")
_BARE_NAME = re.compile(r"(?<!土)枇杷")


@dataclass(frozen=True)
class Facts:
    """Everything an issue is judged by; ``interval``: the newest P8 words of a harvest, ``unknown_interval``: no product table knew the days."""

    lot: str
    unit: str
    is_fresh: bool
    taxon: str
    product_name: str
    known_names: frozenset[str]
    quantity: int
    remaining: int
    village: bool
    is_person: bool
    uscc: str
    contact: str
    bases: tuple[str, ...]
    report: str
    report_usable: str
    issued_on: date
    today: date
    harvested_on: date | None
    producers: int
    issuer_buys: bool
    held: str = ""
    interval: str = ""
    unknown_interval: bool = False
    banned: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    bare_plots: tuple[str, ...] = ()


@dataclass
class _List:
    found: list[FieldError] = field(default_factory=list)

    def say(self, name: str, code: str, template: str, **values: object) -> None:
        self.found.append(FieldError(name, code, Message(template, values)))

    def take(self, error: Invalid) -> None:
        self.found += error.errors


def mistakes(facts: Facts) -> list[FieldError]:
    """Every reason why this certificate may not be issued, in the order of the form."""
    errors = _List()
    _about_lot(facts, errors)
    _about_product(facts, errors)
    _about_issuer(facts, errors)
    _about_basis(facts, errors)
    _about_safety(facts, errors)
    return errors.found


def _about_lot(facts: Facts, errors: _List) -> None:
    if not facts.is_fresh:
        errors.say("lot", "NOT_FRESH", N_("只有鲜果、鲜叶批次开具合格证，加工品按食品管理。"))
    if facts.producers > 1 and not facts.issuer_buys:
        errors.say("lot", "ONE_BATCH", MIXED)
    if facts.held:
        errors.say(
            "lot",
            "LOT_HELD",
            N_("批次 %(lot)s 已锁定或召回（%(reason)s），不能开具。"),
            lot=facts.lot,
            reason=facts.held,
        )


def _about_product(facts: Facts, errors: _List) -> None:
    if facts.taxon == "ehretia_dicksonii" and _BARE_NAME.search(facts.product_name):
        errors.say("product_name", "NAME_TAXON", N_("产品名称与树种不符：本批为粗糠树（土枇杷），不能写‘枇杷’。"))
    elif facts.product_name not in facts.known_names:
        errors.say("product_name", "NAME_UNKNOWN", N_("产品名称请从产品目录中选择。"))
    if facts.quantity > facts.remaining:
        errors.say(
            "quantity", "MORE_THAN_LEFT", N_("数量 %(want)s超过本批剩余 %(have)s。"),
            want=plain_quantity(facts.quantity, facts.unit), have=plain_quantity(facts.remaining, facts.unit),
        )  # fmt: skip
    if not facts.village:
        errors.say("village", "VILLAGE_MISSING", N_("请选择到村。"))


def _about_issuer(facts: Facts, errors: _List) -> None:
    if not facts.is_person:
        try:
            check_uscc(facts.uscc, "issuer")
        except Invalid as error:
            if facts.uscc:
                errors.take(error)
            else:
                errors.say("issuer", "USCC_MISSING", N_("请先在主体资料里登记统一社会信用代码，再开具合格证。"))
    try:
        check_phone(facts.contact, "contact")
    except Invalid:
        errors.say("contact", "CONTACT_FORMAT", N_("联系电话格式不正确。"))
    if facts.issued_on > facts.today:
        errors.say("issued_on", "DATE_AHEAD", N_("开具日期不能晚于今天。"))
    if facts.harvested_on and facts.issued_on < facts.harvested_on:
        errors.say(
            "issued_on",
            "DATE_BEFORE_HARVEST",
            N_("开具日期不能早于采收日期 %(day)s。"),
            day=facts.harvested_on.isoformat(),
        )


def _about_basis(facts: Facts, errors: _List) -> None:
    if not facts.bases or any(basis not in BASES for basis in facts.bases):
        errors.say("basis", "BASIS_MISSING", N_("请至少选择一项承诺依据。"))
    for basis in TESTED:
        if basis in facts.bases and not facts.report:
            errors.say("report", "REPORT_MISSING", REPORT_MISSING[basis])
    if facts.report and facts.report_usable:
        errors.say("report", "REPORT_UNUSABLE", facts.report_usable)
    if facts.uncovered and facts.report and set(TESTED) & set(facts.bases):
        errors.say(
            "report", "NOT_COVERED", N_("检测项目没有覆盖实际使用的农药：%(actives)s。用什么药，检什么药。"),
            actives="、".join(facts.uncovered),
        )  # fmt: skip


REPORT_MISSING = {
    "own_test": N_("选择了‘自行检测’，请关联检测报告。"),
    "entrusted_test": N_("选择了‘委托检测’，请关联检测报告。"),
}


def _about_safety(facts: Facts, errors: _List) -> None:
    if facts.interval:
        errors.say("lot", "INTERVAL", N_("未满安全间隔期，不能开具：%(reason)s"), reason=facts.interval)
    elif facts.unknown_interval and not set(TESTED) & set(facts.bases):
        errors.say("basis", "INTERVAL_UNKNOWN", N_("所用农药的安全间隔期不明，承诺依据必须选检测并关联检测报告。"))
    if facts.banned:
        errors.say(
            "lot", "BANNED", N_("本批次检出或使用过禁用成分：%(actives)s，不能开具。"), actives="、".join(facts.banned)
        )
    if facts.bare_plots:
        errors.say("lot", "NO_RECORDS", N_("本批次没有生产记录，依法不能开具。"))


def uncovered(used: set[str], tested: set[str]) -> tuple[str, ...]:
    """Actives really used that the report did not look for (“用什么药、检什么药”)."""
    looked_for = {clean_active(name) for name in tested}
    return tuple(sorted({clean_active(name) for name in used} - looked_for))


def is_fresh(part: str, form: str) -> bool:
    """Does the law want a certificate for this product?"""
    return part in FRESH_PARTS and form in FRESH_FORMS


def number_prefix(uscc: str, party_code: str) -> str:
    """``HNC`` and the last eight places of the credit code; the party's code where a household has none."""
    return "HNC" + (uscc[-8:] if uscc else party_code)


def number(prefix: str, day: date, sequence: int) -> str:
    """A whole number."""
    return f"{prefix}{day:%Y%m%d}{sequence:04d}"


def read_number(text: str) -> tuple[str, date, int] | None:
    """Prefix, day and sequence of a number; None when it is none."""
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None:
        return None
    try:
        day = date.fromisoformat(f"{found[2][:4]}-{found[2][4:6]}-{found[2][6:]}")
    except ValueError:
        return None
    return f"HNC{found[1]}", day, int(found[3])


def plain_quantity(quantity: int, unit: str) -> str:
    """“420.5 公斤”: no idle noughts."""
    if unit == "pcs":
        return f"{quantity} 件"
    text = f"{Decimal(quantity) / 1000:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {'升' if unit == 'ml' else '公斤'}"
