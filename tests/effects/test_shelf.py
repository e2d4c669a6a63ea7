"""From yuan to the shelf: what a payment's ground bore, packed and was asked about; exact sums; plots that ask for a visit."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from tests.effects.conftest import statements
from tests.factories import county as make
from tests.factories import funds
from trace.core.clock import business_date, utcnow
from trace.effects import books, packs, shelf, shelf_records
from trace.effects.shelf import Asked
from trace.funds.models import Application
from trace.funds.rules import State
from trace.funds.services import create_application
from trace.labels import services as labels
from trace.land.models import Plot
from trace.land.services import record_visit
from trace.processing.services import Input, Output, pack, record_run
from trace.scan.models import Complaint, ScanDay

TODAY = business_date()


@pytest.fixture
def paid(home):
    """A programme that paid for one plot of bearing age, and what the plot bore: 1 000 kg, dried and packed."""
    scheme = funds.programme(home)
    application = funds.drive(home, funds.draft(home, scheme), State.PAID)
    home.scheme, home.application = scheme, application
    home.plot = Plot.get_by_id(application.plot_id)
    return home


def packed_from(home, *plots: Plot, pieces: int = 40):
    """Labels on packs of dried fruit from plots in equal parts."""
    coop = home.actor("coop")
    lots = [make.harvest(coop, plot, "400", on=date(TODAY.year, 7, 18)) for plot in plots]
    dried = record_run(
        coop, "drying", [Input(lot.code, "100") for lot in lots], [Output("TD", str(25 * len(lots)))]
    ).lots[0]
    made = pack(coop, [Input(dried.code, "10")], pieces=pieces, piece="250克", name="土枇杷干果").lots[0]
    return labels.make_run(coop, made.code, pieces)


def test_the_way_of_the_money_from_payment_to_complaint(paid, sign_in):
    run = packed_from(paid, paid.plot)
    ScanDay.create(run=run, day=TODAY, count=7, first_opened=5, batch_count=2)
    Complaint.create(
        receipt="TS26-1",
        run=run,
        lot=run.lot_id,
        kind="quality",
        text="发酸",
        filed_at=utcnow(),
        due_on=TODAY + timedelta(days=7),
    )
    record_visit(
        paid.actor("verifier_forestry"),
        paid.plot.code,
        kind="year1",
        visited_on=date(2026, 5, 1),
        sampled=100,
        alive=95,
    )
    found = shelf.follow(paid.actor("leader"), Asked())
    fen = Application.get_by_id(paid.application.id).amount_fen
    assert found.sums == {
        "fen": fen, "alive_m2": paid.plot.area_m2, "grams": 400_000, "packs": 40, "scans": 9, "complaints": 1,
    }  # fmt: skip
    row = found.rows[0]
    assert (row.programme, row.township_code, row.year, row.plots, row.bears_from) == (
        paid.scheme.code,
        make.HOME,
        TODAY.year,
        1,
        2022,
    )
    browser = sign_in("leader")
    page = browser.get("/effects/shelf").text
    assert "2026年土枇杷新造奖补" in page and "400.00" in page
    for figure in shelf.FIGURES:
        opened = browser.get(f"/effects/shelf/{figure}").text
        assert paid.plot.code in opened and shelf_records.shown(figure, found.sums[figure]) in opened
    records = browser.get(f"/effects/shelf/plots/{paid.plot.code}").text
    assert paid.application.no in records and run.no in records and "H26-0001" in records
    book = BytesIO(browser.get("/effects/shelf.xlsx").data)
    sheet = openpyxl.load_workbook(book).active
    assert sheet["H3"].value == "=SUM(H2:H2)" and sheet["H2"].value == fen / 100
    assert openpyxl.load_workbook(book, data_only=True).active["J3"].value == 400


def test_packs_of_a_blend_are_divided_exactly_among_its_plots(paid):
    coop = paid.actor("coop")
    others = [make.plot(coop, paid, geometry=make.square(112.70 + n * 0.01)) for n in range(2)]
    packed_from(paid, paid.plot, *others, pieces=40)
    parts = packs.by_plot(TODAY)
    assert sorted(sum(lot.packs for lot in several) for several in parts.values()) == [13, 13, 14]
    own = sum(lot.packs for lot in parts[paid.plot.id])
    assert shelf.follow(paid.actor("leader"), Asked()).sums["packs"] == own


def test_two_payments_of_one_plot_share_what_came_after_and_count_it_once(paid):
    tending = funds.programme(paid, name="2026年抚育奖补", purpose="tending", rate_fen=20_000)
    second = create_application(paid.actor("coop"), tending.code, paid.plot.code)
    funds.drive(paid, second, State.PAID)
    make.harvest(paid.actor("coop"), paid.plot, "1000", on=date(TODAY.year, 7, 18))
    found = shelf.follow(paid.actor("leader"), Asked())
    shares = {row.programme: row.values for row in found.rows}
    assert found.sums["grams"] == 1_000_000 == sum(values["grams"] for values in shares.values())
    first, last = shares[paid.scheme.code], shares[tending.code]
    assert abs(first["grams"] * last["fen"] - last["grams"] * first["fen"]) <= first["fen"] + last["fen"], (
        "in proportion to the fen"
    )
    narrowed = shelf.follow(paid.actor("leader"), Asked(programme=tending.code))
    assert narrowed.sums == last


def test_what_was_borne_before_the_money_is_not_its_effect(paid):
    make.harvest(paid.actor("coop"), paid.plot, "1000", on=date(TODAY.year - 1, 7, 18))
    assert shelf.follow(paid.actor("leader"), Asked()).sums["grams"] == 0


def test_a_returned_payment_is_no_payment(home):
    scheme = funds.programme(home)
    funds.drive(home, funds.draft(home, scheme), State.PAY_FAILED)
    assert books.payments() == [] and shelf.follow(home.actor("leader"), Asked()).rows == []


def test_plots_that_ask_for_a_visit(paid):
    coop = paid.actor("coop")
    season = shelf.follow(paid.actor("leader"), Asked()).season
    found = shelf.follow(paid.actor("leader"), Asked())
    assert [one.ground.code for one in found.idle] == [paid.plot.code]
    assert found.idle[0].age == season - 2018 and found.ahead == []
    better = make.plot(coop, paid, geometry=make.square(112.75))
    Plot.update(state="bearing").where(Plot.id.in_([better.id, paid.plot.id])).execute()
    make.harvest(coop, better, "2000", on=date(season, 7, 18))
    make.harvest(coop, paid.plot, "500", on=date(season, 7, 18))
    found = shelf.follow(paid.actor("leader"), Asked())
    assert found.idle == [] and [one.ground.code for one in found.ahead] == [better.code]
    ahead = found.ahead[0]
    assert ahead.per_mu_g == int(shelf.per_mu(2_000_000, better.area_m2)) > ahead.others_g
    young = make.plot(coop, paid, geometry=make.square(112.78), planted_on=date(season - 2, 3, 5))
    Plot.update(state="bearing").where(Plot.id == young.id).execute()
    make.harvest(coop, young, "900", on=date(season, 7, 18), part="leaf")
    assert [one.ground.code for one in shelf.follow(paid.actor("leader"), Asked()).ahead] == [better.code]


def test_a_township_follows_only_its_own_money(paid):
    assert shelf.follow(paid.actor("township"), Asked()).sums["fen"] > 0
    assert shelf.follow(paid.actor("township2"), Asked()).rows == []


def test_the_same_number_of_statements_however_many_lots(paid):
    packed_from(paid, paid.plot)
    with statements() as few:
        shelf.follow(paid.actor("leader"), Asked())
    others = [make.plot(paid.actor("coop"), paid, geometry=make.square(112.70 + n * 0.01)) for n in range(3)]
    for _ in range(2):
        packed_from(paid, *others)
    with statements() as many:
        shelf.follow(paid.actor("leader"), Asked())
    assert len(many) == len(few) <= 18
