"""KML and KMZ, as Google Earth, Ovital and field apps write them: every Placemark with an area or a closed line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trace.core.archives import open_archive
from trace.land.geofiles import xml
from trace.land.geofiles.budget import MAX_BYTES, Budget, Feature, Ring, area_of, is_closed, texts

_TUPLE = re.compile(r"\S+")


def read_kml(data: bytes, budget: Budget) -> Iterator[Feature]:
    """Areas of a KML document with name, description and extended data."""
    reader = _Placemarks(budget)
    xml.read(data, reader)
    if not reader.is_kml:
        raise budget.refusal("不是有效的 KML，请重新导出后再上传。", "NOT_KML")
    return iter(reader.features)


def read_kmz(data: bytes, budget: Budget) -> Iterator[Feature]:
    """Areas of the document inside a KMZ: ``doc.kml``, else the only ``.kml``."""
    with open_archive(data, budget.field) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
        chosen = [name for name in names if name.lower() == "doc.kml"] or names
        if len(chosen) != 1:
            raise budget.refusal("KMZ 里应当有一个 doc.kml，请重新导出后再上传。", "NOT_KML")
        if archive.getinfo(chosen[0]).file_size > MAX_BYTES:
            raise budget.too_many_points()
        return read_kml(archive.read(chosen[0]), budget)


class _Placemarks(xml.Reader):
    """Collects the Placemarks of a document."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.features: list[Feature] = []
        self.is_kml = False
        self._properties: dict[str, str] = {}
        self._polygons: list[list[Ring]] = []
        self._outer: list[Ring] = []
        self._inner: list[Ring] = []
        self._key = ""

    def opened(self, attributes: dict[str, str]) -> None:
        match self.path[-1]:
            case "kml" if len(self.path) == 1:
                self.is_kml = True
            case "Placemark":
                self.budget.begin_feature()
                self._properties, self._polygons = {}, []
            case "Polygon":
                self._outer, self._inner = [], []
            case "Data" | "SimpleData":
                self._key = attributes.get("name", "")

    def closed(self, text: str) -> None:
        if "Placemark" not in self.path:
            return
        match self.path[-2:]:
            case ["Placemark", "name" | "description" as key]:
                self._keep(key, text)
            case ["Data", "value"] | ["SchemaData", "SimpleData"]:
                self._keep(self._key, text)
            case ["LinearRing", "coordinates"]:
                self._ring(text)
            case ["LineString", "coordinates"]:
                line = self._points(text)
                if is_closed(line):
                    self._polygons.append([line])
            case [_, "Polygon"] if len(self._outer) == 1:
                self._polygons.append(self._outer + self._inner)
            case [_, "Placemark"] if self._polygons:
                self.features.append(Feature(texts(self._properties), area_of(self._polygons)))

    def _keep(self, key: str, text: str) -> None:
        if len(self._properties) < 200:
            self._properties[key[:200]] = text[:1000]

    def _ring(self, text: str) -> None:
        ring = self._points(text)
        if "outerBoundaryIs" in self.path:
            self._outer.append(ring)
        elif "innerBoundaryIs" in self.path:
            self._inner.append(ring)

    def _points(self, text: str) -> Ring:
        self.budget.take_ring()
        ring = []
        for found in _TUPLE.finditer(text):
            self.budget.take(1)
            longitude, _, rest = found[0][:200].partition(",")
            ring.append(self.budget.point(longitude, rest.partition(",")[0]))
        return ring
