"""Rules P1–P9. Pure: what the county loaded and what was used come in as arguments. Source: domain brief §2.4, texts to the letter.

P1 and P2 and a dose beyond three times the label stop an entry, for they are slips of the pen. P3 and P9 never stop it: what was sprayed was
sprayed, the record is kept as a fact and an incident is opened. P8 judges the harvest, not the spraying.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from trace.core.errors import Invalid
from trace.core.money import round_half_up
from trace.core.text import N_, Message
from trace.core.units import normalise_digits
from trace.pesticides.words import BANS_HERE, DOSE_UNITS, HIGHLY_TOXIC, ORGANIC_MODES, Basis, Severity

REG_NO = re.compile(r"(?:PD|WP|LS)\d{8}|(?:PD|WP|LS)\d{2,6}-\d{1,4}")
CLASSES = {"1": "PD", "2": "WP", "3": "LS"}
ABSURD_DOSE = 3
"""A dose beyond so many times the label is taken for a wrong unit and refused (P5)."""

_CODE = re.compile(r"(?<![0-9])[0-9]{32}(?![0-9])")
BAD_CODE = N_("标签二维码应含 32 位数字，请对准瓶身二维码重新扫描，或手工填写登记证号。")


@dataclass(frozen=True)
class Finding:
    """One thing a rule has to say. ``stops``: the entry is refused; ``incident``: kept as a fact and reported."""

    rule: str
    severity: Severity
    field: str
    message: Message
    stops: bool = False
    incident: str = ""


@dataclass(frozen=True)
class LabelCode:
    """The 32-digit unit code on a bottle (announcement 2579): class, last six digits of the registration, kind of production."""

    digits: str

    @property
    def prefix(self) -> str:
        """PD, WP or LS; empty for a class nobody has announced."""
        return CLASSES.get(self.digits[0], "")

    @property
    def tail(self) -> str:
        """The last six digits of the registration number."""
        return self.digits[1:7]


@dataclass(frozen=True)
class Scope:
    """What a label allows on one site against one pest. Doses in thousandths of ``unit``; None: the label does not say."""

    site: str
    site_kind: str = "crop"
    pest: str = ""
    dose_low: int | None = None
    dose_high: int | None = None
    unit: str = "克/亩"
    method: str = ""
    phi_days: int | None = None
    max_times: int | None = None
    interval_days: int | None = None


@dataclass(frozen=True)
class Ban:
    """An active that may not be used, from a day on."""

    active: str
    scope: str
    since: date


@dataclass(frozen=True)
class Use:
    """One spraying as P8 sees it: the day, the interval (None: nobody knows it), and what it was."""

    day: date
    phi_days: int | None
    product: str = ""
    record: str = ""


@dataclass(frozen=True)
class Verdict:
    """P8 for one harvest: ``held`` before the interval ends, ``unknown`` where an interval is not known, else ``clear``."""

    outcome: str
    use: Use | None = None
    earliest: date | None = None
    days: int | None = None

    @property
    def message(self) -> Message | None:
        """What people are told; nothing when all is well."""
        if self.outcome == "held" and self.use is not None and self.earliest is not None:
            return Message(HELD, {
                "month": self.use.day.month, "day": self.use.day.day, "phi": self.use.phi_days, "days": self.days,
                "to_month": self.earliest.month, "to_day": self.earliest.day,
            })  # fmt: skip
        if self.outcome == "unknown" and self.use is not None:
            return Message(
                UNKNOWN_PHI, {"month": self.use.day.month, "day": self.use.day.day, "product": self.use.product}
            )
        return None


HELD = N_(
    "距最近一次施药（%(month)s月%(day)s日，安全间隔期%(phi)s天）仅%(days)s天，本批已锁定，最早可于%(to_month)s月%(to_day)s日采收。"
)
UNKNOWN_PHI = N_(
    "%(month)s月%(day)s日施用的“%(product)s”没有本作物的安全间隔期，采收前请送检，不能只凭质量控制开具合格证。"
)


def clean_reg_no(text: str) -> str:
    """A registration number as printed: plain digits and capitals, no blanks."""
    return re.sub(r"\s", "", normalise_digits(text)).upper()


def clean_active(text: str) -> str:
    """An active without its content, so that “10%吡虫啉” and “吡虫啉” are one."""
    return re.sub(r"[\d.．]+\s*[%％]|[\s　]", "", normalise_digits(text))


def split_actives(text: str) -> list[str]:
    """Actives typed in one cell, divided by 、 ， ； + or blanks."""
    return [name for part in re.split(r"[、,，;；+＋\s]+", text) if (name := clean_active(part))]


def parse_label_code(text: str) -> LabelCode:
    """The one run of 32 digits in what a scanner read (bare, or inside an address or a text)."""
    found = set(_CODE.findall(normalise_digits(text)))
    if len(found) != 1:
        raise Invalid(BAD_CODE, field="label_code", code="LABEL_CODE")
    return LabelCode(found.pop())


def malformed(reg_no: str) -> Finding | None:
    """P1, first half: the form of the number."""
    if REG_NO.fullmatch(reg_no):
        return None
    text = N_("农药登记证号‘%(no)s’格式不正确，应为 PD 加 8 位数字（老证为 PD88-…）。")
    return Finding("P1", Severity.ERROR, "reg_no", Message(text, {"no": reg_no}), stops=True)


def registration(reg_no: str, known: bool, valid_to: date | None, on: date) -> Finding | None:
    """P1, second half: in the table, and in force on the day of use. The table may be old, so both only warn."""
    if not known:
        text = N_("登记证号 %(no)s 不在已导入的农药登记表里，请核对瓶身；表格可能不是最新。")
        return Finding("P1", Severity.WARN, "reg_no", Message(text, {"no": reg_no}))
    if valid_to is not None and valid_to < on:
        text = N_("登记证 %(no)s 已于 %(day)s 到期，请核对产品的生产日期。")
        return Finding("P1", Severity.WARN, "reg_no", Message(text, {"no": reg_no, "day": valid_to}))
    return None


def label_mismatch(code: LabelCode, reg_no: str) -> Finding | None:
    """P2: the bottle says another registration than was typed (old numbers with a dash are padded to six digits)."""
    digits = re.sub(r"\D", "", reg_no)
    if code.tail == digits[-6:].rjust(6, "0") and code.prefix in ("", reg_no[:2]):
        return None
    text = N_("标签二维码对应登记证后六位 %(tail)s，与填写的 %(no)s 不一致。")
    return Finding("P2", Severity.ERROR, "label_code", Message(text, {"tail": code.tail, "no": reg_no}), stops=True)


def banned(actives: Iterable[str], toxicity: str, bans: Iterable[Ban], on: date) -> Finding | None:
    """P3: a banned active, or a highly toxic product. Kept as a fact, and reported."""
    forbidden = {ban.active for ban in bans if ban.scope in BANS_HERE and ban.since <= on}
    found = [name for name in actives if name in forbidden]
    if found:
        text = N_("该产品含禁用成分%(actives)s，禁止使用。记录已保存并上报县林业局、农业农村局。")
        return Finding("P3", Severity.ERROR, "actives", Message(text, {"actives": "、".join(found)}), incident="banned")
    if toxicity in HIGHLY_TOXIC:
        text = N_("该产品为高毒农药，不得用于瓜果、茶叶和中药材。记录已保存并上报县林业局、农业农村局。")
        return Finding("P3", Severity.ERROR, "reg_no", Message(text), incident="toxic")
    return None


def covering(scopes: Iterable[Scope], names: Iterable[str], pest: str = "") -> list[Scope]:
    """The scopes of a label that reach this tree by one of its names, or as a forest site; those against this pest first."""
    own = set(names)
    found = [scope for scope in scopes if scope.site_kind == "forest_site" or scope.site in own]
    return sorted(found, key=lambda scope: (scope.site_kind != "crop", scope.pest != pest))


def basis_of(found: Sequence[Scope]) -> Basis | None:
    """The ground the label itself gives."""
    if not found:
        return None
    return Basis.LABEL_CROP if any(scope.site_kind == "crop" for scope in found) else Basis.LABEL_SITE_FOREST


def out_of_scope(found: Sequence[Scope], basis: str, doc: str, reason: str) -> Finding | None:
    """P4: the label does not know this tree. A ground has to be chosen: a provincial document with its number, or none with a reason."""
    if found:
        return None
    text = N_("该产品标签未登记用于本作物（超范围）。请选择依据或改用其他措施。")
    explained = (basis == Basis.PROVINCIAL_TEMPORARY and doc.strip()) or (basis == Basis.NONE and reason.strip())
    missing = "basis"
    if basis == Basis.PROVINCIAL_TEMPORARY:
        missing = "basis_doc"
    elif basis == Basis.NONE:
        missing = "basis_reason"
    return Finding("P4", Severity.WARN, missing, Message(text), stops=not explained)


def dose_out(dose: int, unit: str, scopes: Sequence[Scope]) -> Finding | None:
    """P5 against the label's own range (doses in thousandths); 倍 is turned round: the fewer times, the stronger."""
    known = [scope for scope in scopes if scope.dose_low is not None or scope.dose_high is not None]
    if not known:
        return None
    family, factor = DOSE_UNITS[unit]
    same = [scope for scope in known if DOSE_UNITS[scope.unit][0] == family]
    if not same:
        text = N_("标签用量的单位是%(label)s，填写的是%(unit)s，无法核对，请检查单位。")
        return Finding("P5", Severity.WARN, "dose_unit", Message(text, {"label": known[0].unit, "unit": unit}))
    scope = same[0]
    if family == "fold":
        return _dilution(dose, scope)
    label = DOSE_UNITS[scope.unit][1]
    if scope.dose_high is not None and dose * factor > scope.dose_high * label:
        times = Fraction(dose * factor, scope.dose_high * label)
        text = N_("用量 %(dose)s %(unit)s是标签上限 %(high)s %(label)s的 %(times)s 倍，请检查单位。")
        values = {
            "dose": plain(dose), "unit": unit, "high": plain(scope.dose_high), "label": scope.unit, "times": _times(times),
        }  # fmt: skip
        return _too_much(times, Message(text, values))
    if scope.dose_low is not None and dose * factor < scope.dose_low * label:
        text = N_("用量 %(dose)s %(unit)s低于标签下限 %(low)s %(label)s，可能达不到防治效果。")
        values = {"dose": plain(dose), "unit": unit, "low": plain(scope.dose_low), "label": scope.unit}
        return Finding("P5", Severity.WARN, "dose", Message(text, values))
    return None


def _dilution(dose: int, scope: Scope) -> Finding | None:
    if scope.dose_low is not None and dose < scope.dose_low:
        times = Fraction(scope.dose_low, dose)
        text = N_("稀释 %(dose)s 倍，浓度是标签上限（%(low)s 倍液）的 %(times)s 倍，请检查单位。")
        return _too_much(
            times, Message(text, {"dose": plain(dose), "low": plain(scope.dose_low), "times": _times(times)})
        )
    if scope.dose_high is not None and dose > scope.dose_high:
        text = N_("稀释 %(dose)s 倍，比标签下限（%(high)s 倍液）更稀，可能达不到防治效果。")
        return Finding(
            "P5", Severity.WARN, "dose", Message(text, {"dose": plain(dose), "high": plain(scope.dose_high)})
        )
    return None


def _too_much(times: Fraction, message: Message) -> Finding:
    absurd = times > ABSURD_DOSE
    return Finding("P5", Severity.ERROR if absurd else Severity.WARN, "dose", message, stops=absurd)


def too_often(nth: int, scopes: Sequence[Scope]) -> Finding | None:
    """P6: this is the ``nth`` use of the product on the plot in a calendar year."""
    limits = [scope.max_times for scope in scopes if scope.max_times is not None]
    if not limits or nth <= min(limits):
        return None
    text = N_("本季第 %(nth)s 次使用该产品，标签规定每季最多 %(most)s 次。")
    return Finding("P6", Severity.WARN, "on", Message(text, {"nth": nth, "most": min(limits)}))


def too_soon(active: str, last: date, on: date, scopes: Sequence[Scope]) -> Finding | None:
    """P7: days since the last use of the same active on the plot."""
    wanted = [scope.interval_days for scope in scopes if scope.interval_days is not None]
    days = (on - last).days
    if not wanted or days >= max(wanted):
        return None
    text = N_("距上次使用同一有效成分%(active)s（%(month)s月%(day)s日）仅 %(days)s 天，标签规定间隔 %(wanted)s 天。")
    values = {"active": active, "month": last.month, "day": last.day, "days": days, "wanted": max(wanted)}
    return Finding("P7", Severity.WARN, "on", Message(text, values))


def judge_harvest(uses: Iterable[Use], harvested_on: date) -> Verdict:
    """P8: harvest day − day of use ≥ interval for every use up to that day (the day of spraying is day 0; exactly met is allowed).

    Of several the one that lasts longest speaks. An interval nobody knows never counts as kept (uses of the harvest's own year are asked).
    """
    before = [use for use in uses if use.day <= harvested_on]
    broken = [use for use in before if use.phi_days is not None and (harvested_on - use.day).days < use.phi_days]
    if broken:
        worst = max(broken, key=lambda use: (ends(use), use.day))
        return Verdict("held", worst, ends(worst), (harvested_on - worst.day).days)
    unknown = [use for use in before if use.phi_days is None and use.day.year == harvested_on.year]
    if unknown:
        last = max(unknown, key=lambda use: use.day)
        return Verdict("unknown", last, None, (harvested_on - last.day).days)
    return Verdict("clear")


def ends(use: Use) -> date:
    """The first day on which picking is allowed after a use with a known interval."""
    return date.fromordinal(use.day.toordinal() + (use.phi_days or 0))


def not_organic(management: str, allowed: bool) -> Finding | None:
    """P9: an organic or converting plot took something that is not on the organic list. Kept as a fact, marked for the certification."""
    if management not in ORGANIC_MODES or allowed:
        return None
    text = N_("该地块为有机或有机转换地块，所用产品不在有机生产允许清单内。记录已保存，并标记有机认证待核查。")
    return Finding("P9", Severity.ERROR, "reg_no", Message(text), incident="organic")


def plain(milli: int) -> str:
    """Thousandths as people write a number: 60000 → 60, 1500 → 1.5."""
    text = f"{Decimal(milli) / 1000:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _times(times: Fraction) -> str:
    shown = round_half_up(times, 1)
    return f"{shown:f}".removesuffix(".0")


def interval(scopes: Sequence[Scope], pest: str = "") -> int | None:
    """The safety interval of a label for this tree: that of the pest if the label names it, else the longest it knows."""
    known = [scope for scope in scopes if scope.phi_days is not None]
    own = [scope.phi_days for scope in known if scope.pest == pest]
    return max((days for days in own or [scope.phi_days for scope in known] if days is not None), default=None)
