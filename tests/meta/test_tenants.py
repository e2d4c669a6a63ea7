"""Another tenant's record answers exactly like one that does not exist, at every door and by every verb."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.conftest import csrf
from tests.factories import county as make
from tests.factories import funds, pesticides, scales, statements
from tests.factories.certificates import certify
from trace.accounts.models import Device
from trace.alerts.models import Alert
from trace.audit.models import AuditEntry
from trace.core.actor import Actor, Role
from trace.core.clock import business_date, utcnow
from trace.db import db
from trace.field import activity_schemas
from trace.field.activities import record_activity
from trace.field.duplicates import open_suspicions
from trace.files import store
from trace.files.models import StoredFile
from trace.files.rules import Upload
from trace.funds import interests
from trace.funds.services import create_application
from trace.imports.services import check, receive
from trace.jobs import queue
from trace.labels.services import make_run
from trace.land import cases, gardens
from trace.lots.services import place_hold
from trace.nursery.dispatching import dispatch as dispatch_seedlings
from trace.nursery.services import take_in
from trace.processing.long_runs import open_run
from trace.processing.services import Input, Output, dispatch_lot, pack, record_run
from trace.quality.certificate_models import Certificate
from trace.quality.testing import Line, Paper, record_report
from trace.recalls.drills import draw
from trace.recalls.inquiries import ask
from trace.recalls.services import start_recall
from trace.registry.models import Title
from trace.scan.models import Complaint
from trace.supervision import services as supervision
from trace.sync.models import SyncOp
from trace.web.access import Access, levels_of

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
NOBODYS = {
    "plot": "430422104999-9999", "lot": "H26-9999", "operation": "OP26-999999", "dispatch": "FH26-9999", "hold": "FC26-9999",
    "run": "BQ26-9999", "party": "T99999", "title": "ZS999999", "application": "SB26-9999", "township": "430422999", "job": "f" * 32,
    "import": "DR26-9999", "complaint": "TS26-9999999999", "case": "CJ26-9999", "finding": "ZG26-9999", "inspection": "DC26-9999", "evaluation": "PG26-9999", "alert": "TX9999999", "garden": "SF9999", "seedling": "N26-9999", "seedling_dispatch": "MC26-9999",
    "long_run": "JG26-9999", "sync_op": "f" * 8 + "-ffff-7fff-bfff-" + "f" * 12, "device": "e" * 8 + "-eeee-7eee-beee-" + "e" * 12,
    "duplicate": "YC26-9999", "interest": "HB99999", "task": "CC26-9999",
    "recall": "ZH26-9999", "inquiry": "XW26-9999", "drill": "YL26-9999", "record": "DA26-99999", "incident": "SJ26-9999",
    "certificate": "HNC0000000X202611270999", "report": "JC26-9999", "statement": "BB26-9999",
}  # fmt: skip
KINDS = {
    **{f"registry.{name}": "party" for name in (
        "show_party", "edit_party", "correct_party", "retire_page", "retire_party", "reveal_page", "reveal_number", "party_trail",
        "decide_duplicate", "show_members", "new_member", "join", "leaving_member", "leave", "roles", "open_role", "end_role",
        "new_person", "add_person", "leaving_person", "remove_person", "new_title", "grant_title",
    )},
    **{f"api-registry.{name}": "party" for name in ("list_memberships", "join", "list_titles", "grant_title")},
    **{f"registry.{name}": "title" for name in ("show_title", "withdraw_title", "attach_scan", "scan")},
    **{f"supervision.{name}": "finding" for name in ("show_finding", "act", "photo", "paper")},
    "api-supervision.show_finding": "finding", "api-supervision.act": "finding", "alerts.open_alert": "alert",
    "supervision.show_inspection": "inspection", "supervision.visit": "inspection", "supervision.evaluation_report": "evaluation",
    "supervision.scores.show_township": "township",
    "desk.job": "job", "desk.seedling_reach": "seedling", "nursery.undo": "operation",
    **{f"nursery.{name}": "seedling" for name in (
        "show_lot", "new_event", "record_event", "dispatches.new_dispatch", "dispatches.record_dispatch",
    )},
    **{f"nursery.dispatches.{name}": "seedling_dispatch" for name in ("show_dispatch", "plant", "label_sheet")},
    "nursery.dispatches.plot_origins": "plot",
    **{f"records.{name}": "plot" for name in ("of_plot", "printed", "new_record", "record")}, "api-activities.list_activities": "plot",
    **{f"records.{name}": "record" for name in ("show", "new_correction", "correct", "void", "photo")}, "records.handle": "incident",
    **{f"api-activities.{name}": "record" for name in ("show_activity", "correct_activity", "void_activity")},
    **{f"imports.{name}": "import" for name in ("show", "apply", "check_again", "stop", "discard", "undo", "marked")},
    "land.show_plot": "plot", "land.new_boundary": "plot", "land.redraw_boundary": "plot", "land.new_visit": "plot",
    "land.record_visit": "plot", "api-land.show_plot": "plot", "api-land.list_boundaries": "plot", "api-land.redraw_boundary": "plot",
    "land.dossier.new_state": "plot", "land.dossier.change_state": "plot", "land.dossier.new_management": "plot",
    "land.dossier.change_management": "plot", "land.dossier.new_tenure": "plot", "land.dossier.add_tenure": "plot",
    "land.dossier.tenure_scan": "plot", "land.dossier.new_void": "plot", "land.dossier.void_tenure": "plot",
    "land.dossier.new_reference": "plot", "land.dossier.add_reference": "plot", "land.visits.new_correction": "plot",
    "land.visits.correct": "plot", "land.visits.photo": "plot", "land.cases.pair": "plot", "land.cases.decide_pair": "plot",
    "land.cases.show": "case", "land.cases.decide": "case", "land.cases.withdraw": "case",
    "land.gardens.show": "garden", "land.gardens.withdraw": "garden",
    "api-land.list_states": "plot", "api-land.change_state": "plot",
    "ceilings.producer": "party", "ceilings.plant": "party", "ceilings.lot": "lot",
    **{f"processing.remake.{name}": "lot" for name in ("new_rework", "rework")}, **{f"labels.repack.{name}": "lot" for name in ("new_repack", "repack")},
    **{f"lots.{name}": "lot" for name in ("trace_file", "award", "award_file")},
    **{f"processing.goods.{name}": "lot" for name in (
        "new_outflow", "take_out", "return_lot", "show_stays", "enter_store", "leave_store", "record_temperature",
    )},
    **{f"processing.goods.{name}": "dispatch" for name in ("new_end", "cancel", "refuse")},
    **{f"processing.long.{name}": "long_run" for name in ("show_run", "add_to_run", "close_run", "undo_step")},
    **{f"sync.{name}": "sync_op" for name in ("show", "resolve", "discard", "let_in", "attached")}, "sync.of_record": "lot", "api-sync.conflict": "sync_op",
    "devices.ask": "device", "devices.revoke": "device",
    "lots.show_lot": "lot", "lots.trace_lot": "lot", "lots.trace_data": "lot", "lots.split_lot": "lot", "lots.undo_operation": "operation",
    "api-lots.show_lot": "lot", "api-lots.trace_lot": "lot", "api-lots.split_lot": "lot",
    "processing.new_dispatch": "lot", "processing.dispatch_lot": "lot", "processing.new_receipt": "dispatch",
    "processing.receive": "dispatch", "processing.handovers.of_lot": "lot",
    **{f"field.scales.{name}": "lot" for name in ("show", "ticket", "ticket_pdf", "new_price", "record_price")},
    **{f"api-field.{name}": "lot" for name in ("show_harvest", "price_harvest")},
    "field.scales.pair": "duplicate", "field.scales.resolve": "duplicate", "api-field.resolve_duplicate": "duplicate",
    **{f"quality.certificates.{name}": "lot" for name in ("new", "issue")},
    **{f"quality.tests.{name}": "lot" for name in ("new_report", "record_report")},
    **{f"quality.certificates.{name}": "certificate" for name in ("show", "cancel", "paper")}, "quality.certificates.collected_scan": "dispatch",
    **{f"quality.tests.{name}": "report" for name in ("show_report", "report_scan", "correct_form", "correct_report")},
    **{f"api-certificates.{name}": "certificate" for name in ("show", "cancel")}, "api-certificates.show_report": "report",
    "api-certificates.correct_report": "report",
    **{f"quality.inspections.{name}": "task" for name in ("show", "record", "photo")}, "api-processing.receive": "dispatch",
    "quality.new_hold": "lot", "quality.place": "lot", "quality.release": "hold", "api-quality.release": "hold",
    **{f"labels.{name}": "run" for name in (
        "show_run", "sheet", "stop_sheet", "draw_again", "activate_run", "void_run", "void_units", "reprint", "make_cartons",
    )},
    "api-labels.show_run": "run", "api-labels.sheet": "run", "api-labels.activate_run": "run", "api-labels.void_run": "run",
    "api-labels.void_units": "run", "api-labels.reprint": "run", "api-labels.make_cartons": "run",
    **{f"funds.claims.{name}": "application" for name in ("show", "add_item", "add_loan", "remove", "scan", "sheet", "sheet_pdf")},
    "funds.show_application": "application", "funds.act": "application", "api-funds.show_application": "application",
    **{f"funds.file.{name}": "application" for name in (
        "add_document", "document", "strike_document", "verify_page", "form_pdf", "defects_pdf", "show_evidence", "take_evidence", "take_archive",
    )},
    "api-funds.add_document": "application", "api-funds.show_evidence": "application", "funds.interests.end": "interest",
    "api-funds.act": "application", "targets.township": "township", "targets.figure": "township", "effects.shelf_plot": "plot",
    "boards.township": "township", "forecast.township": "township",
    **{f"statements.{name}": "statement" for name in ("show", "fill", "refresh", "sign", "amend", "paper", "send_back", "draw", "look", "lock")},
    "api-statements.show": "statement",
    **{f"recalls.notices.{name}": "recall" for name in ("show", "confirm", "state", "destroy")},
    **{f"recalls.notices.{name}": "inquiry" for name in ("show_inquiry", "answer", "forward")},
    "recalls.notices.new_inquiry": "lot", "recalls.notices.ask": "lot",
    **{f"recalls.drills.{name}": "drill" for name in ("show", "seal", "paper")},
    "scans.show_complaint": "complaint", "scans.reply": "complaint", "scans.reveal_contact": "complaint",
    "scans.photo": "complaint",
}  # fmt: skip
COUNTYS = {
    "effects.planting_figure", "effects.planting_file", "effects.shelf_figure", "effects.performance_file",
    *(f"targets.indicators.{name}" for name in ("show", "define", "plan", "reach")), "boards.paper",
    "ceilings.grant", "ceilings.withdraw",
    *(f"recalls.{name}" for name in (
        "show_incident", "print_incident", "act", "new_recall", "start", "new_case", "take_up", "show", "state", "close", "mistake",
        "workbook", "paper", "seedling_reach", "seedling_origins",
    )),
    "quality.inspections.show_draw", "api-recalls.show_recall",
    "layouts.new_template", "layouts.save_template", "layouts.show_template", "layouts.switch_template",
    "pesticides.product", "land_map.export", "imports.template", "nursery.new_record", "nursery.record_new",
    "scans.settle",
    "accounts.disable_user", "targets.report", "programmes.show_programme", "programmes.publish_programme", "programmes.close_programme",
    *(f"programmes.{name}" for name in ("edit_programme", "change_programme", "record_step", "show_version", "notice")),
    "funds.claims.links", "funds.claims.record_fact",
    "funds.appropriate", "funds.notices.board_pdf", "funds.notices.show_notice", "funds.notices.post_board", "funds.notices.board_photo",
    "funds.notices.note_result", "api-funds.show_programme",
    "api-funds.publish_programme", "api-funds.close_programme", "api-funds.appropriate", "funds.approvals.show", "accounts.factors.reset",
    *(f"funds.ledger.{name}" for name in ("show", "sheet", "lapse", "carry_over", "reverse")),
    *(f"payments.{name}" for name in (
        "show_batch", "reveal_accounts", "release_batch", "cancel_batch", "record_result", "bank_file", "voucher",
    )),
    *(f"api-payments.{name}" for name in ("show_batch", "release_batch", "cancel_batch", "record_result")),
    "payments.bank.return_file", "payments.bank.decide_account",
    *(f"payments.cases.{name}" for name in (
        "show_sample", "show_finding", "move_finding", "show_case", "clear", "notify", "hear", "decide", "receive", "finish",
        "show_grievance", "take", "answer", "contact",
    )), "supervision.scores.show", "supervision.scores.card", "supervision.scores.act",
    "supervision.scores.give_feedback", "supervision.scores.answer", "api-supervision.show_scores",
}  # fmt: skip
"""Records that belong to the county, not to a tenant."""

BOUNDARY = {"geometry": make.square(112.9), "reason": "原因", "valid_from": "2024-05-01"}
TITLE = {"kind": "organic", "doc_no": "1", "issuer": "县局", "valid_from": "2026-01-01"}
PHONES = {"api-sync.photo_state", "api-sync.put_photo"}
"""For the token of a phone only; tests/sync/test_photos.py sends another phone there."""
BODIES: dict[str, dict[str, object]] = {
    "processing.remake.rework": {"drawn": "1", "quantity": "1", "loss": "0", "reason": "重烘"},
    "processing.goods.take_out": {"kind": "loss", "quantity": "1", "cause": "霉变"}, "processing.goods.return_lot": {"quantity": "1", "reason": "霉果"},
    "processing.goods.cancel": {"reason": "车没来"}, "processing.goods.refuse": {"reason": "没到货"},
    "processing.goods.enter_store": {"place": "冷库", "entered_on": "2026-07-20"}, "processing.goods.leave_store": {"left_on": "2026-07-21"},
    "processing.goods.record_temperature": {"celsius": "3"}, "processing.long.undo_step": {"note": "填错"},
    "sync.discard": {"reason": "重复"}, "sync.resolve": {"keep": "office"}, "devices.revoke": {"reason": "丢了"},
    "records.record": {"on": "2026-01-01", **pesticides.spray_body()}, "records.void": {"base": "1", "reason": "重复"},
    "records.correct": {"on": "2026-07-18", "base": "1", "reason": "抄错", **pesticides.spray_body()}, "records.handle": {"measures": "已处理"},
    "api-activities.correct_activity": {"base": 1, "reason": "抄错", "dose": "50"}, "api-activities.void_activity": {"base": 1, "reason": "重复"},
    "nursery.record_event": {"phase": "ready", "count": "1", "reason": "cull", "on": "2026-03-02"}, "nursery.undo": {"note": "填错了"},
    "nursery.dispatches.record_dispatch": {"purpose": "research", "count": "1", "on": "2026-03-02"},
    "nursery.dispatches.plant": {"plot": "430422104999-9999", "count": "1", "planted_on": "2026-03-02"},
    "supervision.visit": {"visited_on": "2026-01-01", "people": "甲", "summary": "情况"}, "supervision.act": {"text": "说明"},
    "api-supervision.act": {"text": "说明"},
    "registry.grant_title": TITLE, "api-registry.grant_title": TITLE,
    "registry.correct_party": {"name": "改名", "village": "430422104200", "version": "1"}, "registry.retire_party": {"reason": "停业", "version": "1"},
    "registry.reveal_number": {"number": "account", "reason": "核对名册"},
    "registry.decide_duplicate": {"other": "T00003", "decision": "different", "reason": "不是"},
    "registry.join": {"member": "T00001", "joined_on": "2026-01-01"}, "api-registry.join": {"member": "T00001", "joined_on": "2026-01-01"},
    "registry.leave": {"member": "T00001", "left_on": "2026-01-01", "reason": "搬走"},
    "registry.open_role": {"role": "buyer", "valid_from": "2026-01-01"}, "registry.end_role": {"role": "buyer", "valid_to": "2026-01-01"},
    "registry.add_person": {"person": "王小", "relation": "child"},
    "registry.remove_person": {"member_id": "1", "left_on": "2026-01-01", "reason": "分户"},
    "registry.withdraw_title": {"withdrawn_on": "2026-01-02", "reason": "不再符合"},
    "land.redraw_boundary": BOUNDARY, "api-land.redraw_boundary": BOUNDARY,
    "land.record_visit": {"kind": "year1", "visited_on": "2019-04-01", "sampled": "10", "alive": "9"},
    "land.dossier.change_state": {"to": "lost", "on_day": "2026-01-01", "reason": "修路"},
    "land.dossier.change_management": {"mode": "green_food", "on_day": "2026-01-01"},
    "land.dossier.add_tenure": {"kind": "contract", "number": "1", "holder": "甲"}, "land.dossier.void_tenure": {"reason": "写错"},
    "land.dossier.add_reference": {"scheme": "parcel", "value": "1", "survey": "监测", "valid_from": "2024-06-01"},
    "land.visits.correct": {"kind": "year1", "visited_on": "2019-04-01", "sampled": "10", "alive": "9", "reason": "抄错"},
    "api-land.change_state": {"to": "lost", "on_day": "2026-01-01", "reason": "修路"},
    "lots.split_lot": {"part": "1"}, "api-lots.split_lot": {"parts": ["1"]}, "lots.undo_operation": {"note": "填错了"},
    "processing.dispatch_lot": {"receiver": "T00003", "quantity": "1"}, "processing.receive": {"quantity": "1"},
    "api-processing.receive": {"quantity": "1"}, "quality.place": {"reason": "原因"}, "quality.release": {"note": "合格"},
    "api-quality.release": {"note": "合格"}, "labels.void_run": {"reason": "印错"}, "api-labels.void_run": {"reason": "印错"},
    "field.scales.record_price": {"price": "6", "priced_on": "2026-07-20"}, "api-field.price_harvest": {"price": "6", "priced_on": "2026-07-20"},
    "field.scales.resolve": {"keep": "both", "reason": "两次"}, "api-field.resolve_duplicate": {"keep": "both", "reason": "两次"},
    "quality.inspections.record": {"verdict": "unknown", "note": "下雨"},
    "labels.void_units": {"first": "1", "last": "2", "reason": "印错"}, "labels.reprint": {"first": "1", "last": "2", "reason": "印错"},
    "api-labels.void_units": {"first": 1, "last": 2, "reason": "印错"}, "api-labels.reprint": {"first": 1, "last": 2, "reason": "印错"},
    "labels.make_cartons": {"per_carton": "6"}, "api-labels.make_cartons": {"per_carton": 6},
    "funds.file.add_document": {"kind": "request"}, "funds.file.strike_document": {"reason": "传错"},
    "api-funds.add_document": {"kind": "request", "name": "a.png", "content": "AA=="},
    "funds.claims.add_item": {"doc_no": "1", "issued_on": "2026-07-01", "name": "烘干机", "amount": "1"},
    "funds.claims.add_loan": {"contract_no": "1", "lender": "行", "used_for": "苗", "drawn_on": "2026-03-01", "due_on": "2027-03-01", "principal": "1", "rate": "3", "interest_paid": "1"},
    "funds.act": {"opinion": "同意。"}, "api-funds.act": {"opinion": "同意。"},
    "scans.reply": {"text": "说明"},
    "quality.certificates.issue": {"quantity": "1", "basis[]": "control"}, "quality.certificates.cancel": {"reason": "写错"},
    "api-certificates.correct_report": {
        "lab": "中心", "report_no": "1", "sample_no": "1", "sampled_on": "2026-07-19", "sampler": "员", "method": "quant", "reason": "写错",
        "items": [{"active": "甲", "result": "0"}],
    },
    "api-certificates.cancel": {"reason": "写错"}, "quality.tests.record_report": {
        "lab": "中心", "report_no": "1", "sample_no": "1", "sampled_on": "2026-07-19", "sampler": "员", "method": "quant", "actives[]": "甲",
        "results[]": "0", "lods[]": "1",
    },
    "recalls.notices.state": {"lot": "H26-9999", "located": "1"}, "recalls.notices.answer": {"answer": "答"},
    "recalls.notices.destroy": {"lot": "H26-9999", "quantity": "1", "cause": "召回", "place": "县", "witness": "某"},
    "recalls.notices.forward": {"lot": "H26-9999"}, "recalls.notices.ask": {"question": "问", "due_on": "2099-01-01"},
    "recalls.drills.seal": {"remark": "好"},
    "statements.sign": {"head_name": "王", "opinion": "同意", "paper_ref": "1"}, "statements.amend": {"reason": "错", "doc_ref": "1"},
    "statements.send_back": {"text": "核对"}, "statements.look": {"plot": "430422104999-9999", "verdict": "match"},
}  # fmt: skip
TENANTS = {
    "coop": "coop2",
    "coop2": "coop",
    "township": "coop2",
    "township2": "coop",
    "nursery": "coop",
    "grower": "coop2",
}
"""Who knocks, and whose records do not belong to them."""


@dataclass
class Visitor:
    """One tenant with a browser and a token."""

    app: Flask
    browser: object
    headers: dict[str, str]
    csrf: str

    def knock(self, rule: Rule, method: str, code: str):
        """Ask for one record by one verb, with a body that is right in itself."""
        address = re.sub(r"<(?:\w+:)?figure>", "registered", rule.rule)
        address = re.sub(r"<(?:\w+:)?action>", "withdraw", address)
        address = re.sub(r"<event>", "lose", address)
        address = re.sub(r"paper\.<kind>", "paper.xlsx", address)
        address = re.sub(r"<form>", "xlsx", address)
        address = re.sub(r"<process>", "drying", address)
        address = re.sub(r"<[^>]+>", code, address)
        body = BODIES.get(rule.endpoint, {})
        if address.startswith("/api/"):
            more = {"json": body} if method != "GET" else {}
            return self.app.test_client().open(address, method=method, headers=self.headers, **more)
        return self.browser.open(address, method=method, data=body, headers={"X-CSRFToken": self.csrf})


def visit(app: Flask, browser, headers: dict[str, str]) -> Visitor:
    """Come as somebody signed in."""
    return Visitor(app, browser, headers, csrf(browser, "/account/password"))


@pytest.fixture
def world(app: Flask) -> dict[str, dict[str, str]]:
    """The same records twice, by owner."""
    with db.connection_context():
        home = make.county()
        scheme = funds.programme(home)
        pesticides.load_all(home.actor("bureau"))
        return {name: records(home, scheme, name, n) for n, name in enumerate(("coop", "coop2"))}


def records(home: make.County, scheme, name: str, n: int) -> dict[str, str]:
    actor = home.actor(name)
    plot = make.plot(actor, home, geometry=make.square(112.6 + n * 0.1))
    lot = make.harvest(actor, plot)
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")])
    packs = pack(actor, [Input(dried.lots[0].code, "10")], pieces=40, piece="250克").lots[0]
    run = make_run(actor, packs.code, 24)
    party = {"coop": home.coop, "coop2": home.coop2}[name]
    with db.atomic():
        job = queue.enqueue("nothing", {}, owner_id=actor.user_id, at=lot.made_by.recorded_at)
    return {
        "plot": plot.code, "lot": lot.code, "operation": dried.operation.code, "party": party.code, "township": party.township.code,
        "dispatch": dispatch_lot(actor, lot.code, home.plant.code, "100").code, "run": run.no,
        "hold": place_hold(actor, make.harvest(actor, plot).code, "自查").code, "application": create_application(actor, scheme.code, plot.code).no,
        "interest": interests.declare(actor, "phone", number=f"1390000000{n}").code,
        "job": job, "import": handed_in(actor).code, "title": titled(party),
        **land_records(home, actor, name, n), **seedlings(actor), "complaint": complained(run), "long_run": open_run(actor, "fermenting", [Input(lot.code, "5")]).code,
        **phoned(actor), **supervised(home, party), **sampled(actor, plot, lot), **field_records(actor, plot), **certified(actor, lot), **recalled(home, actor, plot),
        "statement": statements.opened(home.actor("township" if n == 0 else "township2"), party.township.code, "2026Q2").code,
    }  # fmt: skip


def land_records(home: make.County, actor, name: str, n: int) -> dict[str, str]:
    """A boundary handed to the bureau and a garden of each."""
    village = {"coop": home.village, "coop2": home.village2}[name]
    own = make.plot(actor, home, geometry=make.square(112.65 + n * 0.1))
    values = {
        "village": village.code, "operator": own.operator.code, "land_class": "forest", "management": "conventional",
        "geometry": make.square(112.651 + n * 0.1),
    }  # fmt: skip
    garden = {"name": "园", "township": village.township.code, "state": "applied", "area_m2": 100, "plots": [own.code]}
    return {
        "case": cases.submit_plot(actor, values).code, "garden": gardens.add_garden(home.actor("bureau"), garden).code,
    }  # fmt: skip


def sampled(actor, plot, lot) -> dict[str, str]:
    """One harvest written down by two phones, and one drawn to be looked at."""
    day = date(2026, 7, 19)
    for device in ("phone-1", "phone-2"):
        scales.weigh(actor, plot, ("30",), on=day, device=device, late_reason="测试补录")
    return {"duplicate": open_suspicions(actor).get().code, "task": scales.task(lot).code}


def phoned(actor: Actor) -> dict[str, str]:
    """A phone of the clerk, and one of its records that was refused."""
    device = Device.create(
        public_id=str(uuid4()), user=actor.user_id, name="手机", x="x" * 43, y="y" * 43, token_hash=uuid4().hex * 2, token_expires_at=utcnow(),
        registered_at=utcnow(),
    )  # fmt: skip
    op = {"id": str(uuid4()), "kind": "harvest.record", "body": {"note": "试"}}
    row = SyncOp.create(
        op_id=op["id"], fingerprint="0" * 64, device=device, seq=1, author=actor.user_id, sender=actor.user_id, kind=op["kind"], schema=1,
        raw=json.dumps(op).encode(), made_at=utcnow(), received_at=utcnow(), status="refused", code="X", judged_at=utcnow(), changed=device.id,
        receipt={"id": op["id"], "status": "refused", "code": "X", "message": "", "errors": [], "warnings": [], "record": None, "flags": []},
    )  # fmt: skip
    return {"sync_op": row.op_id, "device": device.public_id}


def certified(actor, lot) -> dict[str, str]:
    """A certificate of a lot, its number as every run gives it, and a test of the lot."""
    no = certify(actor, lot, "100").no
    Certificate.update(no=f"HNC0000000{'XY'[actor.username == 'coop2']}202611270001").where(
        Certificate.no == no
    ).execute()
    row = Certificate.get(Certificate.lot == lot)
    paper = Paper(
        lot.code, "中心", f"R-{actor.username}", "S1", date(2026, 7, 19), "员", "quant", (Line("甲", "0", "1"),)
    )
    return {"certificate": row.no, "report": record_report(actor, paper).code}


def field_records(actor, plot) -> dict[str, str]:
    """A spraying with a banned product, and the incident it opened."""
    body = {"on": "2026-07-19", "late_reason": "补录", **pesticides.spray_body(reg_no=pesticides.BANNED)}
    values = activity_schemas.read("spray", body)
    kept = record_activity(actor, plot_code=plot.code, activity="spray", on=values.pop("on"), values=values)
    return {"record": kept.code, "incident": kept.record.incidents.get().code}


def recalled(home, actor, plot) -> dict[str, str]:
    """A recall of the party's goods, a question to it, and a drill among its lots."""
    market, now = home.actor("market"), utcnow()
    goods = make.harvest(actor, plot)
    case = start_recall(market, goods.code, {
        "level": 1, "known_at": now, "reason": "试", "contact": "0734-1", "plan": "停售", "notice": "停用",
    })  # fmt: skip
    asked = ask(market, goods.code, "从哪来？", date(2099, 1, 1))
    return {"recall": case.code, "inquiry": asked.code, "drill": draw(actor).code}


def complained(run) -> str:
    """A complaint about a pack of the run."""
    return Complaint.create(
        receipt=f"TS26-{run.id:010d}",
        run=run,
        lot=run.lot_id,
        kind="other",
        text="情况",
        filed_at=utcnow(),
        due_on=date(2026, 12, 1),
    ).receipt


def supervised(home: make.County, party) -> dict[str, str]:
    """A visit to the party's township, a finding that went out, an evaluation, and an alert of the party and the township."""
    office, township, today = home.actor("office"), party.township.code, business_date()
    visit = supervision.plan_inspection(office, kind="special", title="督查", township=township, planned_on=today)
    found = supervision.find(office, inspection=visit.no, cause="records", facts="台账不全。")
    supervision.act(office, found.code, "draft", {"text": "补齐。"})
    supervision.act(office, found.code, "issue")
    paper = Upload("报告.png", PIXEL, "report")
    values = {
        "evaluator": "某所",
        "subject": "成效",
        "method": "抽样",
        "result": "良好",
        "year": today.year,
        "reported_on": today,
    }
    alert = Alert.create(
        code=f"TX{party.id:07d}", kind="title", subject=party.code, href="/desk", party=party, township=party.township, opened_at=utcnow(),
        facts={"party": party.name, "title": "有机产品认证", "no": "1"}, changed_at=utcnow(),
    )  # fmt: skip
    return {
        "inspection": visit.no, "finding": found.code, "alert": alert.code,
        "evaluation": supervision.evaluate(office, township=township, report=paper, **values).code,
    }  # fmt: skip


def seedlings(actor) -> dict[str, str]:
    """A lot of seedlings of this party and some that left."""
    grower = Actor(actor.user_id, actor.username, actor.display_name, frozenset({Role.NURSERY}), actor.party_id)
    day = date(2026, 3, 1)
    lot = take_in(grower, taxon="ehretia_dicksonii", phase="ready", count=50, on=day, source="结存").lot.code
    sent = dispatch_seedlings(grower, lot, purpose="research", count=5, on=day)
    return {"seedling": lot, "seedling_dispatch": sent.code}


def handed_in(actor):
    """A table waiting to be imported."""
    return check(actor, receive(actor, "parties", "表.csv", "姓名,乡镇,村\n甲,松江镇,凉市村\n".encode()))


def titled(party) -> str:
    """A licence of the party with its scan."""
    scan = StoredFile.create(
        sha256=store.put(b"%PDF-"),
        mime="application/pdf",
        bytes=5,
        name="证.pdf",
        uploaded_by=1,
        uploader_name="某",
        at=utcnow(),
    )
    return Title.create(
        party=party, kind="organic", doc_no="1", issuer="某", valid_from=date(2026, 1, 1), scan=scan
    ).code


def tenants_rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.arguments and Access.PUBLIC not in levels_of(app, rule.endpoint)
    ]


def test_every_door_to_a_single_record_is_known_here(app: Flask):
    """A new one must say whose records it opens, or it is not tried below."""
    found = {rule.endpoint for rule in tenants_rules(app)}
    assert found - set(KINDS) - COUNTYS - PHONES == set()
    assert set(KINDS) | COUNTYS | PHONES <= found, "gone from the application"


def test_the_codes_of_nobody_look_like_real_ones(world):
    for kind, code in NOBODYS.items():
        shape = re.sub(r"[0-9a-f]", "9", world["coop"][kind])
        assert re.sub(r"[0-9a-f]", "9", code) == shape, kind


def test_foreign_and_missing_are_the_same(app: Flask, world, sign_in, token):
    for username, other in TENANTS.items():
        visitor, before = visit(app, sign_in(username), token(username)), deeds(app)
        for rule in tenants_rules(app):
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}) if rule.endpoint in KINDS else ():
                place = f"{username} {method} {rule.rule}"
                foreign, nobodys = world[other][KINDS[rule.endpoint]], NOBODYS[KINDS[rule.endpoint]]
                theirs, missing = visitor.knock(rule, method, foreign), visitor.knock(rule, method, nobodys)
                assert theirs.status_code == missing.status_code, place
                assert theirs.status_code in (403, 404), f"{place}: {theirs.status_code}"
                assert without(theirs.text, foreign) == without(missing.text, nobodys), place
        assert deeds(app) == before, f"{username} wrote something"


def test_ones_own_records_open(app: Flask, world, sign_in, token):
    """Else the test above would pass on a platform that shows nothing to anybody."""
    visitor = visit(app, sign_in("coop"), token("coop"))
    closed = {
        rule.rule: status
        for rule in tenants_rules(app)
        if rule.endpoint in KINDS and "GET" in rule.methods
        and (status := visitor.knock(rule, "GET", world["coop"][KINDS[rule.endpoint]]).status_code) != 200
    }  # fmt: skip
    assert closed == {
        "/plots/<code>/tenure/<seq>/scan": 404, "/plots/<code>/tenure/<seq>/void": 404,
        "/plots/<code>/visits/<number>/correct": 403, "/plots/<code>/visits/<number>/photos/<seq>": 404,
        "/plots/<code>/overlaps/<other>": 403,
        # One does not ask oneself; the paper of a drill comes with its seal.
        "/recalls/drills/<code>/report.pdf": 404, "/scans/complaints/<receipt>/photos/<seq>": 404,
        "/parties/<code>/reveal": 403, "/parties/<code>/trail": 403, "/plots/<code>/visit": 403, "/processing/receive/<code>": 404,
        "/field/records/<code>/photos/<sha256>": 404, "/targets/townships/<code>": 404,
        "/targets/townships/<code>/<figure>": 404, "/api/v1/sync/conflicts/<op_id>": 404,
        # Nothing hangs on the operation of this test, and no phone made its lot.
        "/field/sync/<op_id>/attached/<sha256>": 404, "/field/sync/record/<code>": 404,
        # A draft has no papers yet.
        "/funds/applications/<no>/claims/<what>/<n>/scan": 404,
        # No amount asked for.
        "/lots/<code>/award.xlsx": 422,
        # Whom it is about does not inspect it.
        "/quality/collected/<code>/scan": 404, "/quality/tests/<code>/scan": 404,
        "/quality/inspections/<code>": 403, "/quality/inspections/<code>/photos/<number>": 403,
        # Nothing was sent back, nothing handed in yet; evidence and archive are for those who judge.
        "/funds/applications/<no>/defects.pdf": 404, "/funds/applications/<no>/documents/<seq>": 404,
        "/funds/applications/<no>/archive.zip": 403, "/funds/applications/<no>/evidence.zip": 403,
        # What money did on a plot is for those who answer for money.
        "/effects/shelf/plots/<code>": 403,
        # Supervision speaks to townships, not to their parties.
        "/supervision/findings/<code>": 403, "/supervision/findings/<code>/<kind>.pdf": 403, "/supervision/inspections/<no>": 403,
        "/supervision/findings/<code>/photos/<step>/<seq>": 403, "/supervision/evaluations/<code>/report": 403,
        "/targets/board/<code>": 404, "/targets/forecast/townships/<code>": 404, "/targets/statements/<code>": 403,
        "/targets/statements/<code>/paper.<kind>": 403, "/api/v1/statements/<code>": 403,
        "/supervision/scores/<code>/townships/<township>": 403, "/api/v1/supervision/findings/<code>": 403,
        # A cooperative receives seedlings: what a nursery does with its own lots stays closed to it.
        "/nursery/dispatches/<code>/labels.pdf": 403, "/nursery/dispatches/new/<code>": 403, "/nursery/lots/<code>/<event>": 403,
    }  # fmt: skip


def deeds(app: Flask) -> int:
    """How many things were done, signing in apart."""
    with db.connection_context():
        done = AuditEntry.select().where(AuditEntry.refused == 0)
        return done.where(AuditEntry.action.not_in(["session.open", "token.create"])).count()


def without(text: str, code: str) -> str:
    """A page without the code asked for and without what differs on every page."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text.replace(code, ""))
