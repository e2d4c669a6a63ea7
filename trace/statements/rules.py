"""Lines of a statement, when it is due, what is asked about, outliers, the sample. Pure. Sources: domain brief §6.3, §6.4, §7.6 T3."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from trace.core.errors import FieldError
from trace.core.text import N_, Labelled, Message
from trace.core.units import format_int, format_kg, format_mu, format_pct, format_wan_yuan
from trace.targets.rules import UNIT_QUESTION, quarter_end, unit_slip


class State(Labelled):
    """Where a statement stands."""

    DRAFT = "draft", N_("填报中")
    SIGNED = "signed", N_("已签发待核")
    RETURNED = "returned", N_("已退回")
    LOCKED = "locked", N_("已锁期")


OPEN = (State.DRAFT, State.RETURNED)
CIRCULAR_DAYS = 5
"""Days over due after which a township stands on the list for the circular."""
REMIND_DAYS = 3
DUE_KEY = "statements.due"
DUE_DEFAULT = (10, 20)
"""Day of the month after the quarter, and of the January after the year [assumed]."""
JUMP = 10
"""A figure so many times the register's is asked about as well (scenario T3)."""


@dataclass(frozen=True)
class Line:
    """One line of the template; ``register`` says whether the platform knows the figure itself."""

    key: str
    name: str
    unit: str
    register: bool = True
    yearly: bool = False
    hint: str = ""
    word: str = ""

    @property
    def unit_word(self) -> str:
        """亩, 公斤, 万元, ％, or what is counted: 家, 户, 人次."""
        return self.word or UNITS[self.unit]


LINES = {
    line.key: line
    for line in (
        Line("planted_m2", N_("本期新栽面积"), "m2"),
        Line("replanted_m2", N_("本期补植面积"), "m2"),
        Line("survival_bp", N_("本期查验成活率"), "bp"),
        Line("bearing_m2", N_("期末挂果面积"), "m2"),
        Line("stock_m2", N_("期末核实面积"), "m2"),
        Line("registered_m2", N_("期末登记面积"), "m2"),
        Line("fruit_g", N_("本期鲜果采收量"), "g"),
        Line("leaf_g", N_("本期鲜叶采收量"), "g"),
        Line("flower_g", N_("本期花采收量"), "g"),
        Line("sold_g", N_("本期交售量"), "g"),
        Line("sold_fen", N_("本期交售额"), "fen"),
        Line("processed_g", N_("本期加工投入量"), "g"),
        Line("firms", N_("期末企业数"), "count", word=N_("家")),
        Line("coops", N_("期末合作社数"), "count", word=N_("家")),
        Line("households", N_("期末种植户数"), "count", word=N_("户")),
        Line("subsidy_fen", N_("累计已付补助资金"), "fen"),
        Line("jobs", N_("本期带动务工"), "count", register=False, word=N_("人次")),
        Line("wages_fen", N_("本期发放工资"), "fen", register=False),
        Line("loans_fen", N_("期末产业贷款余额"), "fen", register=False),
        Line("primary_fen", N_("一产产值"), "fen", yearly=True),
        Line("secondary_fen", N_("二产产值"), "fen", yearly=True),
        Line("secondary_off_fen", N_("二产中购入的本地土枇杷"), "fen", yearly=True),
        Line(
            "tertiary_fen", N_("三产产值"), "fen", yearly=True, hint=N_("只计商贸毛利、服务和旅游收入，不计转手销售额")
        ),
    )
}
STAGE_LINES = {
    "primary": ("primary_fen", ""),
    "secondary": ("secondary_fen", "secondary_off_fen"),
    "tertiary": ("tertiary_fen", ""),
}
UNITS = {"m2": N_("亩"), "g": N_("公斤"), "fen": N_("万元"), "count": N_("个"), "bp": "％"}


def lines_of(period: str) -> list[Line]:
    """The template of a quarter or of a year."""
    return [line for line in LINES.values() if not line.yearly or "Q" not in period]


def due_on(period: str, days: Sequence[int] = DUE_DEFAULT) -> date:
    """The last day for a period's statement."""
    following = quarter_end(period) + timedelta(days=1)
    return following.replace(day=days[0] if "Q" in period else days[1])


def tone(due: date, signed: date | None, today: date) -> str:
    """``done``, ``late`` (was, or is), ``circular`` (five days over and still missing), ``soon`` or ``open``."""
    if signed is not None:
        return "late" if signed > due else "done"
    if today > due + timedelta(days=CIRCULAR_DAYS - 1):
        return "circular"
    if today > due:
        return "late"
    return "soon" if today >= due - timedelta(days=REMIND_DAYS) else "open"


TONES = {
    "done": N_("按期报送"), "late": N_("逾期"), "circular": N_("列入通报"), "soon": N_("临近截止"), "open": N_("未到期"),
}  # fmt: skip


def show(value: int | None, unit: str) -> str:
    """A figure in its unit, without the unit's word."""
    if value is None:
        return "—"
    if unit == "m2":
        return format_mu(value)
    if unit == "g":
        return format_kg(value)
    if unit == "fen":
        return format_wan_yuan(value)
    return format_pct(Fraction(value, 10_000)) if unit == "bp" else format_int(value)


@dataclass(frozen=True)
class Typed:
    """What was typed for one line."""

    reported: int | None
    reason: str = ""
    confirmed: bool = False


def mistakes(line: Line, typed: Typed, register: int | None, last: int | None) -> list[FieldError]:
    """Everything wrong with one line: a change without its reason, a figure that may be in the wrong unit."""
    found: list[FieldError] = []
    if typed.reported is None:
        return found
    if line.register and typed.reported != register and not typed.reason.strip():
        words = Message("“%(name)s”与登记数不同，请填写原因。", {"name": line.name})
        found.append(FieldError(f"{line.key}_reason", "REASON_MISSING", words))
    if (question := unit_question(line, typed.reported, register, last)) and not typed.confirmed:
        found.append(FieldError(line.key, "UNIT_SLIP", question))
    return found


def unit_question(line: Line, now: int, register: int | None, last: int | None) -> Message | None:
    """Is the figure so far from the last period's, or ten times the register's, that its unit must be asked about?"""
    if line.unit not in ("fen", "m2", "g"):
        return None
    scale = {"fen": 1_000_000, "m2": 1, "g": 1000}[line.unit]
    if unit_slip(now, last) and last:
        if line.unit == "fen":
            return Message(UNIT_QUESTION, _times(now, last, scale))
        values = {"now": show(now, line.unit), "last": show(last, line.unit), "times": format_int(now // last)}
        text = N_("本期 %(now)s 为上期 %(last)s 的 %(times)s 倍，请确认单位是否正确。")
        return Message(text, values)
    if line.register and register and now >= JUMP * register:
        if line.unit == "fen":
            text = N_("填报 %(now)s 万元为登记数 %(last)s 万元的 %(times)s 倍，请确认单位是否为“万元”。")
            return Message(text, _times(now, register, scale))
        values = {"now": show(now, line.unit), "last": show(register, line.unit), "times": format_int(now // register)}
        return Message(N_("填报 %(now)s 为登记数 %(last)s 的 %(times)s 倍，请确认单位是否正确。"), values)
    return None


def _times(now: int, last: int, scale: int) -> dict[str, str]:
    return {
        "now": format_int(now // scale),
        "last": format_int(last // scale) if last >= scale else show(last, "fen"),
        "times": format_int(now // last),
    }


OUTLIER_Z = 2
FEWEST = 5
"""Fewer townships than these say nothing about what is usual."""


def outliers(figures: Mapping[str, int]) -> dict[str, Fraction]:
    """Township → how many hundredths of a standard deviation it lies off the mean, for those beyond two (z-score, exact in the square).

    The sign is kept; a line where all are equal has none.
    """
    if len(figures) < FEWEST:
        return {}
    mean = Fraction(sum(figures.values()), len(figures))
    variance = sum(((value - mean) ** 2 for value in figures.values()), Fraction(0)) / len(figures)
    if not variance:
        return {}
    found = {}
    for code, value in figures.items():
        square = (value - mean) ** 2 / variance
        if square >= OUTLIER_Z**2:
            found[code] = Fraction(round(float(square) ** 0.5 * 100), 100) * (1 if value > mean else -1)
    return found


SHARE, LEAST = 20, 10
"""One plot in twenty, ten at least [assumed]."""


def sample(seed: str, plots: Sequence[str]) -> list[str]:
    """The plots to look at: as many as the rule wants, in an order nobody chooses and everybody can repeat from the seed."""
    wanted = min(len(plots), max(-(-len(plots) // SHARE), LEAST))
    ranked = sorted(plots, key=lambda code: hashlib.sha256(f"{seed}|{code}".encode()).hexdigest())
    return sorted(ranked[:wanted])
