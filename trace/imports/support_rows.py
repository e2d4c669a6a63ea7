"""Lists of support that other funds gave: the columns, and how a row is kept."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from trace.audit import Operation
from trace.core.errors import Invalid
from trace.core.units import normalise_digits, parse_yuan
from trace.funds import external
from trace.imports import cells
from trace.imports.check import Column
from trace.programmes.rules import PURPOSES


def read_year(text: str) -> int:
    """2025 or 2025年."""
    typed = normalise_digits(text).removesuffix("年").removesuffix("度").strip()
    if not re.fullmatch(r"20\d{2}", typed):
        raise Invalid("年度“%(text)s”看不懂，请写成 2026。", code="YEAR", text=text[:10])
    return int(typed)


def support_columns() -> list[Column]:
    """Fund, year, who, where, how much: enough of it to be matched."""
    return [
        Column("fund", ("资金名称", "项目名称", "资金"), required=True, example="长防林工程", hint="如造林补贴、长防林工程、生态廊道、亚投行、农机补贴、涉农整合"),
        Column("year", ("年度", "年份"), read_year, required=True, example="2026"),
        Column("purpose", ("用途",), partial(cells.choice, PURPOSES), required=True, choices=tuple(PURPOSES.values()), example="新造"),
        Column("holder", ("受益人", "姓名或名称", "姓名", "单位名称"), lambda text: text[:80], required=True, example="张示例"),
        Column("number", ("身份证号或统一社会信用代码", "身份证号", "统一社会信用代码", "证件号码"), hint="整列设为文本；只保存加密的比对值", private=True),
        Column("township", ("乡镇", "乡镇（街道）", "镇", "街道"), example="松江镇", hint="村名重名时必填"),
        Column("village", ("村", "村（社区）", "行政村", "村名", "村代码"), example="凉市村", hint="村名或 12 位代码"),
        Column("plot", ("地块编号", "地块"), lambda text: text.strip()[:20], hint="本系统的地块编号，有则填"),
        Column("area_m2", ("面积", "补助面积"), cells.read_area, measured=True, example="5.2", hint="亩；可写“0.35公顷”"),
        Column("amount_fen", ("金额", "补助金额"), parse_yuan, example="1000", hint="元；可写“1.2万元”"),
        Column("geometry", ("边界", "坐标", "边界坐标"), cells.read_boundary, hint="各点“经度 纬度”，用分号隔开；也可粘贴 GeoJSON"),
        Column("doc_ref", ("依据文号", "文号", "来源"), lambda text: text.strip()[:120], example="演示文〔2026〕1号"),
    ]  # fmt: skip


def support_row(op: Operation, values: dict[str, Any]) -> str:
    """Keep one row; returns its key for an undo."""
    return str(external.add_row(op, values).id)
