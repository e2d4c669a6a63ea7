"""The tables come in through the imports: template, dry run, every wrong cell named, undone again; an empty table says so."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from tests.conftest import post
from tests.factories import pesticides as tables
from trace.core.actor import GRANTS, Permission, Role
from trace.core.errors import RuleBroken
from trace.imports.services import apply, check, receive, undo
from trace.pesticides import checks, queries
from trace.pesticides.limits import Answer
from trace.pesticides.models import PesticideProduct
from trace.pesticides.services import MODELS

PRODUCTS = "登记证号,农药名称,有效成分,毒性,登记证持有人,有效期至,生物农药,来源\n"
SCOPES = (
    "登记证号,作物或场所,类别,防治对象,用量下限,用量上限,用量单位,使用方法,安全间隔期,每季最多使用次数,使用间隔,来源\n"
)
GOOD = "ＰＤ２０１５０１２３,示例吡虫啉,10%吡虫啉、高效氯氰菊酯,低毒,示例公司,2030.1.1,否,公告\n"


@pytest.fixture
def bureau(home):
    return home.actor("bureau")


def handed(actor, kind: str, text: str):
    return check(actor, receive(actor, kind, "表.csv", text.encode()))


def load(actor, kind: str, text: str):
    run = handed(actor, kind, text)
    assert (run.state, run.report) == ("checked", [])
    return apply(actor, run.code, "all")


def test_products_and_labels_come_in(bureau):
    load(bureau, "pesticides", PRODUCTS + GOOD)
    load(
        bureau,
        "pesticide_scopes",
        SCOPES
        + "PD20150123,粗糠树,作物,蚜虫,30,60,克/亩,喷雾,21天,2次,10,标签\nPD20150123,林木,林木、森林等场所,尺蠖,,,倍,,,,,标签\n",
    )
    product = queries.get_product("PD20150123")
    assert (product.actives, product.valid_to, product.initials) == (
        ["吡虫啉", "高效氯氰菊酯"],
        date(2030, 1, 1),
        "slbcl",
    )
    first, second = queries.scopes_of("PD20150123")
    assert (first.dose_low, first.dose_high, first.phi_days, first.max_times, first.interval_days) == (
        30_000,
        60_000,
        21,
        2,
        10,
    )
    assert (second.site_kind, second.dose_high, second.phi_days) == ("forest_site", None, None), (
        "what a label does not say is not invented"
    )
    assert list(checks.check_every_label_has_its_product()) == []


def test_every_wrong_cell_is_named(bureau):
    run = handed(bureau, "pesticides", PRODUCTS + "PD2015123,示例,,微毒毒,,2026-02-30,也许,\n")
    assert [item["title"] for item in run.report] == ["登记证号", "有效成分", "毒性", "有效期至", "生物农药", "来源"]
    assert run.report[0]["template"].startswith("农药登记证号‘%(no)s’格式不正确")
    run = handed(bureau, "pesticide_scopes", SCOPES + "PD20159999,粗糠树,作物,蚜虫,60,30,斤/亩,喷雾,21,0,-1,标签\n")
    assert [item["title"] for item in run.report] == ["用量单位", "每季最多使用次数", "使用间隔"]
    run = handed(bureau, "pesticide_scopes", SCOPES + "PD20159999,粗糠树,作物,蚜虫,30,60,克/亩,喷雾,21,2,3,标签\n")
    assert [item["title"] for item in run.report] == ["登记证号"]
    load(bureau, "pesticides", PRODUCTS + GOOD)
    run = handed(bureau, "pesticide_scopes", SCOPES + "PD20150123,粗糠树,作物,蚜虫,60,30,克/亩,喷雾,21,2,3,标签\n")
    assert [(item["title"], item["template"]) for item in run.report] == [("用量上限", "用量上限小于下限。")]
    run = handed(
        bureau,
        "residue_limits",
        "食品类别,农药名称,最大残留限量,标准版本,来源\n水果,吡虫啉,0,GB,公告\n水果,吡虫啉,很少,GB,公告\n",
    )
    assert [item["title"] for item in run.report] == ["最大残留限量"] * 2


def test_a_newer_row_retires_the_older_and_undoing_brings_it_back(bureau):
    load(bureau, "pesticides", PRODUCTS + GOOD)
    again = load(bureau, "pesticides", PRODUCTS + GOOD.replace("2030.1.1", "2035.1.1"))
    assert queries.get_product("PD20150123").valid_to == date(2035, 1, 1)
    assert PesticideProduct.select().count() == 2, "the older row stays readable"
    undo(bureau, again.code)
    assert queries.get_product("PD20150123").valid_to == date(2030, 1, 1)
    third = load(bureau, "pesticides", PRODUCTS + GOOD.replace("2030.1.1", "2036.1.1"))
    load(bureau, "pesticides", PRODUCTS + GOOD.replace("2030.1.1", "2037.1.1"))
    with pytest.raises(RuleBroken, match="后来又导入了新的内容"):
        undo(bureau, third.code)
    assert queries.get_product("PD20150123").valid_to == date(2037, 1, 1)


def test_limits_answer_through_the_tables(home, bureau):
    taxon = queries.taxon_named("粗糠树")
    load(
        bureau,
        "residue_limits",
        "食品类别,农药名称,最大残留限量,标准版本,来源\n水果：仁果类水果(苹果除外),吡虫啉,0.5,GB 2763-2021,公告\n",
    )
    assert queries.limit_for(taxon, "fruit", "吡虫啉").answer is Answer.NO_LIMIT, "no path loaded"
    load(bureau, "food_paths", "树种,部位,食品类别,来源\n土枇杷,果,,标准里没有\n枇杷,果,水果：仁果类水果：枇杷,标准\n")
    answer = queries.limit_for(taxon, "fruit", "吡虫啉")
    assert (answer.answer, str(answer.words)) == (Answer.NO_LIMIT, "无对应限量")
    loquat = queries.limit_for(queries.taxon_named("枇杷"), "fruit", "10%吡虫啉")
    assert (loquat.limit.ng_kg, str(loquat.words)) == (500_000, "0.5 mg/kg（水果:仁果类水果(苹果除外)）")


def test_the_pages_show_what_is_loaded_and_what_is_not(home, bureau, sign_in):
    browser = sign_in("bureau")
    for table in ("products", "scopes", "bans", "limits", "paths", "organic", "nonsense"):
        page = browser.get(f"/pesticides?table={table}").text
        assert "这张表还是空的。" in page and "不会当作合格" in page
    tables.load_all(bureau)
    tables.row(bureau, "food_paths", taxon=queries.taxon_named("土枇杷"), part="fruit", food_path="")
    tables.row(
        bureau, "residue_limits", food_path="水果", active="吡虫啉", ng_kg=500_000, typed="0.5", std_version="GB"
    )
    assert (
        "示例吡虫啉" in browser.get("/pesticides?q=slbcl").text
        and "示例水稻" not in browser.get("/pesticides?q=slbcl").text
    )
    assert "标准中没有，无对应限量" in browser.get("/pesticides?table=paths").text
    for table, word in (("scopes", "蚜虫"), ("bans", "甲胺磷"), ("limits", "0.5"), ("organic", "农家肥")):
        assert word in browser.get(f"/pesticides?table={table}").text
        assert "这张表还是空的。" in browser.get(f"/pesticides?table={table}&q=没有的").text
    page = browser.get(f"/pesticides/products/{tables.GOOD}").text
    assert page.count("无对应限量") >= 2 and "不等于合格" in page
    assert "含禁用成分" in browser.get(f"/pesticides/products/{tables.BANNED}").text
    assert browser.get("/pesticides/products/PD99999999").status_code == 404
    assert [item["code"] for item in browser.get("/pesticides/picks?q=吡虫").json["items"]] == [tables.GOOD]


def test_templates_and_the_permission(home, sign_in):
    browser = sign_in("bureau")
    for kind in MODELS:
        book = openpyxl.load_workbook(BytesIO(browser.get(f"/imports/templates/{kind}.xlsx").data))
        assert "来源*" in [cell.value for cell in book["填写"][1]]
    coop = sign_in("coop")
    answer = post(coop, "/imports", kind="pesticides", file=(BytesIO((PRODUCTS + GOOD).encode()), "表.csv"))
    assert answer.status_code == 403
    assert {role for role in Role if Permission.PESTICIDE_LOAD in GRANTS[role]} == {Role.BUREAU}
