"""The columns of the pesticide tables and how their rows are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from trace.audit import Operation
from trace.core.errors import Invalid, TraceError
from trace.core.units import normalise_digits, parse_amount
from trace.db import db
from trace.imports import cells
from trace.imports.check import Column, Row
from trace.pesticides import queries, rules, services, words
from trace.pesticides.limits import NG_PER_MG

Made = tuple[list[tuple[int, str]], list[tuple[int, TraceError]]]
_SOURCE_HINT = "文件号、公告号或查询网址和日期"


def product_columns() -> list[Column]:
    """农药登记产品."""
    return [
        Column("reg_no", ("登记证号", "农药登记证号"), _reg_no, required=True, example="PD00000001", hint="PD、WP、LS 加 8 位数字；老证如 PD88-1"),
        Column("name", ("农药名称", "名称", "产品名称"), _short, required=True, example="示例悬浮剂"),
        Column("actives", ("有效成分",), _actives, required=True, example="示例成分", hint="多种用“、”分开，不写含量"),
        Column("toxicity", ("毒性",), partial(cells.choice, words.TOXICITIES), required=True, choices=tuple(words.TOXICITIES.values()), example="低毒"),
        Column("holder", ("登记证持有人", "持有人", "生产企业"), _short, example="示例公司"),
        Column("valid_to", ("有效期至", "有效截止日"), cells.read_date, example="2030-12-31"),
        Column("biological", ("生物农药", "是否生物农药"), cells.read_yes, example="否", choices=("是", "否")),
        _source(),
    ]  # fmt: skip


def scope_columns() -> list[Column]:
    """标签登记的作物、防治对象、用量、间隔期."""
    return [
        Column("reg_no", ("登记证号", "农药登记证号"), _reg_no, required=True, example="PD00000001"),
        Column("site", ("作物或场所", "作物/场所", "作物"), _short, required=True, example="粗糠树", hint="照标签填写"),
        Column("site_kind", ("类别",), partial(cells.choice, words.SITE_KINDS), required=True, choices=tuple(words.SITE_KINDS.values()), example="作物"),
        Column("pest", ("防治对象",), _short, required=True, example="蚜虫"),
        Column("dose_low", ("用量下限", "最低用量"), _dose, example="30", hint="标签没写就不填；倍液填倍数"),
        Column("dose_high", ("用量上限", "最高用量"), _dose, example="60"),
        Column("dose_unit", ("用量单位",), partial(_one_of, tuple(words.DOSE_UNITS)), required=True, choices=tuple(words.DOSE_UNITS), example="克/亩"),
        Column("method", ("使用方法", "施用方法"), _method, example="喷雾"),
        Column("phi_days", ("安全间隔期",), _days, example="21", hint="天；标签没写就不填，写明不需要的填 0"),
        Column("max_times", ("每季最多使用次数", "最多次数"), _times, example="2"),
        Column("interval_days", ("使用间隔", "施药间隔"), _times, example="10", hint="天"),
        _source(),
    ]  # fmt: skip


def ban_columns() -> list[Column]:
    """禁限用成分."""
    return [
        Column("active", ("有效成分", "成分"), _active, required=True, example="甲胺磷"),
        Column("scope", ("禁用范围", "范围"), partial(cells.choice, words.BAN_SCOPES), required=True, choices=tuple(words.BAN_SCOPES.values()), example="全面禁用"),
        Column("since", ("起始日期", "施行日期"), cells.read_date, required=True, example="2007-01-01"),
        Column("doc_no", ("文件号", "公告号"), _short, required=True, example="公告号照抄"),
        _source(),
    ]  # fmt: skip


def limit_columns() -> list[Column]:
    """最大残留限量."""
    return [
        Column("food_path", ("食品类别", "食品类别路径"), _path, required=True, example="水果:仁果类水果(苹果除外)", hint="各级用冒号分开，照标准填写"),
        Column("active", ("农药名称", "有效成分"), _active, required=True, example="示例成分"),
        Column("ng_kg", ("最大残留限量", "限量"), _mg, required=True, example="0.1", hint="mg/kg"),
        Column("method", ("检测方法",), _path, example="GB 23200.113"),
        Column("std_version", ("标准版本", "标准号"), _method, required=True, example="GB 2763-2021"),
        _source(),
    ]  # fmt: skip


def path_columns() -> list[Column]:
    """树种的果、叶、花在标准食品类别里的位置."""
    return [
        Column("taxon", ("树种",), _taxon, required=True, example="土枇杷"),
        Column("part", ("部位",), partial(cells.choice, words.PARTS), required=True, choices=tuple(words.PARTS.values()), example="果"),
        Column("food_path", ("食品类别", "食品类别路径"), _path, example="", hint="标准里没有的，留空"),
        _source(),
    ]  # fmt: skip


def organic_columns() -> list[Column]:
    """有机生产允许使用的物质."""
    return [
        Column("kind", ("类别",), partial(cells.choice, words.ORGANIC_KINDS), required=True, choices=tuple(words.ORGANIC_KINDS.values()), example="植物保护产品"),
        Column("name", ("名称", "物质名称"), _active, required=True, example="示例成分"),
        _source(),
    ]  # fmt: skip


def load_rows(table: str) -> Callable[[Operation, Sequence[Row], Callable[[int], None]], Made]:
    """How the rows of one table are loaded: each in a savepoint, the whole as one entry of the trail."""

    def write(op: Operation, rows: Sequence[Row], step: Callable[[int], None]) -> Made:
        made: list[tuple[int, str]] = []
        refused: list[tuple[int, TraceError]] = []
        for row in rows:
            step(1)
            try:
                with db.atomic():
                    made.append((row.number, services.load_row(op, table, _values(table, row))))
            except TraceError as error:
                refused.append((row.number, error))
        if made:
            op.record("pesticide.load", table, rows=len(made))
        return made, refused

    return write


def _values(table: str, row: Row) -> dict[str, Any]:
    """The values of a row as columns: a limit keeps what stood there, a path without text is an empty one."""
    values = dict(row.values)
    if table == "residue_limits":
        values["typed"] = normalise_digits(row.texts["ng_kg"])[:20]
    if table == "food_paths":
        values.setdefault("food_path", "")
    return values


def _source() -> Column:
    return Column(
        "source", ("来源", "数据来源"), _short, required=True, example="农业农村部公告第…号", hint=_SOURCE_HINT
    )


def _short(text: str) -> str:
    return text[:60]


def _method(text: str) -> str:
    return text[:40]


def _path(text: str) -> str:
    return text.replace("：", ":")[:120]


def _reg_no(text: str) -> str:
    number = rules.clean_reg_no(text)
    wrong = rules.malformed(number)
    if wrong:
        raise Invalid(wrong.message.template, code="REG_NO", **wrong.message.values)
    return number


def _active(text: str) -> str:
    return rules.clean_active(text)[:60]


def _actives(text: str) -> list[str]:
    return rules.split_actives(text)


def _dose(text: str) -> int:
    return parse_amount(text)[0]


def _one_of(options: tuple[str, ...], text: str) -> str:
    return cells.choice({word: word for word in options}, text)


def _days(text: str) -> int:
    return cells.read_count(re.sub(r"天$", "", text.strip()))


def _times(text: str) -> int:
    found = cells.read_count(re.sub(r"[天次]$", "", text.strip()))
    if found == 0:
        raise Invalid("请填大于 0 的整数，标签没写就不填。", code="NOT_POSITIVE")
    return found


def _mg(text: str) -> int:
    typed = normalise_digits(text).removesuffix("mg/kg").strip()
    if not re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", typed) or Decimal(typed) == 0:
        raise Invalid("“%(text)s”不是限量数值，请按 0.1 的格式填写，单位 mg/kg。", code="NOT_A_LIMIT", text=typed[:20])
    return int(Decimal(typed) * NG_PER_MG)


def _taxon(text: str) -> Any:
    found = queries.taxon_named(text.strip())
    if found is None:
        raise Invalid("没有登记“%(text)s”这个树种。", code="TAXON_UNKNOWN", text=text[:20])
    return found
