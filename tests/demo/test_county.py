"""What the demo county holds, on both engines."""

from __future__ import annotations

import json
from datetime import date
from statistics import fmean

import pytest
from flask import Flask
from shapely import STRtree, prepare
from shapely.geometry import shape

from tests.conftest import PASSWORD, post
from tests.demo.conftest import SCALE
from tests.demo.leaks import walk
from trace.accounts.models import User
from trace.accounts.queries import actor_of, user_named
from trace.core import identifiers
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.geometry import distance_m
from trace.db import db
from trace.demo import names
from trace.demo.borders import BLOCK_GAP_M
from trace.demo.calendar import TODAY
from trace.demo.people import ACTIVE, HOUSEHOLDS
from trace.demo.places import OUTLINE
from trace.demo.plots import AVERAGE_M2
from trace.desk.demo_flag import DEMO_KEY
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident, IntervalJudgement
from trace.field.rules import in_window, judge_yield
from trace.field.services import season_grams
from trace.funds.models import Application
from trace.invariants import all_findings
from trace.labels.models import LabelRun
from trace.land.blocks import contiguous_blocks
from trace.land.cases import judge_again, visible_cases
from trace.land.dossier import OverlapDecision
from trace.land.gardens import plots_of, visible_gardens
from trace.land.models import Plot, PlotBoundary, SurvivalVisit
from trace.land.overlaps import open_conflicts, overlaps_of
from trace.land.queries import pieces
from trace.land.rules import STOCK_STATES
from trace.land.services import register_plot
from trace.log import keeper
from trace.log.queries import newest_public_entry
from trace.lots.models import Hold, Lot, Operation
from trace.lots.queries import drawable_lots, lots_joined
from trace.pesticides.models import PesticideProduct
from trace.processing.models import Dispatch, ProcessRun, Receipt
from trace.processing.rules import Ratios, judge_run, shortage_needs_reason
from trace.quality.certificate_models import LabReport
from trace.registry.models import Party, Title, Township, Village
from trace.registry.queries import site_setting
from trace.registry.services import register_party
from trace.registry.vault import vault
from trace.scan.models import UnitScan
from trace.targets.models import CountyGoal, PlanRecord

pytestmark = [pytest.mark.usefixtures("opened"), pytest.mark.xdist_group("demo")]

READERS = (
    "coop", "grower", "plant", "nursery", "township-430422122", "bureau", "verifier-forestry", "verifier-finance", "office", "leader",
    "finance-maker", "finance-checker", "market", "statistics", "auditor", "admin", "security",
)  # fmt: skip
"""Everybody with a desk."""
FREE_FIELD = {"type": "Polygon", "coordinates": [[[112.9, 26.6], [112.901, 26.6], [112.901, 26.601], [112.9, 26.6]]]}
ROLES = (
    "admin security auditor office leader bureau verifier-forestry verifier-finance finance-maker finance-checker market statistics "
    "coop coop2 nursery plant grower"
).split()


def who(username: str) -> Actor:
    """The actor of a demo account."""
    return actor_of(user_named(username))


def test_every_invariant_holds():
    assert list(all_findings()) == []


def test_accounts_are_those_of_the_contract():
    townships = [f"township-{township.code}" for township in Township.select()]
    assert len(townships) == 23
    assert {user.username for user in User.select()} == {*ROLES, *townships}
    assert not User.select().where(User.must_change | User.disabled).exists()
    assert site_setting(DEMO_KEY) is True


def test_the_two_cooperatives_live_apart():
    coop, coop2 = (Party.get_by_id(who(name).party_id) for name in ("coop", "coop2"))
    assert coop.kind == coop2.kind == "cooperative"
    assert coop.township_id != coop2.township_id


def test_plots_lie_apart_inside_the_outline():
    """But for one pair, which the bureau has decided about."""
    rows = list(PlotBoundary.select().where(PlotBoundary.valid_to.is_null()))
    shapes = [shape(json.loads(row.geojson)) for row in rows]
    first, second = STRtree(shapes).query(shapes, predicate="intersects")
    pairs = [{rows[a].plot_id, rows[b].plot_id} for a, b in zip(first, second, strict=True) if a < b]
    assert pairs == [{decision.plot_a_id, decision.plot_b_id} for decision in OverlapDecision.select()]
    county = shape(json.loads(OUTLINE.read_text(encoding="utf-8"))["geometry"])
    prepare(county)
    assert all(county.contains(one) for one in shapes)
    assert {5, 9} <= {len(one.exterior.coords) - 1 for one in shapes}


def test_villages_of_a_township_lie_together():
    """Nearer to the middle of the own township than to the middles of all others together, by far."""
    query = (
        PlotBoundary.select(PlotBoundary.west, PlotBoundary.south, Township.name)
        .join(Plot)
        .join(Village)
        .join(Township)
    )
    places: dict[str, list[tuple[float, float]]] = {}
    for west, south, township in query.where(PlotBoundary.valid_to.is_null()).tuples():
        places.setdefault(township, []).append((west, south))
    middles = {name: (fmean(x for x, _ in found), fmean(y for _, y in found)) for name, found in places.items()}
    for name, found in places.items():
        assert max(distance_m(place, middles[name]) for place in found) < 12_000, name


def test_ground_is_contested_and_shown():
    """One case waits, one is decided and its overlap settled; one garden is designated, one applied for."""
    bureau = who("bureau")
    assert sorted(case.state for case in visible_cases(bureau)) == ["accepted", "open"]
    waiting = visible_cases(bureau, "open").get()
    assert judge_again(waiting).conflicts
    decided = OverlapDecision.get()
    assert open_conflicts(decided.plot_a) == [] and overlaps_of(decided.plot_a)[0].settled
    assert PlotBoundary.select().where(PlotBoundary.plot == visible_cases(bureau, "accepted").get().plot).count() == 2
    shown = {garden.state: plots_of(bureau, garden) for garden in visible_gardens(bureau)}
    assert set(shown) == {"designated", "applied"}
    codes = {plot.code for plot in shown["designated"]}
    blocks = contiguous_blocks([piece for piece in pieces(bureau) if piece.code in codes], BLOCK_GAP_M)
    assert len(codes) >= 3 and len(blocks) == 1, "the garden is one contiguous block"


def test_plots_add_up_to_their_share_of_the_county():
    plots = list(Plot.select())
    expected = AVERAGE_M2 * len(plots)
    assert abs(sum(plot.area_m2 for plot in plots) - expected) < expected / 100
    assert {plot.code[:9] for plot in plots} == {t.code for t in Township.select().where(Township.name.in_(ACTIVE))}
    assert sum(plot.land_class == "basic_farmland" for plot in plots) == 1
    for plot in plots:
        assert 2016 <= plot.planted_on.year <= 2025
        planted_m2 = PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.version == 1).area_m2
        assert 54 <= plot.tree_count / (planted_m2 * 15 / 10_000) <= 96


def test_visits_come_after_planting_and_decide_the_state():
    last = {}
    for visit in SurvivalVisit.select(SurvivalVisit, Plot).join(Plot).order_by(SurvivalVisit.visited_on):
        age = (visit.visited_on - visit.plot.planted_on).days
        assert age > (3 * 365 if visit.kind == "year3" else 180)
        # Verifiers count on the day the county is loaded; everything else happened before the demo's own today.
        assert visit.visited_on <= max(TODAY, business_date()) and visit.verified_m2 <= visit.plot.area_m2
        last[visit.plot_id] = visit
    assert any(visit.visited_on < date(2024, 11, 20) for visit in last.values())
    for plot in Plot.select():
        if plot.id not in last:
            assert plot.state == "planted"
            continue
        rate = last[plot.id].alive / last[plot.id].sampled
        assert (plot.state in STOCK_STATES) == (rate >= (0.8 if last[plot.id].kind == "year3" else 0.85))


def test_personal_numbers_are_valid_sealed_and_nobodys_twice():
    households = list(Party.select().where(Party.kind == "household"))
    assert len(households) == round(HOUSEHOLDS * SCALE)
    numbers = [vault().unseal(party.id_number_sealed) for party in households]
    accounts = [vault().unseal(party.account_sealed) for party in households]
    for number, account in zip(numbers, accounts, strict=True):
        checked = identifiers.check_citizen_id(number, TODAY)
        assert number.startswith("430422") and 1950 <= int(number[6:10]) <= 1995 and checked.number == number
        assert identifiers.check_bank_account(account).warnings == () and len(account) == 19
    assert len(set(numbers)) == len(set(accounts)) == len(households)


def test_organisations_are_invented_and_well_numbered():
    wanted = {
        "cooperative": ("93430422", 9),
        "village_collective": ("N2430422", 3),
        "enterprise": ("91430422", 14),
        "nursery": ("92430422", 2),
    }
    for kind, (prefix, count) in wanted.items():
        found = list(Party.select().where(Party.kind == kind))
        assert len(found) == count
        for party in found:
            assert party.uscc.startswith(prefix) and identifiers.check_uscc(party.uscc)
            assert party.name.removeprefix("衡南").startswith(
                (*names.COOPS, *names.COLLECTIVES, *names.FIRMS, *names.NURSERIES)
            )


def test_titles_count_as_the_brief_says():
    counts = {
        kind: Title.select().where(Title.kind == kind).count()
        for kind in ("above_scale", "leading_provincial", "leading_national")
    }
    assert counts == {"above_scale": 2, "leading_provincial": 3, "leading_national": 0}
    for title in Title.select():
        assert identifiers.check_sc(title.doc_no) if title.kind == "food_licence" else title.doc_no.startswith("演示")
    assert round(sum(party.nursery_m2 for party in Party.select()) * 15 / 10_000) == 62


def test_harvests_are_plausible():
    lots = list(lots_joined().where(Lot.kind == "harvest"))
    assert lots
    for lot in lots:
        part = lot.product.part
        assert in_window(part, lot.made_on) and lot.made_on.year - lot.plot.planted_on.year >= 5
        assert judge_yield(season_grams(lot.plot, part, lot.made_on.year), lot.plot.area_m2, 300, 600).refused is None


def test_runs_stay_within_what_the_services_would_have_accepted():
    flagged = 0
    for run in ProcessRun.select():
        moves = list(run.operation.movements)
        drawn = -sum(move.quantity for move in moves if move.quantity < 0)
        made = [move for move in moves if move.quantity > 0]
        main = sum(move.quantity for move in made if move.lot.kind == "batch")
        other = sum(move.quantity for move in made if move.lot.kind == "byproduct")
        step = run.process
        ratios = Ratios(step.low_milli, step.high_milli, step.hard_max_milli, step.keeps_weight)
        assert judge_run(drawn, main, other, run.loss_g, ratios, "", "g") == run.flagged
        flagged += run.flagged
    assert flagged and {run.process.code for run in ProcessRun.select()} == {
        "grading",
        "drying",
        "candying",
        "fermenting",
        "leaf_tea",
    }


def test_what_is_missing_at_the_scales_is_explained():
    for receipt in Receipt.select(Receipt, Dispatch).join(Dispatch):
        assert receipt.received + receipt.shortage == receipt.dispatch.quantity
        assert not shortage_needs_reason(receipt.dispatch.quantity, receipt.received) or receipt.reason


def test_operations_follow_one_another_in_time_and_end_before_today():
    for operation in Operation.select():
        assert date(2023, 1, 1) <= operation.business_date <= TODAY
        for move in operation.movements:
            assert move.lot.made_on <= operation.business_date
    for run in LabelRun.select(LabelRun, Lot).join(Lot):
        assert run.made_at.date() >= run.lot.made_on
    for scan in UnitScan.select(UnitScan, LabelRun).join(LabelRun):
        assert scan.run.activated_at <= scan.first_at <= scan.last_at and scan.last_at.date() <= TODAY


def test_parties_with_an_account_keep_their_own_records():
    own = {who(name).party_id: who(name).user_id for name in ("coop", "coop2", "plant", "nursery")}
    without = {party.id for party in Party.select().where(Party.kind == "nursery")} - set(own)
    assert len(without) == 1
    for operation in Operation.select():
        # The demo's second nursery has no account: the first one's sign-in enters its records, in its name.
        entered = who("nursery").user_id if operation.party_id in without else own.get(operation.party_id, 0)
        assert operation.recorded_by == entered


def test_something_has_gone_wrong():
    kinds = [(hold.kind, hold.released_at is not None) for hold in Hold.select().order_by(Hold.id)]
    assert sorted(kinds) == [("hold", False), ("hold", False), ("hold", True), ("recall", False)]
    early, tested = sorted(
        Hold.select().where(Hold.kind == "hold", Hold.released_at.is_null()),
        key=lambda hold: "仅18天" not in hold.reason,
    )
    assert early.lot.made_on == date(2026, 7, 18) and "仅18天" in early.reason
    assert LabReport.get(LabReport.lot == tested.lot).hold_id == tested.id


def test_seasons_of_records_with_their_planned_defects():
    kinds = {kind for (kind,) in Activity.select(Activity.kind).distinct().tuples()}
    assert {"fertilise", "spray", "scout", "tend"} <= kinds
    assert {day.year for (day,) in ActivityVersion.select(ActivityVersion.on_day).tuples()} == {2023, 2024, 2025, 2026}
    assert [(row.outcome, row.days) for row in IntervalJudgement.select()] == [("held", 18)]
    assert {row.kind for row in FieldIncident.select()} <= {"organic"}
    assert ActivityVersion.select().where(ActivityVersion.late_days > 7, ActivityVersion.late_reason != "").exists()
    assert {
        state for (state,) in ActivityVersion.select(ActivityVersion.state).where(ActivityVersion.version == 2).tuples()
    } == {"valid", "void"}
    assert all("演示" in row.name and "演示" in row.source for row in PesticideProduct.select())
    assert max(row.on_day for row in ActivityVersion.select()) <= TODAY


def test_demo_accounts_have_something_to_do():
    coop, plant = who("coop"), who("plant")
    assert Plot.select().where(Plot.steward == coop.party_id).exists()
    assert {lot.kind for lot, _left in drawable_lots(coop)} == {"harvest"}
    assert {"receipt", "batch", "pack"} <= {lot.kind for lot, _left in drawable_lots(plant)}
    assert LabelRun.select().join(Lot).where(Lot.holder == plant.party_id).exists()
    assert Dispatch.select().where(Dispatch.receiver == plant.party_id, Dispatch.state == "sent").count() == 1
    assert Plot.select().where(Plot.operator == who("grower").party_id).exists()


def test_applications_stand_at_many_stages_and_tasks_fall_short_of_the_goal():
    assert {"SUBMITTED", "PUBLICITY", "APPROVED", "PAID"} <= {row.state for row in Application.select()}
    tasks = list(PlanRecord.select().where(PlanRecord.indicator == "area", PlanRecord.year == 2030))
    assert len(tasks) == len(ACTIVE) and all("演示" in task.doc_no for task in tasks)
    assert 0 < sum(task.value for task in tasks) < CountyGoal.get(CountyGoal.indicator == "area").value


def test_people_can_go_on_registering():
    coop = who("coop")
    plot = Plot.select().where(Plot.steward == coop.party_id).first()
    with db.atomic() as attempt:
        household = register_party(coop, {"kind": "household", "name": "试登记", "village": plot.village.code})
        added = register_plot(
            coop,
            {
                "village": plot.village.code,
                "operator": household.code,
                "land_class": "forest",
                "management": "conventional",
                "geometry": FREE_FIELD,
            },
        )
        assert added.code.startswith(plot.village.code) and list(all_findings("land")) == []
        attempt.rollback()


def test_every_activated_pack_can_be_checked_in_the_public_log():
    for run in LabelRun.select():
        assert (newest_public_entry(run.no) is not None) is (run.state == "activated"), run.no


@pytest.mark.parametrize("role", READERS)
def test_every_link_shown_to_a_role_opens(county: Flask, role: str):
    """A reader follows what the pages offer: nothing fails, nothing is refused, nothing is missing. Papers and files are looked at elsewhere."""
    keeper.tend()
    browser = county.test_client()
    assert post(browser, "/sign-in", username=role, password=PASSWORD).status_code == 302
    shown, dead = 0, []
    for _door, address, answer in walk(county, browser, ["/desk"], 1, follow=lambda path: "." not in path):
        shown += 1
        if answer.status_code >= 400:
            dead.append(f"{address}: {answer.status_code}")
    assert shown > 5 and dead == []
