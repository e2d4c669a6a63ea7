"""The register under the present filters as a file to take along: GeoJSON for map software, xlsx for everybody else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import xlsxwriter

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.units import mu_from_m2
from trace.land import map_queries
from trace.land.map_queries import Ground
from trace.land.rules import PLOT_STATES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("地块编号", "乡镇（街道）", "村（社区）", "地块小名", "经营主体", "状态", "面积（亩）", "面积（平方米）")
WIDTHS = (20, 14, 14, 16, 28, 10, 12, 14)
PART = 1 << 16


@dataclass(frozen=True)
class Export:
    """A file, written and ready to be sent in parts, and how many plots it holds."""

    filename: str
    mimetype: str
    count: int
    body: Iterator[bytes]


def export(actor: Actor, filters: dict[str, str], kind: str) -> Export:
    """Write the visible plots under the filters and keep in the trail who took how many; ``kind`` is ``geojson`` or ``xlsx``.

    The file is a nameless one that vanishes with the answer: however many plots there are, memory stays small.
    """
    writers = {"geojson": (_write_geojson, "application/geo+json"), "xlsx": (_write_xlsx, XLSX)}
    if kind not in writers:
        raise NotFound()
    write, mimetype = writers[kind]
    out = tempfile.TemporaryFile()
    with operation(actor, Permission.PLOT_READ) as op:
        count = write(map_queries.grounds(actor, filters), out)
        asked = {name: value for name, value in filters.items() if value}
        op.record("plot.export", kind, count=count, filters=asked)
    return Export(f"plots-{business_date().isoformat()}.{kind}", mimetype, count, _parts(out))


def _parts(out: IO[bytes]) -> Iterator[bytes]:
    out.seek(0)
    with out:
        while part := out.read(PART):
            yield part


def _write_geojson(rows: Iterator[Ground], out: IO[bytes]) -> int:
    count = 0
    out.write(b'{"type":"FeatureCollection","features":[')
    for count, row in enumerate(rows, 1):
        properties = {
            "code": row.code, "township": row.township, "village": row.village, "name": row.name, "operator": row.operator,
            "state": row.state, "area_m2": row.area_m2, "area_mu": float(mu_from_m2(row.area_m2)),
        }  # fmt: skip
        about = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
        out.write(b",\n" if count > 1 else b"\n")
        # The boundary is kept as GeoJSON: reading fifty thousand of them only to write them again takes longer than all the rest.
        out.write(f'{{"type":"Feature","properties":{about},"geometry":{row.geojson}}}'.encode())
    out.write(b"\n]}\n")
    return count


def _write_xlsx(rows: Iterator[Ground], out: IO[bytes]) -> int:
    """Texts are written as texts and marked so: a name that begins with = stays a name."""
    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("地块")
        head, literal = book.add_format({"bold": True, "bottom": 2}), book.add_format({"quote_prefix": True})
        mu, m2 = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "#,##0"})
        sheet.freeze_panes(1, 1)
        for place, (label, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, label, head)
        for count, row in enumerate(rows, 1):
            state = PLOT_STATES.get(row.state, row.state)
            for place, text in enumerate((row.code, row.township, row.village, row.name, row.operator, state)):
                sheet.write_string(count, place, text, literal)
            sheet.write_number(count, 6, float(mu_from_m2(row.area_m2)), mu)
            sheet.write_number(count, 7, row.area_m2, m2)
    return count
