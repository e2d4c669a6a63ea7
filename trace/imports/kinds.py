"""The kinds of import: their columns, and how their rows become records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from trace.audit import Operation
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, TraceError
from trace.core.text import N_
from trace.db import db
from trace.imports import cells
from trace.imports import pesticide_rows as pesticides
from trace.imports.check import Column, Row, blame
from trace.imports.records import member_row, membership_row, plot_row, unknown_parties
from trace.imports.support_rows import support_columns, support_row
from trace.land.rules import LAND_CLASSES, MANAGEMENT_MODES
from trace.registry import queries as register
from trace.registry.bulk import number_mistakes, register_parties
from trace.registry.rules import PARTY_KINDS, PERSONS, RELATIONS

Failure = tuple[int, TraceError]
Step = Callable[[int], None]
Judge = Callable[[Operation, dict[str, Any]], list[FieldError]]
Write = Callable[[Operation, Sequence[Row], Step], tuple[list[tuple[int, str]], list[Failure]]]


@dataclass(frozen=True)
class Kind:
    """What can be imported, who may, and the columns it needs (read anew for each file, they know today's register)."""

    key: str
    label: str
    note: str
    permission: Permission
    columns: Callable[[], list[Column]]
    write: Write
    judge: Judge
    """What else is wrong in a row that has wrong cells already; judges only what could be read."""
    maps: bool = False


def party_columns() -> list[Column]:
    """Households and organisations."""
    return [
        Column("kind", ("主体类别", "类别", "类型"), partial(_choice, PARTY_KINDS), example="农户", hint="不填按农户登记", choices=tuple(PARTY_KINDS.values())),
        Column("name", ("姓名或名称", "名称", "姓名", "户主姓名", "户主"), _name, required=True, example="张示例"),
        *_places(),
        Column("id_number", ("身份证号", "身份证号码", "身份证", "公民身份号码"), example="", hint="18 位，整列设为文本", private=True),
        Column("uscc", ("统一社会信用代码", "信用代码"), example="", hint="农户不填，其他主体必填"),
        Column("phone", ("联系电话", "电话", "手机", "手机号"), example="13800000000", private=True),
        Column("account", ("银行账号", "银行卡号", "一卡通账号", "账号"), example="", hint="整列设为文本", private=True),
        Column("nursery_m2", ("苗圃面积", "育苗面积"), cells.read_area, measured=True, hint="亩；可写“1.2公顷”"),
    ]  # fmt: skip


def member_columns() -> list[Column]:
    """People of households, each with the head's ID number or the household's code."""
    return [
        Column("household", ("户编号或户主身份证号", "户编号", "户主身份证号"), required=True, example="P000001", hint="整列设为文本", private=True),
        Column("name", ("姓名", "成员姓名"), _name, required=True, example="李示例"),
        Column("relation", ("与户主关系", "关系"), partial(_choice, RELATIONS), required=True, choices=tuple(RELATIONS.values()), example="配偶"),
        Column("under_14", ("不满14周岁", "14岁以下"), cells.read_yes, example="否", choices=("是", "否")),
        Column("id_number", ("身份证号", "成员身份证号"), hint="不满 14 周岁不填", private=True),
        Column("joined_on", ("入户日期",), cells.read_date, example="2026-01-01"),
    ]  # fmt: skip


def membership_columns() -> list[Column]:
    """Who belongs to which cooperative from when."""
    return [
        Column("organisation", ("合作社编号或信用代码", "合作社", "合作社编号"), required=True, example="P000010"),
        Column("member", ("成员编号或身份证号", "成员编号", "成员身份证号"), required=True, hint="整列设为文本", private=True, example="P000001"),
        Column("joined_on", ("入社日期", "加入日期"), cells.read_date, required=True, example="2026-01-01"),
    ]  # fmt: skip


def plot_columns() -> list[Column]:
    """Plots with their boundary as text; a map file brings the same columns as its attributes."""
    taxa = {taxon.key: taxon.name_zh for taxon in register.taxa()}
    return [
        *_places(),
        Column("operator", ("经营主体编号或身份证号", "经营主体", "经营主体编号", "经营者"), required=True, hint="编号、信用代码或身份证号，整列设为文本", example="P000001", private=True),
        Column("name", ("地块名称", "小地名"), _name, example="后山"),
        Column("taxon", ("树种",), partial(_choice, taxa), choices=tuple(taxa.values()), hint="不填为土枇杷"),
        Column("land_class", ("地类",), partial(_choice, LAND_CLASSES), required=True, choices=tuple(LAND_CLASSES.values()), example="林地"),
        Column("management", ("经营方式",), partial(_choice, MANAGEMENT_MODES), choices=tuple(MANAGEMENT_MODES.values()), example="常规"),
        Column("planted_on", ("栽植日期", "定植日期"), cells.read_date, example="2026.3.12"),
        Column("tree_count", ("株数", "栽植株数"), cells.read_count, example="370"),
        Column("declared_m2", ("合同面积", "申报面积", "面积"), cells.read_area, measured=True, example="5.2", hint="亩；可写“0.35公顷”"),
        Column("geometry", ("边界", "坐标", "边界坐标"), cells.read_boundary, required=True, example="112.60 26.80; 112.602 26.80; 112.602 26.802; 112.60 26.802", hint="各点“经度 纬度”，用分号隔开；也可粘贴 GeoJSON"),
    ]  # fmt: skip


def _places() -> list[Column]:
    return [
        Column("township", ("乡镇", "乡镇（街道）", "镇", "街道"), example="松江镇", hint="村名重名时必填"),
        Column("village", ("村", "村（社区）", "行政村", "村名", "村代码"), required=True, example="凉市村", hint="村名或 12 位代码"),
    ]  # fmt: skip


def _name(text: str) -> str:
    return text[:80]


def _choice(options: dict[str, str], text: str) -> str:
    return cells.choice(options, text)


def _write_parties(op: Operation, rows: Sequence[Row], step: Step) -> tuple[list[tuple[int, str]], list[Failure]]:
    made, refused = register_parties(op, [(row.number, {"kind": PERSONS[0], **row.values}) for row in rows], step)
    return made, [(number, _as_error(errors)) for number, errors in refused]


def _judge_party(op: Operation, values: dict[str, Any]) -> list[FieldError]:
    return number_mistakes({"kind": PERSONS[0], **values}, business_date(op.at))


def _judge_nothing(op: Operation, values: dict[str, Any]) -> list[FieldError]:
    return []


def _as_error(errors: list[FieldError]) -> TraceError:
    return Invalid(errors=errors)


def _one_by_one(make: Callable[[Operation, dict[str, Any]], str]) -> Write:
    """Rows through the service of the single record, each in a savepoint of its own."""

    def write(op: Operation, rows: Sequence[Row], step: Step) -> tuple[list[tuple[int, str]], list[Failure]]:
        made, refused = [], []
        for row in rows:
            step(1)
            try:
                with db.atomic():
                    made.append((row.number, make(op, dict(row.values))))
            except TraceError as error:
                refused.append((row.number, error))
        return made, refused

    return write


KINDS = {
    kind.key: kind
    for kind in (
        Kind("parties", N_("主体（农户、合作社、企业）"), N_("每行一户或一个单位。"), Permission.PARTY_REGISTER, party_columns, _write_parties, _judge_party),
        Kind("people", N_("家庭成员"), N_("每行一人，写明属于哪一户。"), Permission.PARTY_REGISTER, member_columns, _one_by_one(member_row), partial(unknown_parties, ("household",))),
        Kind("members", N_("合作社成员"), N_("每行一个成员，写明哪天加入哪个合作社。"), Permission.PARTY_REGISTER, membership_columns, _one_by_one(membership_row), partial(unknown_parties, ("organisation", "member"))),
        Kind("plots", N_("地块"), N_("每行一块地，边界写在一格里；也可上传 GeoJSON、KML、KMZ、GPX 或压缩的 Shapefile。"), Permission.PLOT_REGISTER, plot_columns, _one_by_one(plot_row), partial(unknown_parties, ("operator",)), maps=True),
        Kind("external_support", N_("其他资金补助名单"), N_("每行一笔别的资金已给的补助，至少写明地块编号、边界，或号码和村，供申报时比对。"), Permission.APPLICATION_REVIEW, support_columns, _one_by_one(support_row), _judge_nothing),
        *(
            Kind(key, label, note, Permission.PESTICIDE_LOAD, columns, pesticides.load_rows(key), _judge_nothing)
            for key, label, note, columns in (
                ("pesticides", N_("农药登记产品"), N_("每行一个登记证。同一证号再次导入，旧行停用、仍可查。"), pesticides.product_columns),
                ("pesticide_scopes", N_("农药标签登记范围"), N_("每行一种作物（场所）和防治对象，写明用量、安全间隔期、次数。先导入产品。"), pesticides.scope_columns),
                ("banned_actives", N_("禁限用农药成分"), N_("每行一种有效成分和范围，写明起始日期和文件号。"), pesticides.ban_columns),
                ("residue_limits", N_("农药残留限量"), N_("每行一种食品类别和农药，照标准填写。"), pesticides.limit_columns),
                ("food_paths", N_("食品类别对照"), N_("每行一个树种的一个部位，写明在标准里属于哪一类；标准里没有的留空。"), pesticides.path_columns),
                ("organic_inputs", N_("有机生产允许清单"), N_("每行一种物质。"), pesticides.organic_columns),
            )
        ),
    )
}  # fmt: skip
__all__ = ["KINDS", "Kind", "blame"]
