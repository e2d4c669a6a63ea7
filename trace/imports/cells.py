"""What people write into cells, read as values. Every reader takes a text and raises :class:`Invalid` with a reason a clerk can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from trace.core.errors import Invalid
from trace.core.units import normalise_digits, parse_area_mu
from trace.registry import queries as register
from trace.registry import regions

EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(20_000, 80_000)
"""Excel's day numbers from 1954 to 2119."""
_PARTS = re.compile(r"(\d{4})\s*[.\-/年]\s*(\d{1,2})\s*[.\-/月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")


def read_date(text: str) -> date:
    """2026.7.18, 2026年7月18日, 2026-7-18, 2026/7/18, 20260718 or Excel's day number."""
    typed = normalise_digits(text).strip()
    if typed.isdigit() and len(typed) == 5 and int(typed) in SERIALS:
        return EXCEL_EPOCH + timedelta(days=int(typed))
    found = _PARTS.fullmatch(typed) or _PLAIN.fullmatch(typed)
    if found is None:
        raise Invalid("日期“%(text)s”看不懂，请按 2026-07-18 的格式填写。", code="DATE_FORMAT", text=typed[:20])
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Invalid("日期 %(day)s 不存在。", code="DATE_MISSING", day=f"{year:04d}-{month:02d}-{day:02d}") from error


def read_count(text: str) -> int:
    """A whole number, with or without 株."""
    typed = normalise_digits(text).strip().removesuffix("株").strip()
    if not re.fullmatch(r"\d{1,7}(?:\.0+)?", typed):
        raise Invalid("“%(text)s”不是整数。", code="NOT_A_COUNT", text=typed[:20])
    return int(float(typed))


def read_area(text: str) -> int:
    """An area in 亩 unless the cell names 公顷 or 平方米, as m²."""
    return parse_area_mu(text)


def read_yes(text: str) -> bool:
    """是 or 否."""
    answers = {"是": True, "√": True, "y": True, "1": True, "否": False, "": False, "×": False, "n": False, "0": False}
    if text.strip().lower() not in answers:
        raise Invalid("请填“是”或“否”。", code="YES_NO")
    return answers[text.strip().lower()]


def read_boundary(text: str) -> Any:
    """GeoJSON as it is, or points “lon lat; lon lat; …” made into a ring that closes itself."""
    if text.lstrip().startswith("{"):
        return text
    typed = normalise_digits(text).replace("；", ";").replace("，", ",").strip().strip(";")
    points = []
    for part in typed.split(";"):
        numbers = re.split(r"[,\s]+", part.strip())
        try:
            points.append([float(numbers[0]), float(numbers[1])])
        except (ValueError, IndexError) as error:
            raise Invalid(
                "边界里的“%(text)s”不是“经度 纬度”。", code="BOUNDARY_POINT", text=part.strip()[:30]
            ) from error
    if points and points[0] != points[-1]:
        points.append(points[0])
    return {"type": "Polygon", "coordinates": [points]}


def choice(options: Mapping[str, str], text: str) -> str:
    """The key of a word from a list; the key itself is accepted too."""
    typed = text.strip()
    for key, word in options.items():
        if typed in (word, key):
            return key
    raise Invalid(
        "“%(text)s”不在可选范围内，可填：%(words)s。", code="CHOICE", text=typed[:20], words="、".join(options.values())
    )


class Places:
    """The county's villages by code and by name; names repeat, so a name alone may not be enough."""

    def __init__(self) -> None:
        """Read the register once for a whole file."""
        self._codes: set[str] = set()
        self._named: dict[str, list[tuple[str, str]]] = {}
        self._townships: set[str] = set()
        self._merges = regions.merges()
        for village in register.villages():
            self._codes.add(village.code)
            self._townships.add(village.township.name)
            for name in {village.name, _bare(village.name)}:
                self._named.setdefault(name, []).append((village.township.name, village.code))

    def village_code(self, village: str, township: str) -> str:
        """The 12-digit code of a village given by code or by name, with the township's name where it was given."""
        typed, town = normalise_digits(village).strip(), township.strip()
        if typed.isdigit():
            if typed not in self._codes:
                raise self._ended(typed) or Invalid(
                    "没有代码为 %(village)s 的村。", code="VILLAGE_UNKNOWN", village=typed[:12]
                )
            return typed
        name = typed.removesuffix("村民委员会").removesuffix("村委会").removesuffix("居民委员会").removesuffix("居委会")
        found = self._named.get(name, [])
        if town:
            return self._in_township(typed, town, found)
        if len(found) > 1:
            towns = "和".join(name for name, _ in found) if len(found) == 2 else "、".join(name for name, _ in found)
            raise Invalid(
                "%(village)s在%(towns)s都有，请填写乡镇。", code="VILLAGE_AMBIGUOUS", village=typed[:20], towns=towns
            )
        if not found:
            raise self._ended(name) or Invalid("没有叫“%(village)s”的村。", code="VILLAGE_UNKNOWN", village=typed[:20])
        return found[0][1]

    def _in_township(self, typed: str, town: str, found: list[tuple[str, str]]) -> str:
        names = {name for name in self._townships if name == town or _bare(name) == town}
        if not names:
            raise Invalid("没有叫“%(town)s”的乡镇（街道）。", code="TOWNSHIP_UNKNOWN", town=town[:20])
        codes = [code for name, code in found if name in names]
        if len(codes) != 1:
            raise self._ended(typed, names) or Invalid(
                "%(town)s没有叫“%(village)s”的村。", code="VILLAGE_UNKNOWN", town=town, village=typed[:20]
            )
        return codes[0]

    def _ended(self, typed: str, townships: set[str] | None = None) -> Invalid | None:
        """The words for a village that was merged, given by its old code or name."""
        for merge in self._merges:
            old = merge.village
            fits = townships is None or old.township.name in townships
            if fits and typed in (old.code, old.name, _bare(old.name)):
                return Invalid(regions.ENDED, code="VILLAGE_ENDED", **regions.ended_words(merge))
        return None


def _bare(name: str) -> str:
    """九龙村 → 九龙, 云集街道 → 云集."""
    return re.sub("(村|社区|镇|乡|街道)$", "", name)
