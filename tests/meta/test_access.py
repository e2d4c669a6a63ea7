"""Every route × every role, own and foreign records: nobody gets what is not theirs, nothing fails."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.conftest import PASSWORD
from tests.factories import county as make
from tests.factories.certificates import receive
from trace.core.actor import GRANTS, Permission, Role
from trace.db import db
from trace.labels.services import activate_run, make_run
from trace.log import keeper
from trace.processing.services import Input, Output, dispatch_lot, pack, record_run
from trace.web.access import Access, levels_of

USERS = {role.value: role for role in Role} | {"coop2": Role.COOP, "township2": Role.TOWNSHIP}
ALIEN = {"coop": "coop2", "coop2": "coop", "township": "township2", "township2": "township"}


@pytest.fixture
def world(app: Flask) -> dict[str, dict[str, str]]:
    """The same chain in two townships: codes of every kind of record, by owner."""
    with db.connection_context():
        home = make.county()
        chains = {name: _chain(home, name, n) for n, name in enumerate(("coop", "coop2"))}
        keeper.tend()
        return chains


def _chain(home: make.County, name: str, n: int) -> dict[str, str]:
    actor, plant = home.actor(name), home.actor("plant")
    plot = make.plot(actor, home, geometry=make.square(112.6 + n * 0.1))
    lot = make.harvest(actor, plot)
    waiting = dispatch_lot(actor, lot.code, home.plant.code, "100")
    arrived = receive(plant, dispatch_lot(actor, lot.code, home.plant.code, "200").code, "200").lots[0]
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    packs = pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克").lots[0]
    run = activate_run(actor, make_run(actor, packs.code, 24).no)
    party = {"coop": home.coop, "coop2": home.coop2}[name]
    return {
        "plot": plot.code, "lot": lot.code, "pack": packs.code, "dispatch": waiting.code, "run": run.no, "party": party.code,
        "arrived": arrived.code, "township": party.township.code,
    }  # fmt: skip


def test_every_route_declares_who_may_reach_it(app: Flask):
    for rule in app.url_map.iter_rules():
        assert levels_of(app, rule.endpoint), rule.endpoint


def test_only_these_routes_are_public(app: Flask):
    """The list of doors without a lock stands here, so that a new one is a conscious act."""
    public = {rule.endpoint for rule in app.url_map.iter_rules() if Access.PUBLIC in levels_of(app, rule.endpoint)}
    assert public == {
        "payments.cases.complain", "payments.cases.file_grievance", "payments.cases.receipt",
        "static", "desk.home", "desk.find", "desk.healthz", "desk.readyz", "desk.api_docs", "language.switch",
        "accounts.sign_in", "accounts.open_session", "api-accounts.create_token", "scan.page", "scan.recall", "scan.new_complaint",
        "scan.file_complaint", "scan.complaint", "resolver.digital_link", "resolver.describe", "targets.published",
        "funds.notices.index", "funds.notices.show", "api-docs.openapi_json", "log.about", "log.checkpoint", "log.tile", "log.entry", "log.proof",
        "log.consistency", "log.check", "nursery.dispatches.label_page", "field_app.app", "field_app.manifest", "field_app.worker",
        "certificate_pages.verify", "open_awards.page", "open_awards.as_json", "open_awards.as_table",
    }  # fmt: skip


def test_pages_answer_by_role(app: Flask, world, sign_in):
    """Every page without arguments: open to those with the permission, 403 for others, never an error."""
    for username, role in USERS.items():
        browser = sign_in(username)
        for rule in app.url_map.iter_rules():
            if (
                "GET" not in rule.methods
                or rule.arguments
                or rule.rule.startswith("/api/")
                or rule.endpoint == "static"
            ):
                continue
            needed = {level for level in levels_of(app, rule.endpoint) if isinstance(level, Permission)}
            status = browser.get(rule.rule).status_code
            if needed and not GRANTS[role] & needed:
                assert status == 403, f"{username} {rule.rule}: {status}"
            else:
                assert status in (200, 302), f"{username} {rule.rule}: {status}"


def test_nobody_signed_in_gets_nothing(app: Flask, client):
    for rule in app.url_map.iter_rules():
        if Access.PUBLIC in levels_of(app, rule.endpoint):
            continue
        address = re.sub(r"<[^>]+>", "X", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(address, method=method)
            api = address.startswith("/api/")
            expected = {401} if api else ({302} if method == "GET" else {302, 400})
            assert answer.status_code in expected, f"{method} {address}: {answer.status_code}"
            if answer.status_code == 302:
                assert "/sign-in" in answer.headers["Location"]


ADDRESSES = (
    "/plots/{plot}", "/plots/{plot}/boundary", "/lots/{lot}", "/lots/{lot}/trace", "/lots/{lot}/trace.json", "/lots/{pack}",
    "/labels/{run}", "/labels/{run}/sheet.pdf", "/processing/dispatch/{lot}", "/quality/hold/{pack}", "/parties/{party}",
    "/targets/townships/{township}", "/targets/townships/{township}/registered",
)  # fmt: skip
API_ADDRESSES = (
    "/api/v1/plots/{plot}", "/api/v1/plots/{plot}/boundaries", "/api/v1/lots/{lot}", "/api/v1/lots/{lot}/trace",
    "/api/v1/label-runs/{run}", "/api/v1/label-runs/{run}/sheet.pdf",
)  # fmt: skip


@pytest.mark.parametrize("username", ["coop", "coop2", "township", "township2"])
def test_foreign_records_do_not_exist(world, sign_in, client, username: str):
    own = "coop" if username in ("coop", "township") else "coop2"
    foreign = world[ALIEN[own]]
    browser = sign_in(username)
    token = client.post("/api/v1/tokens", json={"username": username, "password": PASSWORD}).json["token"]
    for address in ADDRESSES:
        status = browser.get(address.format(**foreign)).status_code
        assert status in (403, 404), f"{username} {address}: {status}"
    for address in API_ADDRESSES:
        status = client.get(address.format(**foreign), headers={"Authorization": f"Bearer {token}"}).status_code
        assert status in (403, 404), f"{username} {address}: {status}"
    assert browser.get(f"/plots/{world[own]['plot']}").status_code == 200


@pytest.mark.parametrize("username", ["coop", "township"])
def test_no_page_ever_names_the_other_tenant(world, sign_in, username: str):
    """Crawl every list as one tenant: no code of the other appears in any byte."""
    browser = sign_in(username)
    foreign = {
        value for key, value in world["coop2"].items() if key in ("plot", "lot", "pack", "run", "party", "dispatch")
    }
    for address in (
        "/plots",
        "/plots/map.geojson",
        "/field",
        "/lots",
        "/processing",
        "/labels",
        "/quality",
        "/parties",
        "/funds",
        "/desk",
    ):
        text = browser.get(address).text
        assert not [code for code in foreign if re.search(rf"(?<![A-Z]){code}\b", text)], address


def test_a_plant_sees_one_step_back_and_no_further(world, sign_in):
    """What it received shows its origin; what the cooperative packed itself does not exist for the plant."""
    plant = sign_in("plant")
    assert plant.get(f"/lots/{world['coop']['arrived']}").status_code == 200
    assert plant.get(f"/lots/{world['coop']['lot']}").status_code == 200
    assert plant.get(f"/lots/{world['coop']['pack']}").status_code == 404


def test_a_refusal_leaves_a_trail(world, sign_in):
    sign_in("coop").get(f"/plots/{world['coop2']['plot']}")
    page = sign_in("auditor").get("/admin/audit?q=access.404").text
    assert f"/plots/{world['coop2']['plot']}" in page


def test_forms_without_a_token_are_refused(app: Flask, world, sign_in):
    browser = sign_in("coop")
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and not rule.rule.startswith("/api/"):
            assert browser.post(re.sub(r"<[^>]+>", "X", rule.rule)).status_code in (400, 403, 404), rule.rule


def test_every_permission_used_is_granted_to_somebody(app: Flask):
    granted = set().union(*GRANTS.values())
    for rule in app.url_map.iter_rules():
        for level in levels_of(app, rule.endpoint):
            assert not isinstance(level, Permission) or level in granted, rule.endpoint
