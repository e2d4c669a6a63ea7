"""Nothing on any public page, file name, PDF metadata, export, log or error carries an ID number, phone or card (issue 7, brief §2.10)."""

from __future__ import annotations

import os

import pytest
from flask import Flask
from peewee import fn
from weasyprint import HTML

from tests.conftest import PASSWORD, post
from tests.demo.leaks import PERSONS, Secrets, leaks, secrets, texts_of, walk
from trace.audit.models import AuditEntry
from trace.db import db
from trace.funds.models import Notice
from trace.labels.codes import batch_book, book
from trace.labels.models import LabelRun
from trace.log.models import LogCheckpoint
from trace.log.queries import PUBLIC_ACTIONS
from trace.nursery import codes as nursery_codes
from trace.nursery.models import SeedlingDispatch
from trace.payments.case_models import Grievance
from trace.quality.certificate_models import Certificate
from trace.registry.models import Party
from trace.scan.models import Complaint
from trace.web.access import Access, levels_of
from trace.web.sheets import Column, as_csv, as_xlsx

pytestmark = [pytest.mark.usefixtures("opened"), pytest.mark.xdist_group("demo")]

EACH = int(os.environ.get("TRACE_LEAK_PAGES", "1"))
"""Addresses of each door that a signed-in walk opens. With 1 the walks of all roles share the doors; with more each role opens all of its own."""
ROLES = (
    "office",
    "bureau",
    "finance-maker",
    "auditor",
    "leader",
    "statistics",
    "market",
    "coop",
    "plant",
    "grower",
    "nursery",
)
"""Who walks through the office; the three that keep accounts and logs see no records of persons."""


@pytest.fixture(scope="module")
def known(county: Flask) -> Secrets:
    """What the loaded county keeps sealed."""
    with db.connection_context():
        return secrets()


def public_addresses() -> dict[str, list[str]]:
    """Addresses of every public page that exist in this county, and none that needs a signature."""
    serials = [run.first_serial for run in LabelRun.select(LabelRun.first_serial).order_by(LabelRun.id).limit(8)]
    lots = [run.lot_id for run in LabelRun.select(LabelRun.lot).where(LabelRun.kind == "batch").limit(4)]
    packs = [book().write(serial) for serial in serials] + [batch_book().write(lot) for lot in lots]
    leaves = [
        row.leaf for row in AuditEntry.select(AuditEntry.leaf).where(AuditEntry.action.in_(PUBLIC_ACTIONS)).limit(2)
    ]
    size = LogCheckpoint.select(fn.MAX(LogCheckpoint.size)).scalar() or 1
    return {
        "desk.home": ["/"], "desk.healthz": ["/healthz"], "desk.readyz": ["/readyz"], "desk.api_docs": ["/api/v1/docs"],
        "desk.find": ["/find?code=" + code for code in packs[:2]], "api-docs.openapi_json": ["/api/v1/openapi.json"],
        "resolver.describe": ["/.well-known/gs1resolver"], "resolver.digital_link": ["/01/06901234567892", *(f"/01/06901234567892/21/{c}" for c in packs[:2])],
        "certificate_pages.verify": [f"/cert/{row.no}" for row in Certificate.select(Certificate.no).order_by(Certificate.id).limit(20)],
        "scan.page": [f"/t/{code}" for code in packs], "scan.new_complaint": [f"/t/{code}/complaint" for code in packs[:1]],
        "scan.recall": [f"/t/{code}/recall.json" for code in packs[:2]],
        "scan.complaint": [f"/complaints/{row.receipt}" for row in Complaint.select(Complaint.receipt).limit(5)],
        "nursery.dispatches.label_page": [f"/s/{nursery_codes.book().write(row.id)}" for row in SeedlingDispatch.select(SeedlingDispatch.id).limit(4)],
        "field_app.app": ["/field/app"], "field_app.manifest": ["/field/app.webmanifest"], "field_app.worker": ["/field/sw.js"],
        "language.switch": ["/language/en?next=/notices", "/language/zh"], "accounts.sign_in": ["/sign-in"],
        "log.about": ["/log"], "log.checkpoint": ["/log/checkpoint"], "log.tile": ["/log/tile/0/000"], "log.consistency": [f"/log/consistency/1/{size}"],
        **{f"log.{name}": [f"/log/{name}/{one}" for one in leaves] for name in ("check", "entry", "proof")},
        "funds.notices.index": ["/notices"], "funds.notices.show": [f"/notices/{row.no}" for row in Notice.select(Notice.no)],
        "targets.published": ["/progress"], "open_awards.page": ["/open/awards"], "open_awards.as_json": ["/open/awards.json"],
        "open_awards.as_table": ["/open/awards.csv"], "payments.cases.complain": ["/notices/complaints/new"],
        "payments.cases.receipt": [f"/notices/complaints/{row.receipt}" for row in Grievance.select(Grievance.receipt).limit(5)],
    }  # fmt: skip


def test_every_public_page_is_known_to_this_test(county: Flask):
    public = {
        rule.endpoint
        for rule in county.url_map.iter_rules()
        if "GET" in rule.methods and Access.PUBLIC in levels_of(county, rule.endpoint)
    }
    assert public - {"static"} == set(public_addresses()), "give the new page addresses in public_addresses()"


def test_there_is_something_to_look_for(known: Secrets):
    sizes = {len(number) for number in known.numbers}
    assert {11, 18} <= sizes and len(known.numbers) > 50 and len(known.names) > 20 and known.hashes


def test_no_public_page_or_file_carries_a_number_or_a_name(
    county: Flask, known: Secrets, capfd: pytest.CaptureFixture[str]
):
    browser, wrong, doors = county.test_client(), [], set()
    starts = [address for several in public_addresses().values() for address in several]
    for door, address, answer in walk(county, browser, starts, 20):
        doors.add(door)
        assert answer.status_code < 500, address
        wrong += [f"{address}: {leak}" for leak in leaks(known, answer, names=True)]
    assert wrong == []
    assert (
        len(doors) > 20
        and {"funds.notices.show", "scan.page", "certificate_pages.verify", "open_awards.as_json"} <= doors
    )
    assert known.found_in("".join(capfd.readouterr()), names=True) == []


def test_no_page_paper_or_table_of_the_office_carries_a_number(
    county: Flask, known: Secrets, capfd: pytest.CaptureFixture[str]
):
    """Names are needed in the office; in names of files and in metadata of papers they are not."""
    wrong, kinds, counts = [], set(), {}
    for role in ROLES:
        browser = county.test_client()
        assert post(browser, "/sign-in", username=role, password=PASSWORD).status_code == 302
        for _door, address, answer in walk(county, browser, ["/desk"], EACH, counts if EACH == 1 else None):
            kinds.add(answer.mimetype)
            outside = " ".join(f"{key}: {value}" for key, value in answer.headers if key == "Content-Disposition")
            found = leaks(known, answer, names=False) + known.found_in(outside, names=True)
            if answer.data[:5] == b"%PDF-":
                found += known.found_in(
                    next(text for where, text in texts_of(answer.data) if where == "pdf metadata"), names=True
                )
            wrong += [f"{role} {address}: {leak}" for leak in found]
    assert wrong == []
    assert {"text/html", "application/pdf"} <= kinds
    assert known.found_in("".join(capfd.readouterr()), names=False) == []


def test_errors_do_not_repeat_a_number(
    county: Flask, known: Secrets, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    number = next(one for one in sorted(known.numbers) if len(one) == 18)
    phone = next(one for one in sorted(known.numbers) if len(one) == 11)
    browser, api = county.test_client(), county.test_client()
    asked = [
        browser.get(address.replace("#", one))
        for one in (number, phone)
        for address in (
            "/t/#", "/cert/#", "/notices/#", "/complaints/#", "/s/#", "/01/#", "/log/entry/#", "/nothing/#", "/progress?period=#",
            "/language/#", "/open/awards.#", "/api/v1/nothing/#", "/api/v1/parties/#",
        )
    ]  # fmt: skip
    token = api.post("/api/v1/tokens", json={"username": "coop", "password": PASSWORD}).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    for body in (
        {"kind": "household", "name": "甲乙", "village": number, "id_number": number + "0", "phone": phone + "1"},
        {"kind": number, "id_number": number[:-1], "account": number, "phone": number},
        {"id_number": [number]}, [number],
    ):  # fmt: skip
        asked.append(api.post("/api/v1/parties", json=body, headers=headers))
    asked.append(
        api.post("/api/v1/parties", data=f'{{"id_number": "{number}"', content_type="application/json", headers=headers)
    )
    asked.append(api.post("/api/v1/tokens", json={"username": number, "password": phone}))
    asked.append(api.get(f"/api/v1/plots/{number}", headers=headers))

    def broken(**_values: object) -> None:
        raise ValueError(f"duplicate key ({number}) of {phone}")

    monkeypatch.setitem(county.view_functions, "targets.published", broken)
    asked.append(browser.get("/progress"))
    assert asked[-1].status_code == 500
    wrong = [
        f"{answer.request.path} {answer.status_code}: {leak}"
        for answer in asked
        for leak in leaks(known, answer, names=False)
    ]
    assert wrong == []
    assert min(answer.status_code for answer in asked) >= 300
    logged = "".join(capfd.readouterr())
    assert "web.unexpected" in logged and known.found_in(logged, names=False) == []


@pytest.mark.parametrize("kind", ["number", "name", "hash"])
def test_a_planted_leak_is_found_on_a_page(county: Flask, known: Secrets, kind: str):
    person = Party.select().where(Party.kind.in_(PERSONS), Party.phone_hash.is_null(False)).first()
    planted = {"number": next(iter(sorted(known.numbers))), "name": person.name, "hash": person.phone_hash}[kind]
    notice = Notice.select().first()
    contact = notice.contact
    try:
        Notice.update(contact=f"办公室 {planted}").where(Notice.id == notice.id).execute()
        answer = county.test_client().get(f"/notices/{notice.no}")
        assert any(planted in leak for leak in leaks(known, answer, names=True))
    finally:
        Notice.update(contact=contact).where(Notice.id == notice.id).execute()
    assert leaks(known, county.test_client().get(f"/notices/{notice.no}"), names=True) == []


def test_a_planted_leak_is_found_in_papers_tables_names_of_files_and_logs(known: Secrets):
    number, name = next(one for one in sorted(known.numbers) if len(one) == 18), known.names[0]

    def found(body: bytes, mimetype: str = "") -> list[str]:
        return sorted({one for _, text in texts_of(body, mimetype) for one in known.found_in(text, names=True)})

    assert found(HTML(string=f"<title>{number}</title><p>x</p>").write_pdf()) == [number], "metadata"
    assert found(HTML(string=f"<p>{number[:6]} {number[6:14]} {number[14:]}</p>").write_pdf()) == [number], (
        "set apart by spaces"
    )
    assert found(as_xlsx("a", [Column("号码")], [[f"-{number}"]], [name])) == sorted([number, name])
    assert found(as_csv([Column("号码")], [[number]]), "text/csv") == [number]
    assert found(f'{{"a": "{name}"}}'.encode("unicode_escape"), "application/json") == [name]
    assert known.found_in(f'attachment; filename="{name}.pdf"', names=True) == [name]
    assert known.found_in(f"x{number[::-1]}", names=False) == []
