"""The page of a plot and what it gathers: versions by day, papers, external numbers, gardens."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from tests.conftest import csrf, post
from tests.factories import county as make
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.land import gardens, history, papers, preferences, services
from trace.land.page import page_of
from trace.land.rules import land_warnings


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def test_a_harvest_of_2026_shows_the_boundary_of_2026(sign_in, home, coop, plot):
    old = plot.area_m2
    new = services.redraw_boundary(coop, plot.code, make.square(side=0.0018), "退让水渠", date(2026, 9, 1))
    then, now = page_of(coop, plot.code, business_date(), date(2026, 7, 18)), page_of(coop, plot.code, business_date())
    assert (then.shown.version, then.shown.area_m2, now.shown.version) == (1, old, 2)
    assert [(v.row.version, v.change_m2) for v in now.versions] == [(2, new.area_m2 - old), (1, None)]
    browser = sign_in("coop")
    past = browser.get(f"/plots/{plot.code}?on=2026-07-18").text
    assert "2026-07-18：边界第 1 版" in past and then.shown.ring_id in past
    assert "第 2 版边界" in browser.get(f"/plots/{plot.code}").text
    assert browser.get(f"/plots/{plot.code}?on=nonsense").status_code == 200
    assert browser.get(f"/plots/{plot.code}?on=1999-01-01").status_code == 200


def test_papers_of_the_ground(home, coop, plot):
    papers.add_tenure(coop, plot.code, kind="forest_right", number="甲1", holder="张三", area_m2=plot.area_m2)
    papers.add_tenure(coop, plot.code, kind="transfer", number="乙2", holder="青坡", area_m2=30_000,
                      valid_from=date(2019, 1, 1), valid_to=date(2025, 12, 31))  # fmt: skip
    texts = [str(item.message) for item in papers.tenure_cautions(plot, date(2026, 1, 1))]
    assert texts == ["流转合同已于 2025-12-31 到期。", "流转合同 乙2 的面积小于勾绘面积，请核对。"]
    assert [item.code for item in papers.tenure_cautions(plot, date(2025, 12, 31))] == ["TENURE_AREA"]
    assert [doc.number for doc in history.valid_tenure(plot, date(2025, 12, 31))] == ["乙2", "甲1"]
    assert [doc.number for doc in history.valid_tenure(plot, date(2026, 1, 1))] == ["甲1"]
    with pytest.raises(RuleBroken, match="已经登记过"):
        papers.add_tenure(coop, plot.code, kind="forest_right", number=" 甲1 ", holder="李四")
    with pytest.raises(Invalid) as caught:
        papers.add_tenure(
            coop,
            plot.code,
            kind="contract",
            number=" ",
            holder="",
            valid_from=date(2020, 1, 2),
            valid_to=date(2020, 1, 1),
        )
    assert [item.field for item in caught.value.errors] == ["number", "holder", "valid_to"]
    papers.void_tenure(coop, plot.code, 2, "合同号写错")
    assert papers.tenure_cautions(plot, date(2026, 1, 1)) == []
    assert len(history.tenure_docs(plot)) == 2, "void, not gone"
    with pytest.raises(RuleBroken, match="已经作废"):
        papers.void_tenure(coop, plot.code, 2, "再次")
    with pytest.raises(NotFound):
        papers.add_tenure(home.actor("coop2"), plot.code, kind="contract", number="1", holder="别人")


def test_numbers_of_surveys_follow_one_another(coop, plot):
    papers.add_reference(
        coop, plot.code, scheme="subcompartment", value="0031", survey="2019年二类调查", valid_from=date(2019, 6, 1)
    )
    papers.add_reference(
        coop, plot.code, scheme="compartment", value="12", survey="2019年二类调查", valid_from=date(2019, 6, 1)
    )
    with pytest.raises(Invalid, match="日期须晚于现有编号的启用日期 2019-06-01。"):
        papers.add_reference(
            coop, plot.code, scheme="subcompartment", value="7", survey="同年", valid_from=date(2019, 6, 1)
        )
    papers.add_reference(
        coop, plot.code, scheme="subcompartment", value="0107", survey="2024年监测", valid_from=date(2024, 6, 1)
    )
    rows = {(row.scheme, row.value): row.valid_to for row in history.references(plot)}
    assert rows == {
        ("subcompartment", "0107"): None, ("subcompartment", "0031"): date(2024, 5, 31), ("compartment", "12"): None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("land_class", "survey", "codes"),
    [
        ("forest", "", set()), ("suitable_waste", "161", set()), ("forest", "161", {"SURVEY_CLASS_MISMATCH"}),
        ("forest", "999", {"SURVEY_CLASS_UNKNOWN"}), ("basic_farmland", "2111", {"BASIC_FARMLAND"}),
        ("forest", "2112", {"BASIC_FARMLAND", "SURVEY_CLASS_MISMATCH"}), ("cropland", "", {"CROPLAND"}),
    ],
)  # fmt: skip
def test_land_that_needs_a_look(land_class, survey, codes):
    assert {item.code for item in land_warnings(land_class, survey)} == codes


def test_the_page_puts_the_areas_side_by_side(home, coop, plot):
    papers.add_tenure(coop, plot.code, kind="forest_right", number="甲1", holder="张三", area_m2=40_000)
    services.record_visit(
        home.actor("bureau"),
        plot.code,
        kind="year1",
        visited_on=date(2019, 4, 1),
        sampled=200,
        alive=190,
        verified_m2=39_000,
    )
    page = page_of(coop, plot.code, business_date())
    assert (page.tenure_m2, page.verified.verified_m2, page.due.kind) == (40_000, 39_000, "year3")
    assert page.next_step(coop) == "harvest"
    assert page.next_step(home.actor("verifier_forestry")) == "visit"
    assert page.next_step(home.actor("auditor")) == ""


def garden(home, plots, **more: object) -> dict[str, object]:
    return {
        "name": "青坡示范园", "township": make.HOME, "state": "designated", "doc_no": "演林发〔2025〕9号", "issuer": "县林业局",
        "designated_on": date(2025, 6, 1), "area_m2": 40_000, "operator": home.coop.code, "plots": plots, **more,
    }  # fmt: skip


def test_gardens_stand_on_a_document(home, coop, plot):
    bureau = home.actor("bureau")
    with pytest.raises(Forbidden):
        gardens.add_garden(coop, garden(home, [plot.code]))
    away = make.plot(home.actor("coop2"), home, geometry=make.square(112.8))
    with pytest.raises(Invalid) as caught:
        gardens.add_garden(bureau, garden(home, ["X", away.code], doc_no="", issuer=""))
    assert [item.field for item in caught.value.errors] == ["plots", "doc_no", "issuer", "plots"]
    made = gardens.add_garden(bureau, garden(home, [plot.code, plot.code]))
    assert [row.name for row in history.gardens_of(plot)] == ["青坡示范园"]
    assert gardens.get_garden(coop, made.code).code == made.code
    for name in ("coop2", "township2"):
        with pytest.raises(NotFound):
            gardens.get_garden(home.actor(name), made.code)
    with pytest.raises(Invalid, match="撤销日期应在认定日期与今天之间。"):
        gardens.withdraw_garden(bureau, made.code, date(2025, 5, 31), "验收不合格")
    gone = gardens.withdraw_garden(bureau, made.code, date(2026, 1, 5), "验收不合格")
    assert (gone.state, len(gardens.plots_of(bureau, gone))) == ("withdrawn", 1)
    with pytest.raises(RuleBroken):
        gardens.withdraw_garden(bureau, made.code, date(2026, 1, 5), "再次")


def test_the_forms_of_the_dossier(sign_in, home, plot):
    browser, base = sign_in("coop"), f"/plots/{plot.code}"
    scan = BytesIO()
    Image.new("RGB", (8, 8)).save(scan, "PNG")
    scan.seek(0)
    data = {"csrf_token": csrf(browser, f"{base}/tenure"), "kind": "forest_right", "number": "甲1", "holder": "张三",
            "area_mu": "66.2", "scan": (scan, "证.png")}  # fmt: skip
    assert browser.post(f"{base}/tenure", data=data, content_type="multipart/form-data").status_code == 302
    assert browser.get(f"{base}/tenure/1/scan").mimetype == "image/png"
    assert sign_in("coop2").get(f"{base}/tenure/1/scan").status_code == 404
    assert post(browser, f"{base}/tenure", kind="moon").status_code == 422
    assert post(browser, f"{base}/tenure/1/void").status_code == 422
    assert post(browser, f"{base}/tenure/1/void", reason="写错").status_code == 302
    typed = {"scheme": "subcompartment", "value": "0031", "survey": "2024年监测", "valid_from": "2024-06-01"}
    assert post(browser, f"{base}/reference", **typed).status_code == 302
    assert post(browser, f"{base}/reference", **typed).status_code == 422
    assert post(browser, f"{base}/management", mode="organic", on_day="2026-01-01").status_code == 422
    assert post(browser, f"{base}/management", mode="green_food", on_day="2026-01-01").status_code == 302
    page = browser.get(base).text
    for text in ("甲1", "已作废：写错", "0031", "2024年监测", "绿色食品"):
        assert text in page, text
    bureau = sign_in("bureau")
    refused = post(
        bureau, "/plots/gardens/new", name="园", township=make.HOME, state="designated", area_mu="10", plots="x"
    )
    assert refused.status_code == 422 and "已认定的示范园须填写这一项。" in refused.text
    made = post(
        bureau, "/plots/gardens/new", name="青坡园", township=make.HOME, state="applied", area_mu="60", plots=plot.code
    )
    assert made.headers["Location"] == "/plots/gardens/SF0001"
    assert plot.code in bureau.get("/plots/gardens/SF0001").text and "青坡园" in browser.get("/plots/gardens").text
    assert (
        post(
            bureau, "/plots/gardens/SF0001/withdraw", page="/plots/gardens/SF0001", on="2026-01-01", reason="停办"
        ).status_code
        == 302
    )
    assert "已撤销" in bureau.get("/plots/gardens").text


def test_a_plot_in_need_of_papers_says_so(sign_in, home, coop):
    plot = make.plot(
        coop,
        home,
        geometry=make.square(112.7),
        land_class="basic_farmland",
        survey_class="2112",
        declared_m2=40_000,
        soil="purple_shale",
    )
    page = sign_in("coop").get(f"/plots/{plot.code}").text
    for text in ("依法不得种植林果", "勾绘面积", "紫色页岩", "基本农田，无占用审批", "请核对。"):
        assert text in page, text


def test_the_bureau_sets_the_limits(sign_in, home, coop):
    bureau = sign_in("bureau")
    typed = {"tolerance_m2": "4", "far_m": "9000", "gap_m": "30", "limit0": "50", "percent0": "10", "percent1": "4"}
    wrong = post(bureau, "/plots/settings", **{**typed, "limit1": "20"}, percent2="1")
    assert (wrong.status_code, "面积上限要由小到大" in wrong.text) == (422, True)
    for _ in range(2):
        assert post(bureau, "/plots/settings", **typed).status_code == 302
    assert (preferences.number("land.block_gap_m"), preferences.sampling_plan()) == (30, ((50, 10), (None, 4)))
    assert not preferences.is_assumed("land.township_far_m")
    assert 'value="9000"' in bureau.get("/plots/settings").text
    with pytest.raises(Forbidden):
        preferences.change(coop, tolerance_m2=1, far_m=1, gap_m=1, plan=[(None, 1)])
