"""Statements: pre-filled, changed with a reason, asked about, signed, late for ever, checked, locked, amended."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import peewee
import pypdfium2
import pytest

from tests.conftest import csrf
from tests.factories import county as make
from tests.factories import statements
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.land.services import record_visit
from trace.statements import checks, queries, rules, sampling, schemas, services
from trace.statements.models import Statement, StatementLate, StatementLine
from trace.statements.rules import Typed
from trace.targets import queries as targets
from trace.targets import services as planning

PERIOD = "2026Q3"
IN_TIME, LATE = datetime(2026, 10, 9, 2, tzinfo=UTC), datetime(2026, 10, 13, 2, tzinfo=UTC)


@pytest.fixture
def plots(home):
    coop = home.actor("coop")
    found = [make.plot(coop, home, geometry=make.square(112.6 + n * 0.01)) for n in range(2)]
    record_visit(
        home.actor("verifier_forestry"), found[0].code, kind="year1", visited_on=date(2026, 8, 1), sampled=100, alive=90
    )
    make.harvest(coop, found[0], "1210")
    return found


def checked(home, row):
    """Every drawn plot looked at."""
    bureau = home.actor("bureau")
    for item in sampling.draw(bureau, row.code):
        sampling.look(bureau, row.code, plot=item.plot.code, verdict="match")


def locked(home, period=PERIOD):
    row = statements.signed(home.actor("township"), make.HOME, period)
    checked(home, row)
    return services.lock(home.actor("bureau"), row.code)


def test_it_is_prefilled_from_the_register(home, plots):
    row = statements.opened(home.actor("township"), make.HOME, PERIOD)
    lines = {key: line.reported for key, line in queries.lines_of(row).items()}
    assert lines["registered_m2"] == sum(plot.area_m2 for plot in plots)
    assert lines["stock_m2"] == plots[0].area_m2
    assert (lines["fruit_g"], lines["leaf_g"], lines["survival_bp"]) == (1_210_000, 0, 9000)
    assert (lines["coops"], lines["firms"], lines["jobs"]) == (1, 1, 0)
    with pytest.raises(RuleBroken, match="已经建立"):
        services.open_statement(home.actor("township"), township=make.HOME, period=PERIOD)
    with pytest.raises(Invalid, match="还没有结束"):
        services.open_statement(home.actor("township"), township=make.HOME, period="2029Q1")
    with pytest.raises(NotFound):
        services.open_statement(home.actor("township2"), township=make.HOME, period="2026Q2")


def test_a_figure_changes_only_with_a_reason_and_an_unlikely_one_is_asked_about(home, plots):
    """1 210 changed to 12 100 (scenario T3); every mistake at once."""
    officer = home.actor("township")
    row = statements.opened(officer, make.HOME, PERIOD)
    figures = schemas.read_figures(PERIOD, {"fruit_g": "12 100", "coops": "3", "jobs": "5"})
    with pytest.raises(Invalid) as refused:
        services.fill(officer, row.code, figures)
    assert {error.field for error in refused.value.errors} == {"fruit_g", "fruit_g_reason", "coops_reason"}
    assert "填报 12\u2009100.00 为登记数 1\u2009210.00 的 10 倍，请确认单位是否正确。" in str(
        refused.value.errors[1].message
    )
    services.fill(
        officer, row.code, {"fruit_g": Typed(12_100_000, "两社漏登", True), "coops": Typed(3, "新设两家")}, "缺水"
    )
    line = queries.lines_of(row)["fruit_g"]
    assert (line.register, line.reported, line.reason) == (1_210_000, 12_100_000, "两社漏登"), "the difference stays"
    with pytest.raises(peewee.IntegrityError), db.atomic():
        StatementLine.update(reason="").where(StatementLine.id == line.id).execute()


def test_the_question_about_the_unit_has_its_words():
    line = rules.LINES["primary_fen"]
    asked = rules.unit_question(line, 35_000 * 10**6, None, 1210 * 10**6)
    assert str(asked) == "本期 35\u2009000 万元为上期 1\u2009210 万元的 28 倍，请确认单位是否为“万元”。"
    slip = rules.unit_question(line, 12_100 * 10**6, 1210 * 10**6, 1000 * 10**6)
    assert str(slip) == "填报 12\u2009100 万元为登记数 1\u2009210 万元的 10 倍，请确认单位是否为“万元”。"
    assert rules.unit_question(line, 2 * 10**9, 10**9, 10**9) is None


def test_every_figure_is_read_in_its_unit_and_all_mistakes_come_together():
    typed = {
        "planted_m2": "15",
        "fruit_g": "２斤",
        "sold_fen": "1.5",
        "survival_bp": "88.25%",
        "jobs": "0",
        "loans_fen": "",
    }
    read = schemas.read_figures(PERIOD, typed)
    assert {key: item.reported for key, item in read.items()} == {
        "planted_m2": 10_000, "fruit_g": 1000, "sold_fen": 1_500_000, "survival_bp": 8825, "jobs": 0, "loans_fen": None,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        schemas.read_figures(PERIOD, {"planted_m2": "x", "survival_bp": "101", "jobs": "1.5"})
    assert [error.field for error in refused.value.errors] == ["planted_m2", "survival_bp", "jobs"]


def test_the_head_signs_and_lateness_is_marked_for_ever(home, plots):
    officer = home.actor("township")
    row = statements.opened(officer, make.HOME, PERIOD, LATE)
    with pytest.raises(Invalid, match="签字件的编号"):
        services.sign(officer, row.code, head_name="王镇长", opinion="同意")
    with operation(officer, Permission.STATEMENT_SUBMIT) as op:
        op.at = LATE
        services.write_sign(op, row, "王镇长", "同意上报", "签字件1号")
    mark = queries.late_mark(row)
    assert (mark.due_on, mark.signed_on, mark.days) == (date(2026, 10, 10), date(2026, 10, 13), 3)
    services.send_back(home.actor("bureau"), row.code, "企业数请核对")
    with operation(officer, Permission.STATEMENT_SUBMIT) as op:
        op.at = datetime(2026, 10, 14, 2, tzinfo=UTC)
        services.write_sign(op, queries.get_statement(officer, row.code), "王镇长", "已核对", "签字件2号")
    assert StatementLate.select().count() == 1 and queries.late_mark(row).days == 3
    for sql in ("UPDATE statement_late SET days = 1", "DELETE FROM statement_late"):
        with pytest.raises((peewee.DatabaseError, peewee.InternalError)), db.atomic():
            db.execute_sql(sql)
    assert list(checks.check_late_statements_are_marked()) == []


def test_in_time_and_returned_later_is_not_late(home, plots):
    officer = home.actor("township")
    row = statements.signed(officer, make.HOME, PERIOD, IN_TIME)
    services.send_back(home.actor("bureau"), row.code, "请核对")
    services.sign(officer, row.code, head_name="王镇长", opinion="已核对", paper_ref="签字件2号")
    assert queries.late_mark(row) is None and list(checks.check_late_statements_are_marked()) == []


def test_what_is_missing_is_not_signed(home, plots):
    officer = home.actor("township")
    row = services.open_statement(officer, township=make.HOME, period=PERIOD)
    with pytest.raises(Invalid) as refused:
        services.sign(officer, row.code, head_name="王", opinion="同意", paper_ref="1")
    assert {error.field for error in refused.value.errors} == {"jobs", "wages_fen", "loans_fen"}


def test_the_bureau_looks_at_the_drawn_plots_before_it_locks(home, plots):
    row = statements.signed(home.actor("township"), make.HOME, PERIOD)
    bureau = home.actor("bureau")
    with pytest.raises(RuleBroken, match="还没有抽取核查样本"):
        services.lock(bureau, row.code)
    drawn = sampling.draw(bureau, row.code)
    assert [item.plot.code for item in drawn] == [plot.code for plot in plots], "two plots are all there are"
    with pytest.raises(RuleBroken, match="还有 2 块"):
        services.lock(bureau, row.code)
    with pytest.raises(Invalid, match="写明情况"):
        sampling.look(bureau, row.code, plot=drawn[0].plot.code, verdict="mismatch")
    for item in drawn:
        sampling.look(bureau, row.code, plot=item.plot.code, verdict="match")
    with pytest.raises(RuleBroken, match="不能重抽"):
        sampling.draw(bureau, row.code)
    services.lock(bureau, row.code)
    assert targets.locks(PERIOD) == {make.HOME: row.code}


def test_the_sample_is_a_twentieth_ten_at_least_and_nobody_chooses_it():
    codes = [f"P{n:04d}" for n in range(400)]
    assert [len(rules.sample("BB26-0001", codes[:n])) for n in (0, 4, 150, 400)] == [0, 4, 10, 20]
    assert rules.sample("BB26-0001", codes) == rules.sample("BB26-0001", codes[::-1])
    assert rules.sample("BB26-0001", codes) != rules.sample("BB26-0002", codes)


def test_a_locked_period_never_changes(home, plots):
    row = locked(home)
    snapshot = queries.snapshot_of(row)
    before = copy.deepcopy(snapshot.body)
    make.harvest(home.actor("coop"), plots[1], "500")
    make.plot(home.actor("coop"), home, geometry=make.square(112.75), planted_on=date(2026, 8, 1))
    again = queries.snapshot_of(queries.get_statement(home.actor("bureau"), row.code))
    assert again.body == before and sha256_hex(canonical_bytes(again.body)) == again.sha256
    for deed in (
        services.refresh,
        lambda a, c: services.fill(a, c, {}),
        lambda a, c: services.sign(a, c, head_name="王", opinion="好"),
    ):
        with pytest.raises(RuleBroken, match="已锁期"):
            deed(home.actor("township"), row.code)
    with pytest.raises((peewee.DatabaseError, peewee.InternalError)), db.atomic():
        db.execute_sql("UPDATE statement_snapshot SET sha256 = 'x'")
    assert list(checks.check_locked_statements_keep_their_hash()) == []
    StatementLine.update(reported=1, reason="改").where(
        StatementLine.statement == row, StatementLine.key == "coops"
    ).execute()
    assert any("coops" in finding for finding in checks.check_locked_statements_keep_their_hash())


def test_a_correction_is_numbered_and_the_original_stays(home, plots):
    row, officer = locked(home), home.actor("township")
    fixed = services.amend(officer, row.code, reason="漏登一家合作社", doc_ref="演示函〔2026〕3号")
    assert (fixed.amendment, fixed.period) == (1, PERIOD)
    with pytest.raises(RuleBroken, match="第 1 号更正"):
        services.amend(officer, row.code, reason="再来", doc_ref="1")
    services.fill(officer, fixed.code, {"coops": Typed(2, "补登")})
    services.sign(officer, fixed.code, head_name="王镇长", opinion="同意更正", paper_ref="签字件3号")
    services.lock(home.actor("bureau"), fixed.code)
    assert queries.in_force(make.HOME, PERIOD).code == fixed.code
    assert queries.lines_of(row)["coops"].reported == 1 and queries.lines_of(fixed)["coops"].reported == 2
    assert StatementLate.select().where(StatementLate.statement == fixed).count() == 0


def test_a_years_values_come_into_force_with_the_lock_and_not_around_it(home, plots):
    officer = home.actor("township")
    row = statements.opened(officer, make.HOME, "2025")
    services.fill(officer, row.code, {"tertiary_fen": Typed(500 * 10**6, "民宿抽样", True)})
    services.sign(officer, row.code, head_name="王镇长", opinion="同意", paper_ref="1")
    assert targets.output_values(2025) == {}
    checked(home, row)
    services.lock(home.actor("bureau"), row.code)
    stated = {value.stage: (value.gross_fen, value.grade) for value in targets.output_values(2025)[make.HOME]}
    assert stated == {"primary": (0, "A"), "secondary": (0, "A"), "tertiary": (500 * 10**6, "B")}
    with pytest.raises(RuleBroken, match="已锁定"):
        planning.state_value(
            officer, township=make.HOME, year=2025, stage="primary", gross_fen=1, grade="C", method="估"
        )


def test_due_days_reminders_and_the_list_for_the_circular(home):
    assert [rules.due_on(p) for p in ("2026Q3", "2026Q4", "2026")] == [
        date(2026, 10, 10),
        date(2027, 1, 10),
        date(2027, 1, 20),
    ]
    due = date(2026, 10, 10)
    days = {6: "open", 7: "soon", 10: "soon", 11: "late", 14: "late", 15: "circular"}
    assert {day: rules.tone(due, None, date(2026, 10, day)) for day in days} == days
    assert rules.tone(due, date(2026, 10, 11), date(2026, 12, 1)) == "late"
    planning.plan(home.actor("office"), indicator="area", township=make.HOME, year=2026, value=1, doc_no="演示1号")
    owed = queries.missing(home.actor("office"), date(2026, 10, 15))
    assert [(row.period, row.tone) for row in owed] == [
        ("2026Q1", "circular"),
        ("2026Q2", "circular"),
        ("2026Q3", "circular"),
    ]
    assert queries.on_time(2026, date(2026, 10, 15)) == {make.HOME: (0, 3)}
    statements.signed(home.actor("township"), make.HOME, PERIOD, IN_TIME)
    assert queries.on_time(2026, date(2026, 10, 15)) == {make.HOME: (1, 3)}


def test_outliers_lie_two_deviations_off():
    figures = {str(n): 100 for n in range(9)} | {"x": 1000}
    assert {key: float(z) for key, z in rules.outliers(figures).items()} == {"x": 3.0}
    assert rules.outliers({"a": 1, "b": 100}) == {} and rules.outliers(dict.fromkeys("abcdef", 5)) == {}


def test_pages_papers_and_interface_say_the_same(home, plots, sign_in):
    row = locked(home)
    browser = sign_in("township")
    page = browser.get(f"/targets/statements/{row.code}").text
    assert "已锁期" in page and queries.snapshot_of(row).sha256 in page and "1\u2009210.00" in page
    assert browser.get("/targets/statements").status_code == 200
    assert sign_in("township2").get(f"/targets/statements/{row.code}").status_code == 404
    sheet = openpyxl.load_workbook(BytesIO(browser.get(f"/targets/statements/{row.code}/paper.xlsx").data)).active
    found = {cells[0]: cells for cells in sheet.iter_rows(values_only=True)}
    assert found["本期鲜果采收量"][2:4] == (1210, 1210) and found["本期鲜果采收量"][4].startswith("=D")
    for address, words in (("", "1210.00"), ("?draft=1", "送审稿")):
        pdf = pypdfium2.PdfDocument(BytesIO(browser.get(f"/targets/statements/{row.code}/paper.pdf{address}").data))
        text = "".join(p.get_textpage().get_text_range() for p in pdf).replace("\u2009", "").replace(" ", "")
        assert words in text


def test_a_form_gives_everything_back(home, plots, sign_in):
    row = statements.opened(home.actor("township"), make.HOME, PERIOD)
    browser = sign_in("township")
    page = f"/targets/statements/{row.code}"
    typed = {"fruit_g": "99999999", "coops": "甲", "problems": "缺水", "csrf_token": csrf(browser, page)}
    answer = browser.post(f"{page}/fill", data=typed)
    assert answer.status_code == 422 and 'value="99999999"' in answer.text and "缺水" in answer.text
    assert Statement.get().problems == ""
