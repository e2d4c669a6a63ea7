"""Importing tables: scenario B2 of the domain brief line by line, all or nothing, undo, repeated files."""

from __future__ import annotations

import json

import pytest

from tests.factories import county as make
from tests.imports.conftest import text, workbook
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.imports import services
from trace.imports.models import ImportRow, ImportRun
from trace.land.models import Plot
from trace.registry.models import HouseholdMember, Membership, Party
from trace.registry.vault import vault

pytestmark = pytest.mark.usefixtures("database")
HEAD = ("类别", "姓名", "乡镇", "村", "身份证号", "联系电话", "银行账号")
GOOD_ID, OTHER_ID = "430422199001010018", "430422197607150024"


def checked(actor, kind: str, data: bytes, name: str = "表.xlsx") -> ImportRun:
    return services.check(actor, services.receive(actor, kind, name, data))


def told(run: ImportRun) -> list[str]:
    place = lambda item: f"第 {item['row']} 行 {item['letters']} 列：" if item["letters"] else f"第 {item['row']} 行："  # noqa: E731
    return [place(item) + item["template"] % item["values"] for item in run.report]


def test_households_of_a_village(home):
    actor = home.actor("bureau")
    rows = [("农户", f"王{n}", "松江镇", "凉市村", "", "", "") for n in "一二三"]
    rows[0] = ("农户", "王一", "松江镇", "凉市村", GOOD_ID, "１３８ ０００ ０１２３４", "")
    run = checked(actor, "parties", workbook(("松江镇登记表",), HEAD, *rows))
    assert (run.rows, run.good, run.mistakes) == (3, 3, 0)
    before = Party.select().count()
    done = services.apply(actor, run.code, "all")
    assert Party.select().count() == before + 3
    first = Party.get(Party.name == "王一")
    assert first.id_number_hash == vault().search_hash(GOOD_ID) and first.village.name == "凉市村"
    assert GOOD_ID not in str(first.__data__)
    assert [row.number for row in ImportRow.select().where(ImportRow.run == done.id)] == [3, 4, 5]
    assert ImportRun.get_by_id(done.id).data is None, "the file may hold personal numbers"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("农户", "甲", "松江镇", "凉市村", 430422199001010018), "第 2 行 E 列：身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。"),
        (("农户", "甲", "", "九龙村", ""), "第 2 行 D 列：九龙村在江口镇和茅市镇都有，请填写乡镇。"),
        (("农户", "甲", "松江镇", "九龙村", ""), "第 2 行 D 列：松江镇没有叫“九龙村”的村。"),
        (("农户", "甲", "无此镇", "凉市村", ""), "第 2 行 D 列：没有叫“无此镇”的乡镇（街道）。"),
        (("农户", "甲", "", "430422999999", ""), "第 2 行 D 列：没有代码为 430422999999 的村。"),
        (("农户", "", "松江镇", "凉市村", ""), "第 2 行 B 列：请填写姓名或名称。"),
        (("大户", "甲", "松江镇", "凉市村", ""), "第 2 行 A 列：“大户”不在可选范围内"),
        (("农户", "甲", "松江镇", "凉市村", "430422198502291239"), "第 2 行 E 列：出生日期 1985-02-29 不存在。"),
        (("企业", "甲公司", "松江镇", "凉市村", ""), "第 2 行：请填写统一社会信用代码。"),
    ],
)  # fmt: skip
def test_bad_cells_are_told_with_their_place(home, row, expected):
    run = checked(home.actor("bureau"), "parties", workbook(HEAD, row))
    assert run.good == 0
    assert any(line.startswith(expected) for line in told(run)), told(run)


def test_all_mistakes_of_a_file_are_told_at_once_and_no_number_is_kept(home):
    rows = [
        ("农户", "甲", "松江镇", "凉市村", "430422199001010019", "123", "12"),
        ("农户", "乙", "", "九龙村", GOOD_ID, "", ""),
        ("农户", "丙", "松江镇", "凉市村", GOOD_ID, "", ""),
        ("农户", "丁", "松江镇", "凉市村", GOOD_ID, "", ""),
    ]
    run = checked(home.actor("bureau"), "parties", workbook(HEAD, *rows))
    lines = told(run)
    assert run.good == 1 and len(lines) == 5
    assert [line[:9] for line in lines] == [
        "第 2 行 E 列",
        "第 2 行 F 列",
        "第 2 行 G 列",
        "第 3 行 D 列",
        "第 5 行 E 列",
    ]
    assert lines[-1].endswith("与第 4 行重复。")
    assert "430422" not in json.dumps(run.report, ensure_ascii=False)


def test_a_wrong_cell_hides_no_other(home):
    rows = [
        ("农户", "甲", "", "九龙村", "43042219900230001X", "1380000", "12"),
        ("农户", "", "松江镇", "九龙村", "430422198502291239", "", ""),
    ]
    run = checked(home.actor("bureau"), "parties", workbook(HEAD, *rows))
    assert (run.good, run.mistakes) == (0, 7), told(run)
    assert [(item["row"], item["letters"]) for item in run.report] == [
        (2, "D"), (2, "E"), (2, "F"), (2, "G"), (3, "B"), (3, "D"), (3, "E"),
    ]  # fmt: skip


def test_the_clerk_reads_what_was_typed(home):
    """A village found but not in one's charge is shown by its typed name, not by the code it became."""
    rows = [("农户", "甲", "松江镇", "凉市村", "430422199001010019")]
    run = checked(home.actor("township2"), "parties", workbook(HEAD, *rows))
    assert [(item["letters"], item["value"]) for item in run.report] == [("D", "凉市村"), ("E", "")], told(run)


def test_a_wrong_village_does_not_hide_an_unknown_operator(home):
    head = ("村", "经营主体", "地类", "边界")
    run = checked(home.actor("bureau"), "plots", workbook(head, ("九龙村", "P999999", "林地", "112.60 26.80; 112.602")))
    assert [item["letters"] for item in run.report] == ["A", "B", "D"], told(run)


def test_what_is_registered_already_is_told(home):
    actor = home.actor("bureau")
    run = checked(actor, "parties", workbook(HEAD, ("农户", "甲", "松江镇", "凉市村", GOOD_ID)))
    services.apply(actor, run.code, "all")
    again = checked(actor, "parties", workbook(HEAD, ("农户", "甲二", "松江镇", "凉市村", GOOD_ID)))
    assert told(again) == ["第 2 行 E 列：该身份证号已登记。"]


def test_all_or_nothing_and_the_valid_rows(home):
    actor = home.actor("bureau")
    rows = [("农户", "好", "松江镇", "凉市村", ""), ("农户", "坏", "", "九龙村", "")]
    run, before = checked(actor, "parties", workbook(HEAD, *rows)), Party.select().count()
    with pytest.raises(RuleBroken, match="没有导入任何一行"):
        services.apply(actor, run.code, "all")
    assert Party.select().count() == before
    assert services.apply(actor, run.code, "valid").good == 1
    assert Party.select().count() == before + 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_files_of_every_kind(home, encoding, delimiter):
    data = text(HEAD[:5], ("农户", "坵喆", "松江镇", "凉市村", f"'{GOOD_ID}"), encoding=encoding, delimiter=delimiter)
    run = checked(home.actor("bureau"), "parties", data, "表.csv")
    assert (run.good, run.mistakes) == (1, 0), told(run)


def test_formulas_are_texts(home):
    actor = home.actor("bureau")
    data = text(HEAD[:4], ("农户", "=cmd|'/c calc'!A1", "松江镇", "凉市村"))
    services.apply(actor, checked(actor, "parties", data, "表.csv").code, "all")
    assert Party.select().where(Party.name == "=cmd|'/c calc'!A1").exists()


def test_headings_that_are_missing_are_named(home):
    run = checked(home.actor("bureau"), "parties", workbook(("编号", "什么"), ("1", "2")))
    assert run.state == "unusable"
    assert run.message["values"]["columns"] == "姓名或名称、村"


PLOT_HEAD = ("乡镇", "村", "经营主体", "地类", "栽植日期", "株数", "面积（公顷）", "边界")


def boundary(west: float) -> str:
    return f"{west} 26.60; {west + 0.002} 26.60; {west + 0.002} 26.602; {west} 26.602"


def plot_rows(home, *dates: object) -> list[tuple]:
    coop = home.coop.code
    return [
        ("松江镇", "凉市村", coop, "林地", day, "370株", "4.4", boundary(112.6 + n * 0.01))
        for n, day in enumerate(dates)
    ]


def test_plots_with_dates_and_units_as_clerks_write_them(home):
    actor = home.actor("bureau")
    run = checked(
        actor,
        "plots",
        workbook(PLOT_HEAD, *plot_rows(home, "2026.3.12", "2025年3月12日", "20240312", 45000, "2023/3/1")),
    )
    assert run.mistakes == 0, told(run)
    services.apply(actor, run.code, "all")
    days = {str(plot.planted_on) for plot in Plot.select()}
    assert days == {"2026-03-12", "2025-03-12", "2024-03-12", "2023-03-15", "2023-03-01"}
    assert {plot.declared_m2 for plot in Plot.select()} == {44_000}


def test_plot_mistakes(home):
    rows = plot_rows(home, "2026年2月30日", "昨天", "2026.3.12", "2026.3.12")
    rows[2] = (*rows[2][:7], "112.6 26.6; 112.602 26.602; 112.602 26.6; 112.6 26.602")
    rows.append((*rows[3][:7], rows[3][7]))
    run = checked(home.actor("bureau"), "plots", workbook(PLOT_HEAD, *rows))
    lines = told(run)
    assert lines[0] == "第 2 行 E 列：日期 2026-02-30 不存在。"
    assert lines[1].startswith("第 3 行 E 列：日期“昨天”看不懂")
    assert "交叉" in lines[2] and lines[2].startswith("第 4 行 H 列")
    assert "重叠" in lines[3] and lines[3].startswith("第 6 行 H 列"), lines


def test_a_geojson_file_of_plots(home):
    feature = {
        "type": "Feature",
        "properties": {"乡镇": "松江镇", "村": "凉市村", "经营主体": home.coop.code, "地类": "林地"},
        "geometry": json.loads(make.square(112.6)),
    }
    run = checked(
        home.actor("bureau"),
        "plots",
        json.dumps({"type": "FeatureCollection", "features": [feature]}).encode(),
        "图.geojson",
    )
    assert (run.rows, run.good) == (1, 1), told(run)


def test_people_and_members(home):
    actor = home.actor("bureau")
    services.apply(
        actor, checked(actor, "parties", workbook(HEAD, ("农户", "甲", "松江镇", "凉市村", GOOD_ID))).code, "all"
    )
    household = Party.get(Party.name == "甲")
    people = workbook(
        ("户主身份证号", "姓名", "与户主关系", "成员身份证号"),
        (GOOD_ID, "乙", "配偶", OTHER_ID),
        ("P999999", "丙", "配偶", ""),
    )
    run = checked(actor, "people", people)
    assert told(run) == ["第 3 行 A 列：没有找到这个编号或号码的主体，请先登记主体，或核对号码。"]
    services.apply(actor, run.code, "valid")
    assert HouseholdMember.get().household_id == household.id
    run = checked(
        actor, "members", workbook(("合作社", "成员编号", "入社日期"), (home.coop.code, household.code, "2026-01-01"))
    )
    services.apply(actor, run.code, "all")
    assert Membership.select().where(Membership.member == household.id).exists()
    services.undo(actor, run.code)
    assert not Membership.select().where(Membership.member == household.id).exists()


def test_an_import_is_undone_as_a_whole(home):
    actor = home.actor("bureau")
    before = Party.select().count()
    run = checked(actor, "parties", workbook(HEAD, *(("农户", f"户{n}", "松江镇", "凉市村", "") for n in range(5))))
    services.apply(actor, run.code, "all")
    assert services.undo(actor, run.code).state == "undone"
    assert Party.select().count() == before
    with pytest.raises(RuleBroken, match="已撤销"):
        services.undo(actor, run.code)


def test_an_import_in_use_is_not_undone(home):
    actor = home.actor("bureau")
    run = checked(
        actor, "parties", workbook(HEAD, ("农户", "甲", "松江镇", "凉市村", ""), ("农户", "乙", "松江镇", "凉市村", ""))
    )
    services.apply(actor, run.code, "all")
    make.plot(actor, home, operator=Party.get(Party.name == "甲"))
    with pytest.raises(RuleBroken, match="地块 1 条"):
        services.undo(actor, run.code)
    assert Party.select().where(Party.name.in_(["甲", "乙"])).count() == 2


def test_plots_of_an_undone_import_give_their_ground_free(home):
    actor = home.actor("bureau")
    data = workbook(PLOT_HEAD, *plot_rows(home, "2026.3.12", "2026.3.12"))
    services.undo(actor, services.apply(actor, checked(actor, "plots", data).code, "all").code)
    assert {plot.state for plot in Plot.select()} == {"cancelled"}
    again = checked(actor, "plots", data)
    assert again.mistakes == 0, told(again)
    done = services.apply(actor, again.code, "all")
    make.harvest(home.actor("coop"), Plot.select().order_by(Plot.id.desc()).first())
    with pytest.raises(RuleBroken, match="已有后续记录"):
        services.undo(actor, done.code)


def test_only_who_handed_it_in_acts_on_it(home):
    run = checked(home.actor("bureau"), "parties", workbook(HEAD, ("农户", "甲", "松江镇", "凉市村", "")))
    for attempt in (
        services.apply,
        lambda actor, code, _: services.undo(actor, code),
        lambda actor, code, _: services.discard(actor, code),
    ):
        with pytest.raises(NotFound):
            attempt(home.actor("township"), run.code, "all")


def test_rows_outside_ones_township_are_refused(home):
    run = checked(home.actor("township2"), "parties", workbook(HEAD, ("农户", "甲", "松江镇", "凉市村", "")))
    assert run.good == 0 and "管理范围" in told(run)[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "空的"), (b"<html><table></table></html>", "网页另存"), (b"PK\x03\x04broken", "已损坏"), (b"\xd0\xcf\x11\xe0junk", "已损坏"),
     ("姓名,村\n\"开口".encode(), "引号"), (b"\x00\x01\x02", "不是表格"), (b"\xff\xfe\x00", "编码")],
)  # fmt: skip
def test_what_is_no_table_is_refused_at_the_door(home, data, words):
    with pytest.raises(Invalid, match=words):
        services.receive(home.actor("bureau"), "parties", "表.xls", data)
    assert not ImportRun.select().exists()
