"""Plot boundaries out of files from map software: GeoJSON, KML, KMZ, zipped Shapefile, GPX.

Everything happens in memory and with a budget (security brief A13–A17): sizes are counted before or while a file is parsed, archives are
checked before any reader opens them, XML may declare no entities, and nothing is repaired: whether a shape can be a plot is decided by
:func:`trace.core.geometry.parse_polygon`, which also says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from trace.core.archives import looks_like_archive
from trace.core.errors import Invalid
from trace.land.geofiles.budget import MAX_BYTES, Budget, Feature
from trace.land.geofiles.geojson import read_geojson
from trace.land.geofiles.kml import read_kml, read_kmz
from trace.land.geofiles.shapefiles import read_shapefile
from trace.land.geofiles.tracks import read_gpx

__all__ = ["ACCEPTED", "MAX_BYTES", "Feature", "read_features"]

READERS: dict[str, tuple[bool, Callable[[bytes, Budget], Iterator[Feature]]]] = {
    ".geojson": (False, read_geojson),
    ".json": (False, read_geojson),
    ".kml": (False, read_kml),
    ".kmz": (True, read_kmz),
    ".zip": (True, read_shapefile),
    ".gpx": (False, read_gpx),
}
"""By extension: is the content an archive, and who reads it."""
ACCEPTED = ",".join(READERS)
"""For the ``accept`` attribute of a file field."""


def read_features(filename: str, data: bytes, *, field: str = "file") -> list[Feature]:
    """All areas of a file, longitude before latitude in degrees (WGS-84 or CGCS2000), in the order of the file.

    The extension chooses the reader and the content must agree. Raises :class:`Invalid` for anything else, and for a file without an area.
    """
    if not data:
        raise Invalid("文件是空的，请重新选择。", field=field, code="FILE_EMPTY")
    if len(data) > MAX_BYTES:
        raise Invalid(
            "文件超过 %(most)s MB，请分成几份再上传。", field=field, code="FILE_TOO_LARGE", most=MAX_BYTES >> 20
        )
    suffix = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    if suffix not in READERS:
        raise Invalid(
            "不认识这种文件。请上传 GeoJSON、KML、KMZ、GPX，或把 Shapefile 的几个文件打成一个 zip。",
            field=field,
            code="FILE_UNKNOWN",
        )
    archive, read = READERS[suffix]
    if looks_like_archive(data) != archive:
        raise Invalid("文件内容与扩展名 %(suffix)s 不符。", field=field, code="FILE_DISGUISED", suffix=suffix)
    features = list(read(data, Budget(field)))
    if not features:
        raise Invalid("文件里没有面状图形，请导出地块的边界面再上传。", field=field, code="NO_AREAS")
    return features
