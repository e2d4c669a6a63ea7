"""Ground registered twice: caught by m² and kind, refused, and let through only by a decision somebody else signs."""

from __future__ import annotations

import json
from datetime import date

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.land import cases, overlap_rules, overlaps, queries, services
from trace.land.dossier import BoundaryCase, OverlapDecision
from trace.land.models import Plot
from trace.registry.models import SiteSetting


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def turned(geometry: str) -> str:
    """The same ring from another corner, backwards."""
    ring = json.loads(geometry)["coordinates"][0][:-1]
    ring = [*ring[2:], *ring[:2]][::-1]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def values(home, geometry: str, **more: object) -> dict[str, object]:
    return {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
        "geometry": geometry, "planted_on": date(2020, 3, 12), **more,
    }  # fmt: skip


KINDS = {
    "identical": (make.square(), "identical", 1.0, 1.0),
    "rotated": (turned(make.square()), "identical", 1.0, 1.0),
    "contained": (make.square(112.6005, 26.7005, 0.0005), "contained", 1.0, 0.0625),
    "contains": (make.square(112.599, 26.699, 0.004), "contains", 0.25, 1.0),
    "half": (make.square(112.601, 26.7), "partial", 0.5, 0.5),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_overlap_is_caught(home, coop, plot, name):
    geometry, kind, own, other = KINDS[name]
    _, (found,) = services.check_boundary(geometry)
    assert (found.plot.code, found.kind) == (plot.code, kind)
    assert (float(found.own_share), float(found.other_share)) == (
        pytest.approx(own, abs=2e-3),
        pytest.approx(other, abs=2e-3),
    )
    with pytest.raises(RuleBroken) as caught:
        make.plot(coop, home, geometry=geometry)
    assert caught.value.code == "PLOT_OVERLAP"


def test_a_shared_edge_and_a_sliver_are_none(home, coop, plot):
    assert services.check_boundary(make.square(112.602, 26.7))[1] == []
    sliver = make.square(112.6019997, 26.7)
    assert services.check_boundary(sliver)[1] == [], "3 cm of 220 m are 6.6 m²"
    SiteSetting.create(key="land.overlap_tolerance_m2", value=2)
    assert services.check_boundary(sliver)[1][0].area_m2 == 7


def test_a_small_plot_is_no_sliver():
    assert not overlap_rules.is_noise(8, 8, 40_000, 10)
    assert overlap_rules.is_noise(8, 4_000, 40_000, 10)
    assert not overlap_rules.is_noise(11, 4_000, 40_000, 10)


def test_ground_given_up_is_free(home, coop, plot):
    Plot.update(state="lost").where(Plot.id == plot.id).execute()
    assert services.check_boundary(make.square())[1] == []
    assert make.plot(coop, home).code != plot.code


def test_the_bureau_lets_an_overlap_through_with_a_reason(home, coop, plot):
    case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7), tree_count=900, name="套种"))
    assert (case.state, case.overlaps[0]["plot"], Plot.select().count()) == ("open", plot.code, 1)
    with pytest.raises(Forbidden):
        cases.decide_case(coop, case.code, "intercropped", "自家的地")
    with pytest.raises(Invalid) as caught:
        cases.decide_case(home.actor("bureau"), case.code, "", " ")
    assert [item.field for item in caught.value.errors] == ["decision", "reason"]
    closed = cases.decide_case(home.actor("bureau"), case.code, "intercropped", "两户套种，已签协议")
    new = queries.get_plot(coop, closed.plot.code)
    assert (closed.state, new.name, new.tree_count, new.steward_id) == ("accepted", "套种", 900, home.coop.id)
    assert new.registered_by == coop.user_id, "the clerk registered it, the bureau decided"
    row = OverlapDecision.get()
    assert (row.plot_a_id, row.plot_b_id, row.version_a, row.version_b) == (plot.id, new.id, 1, 1)
    assert row.area_m2 == overlaps.overlaps_of(plot)[0].area_m2
    for one in (plot, new):
        assert overlaps.open_conflicts(one) == []
        assert overlaps.overlaps_of(one)[0].decision == row
    with pytest.raises(RuleBroken, match="已经办结"):
        cases.decide_case(home.actor("bureau"), case.code, "intercropped", "再来一次")


@pytest.mark.parametrize("decision", ["disputed", "to_correct"])
def test_some_decisions_leave_the_conflict_open(home, coop, plot, decision):
    case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7)))
    closed = cases.decide_case(home.actor("bureau"), case.code, decision, "待乡镇调解")
    assert len(overlaps.open_conflicts(plot)) == len(overlaps.open_conflicts(closed.plot)) == 1
    cases.decide_pair(home.actor("bureau"), plot.code, closed.plot.code, "measurement", "复测后认可现状")
    assert overlaps.open_conflicts(plot) == overlaps.open_conflicts(closed.plot) == []
    assert [row.decision for row in overlaps.decisions_about(plot)] == ["measurement", decision], "both stay readable"


def test_a_decision_ends_when_the_shared_ground_grows(home, coop, plot):
    case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7)))
    new = cases.decide_case(home.actor("bureau"), case.code, "measurement", "认可现状").plot
    services.redraw_boundary(coop, new.code, make.square(112.6012, 26.7), "退让", date(2024, 1, 1))
    assert overlaps.open_conflicts(new) == [], "less than was decided"
    with pytest.raises(RuleBroken, match="重叠"):
        services.redraw_boundary(coop, new.code, make.square(112.6005, 26.7), "扩大", date(2025, 1, 1))
    case = cases.submit_boundary(
        coop, new.code, {"geometry": make.square(112.6005, 26.7), "reason": "扩大", "valid_from": date(2025, 1, 1)}
    )
    cases.decide_case(home.actor("bureau"), case.code, "disputed", "双方都有合同")
    assert len(overlaps.open_conflicts(plot)) == 1
    assert overlaps.decisions_about(new)[0].version_b == 3


def test_a_case_can_be_refused_or_withdrawn(home, coop, plot):
    for finish, state in (
        (lambda code: cases.decide_case(home.actor("bureau"), code, "refuse", "请重新绕测"), "refused"),
        (lambda code: cases.withdraw_case(coop, code), "withdrawn"),
    ):
        case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7)))
        assert finish(case.code).state == state
    assert (Plot.select().count(), OverlapDecision.select().count()) == (1, 0)


def test_nobody_decides_what_he_handed_in(home, plot):
    bureau = home.actor("bureau")
    case = cases.submit_plot(bureau, values(home, make.square(112.601, 26.7)))
    with pytest.raises(RuleBroken, match="请由其他人裁定"):
        cases.decide_case(bureau, case.code, "intercropped", "同意")
    assert BoundaryCase.get().state == "open"


def test_a_case_needs_an_overlap_and_everything_else_right(home, coop, plot):
    with pytest.raises(RuleBroken, match="可以直接登记"):
        cases.submit_plot(coop, values(home, make.square(112.7)))
    with pytest.raises(Invalid, match="相差"):
        cases.submit_plot(coop, values(home, make.square(112.601), declared_m2=1000))
    assert not BoundaryCase.select().exists()


def test_strangers_do_not_see_a_case(home, coop, plot):
    case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7)))
    assert [row.code for row in cases.visible_cases(home.actor("township"))] == [case.code]
    for name in ("coop2", "township2", "nursery"):
        assert list(cases.visible_cases(home.actor(name))) == []
        with pytest.raises(NotFound):
            cases.get_case(home.actor(name), case.code)


def test_decisions_are_history(home, coop, plot):
    case = cases.submit_plot(coop, values(home, make.square(112.601, 26.7)))
    cases.decide_case(home.actor("bureau"), case.code, "intercropped", "套种")
    for statement in ("UPDATE overlap_decision SET reason = 'x'", "DELETE FROM overlap_decision"):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(statement)


def test_the_way_through_the_pages(sign_in, home, plot):
    browser = sign_in("coop")
    typed = {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
        "geometry": make.square(112.601, 26.7), "planted_on": "2020-03-12", "name": "后山坡",
    }  # fmt: skip
    refused = post(browser, "/plots/new", **typed)
    assert refused.status_code == 409
    for text in (plot.code, "部分重叠", "50.0%", "<svg", "提交县林业局裁定", 'value="后山坡"'):
        assert text in refused.text, text
    handed = post(browser, "/plots/new", **typed, refer="1")
    code = BoundaryCase.get().code
    assert (handed.status_code, handed.headers["Location"]) == (302, f"/plots/cases/{code}")
    assert "等待县林业局裁定" in browser.get(f"/plots/cases/{code}").text
    bureau = sign_in("bureau")
    assert code in bureau.get("/plots/cases").text
    page = f"/plots/cases/{code}"
    empty = post(bureau, f"{page}/decide", page=page)
    assert (empty.status_code, "请选择裁定意见。" in empty.text) == (422, True)
    done = post(bureau, f"{page}/decide", page=page, decision="disputed", reason="待调解")
    assert done.status_code == 302
    shown = browser.get(done.headers["Location"]).text
    assert "冲突未解决" in shown and "待调解" in shown
    other = f"/plots/{plot.code}/overlaps/{done.headers['Location'].rpartition('/')[2]}"
    assert "待调解" in bureau.get(other).text
    assert post(bureau, other, decision="intercropped", reason="已签套种协议").status_code == 302
    assert "冲突未解决" not in browser.get(f"/plots/{plot.code}").text
    assert "已签套种协议" in browser.get(f"/plots/{plot.code}").text


def test_a_strangers_ground_is_not_drawn(sign_in, home):
    """The clerk learns the code and the m², not where the rest of the other plot runs."""
    make.plot(home.actor("coop2"), home)
    browser = sign_in("coop")
    typed = {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
        "geometry": make.square(112.601, 26.7),
    }  # fmt: skip
    refused = post(browser, "/plots/new", **typed)
    assert (refused.status_code, 'class="shared"' in refused.text, '<path class="other"' in refused.text) == (
        409,
        True,
        False,
    )


def test_the_dry_run_answers_everything(client, token, home, coop, plot):
    headers = token("coop")
    half = client.post(
        "/api/v1/plots/check", headers=headers,
        json={"geometry": make.square(112.601), "village": home.village.code, "declared_mu": "60", "accuracy_m": 40},
    )  # fmt: skip
    assert half.status_code == 200
    assert (half.json["ok"], half.json["errors"], half.json["township_check"]) == (False, [], "none")
    assert {item["code"] for item in half.json["warnings"]} == {"PLOT_AREA_MISMATCH", "ACCURACY_LOW"}
    (found,) = half.json["overlaps"]
    assert (found["plot"], found["kind"], found["settled"]) == (plot.code, "partial", False)
    assert found["share"] == pytest.approx(0.5, abs=1e-3)
    wrong = client.post(
        "/api/v1/plots/check", headers=headers, json={"geometry": make.square(112.601), "declared_mu": "10"}
    )
    assert (wrong.status_code, wrong.json["code"], wrong.content_type) == (
        422,
        "PLOT_AREA_MISMATCH",
        "application/problem+json",
    )
    assert wrong.json["errors"][0]["field"] == "declared_mu"
    assert wrong.json["overlaps"][0]["plot"] == plot.code, "nothing right is lost"
    own = client.post("/api/v1/plots/check", headers=headers, json={"geometry": make.square(), "plot": plot.code})
    assert (own.json["ok"], own.json["overlaps"]) == (True, [])
    assert (
        client.post(
            "/api/v1/plots/check", headers=token("coop2"), json={"geometry": make.square(), "plot": plot.code}
        ).status_code
        == 404
    )
