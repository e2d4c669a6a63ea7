"""GPX: a track walked around a plot becomes its ring."""

from __future__ import annotations

from collections.abc import Iterator

from trace.land.geofiles import xml
from trace.land.geofiles.budget import Budget, Feature, Ring, area_of, texts


def read_gpx(data: bytes, budget: Budget) -> Iterator[Feature]:
    """Every track or route of at least three points, closed from its last point to its first; its segments are one walk."""
    reader = _Tracks(budget)
    xml.read(data, reader)
    if not reader.is_gpx:
        raise budget.refusal("不是有效的 GPX，请重新导出后再上传。", "NOT_GPX")
    return iter(reader.features)


class _Tracks(xml.Reader):
    """Collects the tracks and routes of a document."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.features: list[Feature] = []
        self.is_gpx = False
        self._ring: Ring = []
        self._properties: dict[str, str] = {}

    def opened(self, attributes: dict[str, str]) -> None:
        match self.path[-1]:
            case "gpx" if len(self.path) == 1:
                self.is_gpx = True
            case "trk" | "rte":
                self.budget.begin_feature()
                self.budget.take_ring()
                self._ring, self._properties = [], {}
            case "trkpt" | "rtept" if {"trk", "rte"} & set(self.path):
                self.budget.take(1)
                self._ring.append(self.budget.point(attributes.get("lon", ""), attributes.get("lat", "")))

    def closed(self, text: str) -> None:
        match self.path[-2:]:
            case ["trk" | "rte", "name" | "desc" | "time" as key]:
                self._properties[key] = text[:1000]
            case [_, "trk" | "rte"] if len(self._ring) >= 3:
                closed = self._ring if self._ring[0] == self._ring[-1] else [*self._ring, self._ring[0]]
                self.features.append(Feature(texts(self._properties), area_of([[closed]])))
