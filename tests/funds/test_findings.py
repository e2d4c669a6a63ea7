"""Duplicates, other funds' lists, linked parties, exclusion: what is said, how much it weighs, and that it cannot be passed by being quick."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.factories import county as make
from tests.factories import funds
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.errors import Invalid, RuleBroken
from trace.funds import ceilings, external, linked, services
from trace.funds.amounts import sheet_of
from trace.funds.claim_models import ExternalSupport, LinkFact
from trace.funds.findings import findings
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.funds.terms import terms_of
from trace.programmes import services as programmes
from trace.programmes.models import Programme
from trace.registry.models import Party
from trace.registry.vault import vault

WEST = 112.70


def said(application: Application) -> list[tuple[str, str, str]]:
    return [(item.code, item.level.value, str(item.message)) for item in findings(application)]


def claim(home, scheme, operator: Party, west: float, *, side: float = 0.002, send: bool = True) -> Application:
    """An application for a plot of a party, made by the cooperative's clerk."""
    actor = home.actor("coop")
    plot = make.plot(actor, home, geometry=make.square(west, 26.70, side), operator=operator)
    return services.create_application(actor, scheme.code, plot.code, send=send)


def household(home, name: str, **values) -> Party:
    return make.party("household", name, home.village, belongs_to=home.coop, **values)


def listed(home, **values) -> ExternalSupport:
    """A row of another fund's list."""
    body = {
        "fund": "长防林工程",
        "year": 2026,
        "purpose": "planting",
        "holder": "李示例",
        "amount_fen": 100_000,
        **values,
    }
    with operation(home.actor("bureau"), Permission.APPLICATION_REVIEW) as op:
        row = external.add_row(op, body)
        op.record("import.apply", "test")
    return row


@pytest.fixture
def overlapping(monkeypatch):
    """Let plots overlap, as old drawings do: the register itself refuses new ones."""
    monkeypatch.setattr("trace.land.drafts.require_free", lambda judged: None)


def test_shared_ground_freezes_both_and_names_nobody(home, scheme, overlapping):
    first = claim(home, scheme, household(home, "李小满"), WEST)
    second = claim(home, scheme, household(home, "王大满"), WEST + 0.0018, send=False)
    mu = "6.62"
    assert said(second) == [
        ("GROUND_SHARED", "blocking", f"与李某某申报的 {first.plot.code} 号地块重叠 {mu} 亩，请先核实边界。")
    ]
    with pytest.raises(RuleBroken, match=f"重叠 {mu} 亩，请先核实边界"):
        services.submit(home.actor("coop"), second.no)
    Application.update(active_key="other", state="SUBMITTED").where(Application.id == second.id).execute()
    assert said(first) == [
        ("GROUND_SHARED", "blocking", f"与王某某申报的 {second.plot.code} 号地块重叠 {mu} 亩，请先核实边界。")
    ]


@pytest.mark.parametrize(
    ("shared", "one", "other", "speaks"),
    [(66, 10_000, 10_000, False), (67, 10_000, 10_000, True), (50, 1_000, 10_000, True), (49, 1_000, 10_000, False), (0, 10, 10, False)],
)  # fmt: skip
def test_a_tenth_of_a_mu_or_a_twentieth_is_worth_speaking_of(shared, one, other, speaks):
    assert external.counts(shared, one, other) is speaks


def test_one_s_own_ground_is_not_claimed_twice_for_one_purpose(home, scheme, overlapping):
    first = claim(home, scheme, home.coop, WEST)
    second = claim(home, scheme, home.coop, WEST + 0.0018, send=False)
    assert said(second) == [
        ("GROUND_SHARED", "blocking", f"与您自己申报的 {first.plot.code} 号地块重叠 6.62 亩，同一块地不能申报两次。")
    ]
    tending = funds.programme(home, name="抚育", purpose="tending", money_fen=0)
    other = services.create_application(home.actor("coop"), tending.code, second.plot.code)
    assert said(other) == []


def test_a_plot_once_for_a_purpose_and_year(home, draft, scheme):
    services.submit(home.actor("coop"), draft.no)
    again = services.create_application(home.actor("coop"), scheme.code, draft.plot.code)
    code, level, text = said(again)[0]
    assert (code, level) == ("DUPLICATE", "blocking")
    assert text == f"地块 {draft.plot.code} 已有 2026 年度“新造”申报，同一地块同一用途一年只能申报一次。"
    assert said(draft) == []


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"plot": True}, "blocking", "长防林工程 2026 年已对地块 {plot} 给予“新造”补助。"),
        ({"plot": True, "purpose": "tending"}, "warning", "长防林工程 2026 年已对地块 {plot} 给予“抚育”补助。"),
        ({"plot": True, "year": 2025}, None, None),
        ({"geometry": make.square(WEST + 0.001, 26.70)}, "blocking", "长防林工程 2026 年已对重叠的 33.08 亩给予“新造”补助。"),
        ({"geometry": make.square(WEST + 0.00199, 26.70)}, "blocking", "长防林工程 2026 年已对重叠的 0.33 亩给予“新造”补助。"),
        ({"geometry": make.square(WEST + 0.002, 26.70)}, None, None),
        ({"number": "430422198003120012", "village": True}, "warning", "长防林工程 2026 年名单中有同一人同村的“新造”补助，请核实是否同一地块。"),
        ({"number": "430422198003120013", "village": True}, None, None),
    ],
)  # fmt: skip
def test_other_funds_lists_are_matched_by_plot_ground_and_person(home, scheme, values, code, text):
    number = "430422198003120012"
    owner = household(home, "王小满", id_number_hash=vault().search_hash(number))
    made = claim(home, scheme, owner, WEST, send=False)
    given = dict(values)
    if given.pop("plot", None):
        given["plot"] = made.plot.code
    if given.pop("village", None):
        given["village"] = home.village.code
    if "geometry" in given:
        given["geometry"] = json.loads(given["geometry"])
    listed(home, **given)
    wanted = [] if code is None else [("EXTERNAL_SUPPORT", code, text.format(plot=made.plot.code))]
    assert said(made) == wanted
    if code == "blocking":
        with pytest.raises(RuleBroken, match="补助"):
            services.submit(home.actor("coop"), made.no)
    else:
        assert services.submit(home.actor("coop"), made.no).state == State.SUBMITTED


def test_a_row_that_can_match_nothing_is_refused(home):
    with pytest.raises(Invalid, match="否则无法比对"):
        listed(home, number="430422198003120012")


def test_a_notice_may_let_support_stack(home):
    scheme = funds.programme(home, stacking=True, stacking_pct=80)
    made = claim(home, scheme, home.coop, WEST, send=False)
    listed(home, plot=made.plot.code)
    assert [level for _, level, _ in said(made)] == ["flag"]
    assert external.support_fen(made) == 100_000


def test_numbers_of_other_lists_are_kept_only_as_hashes(home):
    listed(home, number="430422198003120012", village=home.village.code)
    row = ExternalSupport.get()
    assert "430422198003120012" not in str(row.__data__) and row.holder_hash == vault().search_hash(
        "430422198003120012"
    )


def test_programmes_of_one_group_exclude_each_other_on_a_plot(home):
    first = funds.programme(home, exclusion_group="新造标准")
    other = funds.programme(home, name="示范园建设", purpose="tending", exclusion_group="新造标准", money_fen=0)
    made = claim(home, first, home.coop, WEST)
    second = services.create_application(home.actor("coop"), other.code, made.plot.code)
    assert said(second) == [
        ("EXCLUDED", "blocking", "已申报‘2026年土枇杷新造奖补’，与本项目互斥（新造标准），只能选一个。")
    ]
    elsewhere = claim(home, other, home.coop, WEST + 0.01, send=False)
    assert said(elsewhere) == []


def test_linked_parties_are_named_summed_and_flagged_when_they_split(home):
    scheme = funds.programme(home, beneficiary_cap_fen=5_000_000)
    phone = vault().search_hash("13800138000")
    one, two = household(home, "王小满", phone_hash=phone), household(home, "李大满", phone_hash=phone)
    first = claim(home, scheme, one, WEST)
    second = claim(home, scheme, two, WEST + 0.002)
    assert said(second) == [
        ("LINKED", "warning", f"与王某某（{first.no}）的联系电话相同，属关联主体，金额合并计算上限。"),
        ("SPLIT", "flag", f"与关联主体王某某的 {first.plot.code} 号地块相连且同日申报，请核实是否拆分申报。"),
    ]
    apart = claim(home, scheme, household(home, "赵远方", phone_hash=phone), WEST + 0.05)
    assert [code for code, _, _ in said(apart)] == ["LINKED", "LINKED"]
    for item in (first, second):
        Application.update(verified_m2=item.plot.area_m2).where(Application.id == item.id).execute()
    first, second = Application.get_by_id(first.id), Application.get_by_id(second.id)
    assert sheet_of(first).amount_fen == 3_969_450
    Application.update(amount_fen=3_969_450, accepted_m2=first.plot.area_m2).where(Application.id == first.id).execute()
    sheet = sheet_of(second)
    assert sheet.amount_fen == 5_000_000 - 3_969_450
    assert "本人和关联主体已核定" in str(sheet.lines[-2].rule)


def test_a_legal_representative_ties_a_firm_to_a_household(home):
    number = "430422198003120012"
    owner = household(home, "王小满", id_number_hash=vault().search_hash(number))
    bureau = home.actor("bureau")
    linked.record_fact(bureau, home.plant.code, "legal_rep", number)
    linked.record_fact(bureau, home.plant.code, "legal_rep", number)
    linked.record_fact(bureau, home.coop.code, "address", "青坡镇 1 号")
    linked.record_fact(bureau, home.plant.code, "address", "青坡镇1号")
    assert LinkFact.select().count() == 3 and number not in str([row.__data__ for row in LinkFact.select()])
    assert {link.party.name: link.kinds for link in linked.linked_to(home.plant)} == {
        "王小满": ("legal_rep",),
        "青坡合作社": ("address",),
    }
    assert [link.party.id for link in linked.linked_to(owner)] == [home.plant.id]


def test_the_open_phone_of_an_organisation_ties_it_to_a_household_both_ways(home):
    owner = household(home, "王小满", phone_hash=vault().search_hash("07348551234"))
    Party.update(phone="07348551234").where(Party.id == home.plant.id).execute()
    plant = Party.get_by_id(home.plant.id)
    assert [link.party.id for link in linked.linked_to(plant)] == [owner.id]
    assert [link.party.id for link in linked.linked_to(owner)] == [plant.id]


def test_the_version_of_the_first_submission_is_kept(home, draft, scheme):
    services.submit(home.actor("coop"), draft.no)
    made = Programme.get_by_id(scheme.id)
    new = {**made.__data__, "params": {"tiers": [[0, 70_000]], "tier_mode": "whole"}}
    programmes.revise_programme(home.actor("office"), made.code, new, "标准提高")
    funds.step(home, draft.no, "township", Action.RETURN)
    services.submit(home.actor("coop"), draft.no, "已按要求补正。")
    later = funds.draft(home, scheme, number=3)
    assert (terms_of(Application.get_by_id(draft.id)).number, terms_of(Application.get_by_id(later.id)).number) == (
        1,
        2,
    )
    assert terms_of(Application.get_by_id(draft.id)).params["tiers"] == [[0, 60_000]]


def test_too_little_money_is_shared_by_the_rule_of_the_notice(home):
    claims = [3_333_333, 4_500_000, 6_120_050, 846_617]
    items = [Application(id=n, amount_fen=fen, submitted_at=date(2026, 1, 1)) for n, fen in enumerate(claims)]
    terms = terms_of(funds.draft(home, funds.programme(home, shortage="pro_rata")))
    assert [fen for _, fen in ceilings.share_out(items, 10_000_000, terms)] == [
        2_252_252,
        3_040_541,
        4_135_169,
        572_038,
    ]
    queue = terms_of(funds.draft(home, funds.programme(home, shortage="queue"), number=1))
    assert [fen for _, fen in ceilings.share_out(items[::-1], 10_000_000, queue)] == [3_333_333, 4_500_000, 0, 0]


SUBMITTER = """
import json, sys
from trace.app import create_app
from trace.settings import load_settings
from trace.core.actor import Actor, Role
from trace.core.errors import RuleBroken
from trace.db import db
from pathlib import Path
given = json.loads(sys.stdin.readline())
create_app(load_settings(testing=True, instance=Path(given["instance"]), database_url=given["url"], secret_key=given["secret"]))
from trace.funds import services
actor = Actor(given["user"], "coop", "演示", frozenset({Role.COOP}), given["party"])
with db.connection_context():
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        services.submit(actor, given["no"])
        print("passed", flush=True)
    except RuleBroken as error:
        print(error.code, flush=True)
"""


def at_once(home, database_url: str, tmp_path: Path, numbers: list[str]) -> list[str]:
    """Submit applications from processes of their own, all at the same moment."""
    root = Path(__file__).resolve().parents[2]
    actor = home.actor("coop")
    others = []
    for n, no in enumerate(numbers):
        given = {"url": database_url, "instance": str(tmp_path / f"other{n}"), "secret": "test-secret-" + "0" * 32, "no": no, "user": actor.user_id, "party": actor.party_id}  # fmt: skip
        other = subprocess.Popen([sys.executable, "-c", SUBMITTER], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)})  # fmt: skip
        other.stdin.write(f"{json.dumps(given)}\n")
        other.stdin.flush()
        others.append(other)
    for other in others:
        assert other.stdout.readline() == "ready\n"
    for other in others:
        other.stdin.write("go\n")
        other.stdin.flush()
    return sorted(other.communicate(timeout=60)[0].strip() for other in others)


def test_of_two_submissions_for_one_plot_at_once_exactly_one_passes(home, database_url, tmp_path):
    scheme = funds.programme(
        home, opens_on=date(2020, 1, 1), closes_on=date(2099, 12, 31)
    )  # the others live by the real clock
    plot = make.plot(home.actor("coop"), home)
    numbers = [services.create_application(home.actor("coop"), scheme.code, plot.code).no for _ in range(3)]
    assert at_once(home, database_url, tmp_path, numbers) == ["DUPLICATE", "DUPLICATE", "passed"]
    assert Application.select().where(Application.active_key.is_null(False)).count() == 1


def test_two_neighbours_who_claim_the_same_ground_at_once_do_not_both_pass(home, database_url, tmp_path, overlapping):
    scheme = funds.programme(home, opens_on=date(2020, 1, 1), closes_on=date(2099, 12, 31))
    owners = [household(home, name) for name in ("李小满", "王大满")]
    numbers = [claim(home, scheme, owner, WEST + n * 0.001, send=False).no for n, owner in enumerate(owners)]
    assert at_once(home, database_url, tmp_path, numbers) == ["GROUND_SHARED", "passed"]
