"""Scenarios N1–N7 of the domain brief, undo, and the chain from seed to stand."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import county as make
from tests.nursery.conftest import AUTUMN, SPRING
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.invariants import all_findings
from trace.land.models import Plot, Stand
from trace.lots import queries as ledger
from trace.lots import services as lots
from trace.lots import tracing
from trace.nursery import dispatching, queries, services
from trace.nursery.models import PhaseEntry

pytestmark = pytest.mark.usefixtures("database")


def phases(seedling) -> tuple[int, ...]:
    return tuple(queries.phases_of([seedling.lot_id])[seedling.lot_id].values())


def messages(error) -> list[str]:
    return [str(item.message) for item in error.value.errors]


def clean() -> bool:
    return list(all_findings("nursery")) == [] and list(all_findings("lots")) == []


def test_n1_from_an_accession_to_plants_that_are_ready(garden, accession):
    actor = garden.actor
    seedling = services.sow(actor, accession.code, way="seed", count=10_000, on=SPRING)
    code = seedling.lot.code
    services.lose(actor, code, phase="germinating", count=2_500, reason="not_germinated", on=SPRING)
    services.advance(actor, code, source="germinating", target="growing", count=7_500, on=SPRING)
    services.lose(actor, code, phase="growing", count=500, reason="drought", on=SPRING)
    services.advance(actor, code, source="growing", target="ready", count=6_000, on=AUTUMN)
    assert phases(seedling) == (0, 1_000, 6_000) and ledger.balance(seedling.lot) == 7_000
    growth = queries.growth_of(seedling)
    assert (growth.germination, growth.loss) == (Fraction(3, 4), Fraction(3, 10))
    with pytest.raises(Invalid, match="库存 1 000 株，不足 1 001 株。".replace(" ", ".")):
        services.lose(actor, code, phase="growing", count=1_001, reason="cull", on=AUTUMN)
    with pytest.raises(Invalid, match="退回上一阶段"):
        services.advance(actor, code, source="ready", target="growing", count=1, on=AUTUMN)
    assert clean()


def test_n2_no_sale_after_the_licence_ended(garden):
    seedling = garden.lot()
    garden.papers(seedling)
    garden.licence.valid_to = AUTUMN - timedelta(days=1)
    garden.licence.save()
    with pytest.raises(Invalid) as error:
        dispatching.dispatch(
            garden.actor, seedling.lot.code, purpose="sale", count=5_000, on=AUTUMN, receiver=garden.county.coop.code
        )
    assert messages(error) == ["林草种子生产经营许可证已于 2026-11-01 到期，不能销售。"]
    day_before = AUTUMN - timedelta(days=1)
    assert dispatching.dispatch(
        garden.actor, seedling.lot.code, purpose="sale", count=10, on=day_before, receiver=garden.county.coop.code
    )


def test_a_licence_for_another_species_does_not_do(garden):
    seedling = garden.lot()
    garden.papers(seedling)
    garden.licence.taxa = ["eriobotrya_japonica"]
    garden.licence.save()
    with pytest.raises(Invalid, match="经营范围不含土枇杷"):
        dispatching.dispatch(
            garden.actor, seedling.lot.code, purpose="sale", count=1, on=AUTUMN, receiver=garden.county.coop.code
        )


def test_n3_no_more_than_there_are(garden):
    seedling = garden.lot(4_200)
    garden.papers(seedling)
    with pytest.raises(Invalid) as error:
        dispatching.dispatch(
            garden.actor, seedling.lot.code, purpose="sale", count=5_000, on=AUTUMN, receiver=garden.county.coop.code
        )
    assert [text.replace("\u2009", " ") for text in messages(error)] == ["库存 4 200 株，不足 5 000 株。"]


def test_n4_an_improved_variety_needs_its_number(garden):
    plain, approved = garden.lot(), garden.lot(variety_no="湘S-SV-ED-001-2025")
    for seedling in (plain, approved):
        garden.papers(seedling)
    with pytest.raises(Invalid) as error:
        dispatching.dispatch(
            garden.actor,
            plain.lot.code,
            purpose="sale",
            count=1,
            on=AUTUMN,
            receiver=garden.county.coop.code,
            improved=True,
        )
    assert messages(error) == ["该批苗木没有良种审定（认定）编号，标签不能写‘良种’。"]
    assert dispatching.dispatch(
        garden.actor,
        approved.lot.code,
        purpose="sale",
        count=1,
        on=AUTUMN,
        receiver=garden.county.coop.code,
        improved=True,
    ).improved


def test_n5_never_more_than_the_certificate_covers(garden):
    seedling = garden.lot(5_000)
    garden.papers(seedling, covered=3_000)
    sell = lambda count: dispatching.dispatch(  # noqa: E731
        garden.actor, seedling.lot.code, purpose="sale", count=count, on=AUTUMN, receiver=garden.county.coop.code
    )
    sell(2_000)
    last = sell(1_000)
    with pytest.raises(Invalid) as error:
        sell(1)
    assert all("核准 3" in text and "本次最多 0 株" in text for text in messages(error)) and len(messages(error)) == 2
    services.undo(garden.actor, last.operation.code, "对方退回")
    assert sell(1_000).quantity == 1_000
    assert clean()


def test_everything_missing_is_told_at_once(garden):
    seedling = garden.lot(100)
    garden.licence.delete_instance()
    with pytest.raises(Invalid) as error:
        dispatching.dispatch(
            garden.actor, seedling.lot.code, purpose="sale", count=500, on=AUTUMN, improved=True, bundles=0
        )
    assert len(messages(error)) == 7


@pytest.fixture
def delivered(garden):
    seedling = garden.lot()
    garden.papers(seedling)
    row = dispatching.dispatch(
        garden.actor, seedling.lot.code, purpose="sale", count=5_000, on=AUTUMN, receiver=garden.county.coop.code
    )
    return seedling, row


def new_plot(garden, west: float = 112.6, **values) -> Plot:
    return make.plot(
        garden.county.actor("coop"), garden.county, geometry=make.square(west), planted_on=None, tree_count=0, **values
    )


def test_n6_planting_links_lot_and_plot_and_refuses_another_species(garden, delivered):
    seedling, row = delivered
    coop = garden.county.actor("coop")
    plot = new_plot(garden)
    stand = dispatching.plant(coop, row.code, plot=plot.code, count=4_800, planted_on=AUTUMN, spacing="3×3 米")
    plot = Plot.get_by_id(plot.id)
    assert (plot.state, plot.tree_count, plot.planted_on) == ("planted", 4_800, AUTUMN)
    (origin,) = queries.origins_of(plot)
    assert (origin.dispatch.lot.code, origin.stand.code) == (seedling.lot.code, stand.code)
    with pytest.raises(Invalid, match="还有 200 株没有定植"):
        dispatching.plant(coop, row.code, plot=plot.code, count=201, planted_on=AUTUMN)
    other = services.take_in(
        garden.actor, taxon="eriobotrya_japonica", phase="ready", count=100, on=SPRING, source="外地苗圃"
    )
    research = dispatching.dispatch(
        garden.actor, other.lot.code, purpose="research", count=100, on=AUTUMN, receiver=garden.county.coop.code
    )
    with pytest.raises(Invalid) as error:
        dispatching.plant(
            coop, research.code, plot=new_plot(garden, 112.62).code, count=50, planted_on=AUTUMN, density_reason="试验"
        )
    assert "该苗木为枇杷，与地块登记树种（粗糠树）不符。" in messages(error)
    assert clean()


def test_density_is_watched(garden, delivered):
    _, row = delivered
    coop, plot = garden.county.actor("coop"), new_plot(garden)
    with pytest.raises(Invalid, match="不在常见的 42—111 株之间，请填写原因"):
        dispatching.plant(coop, row.code, plot=plot.code, count=500, planted_on=AUTUMN)
    small = make.plot(coop, garden.county, geometry=make.square(112.63, side=0.0004), planted_on=None, tree_count=0)
    with pytest.raises(Invalid, match="超过上限 220 株"):
        dispatching.plant(coop, row.code, plot=small.code, count=5_000, planted_on=AUTUMN, density_reason="密植")
    assert not Stand.select().exists()


def test_n7_a_diseased_lot_reaches_every_plot_and_harvest(garden, delivered):
    seedling, row = delivered
    coop = garden.county.actor("coop")
    plots = [new_plot(garden, 112.6 + n * 0.01) for n in range(2)]
    for plot in plots:
        dispatching.plant(coop, row.code, plot=plot.code, count=2_400, planted_on=AUTUMN, density_reason="间作")
    part = services.take_in(garden.actor, taxon="ehretia_dicksonii", phase="ready", count=10, on=SPRING, source="无关")
    leaf = make.harvest(coop, plots[0], "10", on=AUTUMN + timedelta(days=5), part="leaf")
    reached = queries.reach_of(seedling.lot_id)
    assert {planting.stand.plot.code for planting in reached} == {plot.code for plot in plots}
    assert {planting.stand.plot.operator.name for planting in reached} == {"青坡合作社"}
    assert queries.harvests_since(reached) == [leaf]
    assert queries.reach_of(part.lot_id) == []
    lots.place_hold(garden.county.actor("bureau"), seedling.lot.code, "根结线虫", kind="recall")
    with pytest.raises(RuleBroken, match="已锁定"):
        dispatching.plant(coop, row.code, plot=plots[0].code, count=100, planted_on=AUTUMN, density_reason="补")


def test_mixing_splitting_and_grafting_keep_exact_shares(garden, accession):
    one, two = garden.lot(300), garden.lot(700)
    mixed = services.mix(garden.actor, [(one.lot.code, 100), (two.lot.code, 200)], phase="ready", on=AUTUMN)
    part = services.split(garden.actor, mixed.lot.code, phase="ready", count=120, on=AUTUMN)
    grafted = services.graft(
        garden.actor, part.lot.code, accession_code=accession.code, phase="ready", count=100, taken=80, on=AUTUMN
    )
    trace = tracing.trace_lot(garden.county.actor("bureau"), grafted.lot.code, "back")
    assert {share.lot: (share.fraction.numerator, share.fraction.denominator) for share in trace.shares} == {
        one.lot.code: (1, 3),
        two.lot.code: (2, 3),
    }
    assert phases(grafted) == (0, 80, 0) and phases(part) == (0, 0, 20)
    assert grafted.accession == accession
    assert clean()


def test_an_undone_operation_restores_everything_and_both_stay(garden):
    seedling = garden.lot(1_000)
    event = services.lose(garden.actor, seedling.lot.code, phase="ready", count=300, reason="theft", on=AUTUMN)
    services.undo(garden.actor, event.code, "点错了")
    assert phases(seedling) == (0, 0, 1_000) and queries.growth_of(seedling).lost == {}
    assert PhaseEntry.select().where(PhaseEntry.lot == seedling.lot_id).count() == 3
    with pytest.raises(RuleBroken, match="已经撤销过"):
        services.undo(garden.actor, event.code, "再来")
    with pytest.raises(RuleBroken, match="请在苗圃的批次页撤销"):
        lots.undo_operation(garden.actor, event.code, "绕过")
    with pytest.raises(RuleBroken, match="苗圃的批次页分批"):
        lots.split_lot(garden.actor, seedling.lot.code, ["10"])


def test_planted_seedlings_are_not_undone(garden, delivered):
    _, row = delivered
    dispatching.plant(garden.county.actor("coop"), row.code, plot=new_plot(garden).code, count=4_800, planted_on=AUTUMN)
    with pytest.raises(RuleBroken, match="已有定植记录"):
        services.undo(garden.actor, row.operation.code, "退货")


def test_others_neither_see_nor_touch(garden, delivered):
    seedling, row = delivered
    stranger = garden.county.actor("coop2")
    with pytest.raises(NotFound):
        queries.get_seedling(stranger, seedling.lot.code)
    with pytest.raises(NotFound):
        queries.get_dispatch(stranger, row.code)
    assert queries.get_dispatch(garden.county.actor("coop"), row.code) == row
    assert queries.get_dispatch(garden.county.actor("township"), row.code) == row
    with pytest.raises(Forbidden):
        services.undo(stranger, row.operation.code, "不是我的")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["advance", "lose", "split", "mix", "sell", "undo"]), st.integers(1, 400), st.integers(0, 30)
    ),
    max_size=12,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_plants_add_up(garden, steps):
    """Random histories: phases and ledger agree, undo restores, papers are never oversold."""
    first = garden.lot(1_000)
    garden.papers(first, covered=600, until=None)
    codes, events = [first.lot.code], []
    for name, count, pick in steps:
        code = codes[pick % len(codes)]
        try:
            if name == "advance":
                services.advance(
                    garden.actor, code, source="ready", target="growing", count=count, on=AUTUMN, note="回圃"
                )
            elif name == "lose":
                events.append(
                    services.lose(garden.actor, code, phase="ready", count=count, reason="cull", on=AUTUMN).code
                )
            elif name == "split":
                codes.append(services.split(garden.actor, code, phase="ready", count=count, on=AUTUMN).lot.code)
            elif name == "mix":
                codes.append(
                    services.mix(garden.actor, [(code, count), (codes[0], count)], phase="ready", on=AUTUMN).lot.code
                )
            elif name == "sell":
                row = dispatching.dispatch(
                    garden.actor, code, purpose="sale", count=count, on=AUTUMN, receiver=garden.county.coop.code
                )
                events.append(row.operation.code)
            elif events:
                services.undo(garden.actor, events.pop(pick % len(events)), "撤销")
        except (Invalid, RuleBroken):
            pass
    assert list(all_findings("nursery")) == []


def test_seedlings_for_research_may_leave_without_papers_but_get_no_label(garden):
    """A label vouches for the licence and the quarantine certificate, whatever the seedlings left for (B5)."""
    seedling = garden.lot(100)
    row = dispatching.dispatch(garden.actor, seedling.lot.code, purpose="research", count=10, on=AUTUMN)
    assert [str(item) for item in dispatching.label_obstacles(row)] == ["没有登记产地检疫合格证，不能打印标签。"]
    garden.licence.valid_to = AUTUMN - timedelta(days=1)
    garden.licence.save()
    assert str(dispatching.label_obstacles(row)[0]) == "林草种子生产经营许可证已于 2026-11-01 到期，不能销售。"
