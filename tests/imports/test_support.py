"""Lists of other funds come in as tables: told what is wrong, tried first, undone as a whole."""

from __future__ import annotations

from io import BytesIO

import openpyxl

from tests.factories import county as make
from trace.funds import external
from trace.funds.claim_models import ExternalSupport
from trace.imports import queries, services

TITLES = ("资金名称", "年度", "用途", "受益人", "身份证号或统一社会信用代码", "乡镇", "村", "地块编号", "面积", "金额")


def sheet(*rows: tuple) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(TITLES)
    for row in rows:
        book.active.append(row)
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def test_a_list_is_tried_imported_and_undone(database):
    home = make.county()
    bureau = home.actor("bureau")
    village, town = home.village.name, home.village.township.name
    good = ("长防林工程", "2026年", "新造", "李示例", "430422198003120012", town, village, "", "5.2", "1.2万元")
    bad = ("造林补贴", "去年", "种树", "王示例", "", "", "", "", "", "")
    bare = ("造林补贴", "2026", "新造", "王示例", "", "", "", "", "", "100")
    run = services.receive(bureau, "external_support", "名单.xlsx", sheet(good, bad, bare))
    run = services.check(bureau, run)
    told = " ".join(str(row) for row in run.report)
    assert (run.rows, run.good) == (3, 1) and ExternalSupport.select().count() == 0
    assert "看不懂，请写成 2026" in told and "不在可选范围内" in told and "否则无法比对" in told
    services.apply(bureau, run.code, "valid")
    row = ExternalSupport.get()
    assert (row.fund, row.year, row.purpose, row.village_id, row.area_m2, row.amount_fen) == (
        "长防林工程",
        2026,
        "planting",
        home.village.id,
        3_467,
        1_200_000,
    )
    assert row.holder_hash and external.years() == [2026]
    services.undo(bureau, run.code)
    assert ExternalSupport.select().count() == 0
    assert queries.own_run(bureau, run.code).state == "undone"
