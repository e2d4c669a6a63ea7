"""What a file may contain, counted while it is read, and the check of every single coordinate."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from trace.core.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_FEATURES = 5_000
MAX_POINTS = 10_000
"""Of one feature."""
MAX_POINTS_OF_FILE = 200_000
MAX_RINGS = 200
"""Of one feature: sorting holes into outlines costs the square of it."""
MAX_PROPERTIES = 100
MAX_TEXT = 200

_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Ring = list[list[float]]


@dataclass(frozen=True)
class Feature:
    """An area with what the file says about it: texts by name, and a GeoJSON Polygon or MultiPolygon of plain [longitude, latitude]."""

    properties: dict[str, str]
    geometry: dict[str, Any]


@dataclass
class Budget:
    """Counts what a reader takes in and raises :class:`Invalid` as soon as it is too much; ``field`` is the form field to blame."""

    field: str = "file"
    features: int = 0
    points: int = 0
    points_of_feature: int = 0
    rings_of_feature: int = 0

    def begin_feature(self) -> None:
        """The next feature starts; what follows counts for it."""
        self.features += 1
        self.points_of_feature = self.rings_of_feature = 0
        if self.features > MAX_FEATURES:
            raise self.refusal("图形超过 %(most)s 个，请分成几份再上传。", "TOO_MANY_FEATURES", most=MAX_FEATURES)

    def take(self, points: int) -> None:
        """So many more points of the present feature, asked before they are unpacked."""
        self.points_of_feature += points
        self.points += points
        if self.points_of_feature > MAX_POINTS:
            raise self.refusal(
                "第 %(n)s 个图形的边界点超过 %(most)s 个，请先简化。",
                "TOO_MANY_POINTS",
                n=self.features,
                most=MAX_POINTS,
            )
        if self.points > MAX_POINTS_OF_FILE:
            raise self.too_many_points()

    def take_ring(self) -> None:
        """One more ring of the present feature."""
        self.rings_of_feature += 1
        if self.rings_of_feature > MAX_RINGS:
            raise self.refusal(
                "第 %(n)s 个图形的环超过 %(most)s 个，请拆开再上传。", "TOO_MANY_RINGS", n=self.features, most=MAX_RINGS
            )

    def point(self, longitude: Any, latitude: Any) -> list[float]:
        """A coordinate pair from texts or numbers, in degrees and on the globe."""
        values = [self._degrees(longitude, 180), self._degrees(latitude, 90)]
        return [value + 0.0 for value in values]

    def _degrees(self, value: Any, limit: int) -> float:
        if isinstance(value, str) and len(value) <= 40 and _NUMBER.fullmatch(value):
            value = float(value)
        if type(value) in (int, float) and -limit <= value <= limit and math.isfinite(value):
            return float(value)
        raise self.refusal(
            "第 %(n)s 个图形的坐标不正确：%(value)s。坐标应为经纬度，单位为度。",
            "BAD_COORDINATE",
            n=self.features,
            value=tidy(str(value) if not isinstance(value, int) or abs(value) < 10**40 else "∞")[:40],
        )

    def too_many_points(self) -> Invalid:
        """The refusal of a file that is too detailed altogether."""
        return self.refusal(
            "全部边界点超过 %(most)s 个，请分成几份再上传。", "TOO_MANY_POINTS", most=MAX_POINTS_OF_FILE
        )

    def damaged(self) -> Invalid:
        """The refusal of a file its reader cannot make sense of."""
        return self.refusal("文件已损坏，打不开，请重新导出后再上传。", "FILE_BROKEN")

    def refusal(self, template: str, code: str, **values: Any) -> Invalid:
        """An :class:`Invalid` for this file."""
        return Invalid(template, field=self.field, code=code, **values)


def tidy(text: str) -> str:
    """A text as it may be shown and kept: no control characters, not endless."""
    return _CONTROL.sub("", text).strip()[:MAX_TEXT]


def texts(properties: Any) -> dict[str, str]:
    """Attributes as texts; lists, tables and empty values are left out."""
    if not isinstance(properties, dict):
        return {}
    plain = {tidy(str(key)): tidy(_text(value)) for key, value in list(properties.items())[:MAX_PROPERTIES]}
    return {key: value for key, value in plain.items() if key and value}


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def area_of(polygons: list[list[Ring]]) -> dict[str, Any]:
    """One polygon as a GeoJSON Polygon, several as a MultiPolygon."""
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def is_closed(line: Ring) -> bool:
    """Does a line come back to its beginning, so that it encloses something?"""
    return len(line) >= 4 and line[0] == line[-1]
