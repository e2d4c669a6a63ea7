"""A map file as a table: its attributes are the columns, its geometries the boundaries."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from trace.imports.sheets import Table
from trace.land.geofiles import READERS, read_features


def read_map(file_name: str, data: bytes) -> tuple[Table, dict[int, Any]] | None:
    """Table and geometries by row number of a GeoJSON, KML, KMZ, GPX or zipped Shapefile; None for other files.

    Rows are numbered from 2, as if the attribute names stood in the first.
    """
    if PurePath(file_name).suffix.lower() not in READERS or b"xl/workbook" in data:
        return None
    features = read_features(file_name, data)
    titles = list(dict.fromkeys(title for feature in features for title in feature.properties))
    rows = [(1, titles)]
    geometries = {}
    for number, feature in enumerate(features, 2):
        rows.append((number, [str(feature.properties.get(title, "")) for title in titles]))
        geometries[number] = feature.geometry
    return Table(rows), geometries
