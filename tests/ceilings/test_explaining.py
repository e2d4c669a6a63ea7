"""Can trees explain the labels? From seedlings to labels, each arrow enforced, each override named and dated (feature X1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.factories import county as make
from trace.audit import operation
from trace.ceilings import explaining, overrides, seasons
from trace.ceilings.models import CeilingOverride
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.invariants import all_findings
from trace.labels import printing
from trace.labels import services as labels
from trace.land.models import Plot, SurvivalVisit
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform
from trace.processing.services import Input, Output, pack, record_run
from trace.registry.queries import get_product

pytestmark = pytest.mark.usefixtures("database")
TODAY = business_date()


@pytest.fixture
def home():
    return make.county()


@pytest.fixture
def coop(home):
    return home.actor("coop")


def packs_of(actor, lot, raw="400", dried="100", pieces=40):
    batch = record_run(actor, "drying", [Input(lot.code, raw)], [Output("TD", dried)]).lots[0]
    return pack(actor, [Input(batch.code, "10")], pieces=pieces, piece="250克", name="土枇杷干果").lots[0]


def few_trees(plot, count):
    Plot.update(tree_count=count).where(Plot.id == plot.id).execute()


def links(lot, labels=None):
    return {link.arrow.value: link for link in explaining.explain(lot, TODAY, labels).links}


def test_labels_of_fruit_that_trees_can_bear_are_made(home, coop):
    lot = packs_of(coop, make.harvest(coop, make.plot(coop, home)))
    found = links(lot, 40)
    assert [found[arrow].state for arrow in ("planted", "alive", "harvest", "batch", "labels")] == [
        "unknown", "unknown", "ok", "ok", "ok",
    ]  # fmt: skip
    assert (found["batch"].found, found["batch"].most) == (10_000, 10_000)
    assert (found["labels"].found, found["labels"].most) == (40, 40)
    assert labels.make_run(coop, lot.code, 40).count == 40
    assert list(all_findings()) == []


def test_labels_that_trees_cannot_explain_are_refused_by_the_name_of_the_arrow(home, coop):
    plot = make.plot(coop, home)
    lot = packs_of(coop, make.harvest(coop, plot, "1000"))
    few_trees(plot, 30)
    with pytest.raises(RuleBroken, match=r"采收 1.000.00 公斤，树木最多能产 734.40 公斤，多出 265.60 公斤") as told:
        labels.make_run(coop, lot.code, 1)

    assert plot.code in str(told.value)
    assert explaining.explain(lot, TODAY, 0).verdict == "broken"


def test_trees_too_young_to_bear_explain_nothing(home, coop):
    plot = make.plot(coop, home, planted_on=date(2025, 3, 12))
    lot = packs_of(coop, make.harvest(coop, plot, "1000"))
    with pytest.raises(RuleBroken, match=r"树木最多能产 0.00 公斤"):
        labels.make_run(coop, lot.code, 1)


def test_dead_trees_lower_the_ceiling(home, coop):
    plot = make.plot(coop, home, tree_count=1000)
    lot = make.harvest(coop, plot, "1000")
    assert links(lot)["harvest"].most == 1000 * 24 * 1020
    SurvivalVisit.create(
        plot=plot, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=10, verified_m2=plot.area_m2, verifier_id=1,
        verifier_name="查", recorded_at=plot.registered_at,
    )  # fmt: skip
    assert (links(lot)["alive"].most, links(lot)["alive"].found) == (1000, 100)
    assert links(lot)["harvest"].most == 100 * 24 * 1020


def test_the_whole_season_of_a_plot_counts_not_only_this_lot(home, coop):
    plot = make.plot(coop, home, tree_count=40)
    few_trees(plot, 4000)
    first = make.harvest(coop, plot, "600", date(2026, 7, 10))
    few_trees(plot, 40)
    assert links(first)["harvest"].state == "ok"
    few_trees(plot, 4000)
    make.harvest(coop, plot, "600", date(2026, 7, 20))
    few_trees(plot, 40)
    assert (links(first)["harvest"].state, links(first)["harvest"].found) == ("broken", 1_200_000)


def test_an_override_is_named_dated_and_ends(home, coop):
    bureau, plot = home.actor("bureau"), make.plot(coop, home)
    lot = packs_of(coop, make.harvest(coop, plot, "1000"))
    few_trees(plot, 30)
    about = {"arrow": "harvest", "plot": plot.code, "year": 2026, "part": "fruit"}
    with pytest.raises(Forbidden):
        overrides.grant(coop, reason="大年", valid_to=TODAY, **about)
    row = overrides.grant(bureau, reason="大年，已实地核产", valid_to=TODAY + timedelta(days=30), **about)
    assert links(lot)["harvest"].override.who == bureau.display_name
    assert labels.make_run(coop, lot.code, 10).count == 10
    later = TODAY + timedelta(days=31)
    assert explaining.explain(lot, later, 0).verdict == "broken"
    with pytest.raises(RuleBroken, match="这一环已经放行。"):
        overrides.grant(bureau, reason="再放", valid_to=TODAY, **about)
    overrides.withdraw(bureau, row.code, "产量核减")
    with pytest.raises(RuleBroken, match="树木最多能产"):
        labels.make_run(coop, lot.code, 10)
    with pytest.raises(RuleBroken, match="已经收回"):
        overrides.withdraw(bureau, row.code, "再收")
    assert CeilingOverride.select().count() == 1
    assert list(all_findings()) == []


def test_x1_labels_made_before_the_trees_were_counted_are_neither_printed_nor_activated(home, coop, tmp_path):
    bureau, plot = home.actor("bureau"), make.plot(coop, home)
    lot = packs_of(coop, make.harvest(coop, plot, "1000"))
    run = labels.make_run(coop, lot.code, 10)
    few_trees(plot, 30)
    with pytest.raises(RuleBroken, match="树木最多能产"):
        labels.activate_run(coop, run.no)
    with pytest.raises(RuleBroken, match="树木最多能产"):
        printing.take_sheet(coop, run.no, tmp_path, "https://example.test")
    overrides.grant(
        bureau, reason="大年，已实地核产", valid_to=TODAY, arrow="harvest", plot=plot.code, year=2026, part="fruit"
    )
    assert labels.activate_run(coop, run.no).state == "activated"


def test_an_override_without_reason_or_day_is_refused(home, coop):
    bureau, plot = home.actor("bureau"), make.plot(coop, home)
    with pytest.raises(Invalid) as told:
        overrides.grant(
            bureau, arrow="harvest", reason=" ", valid_to=TODAY - timedelta(days=1), plot=plot.code, year=2026, part="fruit"
        )  # fmt: skip
    assert {error.field for error in told.value.errors} == {"reason", "valid_to"}
    with pytest.raises(NotFound):
        overrides.withdraw(bureau, "FX26-9999", "x")


def test_a_batch_that_its_raw_fruit_cannot_give_is_refused_even_when_the_books_say_so(home, coop):
    """The inflated batch is written past the rules of processing, as an import or a careless programme would."""
    lot = make.harvest(coop, make.plot(coop, home))
    with operation(coop, Permission.RUN_RECORD) as op:
        done = perform(
            op, OperationKind.DRYING, home.coop, lot.made_on, draws=[Draw(lot, 100_000)],
            makes=[Make(get_product("TD"), "batch", 150_000, home.coop)],
        )  # fmt: skip
        op.record("run.record", done.operation)
    packs = pack(coop, [Input(done.lots[0].code, "100")], pieces=400, piece="250克").lots[0]
    with pytest.raises(RuleBroken, match=r"批次 K26-0001 有 100.00 公斤，所用原料最多能产 30.00 公斤，多出 70.00 公斤"):
        labels.make_run(coop, packs.code, 1)


def test_a_producer_sums_its_plots(home, coop):
    one, other = (
        make.plot(coop, home, tree_count=1000),
        make.plot(coop, home, geometry=make.square(112.7), tree_count=4000),
    )
    make.harvest(coop, one, "1000")
    make.harvest(coop, other, "1000")
    few_trees(other, 20)
    (row,) = seasons.producers(home.actor("bureau"), 2026, TODAY)
    assert (row.plots, row.found_g, row.most_g, row.broken, row.state) == (
        2, 2_000_000, 1020 * 24 * 1020, 1, "broken",
    )  # fmt: skip
    assert seasons.producers(home.actor("township2"), 2026, TODAY) == []
